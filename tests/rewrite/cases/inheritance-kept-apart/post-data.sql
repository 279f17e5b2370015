-- DSQL204: added behind the load, then validated (line 13)
ALTER TABLE ONLY public.visits
    ADD CONSTRAINT visits_person_fkey FOREIGN KEY (person) REFERENCES public.people(id) NOT VALID;

ALTER TABLE ASYNC public.visits VALIDATE CONSTRAINT visits_person_fkey \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'foreign key visits_person_fkey of public.visits does not hold for every row: see sys.jobs'::boolean;
\endif
