-- DSQL101: built asynchronously; during is during_lower_1, during_upper (line 23)
CREATE INDEX ASYNC stay_during ON public.stay (during_lower_1, during_upper, id) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.stay_during was not built: see sys.jobs'::boolean;
\endif

-- DSQL303: built asynchronously; gist to btree on seen_lower: it serves where ranges start; overlap and containment are conditions on both ends; no view or function of the schema shows a query for it; seen is seen_lower, seen_upper (line 24)
CREATE INDEX ASYNC stay_seen ON public.stay (seen_lower, seen_upper) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.stay_seen was not built: see sys.jobs'::boolean;
\endif
