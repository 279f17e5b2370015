SET client_encoding = 'UTF8';

COPY lending.author (id, name) FROM stdin;
1	Mary Shelley
2	Emily Dickinson\nof Amherst
3	José Saramago
4	;
\.

COPY lending.book (id, author_id, title, genre, price) FROM stdin;
10	1	Frankenstein	novel	7.50
11	2	Poems	poems	\N
12	3	Blindness	novel	12.00
\.

BEGIN;
INSERT INTO lending.author (id, name) VALUES (5, 'BEGIN; COMMIT;');
INSERT INTO lending.author (id, name) VALUES (6, 'it''s');
COMMIT;

COPY lending.visit (at, note) FROM stdin;
2026-01-01 10:00:00	first
2026-01-01 10:00:00	first
\.

SELECT pg_catalog.setval('lending.author_id_seq', 6, true);
