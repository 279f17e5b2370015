SET search_path = stock;

-- DSQL204: added behind the load, then validated (line 27)
ALTER TABLE ONLY stock.shelves
    ADD CONSTRAINT shelves_shirt_fkey FOREIGN KEY (shirt) REFERENCES shop.shirts(id) NOT VALID;

ALTER TABLE ASYNC stock.shelves VALIDATE CONSTRAINT shelves_shirt_fkey \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'foreign key shelves_shirt_fkey of stock.shelves does not hold for every row: see sys.jobs'::boolean;
\endif

SET search_path = shop;

-- DSQL301: built asynchronously (line 13)
CREATE INDEX ASYNC shirts_size ON shop.shirts (size) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index shop.shirts_size was not built: see sys.jobs'::boolean;
\endif
