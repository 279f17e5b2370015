-- DSQL102: tags, moods, prices, grid converted (line 29)
-- dsql-migrate: phase 1
COPY public.post (id, title, tags_count, moods_count, prices_count, grid) FROM stdin;
21	one	7	2	3	[[1, 2], [3, 4]]
22	two	0	\N	2	\N
23	three	1	0	\N	\N
\.

-- dsql-migrate: phase 1
COPY public.post_tags (id, "position", value) FROM stdin;
21	1	a
21	2	b c
21	3	\N
21	4	NULL
21	5	tab\there
21	6	quote "
21	7	back\\\\slash
23	1	a
\.

-- dsql-migrate: phase 1
COPY public.post_moods (id, "position", value) FROM stdin;
21	1	sad
21	2	ok
\.

-- dsql-migrate: phase 1
COPY public.post_prices (id, "position", value) FROM stdin;
21	1	1.50
21	2	\N
21	3	2
22	0	7
22	1	8
\.

-- DSQL102, DSQL207: digest, position, at converted (line 34)
-- dsql-migrate: phase 1
COPY public.place ("Land", digest, position_count, at_count) FROM stdin WITH (FORMAT csv);
"D,E",00ff,2,1
F,01,,0
\.

-- dsql-migrate: phase 1
COPY public.place_position ("Land", digest, "position", value) FROM stdin;
D,E	00ff	1	1
D,E	00ff	2	2
\.

-- dsql-migrate: phase 1
COPY public.place_at ("Land", digest, "position", value) FROM stdin;
D,E	00ff	1	2026-01-01 00:00:00+00
\.

-- DSQL102: tags converted (line 38)
-- dsql-migrate: phase 1
COPY public.loose (tags) FROM stdin;
["a", "b"]
\.

-- DSQL102: tags converted (line 41)
-- dsql-migrate: phase 1
COPY public.filled (id, tags) FROM stdin;
1	["a", "b"]
\.

BEGIN;
-- DSQL102: tags, moods, prices, grid converted (line 44)
-- DSQL401: the numbers of id are written out (line 44)
INSERT INTO public.post (title, tags_count, id) VALUES ('four', 2, 1), ('five', DEFAULT, 2), ('six', 0, 3);
INSERT INTO public.post_tags (id, "position", value) VALUES
    (1, 1, 'x'),
    (1, 2, 'it''s');
INSERT INTO public.post (id, title, tags_count, prices_count) VALUES (10, NULL, 1, 1), (11, NULL, 1, NULL);
INSERT INTO public.post_tags (id, "position", value) VALUES
    (10, 1, 'y'),
    (11, 1, 'z');
INSERT INTO public.post_prices (id, "position", value) VALUES
    (10, 1, '1');
-- DSQL102, DSQL207: digest, position, at converted (line 46)
INSERT INTO public.place VALUES ('US', '02', 1, NULL);
INSERT INTO public.place_position ("Land", digest, "position", value) VALUES
    ('US', '02', 1, '3');
COMMIT;

-- Rows hold numbers of the sequence public.post_id_seq: it goes on behind them.
SELECT setval('public.post_id_seq', 23, true);
