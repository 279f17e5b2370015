-- DSQL204: added behind the load, then validated (line 5)
ALTER TABLE ONLY public.notes
    ADD CONSTRAINT notes_a_b_fkey FOREIGN KEY (a, b) REFERENCES public.pairs (a, b) NOT VALID;

ALTER TABLE ASYNC public.notes VALIDATE CONSTRAINT notes_a_b_fkey \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'foreign key notes_a_b_fkey of public.notes does not hold for every row: see sys.jobs'::boolean;
\endif
