CREATE TABLE public.tenants (
    slug text NOT NULL,  -- DSQL101: was public.citext
    name text,
    CONSTRAINT tenants_pkey PRIMARY KEY (slug),  -- DSQL201: from ALTER TABLE, line 24
    CONSTRAINT tenants_name_key UNIQUE (name)  -- DSQL202: from ALTER TABLE, line 25
);

CREATE TABLE public.people (
    id bigint NOT NULL,
    tenant text,  -- DSQL101: was public.citext
    email text UNIQUE,  -- DSQL101: was public.citext
    nick character varying(40) DEFAULT 'Nobody',
    CONSTRAINT people_nick UNIQUE NULLS NOT DISTINCT (tenant, nick),
    CONSTRAINT people_pkey PRIMARY KEY (id)  -- DSQL201: from ALTER TABLE, line 26
);

COMMENT ON CONSTRAINT people_nick ON public.people IS 'one nick a tenant';
