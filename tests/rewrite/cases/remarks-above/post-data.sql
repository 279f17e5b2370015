-- DSQL204: added behind the load, then validated (line 4)
ALTER TABLE ONLY public."odd
name -- ; DROP TABLE shops"
    ADD CONSTRAINT "two
lines" FOREIGN KEY (shop) REFERENCES public.shops(id) NOT VALID;

ALTER TABLE ASYNC public."odd
name -- ; DROP TABLE shops" VALIDATE CONSTRAINT "two
lines" \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'foreign key two lines of public.odd name -- ; DROP TABLE shops does not hold for every row: see sys.jobs'::boolean;
\endif
