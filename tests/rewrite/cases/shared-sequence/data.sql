BEGIN;
-- DSQL401: the numbers of id are written out (line 6)
INSERT INTO cats (name, id) VALUES ('Tom', 1);
-- DSQL401: the numbers of id are written out (line 7)
INSERT INTO dogs (name, id) VALUES ('Rex', 2);
COMMIT;

-- The rows above hold numbers of the sequence public.ids.
SELECT setval('public.ids', 2, true);
