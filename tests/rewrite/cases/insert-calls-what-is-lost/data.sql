BEGIN;
INSERT INTO public.page VALUES (1, 'home');
INSERT INTO public.page VALUES (3, lower('Imprint'));
COMMIT;
