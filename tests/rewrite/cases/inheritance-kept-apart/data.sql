BEGIN;
-- DSQL401: the numbers of id are written out (line 26)
INSERT INTO people (changed_at, name, id) VALUES ('2020-01-01', 'Anna', 1);
-- DSQL401: the numbers of id are written out (line 27)
INSERT INTO visits (changed_at, person, id) VALUES ('2020-01-02', 1, 1);
COMMIT;

-- The rows above hold numbers of the sequence public.people_id_seq.
SELECT setval('public.people_id_seq', 1, true);

-- The rows above hold numbers of the sequence public.visits_id_seq.
SELECT setval('public.visits_id_seq', 1, true);
