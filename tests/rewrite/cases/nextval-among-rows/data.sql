SELECT nextval('numbers');

BEGIN;
INSERT INTO accounts (name, id) VALUES ('cash', 11);
INSERT INTO payments (account, id) VALUES (11, 12);
COMMIT;

-- The rows above hold numbers of the sequence public.numbers.
SELECT setval('public.numbers', 12, true);
