-- the sequence under its name on DSQL (line 5)
SELECT setval('public."Order Numbers"', 50);

INSERT INTO parts (id, name) VALUES (7, 'bolt');

-- the sequence under its name on DSQL (line 11)
SELECT setval('public.part_numbers', (SELECT max(id) FROM parts));

-- the sequence under its name on DSQL (line 12)
SELECT pg_catalog.setval('public.part_numbers', 40, true);
