-- as pg_dump --table writes it: the schema is taken for there
-- DSQL706: was in schema sales (line 2)
CREATE TABLE public.sales__customers (
    id integer NOT NULL,
    name character varying(80),
    CONSTRAINT sales__customers_pkey PRIMARY KEY (id)  -- DSQL201: from ALTER TABLE, line 7
);
