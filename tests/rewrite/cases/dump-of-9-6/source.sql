SET statement_timeout = 0;
SET client_encoding = 'UTF8';
SET search_path = public, pg_catalog;

CREATE EXTENSION IF NOT EXISTS plpgsql WITH SCHEMA pg_catalog;

SET default_with_oids = false;

CREATE TABLE pets (
    id integer NOT NULL,
    name text
)
WITHOUT OIDS;

ALTER TABLE public.pets OWNER TO postgres;

CREATE SEQUENCE pets_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER TABLE public.pets_id_seq OWNER TO postgres;
ALTER SEQUENCE pets_id_seq OWNED BY pets.id;
ALTER TABLE ONLY pets ALTER COLUMN id SET DEFAULT nextval('pets_id_seq'::regclass);

COPY pets (id, name) FROM stdin;
41	Rex
\.

SELECT pg_catalog.setval('pets_id_seq', 41, true);

ALTER TABLE ONLY pets
    ADD CONSTRAINT pets_pkey PRIMARY KEY (id);
