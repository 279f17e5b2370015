-- DSQL301: built asynchronously (line 39)
CREATE INDEX ASYNC events_what ON public.events (what) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.events_what was not built: see sys.jobs'::boolean;
\endif
