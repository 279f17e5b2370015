SELECT setval('public."Order Numbers"', 50);

INSERT INTO parts (id, name) VALUES (7, 'bolt');

SELECT setval('public.part_numbers', (SELECT max(id) FROM parts));

SELECT pg_catalog.setval('public.part_numbers', 40, true);
