-- DSQL301: built asynchronously (line 25)
CREATE UNIQUE INDEX ASYNC wide_last ON wide (c30) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.wide_last was not built: see sys.jobs'::boolean;
\endif

-- DSQL301: built asynchronously (line 2)
CREATE INDEX ASYNC wide_c1 ON wide (c1) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.wide_c1 was not built: see sys.jobs'::boolean;
\endif

-- DSQL301: built asynchronously (line 3)
CREATE INDEX ASYNC wide_c2 ON wide (c2) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.wide_c2 was not built: see sys.jobs'::boolean;
\endif

-- DSQL301: built asynchronously (line 4)
CREATE INDEX ASYNC wide_c3 ON wide (c3) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.wide_c3 was not built: see sys.jobs'::boolean;
\endif

-- DSQL301: built asynchronously (line 5)
CREATE INDEX ASYNC wide_c4 ON wide (c4) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.wide_c4 was not built: see sys.jobs'::boolean;
\endif

-- DSQL301: built asynchronously (line 6)
CREATE INDEX ASYNC wide_c5 ON wide (c5) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.wide_c5 was not built: see sys.jobs'::boolean;
\endif

-- DSQL301: built asynchronously (line 7)
CREATE INDEX ASYNC wide_c6 ON wide (c6) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.wide_c6 was not built: see sys.jobs'::boolean;
\endif

-- DSQL301: built asynchronously (line 8)
CREATE INDEX ASYNC wide_c7 ON wide (c7) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.wide_c7 was not built: see sys.jobs'::boolean;
\endif

-- DSQL301: built asynchronously (line 9)
CREATE INDEX ASYNC wide_c8 ON wide (c8) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.wide_c8 was not built: see sys.jobs'::boolean;
\endif

-- DSQL301: built asynchronously (line 10)
CREATE INDEX ASYNC wide_c9 ON wide (c9) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.wide_c9 was not built: see sys.jobs'::boolean;
\endif

-- DSQL301: built asynchronously (line 11)
CREATE INDEX ASYNC wide_c10 ON wide (c10) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.wide_c10 was not built: see sys.jobs'::boolean;
\endif

-- DSQL301: built asynchronously (line 12)
CREATE INDEX ASYNC wide_c11 ON wide (c11) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.wide_c11 was not built: see sys.jobs'::boolean;
\endif

-- DSQL301: built asynchronously (line 13)
CREATE INDEX ASYNC wide_c12 ON wide (c12) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.wide_c12 was not built: see sys.jobs'::boolean;
\endif

-- DSQL301: built asynchronously (line 14)
CREATE INDEX ASYNC wide_c13 ON wide (c13) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.wide_c13 was not built: see sys.jobs'::boolean;
\endif

-- DSQL301: built asynchronously (line 15)
CREATE INDEX ASYNC wide_c14 ON wide (c14) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.wide_c14 was not built: see sys.jobs'::boolean;
\endif

-- DSQL301: built asynchronously (line 16)
CREATE INDEX ASYNC wide_c15 ON wide (c15) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.wide_c15 was not built: see sys.jobs'::boolean;
\endif

-- DSQL301: built asynchronously (line 17)
CREATE INDEX ASYNC wide_c16 ON wide (c16) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.wide_c16 was not built: see sys.jobs'::boolean;
\endif

-- DSQL301: built asynchronously (line 18)
CREATE INDEX ASYNC wide_c17 ON wide (c17) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.wide_c17 was not built: see sys.jobs'::boolean;
\endif

-- DSQL301: built asynchronously (line 19)
CREATE INDEX ASYNC wide_c18 ON wide (c18) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.wide_c18 was not built: see sys.jobs'::boolean;
\endif

-- DSQL301: built asynchronously (line 20)
CREATE INDEX ASYNC wide_c19 ON wide (c19) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.wide_c19 was not built: see sys.jobs'::boolean;
\endif

-- DSQL301: built asynchronously (line 21)
CREATE INDEX ASYNC wide_c20 ON wide (c20) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.wide_c20 was not built: see sys.jobs'::boolean;
\endif

-- DSQL301: built asynchronously (line 22)
CREATE INDEX ASYNC wide_c21 ON wide (c21) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.wide_c21 was not built: see sys.jobs'::boolean;
\endif

-- DSQL301: built asynchronously (line 23)
CREATE INDEX ASYNC wide_c22 ON wide (c22) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.wide_c22 was not built: see sys.jobs'::boolean;
\endif
