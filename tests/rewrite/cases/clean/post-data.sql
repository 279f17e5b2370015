ALTER TABLE public.pets ADD CONSTRAINT pets_owner_fkey FOREIGN KEY (owner_id) REFERENCES public.owners (id) NOT VALID;

ALTER TABLE ASYNC public.pets VALIDATE CONSTRAINT pets_owner_fkey \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'foreign key pets_owner_fkey of public.pets does not hold for every row: see sys.jobs'::boolean;
\endif

CREATE INDEX ASYNC pets_owner ON public.pets (owner_id) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.pets_owner was not built: see sys.jobs'::boolean;
\endif
