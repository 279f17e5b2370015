CREATE DOMAIN public.email AS character varying(200)
    CONSTRAINT email_at CHECK (((VALUE)::text ~ '@'::text))
    CONSTRAINT email_short CHECK (length(VALUE) < 100);

-- DSQL111: DSQL reads a bare numeric as numeric(18,6) (line 4)
CREATE DOMAIN price AS numeric(38,18) NOT NULL DEFAULT 0 CHECK (VALUE >= 0);

-- DSQL102: array: elements lose their type; array operators become JSON ones (line 6)
CREATE DOMAIN tags AS jsonb;

-- DSQL103: C collation is the only one (line 8)
CREATE DOMAIN title AS text;

CREATE TABLE contacts (
    id bigint PRIMARY KEY,
    email email NOT NULL,
    price price,
    title title,
    tags jsonb  -- DSQL102: was tags
);
