-- dsql-migrate: phase 1, lane 1
ALTER TABLE ONLY public.a1__tags_1
    ADD CONSTRAINT tags_at_fkey FOREIGN KEY (at) REFERENCES public.a1__k(id) NOT VALID;

-- dsql-migrate: phase 1, lane 1
ALTER TABLE ASYNC public.a1__tags_1 VALIDATE CONSTRAINT tags_at_fkey \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'foreign key tags_at_fkey of public.a1__tags_1 does not hold for every row: see sys.jobs'::boolean;
\endif

-- dsql-migrate: phase 1, lane 2
ALTER TABLE ONLY public.a1__tags_2
    ADD CONSTRAINT tags_at_fkey FOREIGN KEY (at) REFERENCES public.a1__k(id) NOT VALID;

-- dsql-migrate: phase 1, lane 2
ALTER TABLE ASYNC public.a1__tags_2 VALIDATE CONSTRAINT tags_at_fkey \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'foreign key tags_at_fkey of public.a1__tags_2 does not hold for every row: see sys.jobs'::boolean;
\endif

-- dsql-migrate: phase 2, lane 1
CREATE INDEX ASYNC a1__tags_1_at_idx ON public.a1__tags_1 (at) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.a1__tags_1_at_idx was not built: see sys.jobs'::boolean;
\endif

-- dsql-migrate: phase 2, lane 2
CREATE INDEX ASYNC a1__tags_2_at_idx ON public.a1__tags_2 (at) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.a1__tags_2_at_idx was not built: see sys.jobs'::boolean;
\endif
