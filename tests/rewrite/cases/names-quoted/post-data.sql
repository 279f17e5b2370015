CREATE UNIQUE INDEX ASYNC "Order_from_idx" ON "My Schema"."Order" ("from") \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index My Schema.Order_from_idx was not built: see sys.jobs'::boolean;
\endif

CREATE INDEX ASYNC "By Select" ON "My Schema"."Order" ("select") \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index My Schema.By Select was not built: see sys.jobs'::boolean;
\endif
