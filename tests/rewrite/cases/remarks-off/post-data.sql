ALTER TABLE ONLY public.people
    ADD CONSTRAINT people_boss_fkey FOREIGN KEY (boss) REFERENCES public.people(id) NOT VALID;

ALTER TABLE ASYNC public.people VALIDATE CONSTRAINT people_boss_fkey \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'foreign key people_boss_fkey of public.people does not hold for every row: see sys.jobs'::boolean;
\endif

CREATE INDEX ASYNC people_mood ON people (mood) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.people_mood was not built: see sys.jobs'::boolean;
\endif
