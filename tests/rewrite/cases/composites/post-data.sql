-- DSQL101: built asynchronously; home is home_street, home_town, home_zip, home_since when (line 14)
CREATE INDEX ASYNC letter_home ON public.letter (home_street, home_town, home_zip, "home_since when") \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.letter_home was not built: see sys.jobs'::boolean;
\endif
