-- DSQL301: built asynchronously (line 14)
CREATE UNIQUE INDEX ASYNC members_club_email ON members (club, email) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.members_club_email was not built: see sys.jobs'::boolean;
\endif

-- DSQL301: built asynchronously; members_club_email serves the same queries, so it could go (line 15)
CREATE UNIQUE INDEX ASYNC members_club_email_again ON members (club, email) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.members_club_email_again was not built: see sys.jobs'::boolean;
\endif

-- What Django makes beside every unique text.
-- DSQL305: built asynchronously; operator class left out: under C collation the order is the same; the key members_email_key serves the same queries, so it could go (line 9)
CREATE INDEX ASYNC members_email_like ON members (email) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.members_email_like was not built: see sys.jobs'::boolean;
\endif

-- DSQL301: built asynchronously; members_club_joined serves the same queries, so it could go (line 10)
CREATE INDEX ASYNC members_club ON members (club) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.members_club was not built: see sys.jobs'::boolean;
\endif

-- DSQL304: built asynchronously; joined ascending: ORDER BY club, joined DESC is sorted by the query (line 11)
CREATE INDEX ASYNC members_club_joined ON members (club, joined) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.members_club_joined was not built: see sys.jobs'::boolean;
\endif

-- DSQL301: built asynchronously; members_club_joined serves the same queries, so it could go (line 12)
CREATE INDEX ASYNC members_club_joined_too ON members (club, joined) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.members_club_joined_too was not built: see sys.jobs'::boolean;
\endif

-- DSQL301: built asynchronously; the primary key members_pkey serves the same queries, so it could go (line 13)
CREATE INDEX ASYNC members_id ON members (id) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.members_id was not built: see sys.jobs'::boolean;
\endif

-- None of these is covered: a predicate, a column more, the order of NULLs.
-- DSQL301: built asynchronously (line 17)
CREATE INDEX ASYNC members_present ON members (club) WHERE left_on IS NULL \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.members_present was not built: see sys.jobs'::boolean;
\endif

-- DSQL301: built asynchronously (line 18)
CREATE INDEX ASYNC members_club_id ON members (club, id) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.members_club_id was not built: see sys.jobs'::boolean;
\endif

-- DSQL301: built asynchronously (line 19)
CREATE INDEX ASYNC members_left ON members (club NULLS FIRST) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.members_left was not built: see sys.jobs'::boolean;
\endif

-- DSQL301: built asynchronously (line 20)
CREATE INDEX ASYNC members_wide ON members (club) INCLUDE (left_on) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.members_wide was not built: see sys.jobs'::boolean;
\endif
