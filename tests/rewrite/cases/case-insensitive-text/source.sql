CREATE EXTENSION citext;
CREATE COLLATION public.nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);

CREATE TABLE public.tenants (
    slug public.citext NOT NULL,
    name text COLLATE public.nocase
);

CREATE TABLE public.people (
    id bigint NOT NULL,
    tenant public.citext,
    email public.citext UNIQUE,
    nick character varying(40) COLLATE public.nocase DEFAULT 'Nobody',
    CONSTRAINT people_nick UNIQUE NULLS NOT DISTINCT (tenant, nick)
);

COPY public.tenants (slug, name) FROM stdin;
Acme	The Acme
\.
COPY public.people (id, tenant, email, nick) FROM stdin;
1	Acme	Ann@Example.com	Ann
\.

ALTER TABLE ONLY public.tenants ADD CONSTRAINT tenants_pkey PRIMARY KEY (slug);
ALTER TABLE ONLY public.tenants ADD CONSTRAINT tenants_name_key UNIQUE (name);
ALTER TABLE ONLY public.people ADD CONSTRAINT people_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.people ADD CONSTRAINT people_tenant_fkey FOREIGN KEY (tenant) REFERENCES public.tenants(slug);
CREATE INDEX people_by_email ON public.people USING btree (email public.citext_ops DESC, id);
CREATE UNIQUE INDEX "People_lower" ON public.people USING btree (lower((email)::text));
COMMENT ON CONSTRAINT people_nick ON public.people IS 'one nick a tenant';

CREATE VIEW public.by_tenant AS
 SELECT p.tenant, count(*) AS n FROM public.people p GROUP BY p.tenant;
CREATE VIEW public.tenants_there_are AS
 SELECT DISTINCT p.tenant AS t FROM public.people p;
CREATE VIEW public.all_names AS
 SELECT t.name FROM public.tenants t UNION SELECT p.nick FROM public.people p;
CREATE VIEW public.by_id AS
 SELECT p.id, max(p.nick) AS nick FROM public.people p GROUP BY 1;
