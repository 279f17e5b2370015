BEGIN;
-- DSQL401: the numbers of id are written out (line 4)
INSERT INTO authors (name, id) VALUES ('Ursula', 1);
-- DSQL401: the numbers of id are written out (line 5)
INSERT INTO books (author, title, id) VALUES (1, 'The Dispossessed', 1);
INSERT INTO authors VALUES (2, 'Iain');
INSERT INTO books (author, title, id) VALUES (2, 'Use of Weapons', 2);
INSERT INTO books (id, author, title) VALUES
    (3, 2, 'Excession'),
    (4, 1, 'Lavinia; nextval(''authors_id_seq'') is a text here');
COMMIT;

UPDATE books SET title = title || 4 WHERE id = 1;

-- The rows above hold numbers of the sequence public.authors_id_seq.
SELECT setval('public.authors_id_seq', 2, true);

-- The rows above hold numbers of the sequence public.books_id_seq.
SELECT setval('public.books_id_seq', 4, true);
