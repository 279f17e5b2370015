-- DSQL102: built asynchronously; features is jsonb now (line 46)
CREATE INDEX ASYNC film_many ON public.film (jsonb_array_length(features)) WHERE (features @> '["Trailers"]'::jsonb) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.film_many was not built: see sys.jobs'::boolean;
\endif
