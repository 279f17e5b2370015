-- DSQL101: a unique index on lower(…): no two rows differ in case alone (line 7)
CREATE UNIQUE INDEX ASYNC accounts_login_key ON public.accounts (lower(login)) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.accounts_login_key was not built: see sys.jobs'::boolean;
\endif
