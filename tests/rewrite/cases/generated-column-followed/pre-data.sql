CREATE TABLE public.article (
    id integer NOT NULL PRIMARY KEY,
    body text,
    tags jsonb NOT NULL,  -- DSQL102: was text[]
    tag_count integer GENERATED ALWAYS AS (jsonb_array_length(tags)) STORED,
    shape text,  -- DSQL101: was point
    far boolean,  -- the application computes it: column shape is text on DSQL, so the expression no longer means the same
    size integer GENERATED ALWAYS AS (length(body)) STORED
);
