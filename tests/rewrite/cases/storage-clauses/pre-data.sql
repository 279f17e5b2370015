-- DSQL106: UNLOGGED left out: DSQL has durable tables only; storage parameters left out; TABLESPACE left out (line 1)
CREATE TABLE public.cache (
    key text NOT NULL,
    value text,
    CONSTRAINT cache_pkey PRIMARY KEY (key)
);

ALTER TABLE ONLY public.cache ALTER COLUMN value SET STORAGE EXTERNAL;
