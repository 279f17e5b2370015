-- DSQL204: added behind the load, then validated (line 5)
ALTER TABLE ONLY public.copy
    ADD CONSTRAINT copy_film_id_fkey FOREIGN KEY (film_id) REFERENCES public.film(id) NOT VALID;

ALTER TABLE ASYNC public.copy VALIDATE CONSTRAINT copy_film_id_fkey \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'foreign key copy_film_id_fkey of public.copy does not hold for every row: see sys.jobs'::boolean;
\endif
