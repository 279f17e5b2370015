CREATE TABLE articles (
    id integer PRIMARY KEY,
    tags jsonb DEFAULT '[]'::jsonb NOT NULL,  -- DSQL102: was text[]
    grid jsonb,  -- DSQL102: was integer[][]
    days jsonb DEFAULT '[1, 2, 3]'::jsonb,  -- DSQL102: was integer[]
    CHECK (NULLIF(jsonb_array_length(tags), 0) < 10)
);
