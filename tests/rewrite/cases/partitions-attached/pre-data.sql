-- DSQL104: not partitioned: DSQL spreads a table itself (line 1)
CREATE TABLE public.events (
    id bigint NOT NULL,
    at date NOT NULL,
    what text,
    CONSTRAINT events_pkey PRIMARY KEY (id, at)  -- DSQL201: from ALTER TABLE, line 32
);
