SET search_path = stock;

-- DSQL204: added behind the load, then validated (line 27)
ALTER TABLE ONLY public.stock__shelves
    ADD CONSTRAINT shelves_shirt_fkey FOREIGN KEY (shirt) REFERENCES public.shop__shirts(id) NOT VALID;

ALTER TABLE ASYNC public.stock__shelves VALIDATE CONSTRAINT shelves_shirt_fkey \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'foreign key shelves_shirt_fkey of public.stock__shelves does not hold for every row: see sys.jobs'::boolean;
\endif

SET search_path = shop;

-- DSQL301: built asynchronously (line 13)
CREATE INDEX ASYNC shop__shirts_size ON public.shop__shirts (size) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.shop__shirts_size was not built: see sys.jobs'::boolean;
\endif
