CREATE TABLE place (
    id integer PRIMARY KEY,
    name text NOT NULL,
    CONSTRAINT named CHECK (name <> '')
);

-- DSQL105: INHERITS written out (line 6)
CREATE TABLE capital (
    id integer NOT NULL,
    name text NOT NULL,
    country text,
    CONSTRAINT named CHECK (name <> '')  -- DSQL105: of the parent table
);
