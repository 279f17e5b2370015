-- DSQL204: added behind the load, then validated (line 19)
ALTER TABLE ONLY public.b
    ADD CONSTRAINT b_a_fkey FOREIGN KEY (x) REFERENCES public.a(id) NOT VALID;

ALTER TABLE ASYNC public.b VALIDATE CONSTRAINT b_a_fkey \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'foreign key b_a_fkey of public.b does not hold for every row: see sys.jobs'::boolean;
\endif
