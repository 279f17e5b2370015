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

CREATE VIEW public.by_tenant AS
 SELECT p.tenant, count(*) AS n FROM public.people p GROUP BY p.tenant;

CREATE VIEW public.tenants_there_are AS
 SELECT DISTINCT p.tenant AS t FROM public.people p;

CREATE VIEW public.all_names AS
 SELECT t.name FROM public.tenants t UNION SELECT p.nick FROM public.people p;

CREATE VIEW public.by_id AS
 SELECT p.id, max(p.nick) AS nick FROM public.people p GROUP BY 1;
