-- DSQL101: DSQL has no type address: kept as a JSON object of its fields (line 3)
CREATE DOMAIN public.checked AS jsonb;

CREATE TABLE public.letter (
    id bigint PRIMARY KEY,
    -- who wrote it
    sender jsonb,  -- may be nobody  -- DSQL101: was public.person
    home jsonb DEFAULT '{"street": "Elm", "town": "Ely", "zip": 7, "since when": null}' NOT NULL,  -- DSQL101: was public.address
    office public.checked,
    known jsonb DEFAULT '{"street": null, "town": null, "zip": null, "since when": null}'  -- DSQL101: was public.address
);

COMMENT ON COLUMN public.letter.sender IS 'the one who wrote it';
