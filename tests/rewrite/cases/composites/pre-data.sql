-- DSQL101: DSQL has no type address: kept as a JSON object of its fields (line 3)
CREATE DOMAIN public.checked AS jsonb;

CREATE TABLE public.letter (
    id bigint PRIMARY KEY,
    -- who wrote it
    sender_name text,  -- DSQL101: was public.person
    sender_home_street text,
    sender_home_town character varying(40),
    sender_home_zip integer,
    "sender_home_since when" timestamp(3) with time zone,
    sender_home_present boolean,
    sender_tags jsonb,
    sender_there_lower date,
    sender_there_upper date,
    sender_there_bounds text,
    sender_present boolean,  -- may be nobody
    home_street text DEFAULT 'Elm',  -- DSQL101: was public.address
    home_town character varying(40) DEFAULT 'Ely',
    home_zip integer DEFAULT 7,
    "home_since when" timestamp(3) with time zone,
    office public.checked,
    known_street text,  -- DSQL101: was public.address
    known_town character varying(40),
    known_zip integer,
    "known_since when" timestamp(3) with time zone,
    known_present boolean DEFAULT true,
    CONSTRAINT letter_sender_check CHECK (CASE WHEN sender_home_present THEN true ELSE sender_home_street IS NULL AND sender_home_town IS NULL AND sender_home_zip IS NULL AND "sender_home_since when" IS NULL END),  -- DSQL101: what the type of sender said
    CONSTRAINT letter_sender_check1 CHECK (CASE coalesce(sender_there_bounds, 'empty') WHEN 'empty' THEN sender_there_lower IS NULL AND sender_there_upper IS NULL ELSE sender_there_bounds IN ('[)', '[]', '(]', '()') AND sender_there_lower <= sender_there_upper END),  -- DSQL101: what the type of sender said
    CONSTRAINT letter_sender_check2 CHECK (CASE WHEN sender_present THEN true ELSE sender_name IS NULL AND sender_home_street IS NULL AND sender_home_town IS NULL AND sender_home_zip IS NULL AND "sender_home_since when" IS NULL AND sender_home_present IS NULL AND sender_tags IS NULL AND sender_there_lower IS NULL AND sender_there_upper IS NULL AND sender_there_bounds IS NULL END),  -- DSQL101: what the type of sender said
    CONSTRAINT letter_known_check CHECK (CASE WHEN known_present THEN true ELSE known_street IS NULL AND known_town IS NULL AND known_zip IS NULL AND "known_since when" IS NULL END)  -- DSQL101: what the type of known said
);

-- DSQL101: on sender_name, the first of the columns that it has become (line 13)
COMMENT ON COLUMN public.letter.sender_name IS 'the one who wrote it';
