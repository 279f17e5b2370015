-- DSQL204: behind the load, though decided to be in CREATE TABLE: rows of public.b stand behind or among those that refer to them (line 7) (line 16)
-- dsql-migrate: phase 1, lane 1
ALTER TABLE c ADD CONSTRAINT c_b_fkey FOREIGN KEY (b) REFERENCES b NOT VALID;

-- dsql-migrate: phase 1, lane 1
ALTER TABLE ASYNC public.c VALIDATE CONSTRAINT c_b_fkey \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'foreign key c_b_fkey of public.c does not hold for every row: see sys.jobs'::boolean;
\endif

-- DSQL204: behind the load, though decided to be in CREATE TABLE: line 12 changes rows of its tables (line 17)
-- dsql-migrate: phase 1, lane 2
ALTER TABLE d ADD CONSTRAINT d_boss_fkey FOREIGN KEY (boss) REFERENCES d NOT VALID;

-- dsql-migrate: phase 1, lane 2
ALTER TABLE ASYNC public.d VALIDATE CONSTRAINT d_boss_fkey \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'foreign key d_boss_fkey of public.d does not hold for every row: see sys.jobs'::boolean;
\endif
