-- DSQL101: a unique index on lower(…): no two rows differ in case alone (line 9)
-- dsql-migrate: phase 1, lane 1
CREATE UNIQUE INDEX ASYNC people_email_key ON public.people (lower(email)) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.people_email_key was not built: see sys.jobs'::boolean;
\endif

-- DSQL101: a unique index on lower(…): no two rows differ in case alone (line 9)
-- dsql-migrate: phase 1, lane 1
CREATE UNIQUE INDEX ASYNC people_nick ON public.people (lower(tenant), lower(nick)) NULLS NOT DISTINCT \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.people_nick was not built: see sys.jobs'::boolean;
\endif

-- No two rows differ in case alone, as tenants_pkey said in the source.
-- dsql-migrate: phase 1, lane 2
CREATE UNIQUE INDEX ASYNC tenants_slug_lower_key ON public.tenants (lower(slug)) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.tenants_slug_lower_key was not built: see sys.jobs'::boolean;
\endif

-- DSQL101: a unique index on lower(…): no two rows differ in case alone (line 25)
-- dsql-migrate: phase 1, lane 2
CREATE UNIQUE INDEX ASYNC tenants_name_key ON public.tenants (lower(name)) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.tenants_name_key was not built: see sys.jobs'::boolean;
\endif

-- DSQL301: built asynchronously (line 29)
-- dsql-migrate: phase 1, lane 1
CREATE UNIQUE INDEX ASYNC "People_lower" ON public.people (lower((email)::text)) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.People_lower was not built: see sys.jobs'::boolean;
\endif

-- DSQL204: added behind the load, then validated (line 27)
ALTER TABLE ONLY public.people ADD CONSTRAINT people_tenant_fkey FOREIGN KEY (tenant) REFERENCES public.tenants(slug) NOT VALID;

ALTER TABLE ASYNC public.people VALIDATE CONSTRAINT people_tenant_fkey \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'foreign key people_tenant_fkey of public.people does not hold for every row: see sys.jobs'::boolean;
\endif

-- DSQL101: built asynchronously; email by lower(…): it was compared without regard to case; email ascending: ORDER BY email DESC, id is sorted by the query; operator class left out: under C collation the order is the same (line 28)
CREATE INDEX ASYNC people_by_email ON public.people (lower(email), id) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.people_by_email was not built: see sys.jobs'::boolean;
\endif
