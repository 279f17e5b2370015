CREATE TABLE public.tenants (
    slug text NOT NULL,  -- DSQL101: was public.citext
    name text,
    CONSTRAINT tenants_pkey PRIMARY KEY (slug)  -- DSQL201: from ALTER TABLE, line 24
);

-- DSQL101: unique people_email_key: a unique index on lower(…): no two rows differ in case alone (line 9)
-- DSQL101: unique people_nick: a unique index on lower(…): no two rows differ in case alone (line 9)
CREATE TABLE public.people (
    id bigint NOT NULL,
    tenant text,  -- DSQL101: was public.citext
    email text,  -- DSQL101: was public.citext
    nick character varying(40) DEFAULT 'Nobody',
    CONSTRAINT people_pkey PRIMARY KEY (id)  -- DSQL201: from ALTER TABLE, line 26
);
