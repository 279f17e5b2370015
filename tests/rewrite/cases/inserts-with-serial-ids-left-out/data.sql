BEGIN;
-- DSQL401: the numbers of id are written out (line 12)
INSERT INTO authors (name, id) VALUES
    ('Ursula', 1),   -- 1
    ('Iain', 2);     -- 2

-- DSQL401: the numbers of id are written out (line 16)
INSERT INTO books (author, title, id) VALUES (1, 'The Dispossessed', 100);
INSERT INTO books VALUES (110, 2, 'Use of Weapons');
COMMIT;

-- The rows above hold numbers of the sequence public.authors_id_seq.
SELECT setval('public.authors_id_seq', 2, true);

INSERT INTO authors SELECT 7, 'Octavia';

-- DSQL401: the numbers of id are written out (line 19)
INSERT INTO authors (name, id) VALUES ('N. K.', 3) RETURNING id;

-- The rows above hold numbers of the sequence public.authors_id_seq.
SELECT setval('public.authors_id_seq', 3, true);

-- Rows hold numbers of the sequence public.authors_id_seq: it goes on behind them.
SELECT setval('public.authors_id_seq', max(n), true) FROM (SELECT max(id) AS n FROM public.authors) AS used HAVING max(n) >= 4;

-- The rows above hold numbers of the sequence public.books_id_seq.
SELECT setval('public.books_id_seq', 110, true);
