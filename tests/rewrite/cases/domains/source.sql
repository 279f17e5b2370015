CREATE DOMAIN public.email AS character varying(200)
    CONSTRAINT email_at CHECK (((VALUE)::text ~ '@'::text));

CREATE DOMAIN price AS numeric NOT NULL DEFAULT 0 CHECK (VALUE >= 0);

CREATE DOMAIN tags AS text[] CHECK (array_length(VALUE, 1) > 0);

CREATE DOMAIN title AS text COLLATE "de_DE";

ALTER DOMAIN public.email ADD CONSTRAINT email_short CHECK (length(VALUE) < 100);

CREATE TABLE contacts (
    id bigint PRIMARY KEY,
    email email NOT NULL,
    price price,
    title title,
    tags tags
);
