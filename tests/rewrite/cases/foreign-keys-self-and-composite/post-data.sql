-- DSQL204: added behind the load, then validated (line 1)
-- dsql-migrate: phase 1, lane 1
ALTER TABLE ONLY public.regions
    ADD CONSTRAINT regions_country_parent_code_fkey FOREIGN KEY (country, parent_code) REFERENCES public.regions (country, code) MATCH FULL NOT VALID;

-- dsql-migrate: phase 1, lane 1
ALTER TABLE ASYNC public.regions VALIDATE CONSTRAINT regions_country_parent_code_fkey \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'foreign key regions_country_parent_code_fkey of public.regions does not hold for every row: see sys.jobs'::boolean;
\endif

-- DSQL204: added behind the load, then validated (line 9)
-- dsql-migrate: phase 1, lane 2
ALTER TABLE ONLY public.towns
    ADD CONSTRAINT towns_twin_fkey FOREIGN KEY (twin) REFERENCES public.towns(id) NOT VALID;

-- dsql-migrate: phase 1, lane 2
ALTER TABLE ASYNC public.towns VALIDATE CONSTRAINT towns_twin_fkey \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'foreign key towns_twin_fkey of public.towns does not hold for every row: see sys.jobs'::boolean;
\endif

-- DSQL204: added behind the load, then validated (line 9)
-- dsql-migrate: phase 1, lane 2
ALTER TABLE ONLY public.towns
    ADD CONSTRAINT towns_country_region_fkey FOREIGN KEY (country, region) REFERENCES public.regions(country, code) ON DELETE SET NULL (region) NOT VALID;

-- dsql-migrate: phase 1, lane 2
ALTER TABLE ASYNC public.towns VALIDATE CONSTRAINT towns_country_region_fkey \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'foreign key towns_country_region_fkey of public.towns does not hold for every row: see sys.jobs'::boolean;
\endif
