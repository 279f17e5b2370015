-- DSQL301: built asynchronously (line 11)
CREATE INDEX ASYNC readings_taken_idx ON readings (taken) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.readings_taken_idx was not built: see sys.jobs'::boolean;
\endif
