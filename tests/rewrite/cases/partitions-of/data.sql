BEGIN;
INSERT INTO readings VALUES (1, '2026-01-01', 0.5);
-- DSQL104: rows of public.readings_rest_0 (line 14)
INSERT INTO public.readings (sensor, taken, value) VALUES (2, '2026-01-01', 1.5);
COMMIT;
