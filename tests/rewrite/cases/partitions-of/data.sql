BEGIN;
INSERT INTO readings VALUES (1, '2026-01-01', 0.5);
INSERT INTO public.readings (sensor, taken, value) VALUES (2, '2026-01-01', 1.5);
COMMIT;
