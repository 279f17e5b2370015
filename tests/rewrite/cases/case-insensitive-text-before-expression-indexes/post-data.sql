-- DSQL304: built asynchronously; email ascending: ORDER BY email DESC, id is sorted by the query; operator class left out: under C collation the order is the same (line 28)
CREATE INDEX ASYNC people_by_email ON public.people (email, id) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.people_by_email was not built: see sys.jobs'::boolean;
\endif
