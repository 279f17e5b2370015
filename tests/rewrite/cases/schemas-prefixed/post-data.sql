-- DSQL204: added behind the load, then validated (line 17)
ALTER TABLE ONLY public."Old Stock__invoice"
    ADD CONSTRAINT invoice_id_fkey FOREIGN KEY (id) REFERENCES public.billing__invoice_1 (id) NOT VALID;

ALTER TABLE ASYNC public."Old Stock__invoice" VALIDATE CONSTRAINT invoice_id_fkey \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'foreign key invoice_id_fkey of public.Old Stock__invoice does not hold for every row: see sys.jobs'::boolean;
\endif
