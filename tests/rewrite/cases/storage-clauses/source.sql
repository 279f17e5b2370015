CREATE UNLOGGED TABLE public.cache (
    key text COLLATE "en_US" NOT NULL,
    value text COMPRESSION lz4,
    CONSTRAINT cache_pkey PRIMARY KEY (key) WITH (fillfactor='50') USING INDEX TABLESPACE fast
)
WITH (fillfactor='70', autovacuum_enabled='false') TABLESPACE fast;

CREATE TEMP TABLE scratch (id integer) ON COMMIT DROP;

ALTER TABLE ONLY public.cache ALTER COLUMN value SET STORAGE EXTERNAL;
ALTER TABLE ONLY public.cache ALTER COLUMN value SET STATISTICS 500;
ALTER TABLE public.cache CLUSTER ON cache_pkey;
ALTER TABLE ONLY public.cache REPLICA IDENTITY FULL;
