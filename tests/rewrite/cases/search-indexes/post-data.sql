-- DSQL303: built asynchronously; hash to btree: it serves = as before, and order too (line 15)
CREATE INDEX ASYNC articles_state ON articles (state) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.articles_state was not built: see sys.jobs'::boolean;
\endif

-- DSQL303: built asynchronously; brin to btree: it serves the same queries, and costs a write for each row and the space of an index (line 16)
CREATE INDEX ASYNC articles_made ON articles (made) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.articles_made was not built: see sys.jobs'::boolean;
\endif

-- DSQL303: gin to btree on props ->> 'language', props ->> 'title', props -> 'editor' ->> 'name', which the schema's own queries ask for; other keys, and @> as it is written, are searched row by row (line 17)
CREATE INDEX ASYNC articles_props ON public.articles ((props ->> 'language')) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.articles_props was not built: see sys.jobs'::boolean;
\endif

CREATE INDEX ASYNC articles_props_title ON public.articles ((props ->> 'title')) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.articles_props_title was not built: see sys.jobs'::boolean;
\endif

CREATE INDEX ASYNC articles_props_editor_name ON public.articles ((props -> 'editor' ->> 'name')) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.articles_props_editor_name was not built: see sys.jobs'::boolean;
\endif

-- DSQL303: built asynchronously; gist to btree on shown_lower: it serves where ranges start; overlap and containment are conditions on both ends; no view or function of the schema shows a query for it; shown is shown_lower, shown_upper (line 20)
CREATE INDEX ASYNC articles_shown ON articles (shown_lower, shown_upper) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.articles_shown was not built: see sys.jobs'::boolean;
\endif

-- DSQL303: gin to btree on lower(title): it serves lower(title) LIKE 'x%', and ILIKE 'x%' once it is written so; asked by view public.by_title (line 22)
CREATE INDEX ASYNC articles_title ON public.articles (lower(title)) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.articles_title was not built: see sys.jobs'::boolean;
\endif

-- DSQL303: of gin, btree over author is left; it served LIKE '%x%' and similarity: DSQL has no index for them (line 23)
CREATE INDEX ASYNC articles_author_body ON public.articles (author) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.articles_author_body was not built: see sys.jobs'::boolean;
\endif
