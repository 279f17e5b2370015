-- DSQL204: added behind the load, then validated (line 4)
ALTER TABLE ONLY app.t
    ADD CONSTRAINT t_parent FOREIGN KEY (parent) REFERENCES app.t(id) NOT VALID;

ALTER TABLE ASYNC app.t VALIDATE CONSTRAINT t_parent \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'foreign key t_parent of app.t does not hold for every row: see sys.jobs'::boolean;
\endif

-- DSQL301: built asynchronously (line 9)
CREATE INDEX ASYNC t_word ON app.t (word) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index app.t_word was not built: see sys.jobs'::boolean;
\endif

COMMENT ON CONSTRAINT t_parent ON app.t IS 'tree';

COMMENT ON INDEX app.t_word IS 'fast';
