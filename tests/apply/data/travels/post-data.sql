-- Each file is a session of its own: this is public.stops.
INSERT INTO stops VALUES (1, 'Lisboa');

SET search_path = travels;

CREATE INDEX ASYNC trips_day ON trips (day) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index travels.trips_day was not built: see sys.jobs'::boolean;
\endif
