SELECT nextval('numbers');

BEGIN;
-- DSQL401: the numbers of id are written out (line 14)
INSERT INTO accounts (name, id) VALUES ('cash', 11);
-- DSQL401: the numbers of id are written out (line 15)
INSERT INTO payments (account, id) VALUES (11, 12);
COMMIT;

-- The rows above hold numbers of the sequence public.numbers.
SELECT setval('public.numbers', 12, true);
