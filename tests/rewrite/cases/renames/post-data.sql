-- DSQL204: added behind the load, then validated (line 1)
ALTER TABLE ONLY public.people
    ADD CONSTRAINT users_boss_fkey FOREIGN KEY (chief) REFERENCES public.people ("user") NOT VALID;

ALTER TABLE ASYNC public.people VALIDATE CONSTRAINT users_boss_fkey \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'foreign key users_boss_fkey of public.people does not hold for every row: see sys.jobs'::boolean;
\endif

-- DSQL301: built asynchronously (line 10)
CREATE INDEX ASYNC users_lower ON public.people (lower("user"), years) WHERE "user" <> 'login' \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.users_lower was not built: see sys.jobs'::boolean;
\endif
