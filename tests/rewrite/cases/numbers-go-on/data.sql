BEGIN;
INSERT INTO guests (id, name) VALUES (1, 'Ada'), (5, 'Grace');
INSERT INTO guests (name, id) VALUES ('Edsger', 3);
COMMIT;

COPY rooms (floor, number) FROM stdin;
1	104
2	203
\.

BEGIN;
INSERT INTO days VALUES (-10);
INSERT INTO sold VALUES (70);
INSERT INTO given VALUES (150);
COMMIT;

INSERT INTO seats (id, line) SELECT n, n / 10 FROM generate_series(1, 40) AS n;

INSERT INTO keys VALUES (4);

SELECT setval('keys_id_seq', 20);

SELECT setval('locks_id_seq', 2);

BEGIN;
INSERT INTO locks VALUES (9);
INSERT INTO doors VALUES (2);
COMMIT;

-- Rows hold numbers of the sequence public.countdown: it goes on behind them.
SELECT setval('public.countdown', -10, true);

-- The script restarts the sequence public.doors_id_seq here.
SELECT setval('public.doors_id_seq', 500, false);

-- Rows hold numbers of the sequence public.guests_id_seq: it goes on behind them.
SELECT setval('public.guests_id_seq', 5, true);

-- Rows hold numbers of the sequence public.locks_id_seq: it goes on behind them.
SELECT setval('public.locks_id_seq', 9, true);

-- Rows hold numbers of the sequence public.rooms_number_seq: it goes on behind them.
SELECT setval('public.rooms_number_seq', 203, true);

-- Rows hold numbers of the sequence public.seats_id_seq: it goes on behind them.
SELECT setval('public.seats_id_seq', max(n), true) FROM (SELECT max(id) AS n FROM public.seats) AS used HAVING max(n) >= 1;

-- Rows hold numbers of the sequence public.tickets: it goes on behind them.
SELECT setval('public.tickets', 150, true);
