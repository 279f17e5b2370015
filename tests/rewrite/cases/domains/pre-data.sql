CREATE DOMAIN public.email AS character varying(200)
    CONSTRAINT email_at CHECK (((VALUE)::text ~ '@'::text))
    CONSTRAINT email_short CHECK (length(VALUE) < 100);

CREATE DOMAIN price AS numeric(38,18) NOT NULL DEFAULT 0 CHECK (VALUE >= 0);

CREATE DOMAIN tags AS jsonb;

CREATE DOMAIN title AS text;

CREATE TABLE contacts (
    id bigint PRIMARY KEY,
    email email NOT NULL,
    price price,
    title title,
    tags jsonb  -- DSQL102: was tags
);
