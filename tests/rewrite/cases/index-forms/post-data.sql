-- DSQL302: built asynchronously; CONCURRENTLY left out; storage parameters left out; TABLESPACE left out (line 13)
CREATE UNIQUE INDEX ASYNC IF NOT EXISTS films_title_year ON films (title, year) INCLUDE (tags) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.films_title_year was not built: see sys.jobs'::boolean;
\endif

-- DSQL301: built asynchronously; films_title_year serves the same queries, so it could go (line 8)
CREATE INDEX ASYNC films_title ON public.films (title) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.films_title was not built: see sys.jobs'::boolean;
\endif

-- newest first
-- DSQL304: built asynchronously; year ascending: ORDER BY year DESC, title is sorted by the query (line 11)
CREATE INDEX ASYNC films_year ON public.films (year NULLS FIRST, title) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.films_year was not built: see sys.jobs'::boolean;
\endif

-- DSQL301: built asynchronously (line 15)
CREATE INDEX ASYNC films_year_idx ON films (year) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.films_year_idx was not built: see sys.jobs'::boolean;
\endif

-- DSQL305: built asynchronously; operator class left out: under C collation the order is the same; films_title_year serves the same queries, so it could go (line 17)
CREATE INDEX ASYNC films_title_pattern ON films (title) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.films_title_pattern was not built: see sys.jobs'::boolean;
\endif

-- DSQL304: built asynchronously; title ascending: DSQL reads an index backwards too; operator class left out: under C collation the order is the same; COLLATE left out: C is the only collation; films_title_year serves the same queries, so it could go (line 19)
CREATE INDEX ASYNC films_title_c ON films (title) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.films_title_c was not built: see sys.jobs'::boolean;
\endif

-- DSQL301: built asynchronously (line 27)
CREATE INDEX ASYNC films_lower ON films (lower(title), (year + 1)) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.films_lower was not built: see sys.jobs'::boolean;
\endif

-- DSQL301: built asynchronously (line 29)
CREATE INDEX ASYNC films_old ON films (year) WHERE year < 1950 \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.films_old was not built: see sys.jobs'::boolean;
\endif
