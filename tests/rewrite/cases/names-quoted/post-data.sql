CREATE UNIQUE INDEX ASYNC "Order_from_idx" ON "My Schema"."Order" ("from") \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index My Schema.Order_from_idx was not built: see sys.jobs'::boolean;
\endif

ALTER TABLE ONLY "My Schema"."Order"
    ADD CONSTRAINT "Order_say ""hi""_fkey" FOREIGN KEY ("say ""hi""") REFERENCES "My Schema"."Order"("Id") NOT VALID;

ALTER TABLE ASYNC "My Schema"."Order" VALIDATE CONSTRAINT "Order_say ""hi""_fkey" \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'foreign key Order_say "hi"_fkey of My Schema.Order does not hold for every row: see sys.jobs'::boolean;
\endif

CREATE INDEX ASYNC "By Select" ON "My Schema"."Order" ("select") \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index My Schema.By Select was not built: see sys.jobs'::boolean;
\endif
