-- DSQL107: what the type of status said
ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_status_fkey FOREIGN KEY (status) REFERENCES public.status (value) NOT VALID;

ALTER TABLE ASYNC public.orders VALIDATE CONSTRAINT orders_status_fkey \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'foreign key orders_status_fkey of public.orders does not hold for every row: see sys.jobs'::boolean;
\endif

-- DSQL107: what the type of final said
ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_final_fkey FOREIGN KEY (final) REFERENCES public.status (value) NOT VALID;

ALTER TABLE ASYNC public.orders VALIDATE CONSTRAINT orders_final_fkey \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'foreign key orders_final_fkey of public.orders does not hold for every row: see sys.jobs'::boolean;
\endif
