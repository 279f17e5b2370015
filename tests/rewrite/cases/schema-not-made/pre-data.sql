-- the script takes it for there: made here (line 2)
CREATE SCHEMA sales;

-- as pg_dump --table writes it: the schema is taken for there
CREATE TABLE sales.customers (
    id integer NOT NULL,
    name character varying(80),
    CONSTRAINT customers_pkey PRIMARY KEY (id)  -- DSQL201: from ALTER TABLE, line 7
);
