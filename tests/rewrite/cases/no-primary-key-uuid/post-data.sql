-- DSQL301: built asynchronously (line 9)
CREATE INDEX ASYNC readings_sensor ON readings (sensor) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.readings_sensor was not built: see sys.jobs'::boolean;
\endif
