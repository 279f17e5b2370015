-- dsql-migrate: phase 1, lane 1
ALTER TABLE ONLY public.events_2025
    ADD CONSTRAINT events_kind_fkey FOREIGN KEY (kind) REFERENCES public.kinds (k) NOT VALID;

-- dsql-migrate: phase 1, lane 1
ALTER TABLE ASYNC public.events_2025 VALIDATE CONSTRAINT events_kind_fkey \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'foreign key events_kind_fkey of public.events_2025 does not hold for every row: see sys.jobs'::boolean;
\endif

-- dsql-migrate: phase 1, lane 2
ALTER TABLE ONLY public.events_2026
    ADD CONSTRAINT events_kind_fkey FOREIGN KEY (kind) REFERENCES public.kinds (k) NOT VALID;

-- dsql-migrate: phase 1, lane 2
ALTER TABLE ASYNC public.events_2026 VALIDATE CONSTRAINT events_kind_fkey \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'foreign key events_kind_fkey of public.events_2026 does not hold for every row: see sys.jobs'::boolean;
\endif

-- dsql-migrate: phase 1, lane 3
ALTER TABLE ONLY public.events_rest_a
    ADD CONSTRAINT events_kind_fkey FOREIGN KEY (kind) REFERENCES public.kinds (k) NOT VALID;

-- dsql-migrate: phase 1, lane 3
ALTER TABLE ASYNC public.events_rest_a VALIDATE CONSTRAINT events_kind_fkey \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'foreign key events_kind_fkey of public.events_rest_a does not hold for every row: see sys.jobs'::boolean;
\endif

-- dsql-migrate: phase 2, lane 1
CREATE INDEX ASYNC events_2025_what_idx ON public.events_2025 (what) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.events_2025_what_idx was not built: see sys.jobs'::boolean;
\endif

-- dsql-migrate: phase 2, lane 2
CREATE INDEX ASYNC events_2026_what_idx ON public.events_2026 (what) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.events_2026_what_idx was not built: see sys.jobs'::boolean;
\endif

-- dsql-migrate: phase 2, lane 3
CREATE INDEX ASYNC events_rest_a_what_idx ON public.events_rest_a (what) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.events_rest_a_what_idx was not built: see sys.jobs'::boolean;
\endif
