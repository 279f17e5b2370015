CREATE UNIQUE INDEX ASYNC IF NOT EXISTS films_title_year ON films (title, year) INCLUDE (tags) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.films_title_year was not built: see sys.jobs'::boolean;
\endif

CREATE INDEX ASYNC films_title ON public.films (title) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.films_title was not built: see sys.jobs'::boolean;
\endif

-- newest first
CREATE INDEX ASYNC films_year ON public.films (year NULLS FIRST, title) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.films_year was not built: see sys.jobs'::boolean;
\endif

CREATE INDEX ASYNC films_year_idx ON films (year) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.films_year_idx was not built: see sys.jobs'::boolean;
\endif

CREATE INDEX ASYNC films_title_pattern ON films (title) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.films_title_pattern was not built: see sys.jobs'::boolean;
\endif

CREATE INDEX ASYNC films_title_c ON films (title) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.films_title_c was not built: see sys.jobs'::boolean;
\endif

CREATE INDEX ASYNC films_lower ON films (lower(title), (year + 1)) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.films_lower was not built: see sys.jobs'::boolean;
\endif

CREATE INDEX ASYNC films_old ON films (year) WHERE year < 1950 \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.films_old was not built: see sys.jobs'::boolean;
\endif
