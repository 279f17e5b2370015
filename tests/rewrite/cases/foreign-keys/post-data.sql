-- DSQL204: added behind the load, then validated (line 6)
ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES public.customers(id) ON DELETE CASCADE NOT VALID;

ALTER TABLE ASYNC public.orders VALIDATE CONSTRAINT orders_customer_id_fkey \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'foreign key orders_customer_id_fkey of public.orders does not hold for every row: see sys.jobs'::boolean;
\endif

-- DSQL204: added behind the load, then validated (line 6)
ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_email_fkey FOREIGN KEY (email) REFERENCES public.customers (email) ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED NOT VALID;

ALTER TABLE ASYNC public.orders VALIDATE CONSTRAINT orders_email_fkey \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'foreign key orders_email_fkey of public.orders does not hold for every row: see sys.jobs'::boolean;
\endif

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_referrer_fkey FOREIGN KEY (referrer) REFERENCES public.customers(id) ON DELETE SET NULL NOT VALID;
