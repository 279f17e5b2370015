-- DSQL301: built asynchronously (line 15)
CREATE UNIQUE INDEX ASYNC codes_code ON codes (code) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.codes_code was not built: see sys.jobs'::boolean;
\endif

-- DSQL204: behind the load, though decided to be in CREATE TABLE: it closes a circle of foreign keys: public.staff → public.shops → public.staff (line 16)
-- dsql-migrate: phase 1, lane 1
ALTER TABLE shops ADD CONSTRAINT shops_head_fkey FOREIGN KEY (head) REFERENCES staff (id) NOT VALID;

-- dsql-migrate: phase 1, lane 1
ALTER TABLE ASYNC public.shops VALIDATE CONSTRAINT shops_head_fkey \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'foreign key shops_head_fkey of public.shops does not hold for every row: see sys.jobs'::boolean;
\endif

-- DSQL204: behind the load, though decided to be in CREATE TABLE: the key of public.codes is an index, which is built behind the load (line 19)
-- dsql-migrate: phase 1, lane 2
ALTER TABLE uses ADD CONSTRAINT uses_code_fkey FOREIGN KEY (code) REFERENCES codes (code) NOT VALID;

-- dsql-migrate: phase 1, lane 2
ALTER TABLE ASYNC public.uses VALIDATE CONSTRAINT uses_code_fkey \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'foreign key uses_code_fkey of public.uses does not hold for every row: see sys.jobs'::boolean;
\endif
