CREATE TABLE public.cache (
    key text NOT NULL,
    value text,
    CONSTRAINT cache_pkey PRIMARY KEY (key)
);

ALTER TABLE ONLY public.cache ALTER COLUMN value SET STORAGE EXTERNAL;
