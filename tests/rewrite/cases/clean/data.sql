INSERT INTO public.owners (id, name) VALUES (1, 'Ada');

SELECT setval('public.owners_id_seq', 1, true);
