-- DSQL301: built asynchronously (line 13)
CREATE UNIQUE INDEX ASYNC "Order_from_idx" ON "My Schema"."Order" ("from") \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index My Schema.Order_from_idx was not built: see sys.jobs'::boolean;
\endif

-- DSQL204: added behind the load, then validated (line 3)
ALTER TABLE ONLY "My Schema"."Order"
    ADD CONSTRAINT "Order_say ""hi""_fkey" FOREIGN KEY ("say ""hi""") REFERENCES "My Schema"."Order"("Id") NOT VALID;

ALTER TABLE ASYNC "My Schema"."Order" VALIDATE CONSTRAINT "Order_say ""hi""_fkey" \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'foreign key Order_say "hi"_fkey of My Schema.Order does not hold for every row: see sys.jobs'::boolean;
\endif

-- DSQL304: built asynchronously; select ascending: DSQL reads an index backwards too (line 12)
CREATE INDEX ASYNC "By Select" ON "My Schema"."Order" ("select") \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index My Schema.By Select was not built: see sys.jobs'::boolean;
\endif
