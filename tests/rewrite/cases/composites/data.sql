-- DSQL101: sender, home, office, known converted (line 16)
COPY public.letter (id, sender_name, sender_home_street, sender_home_town, sender_home_zip, "sender_home_since when", sender_home_present, sender_tags, sender_there_lower, sender_there_upper, sender_there_bounds, sender_present, home_street, home_town, home_zip, "home_since when", office, known_street, known_town, known_zip, "known_since when", known_present) FROM stdin;
1	Ann	High, Street	a "b"	7	2026-01-01 00:00:00.123+00	t	["a", "b c", null]	2026-01-01	2026-02-01	[)	t	\N	\N	\N	\N	{"street": "x", "town": "y", "zip": 1, "since when": null}	\N	\N	\N	\N	\N
2	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N		x\\y	\N	\N	\N	\N	\N	\N	\N	t
3	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N	t	a	b	1	\N	\N	\N	\N	\N	\N	\N
4	\N	\N	\N	\N	\N	t	[]	\N	\N	empty	t	a	b	1	\N	\N	\N	\N	\N	\N	\N
\.

-- DSQL101: sender, home, office, known converted (line 22)
INSERT INTO public.letter (id, sender_name, sender_home_street, sender_home_town, sender_home_zip, "sender_home_since when", sender_home_present, sender_tags, sender_there_lower, sender_there_upper, sender_there_bounds, sender_present, home_street, home_town, home_zip, "home_since when") VALUES
    (10, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'it''s', 'c', '3', '2026-01-01 10:00:00+02'),
    (11, 'Bob', NULL, NULL, NULL, NULL, NULL, '["1", "2"]', NULL, NULL, 'empty', 't', DEFAULT, DEFAULT, DEFAULT, DEFAULT),
    (12, 'Eve', 'x', NULL, NULL, NULL, 't', NULL, '2026-01-01', NULL, '[)', 't', 'a', 'b', NULL, NULL);
