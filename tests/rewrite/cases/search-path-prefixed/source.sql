CREATE SCHEMA shop;
CREATE SCHEMA stock;

SET search_path = shop, pg_catalog;

CREATE TYPE size AS ENUM ('S', 'L');

CREATE TABLE shirts (
    id integer NOT NULL,
    size size
);

CREATE INDEX shirts_size ON shirts USING btree (size);

CREATE VIEW large AS
    SELECT shirts.id FROM shirts WHERE (shirts.size = 'L'::size);

COPY shirts (id, size) FROM stdin;
1	L
\.

ALTER TABLE ONLY shirts
    ADD CONSTRAINT shirts_pkey PRIMARY KEY (id);

SET search_path = stock;

CREATE TABLE shelves (id int PRIMARY KEY, shirt int REFERENCES shop.shirts);

INSERT INTO shelves VALUES (1, 1);
