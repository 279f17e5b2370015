-- DSQL301: built asynchronously (line 18)
CREATE INDEX ASYNC members_by_handle ON members (handle) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.members_by_handle was not built: see sys.jobs'::boolean;
\endif
