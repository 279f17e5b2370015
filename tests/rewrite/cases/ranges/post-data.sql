-- DSQL101: built asynchronously; during is during_lower_1, during_upper (line 23)
CREATE INDEX ASYNC stay_during ON public.stay (during_lower_1, during_upper, id) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.stay_during was not built: see sys.jobs'::boolean;
\endif
