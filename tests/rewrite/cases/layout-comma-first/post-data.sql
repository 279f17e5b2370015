-- DSQL204: added behind the load, then validated (line 6)
ALTER TABLE ONLY public.visits
    ADD CONSTRAINT visits_place_fkey FOREIGN KEY (place) references public.places (name) NOT VALID;

ALTER TABLE ASYNC public.visits VALIDATE CONSTRAINT visits_place_fkey \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'foreign key visits_place_fkey of public.visits does not hold for every row: see sys.jobs'::boolean;
\endif

-- DSQL204: added behind the load, then validated (line 6)
ALTER TABLE ONLY public.visits
    ADD CONSTRAINT visits_place_fkey1 foreign key (place) references public.places (name) NOT VALID;

ALTER TABLE ASYNC public.visits VALIDATE CONSTRAINT visits_place_fkey1 \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'foreign key visits_place_fkey1 of public.visits does not hold for every row: see sys.jobs'::boolean;
\endif
