-- DSQL101: check articles_tags_check: column tags is jsonb on DSQL, so the expression no longer means the same (line 1)
CREATE TABLE articles (
    id integer PRIMARY KEY,
    tags jsonb DEFAULT '[]'::jsonb NOT NULL,  -- DSQL102: was text[]
    grid jsonb,  -- DSQL102: was integer[][]
    days jsonb DEFAULT '[1, 2, 3]'::jsonb  -- DSQL102: was integer[]
);
