-- as pg_dump --table writes it: the schema is taken for there
CREATE TABLE sales.customers (
    id integer NOT NULL,
    name character varying(80)
);

ALTER TABLE ONLY sales.customers
    ADD CONSTRAINT customers_pkey PRIMARY KEY (id);

COPY sales.customers (id, name) FROM stdin;
1	Anna
\.
