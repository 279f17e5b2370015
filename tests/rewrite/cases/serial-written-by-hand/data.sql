BEGIN;
-- DSQL401: the numbers of id, badge, small are written out (line 9)
INSERT INTO people (name, id, badge, small) VALUES ('Ada', 1, 1, 1), ('Grace', 2, 2, 2);
INSERT INTO people (name, small, id, badge) VALUES ('Edsger', 7, 3, 3);
COMMIT;

-- The rows above hold numbers of the sequence public.people_badge_seq.
SELECT setval('public.people_badge_seq', 3, true);

-- The rows above hold numbers of the sequence public.people_id_seq.
SELECT setval('public.people_id_seq', 3, true);

-- Rows hold numbers of the sequence public.people_small_seq: it goes on behind them.
SELECT setval('public.people_small_seq', 7, true);
