-- DSQL101: during, seen, price, load, rooms, built converted (line 26)
-- dsql-migrate: phase 1
COPY public.stay (id, during_lower_1, during_upper, during_bounds, seen_lower, seen_upper, seen_bounds, price_lower, price_upper, price_bounds, load_lower, load_upper, load_bounds, rooms, built, during_lower) FROM stdin;
1	2026-01-01	2026-02-01	[)	2026-01-01 10:00:00+00	2026-01-02 11:00:00.5+00	[]	1.5	\N	()	1.5	2.25	[)	[{"lower": 1, "upper": 3, "bounds": "[)"}, {"lower": 5, "upper": 7, "bounds": "[)"}]	{"lower": 1990, "upper": 2000, "bounds": "[)"}	7
2	\N	\N	empty	\N	\N	()	\N	\N	empty	\N	\N	\N	[]	\N	\N
3	-infinity	infinity	[]	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N	{"lower": null, "upper": null, "bounds": "empty"}	\N
\.

-- DSQL101: during, seen, price, load, rooms, built converted (line 31)
-- dsql-migrate: phase 1
COPY public.stay FROM stdin WITH (FORMAT csv);
4,2026-01-01,2026-02-01,[),2026-01-01 10:00:00+00,,[),,,,,2,(),,,,"a, b"
\.

-- dsql-migrate: phase 1
COPY public.shift (during, who) FROM stdin;
["2026-01-01 10:00:00","2026-01-01 18:00:00")	Ann
\.

BEGIN;
-- DSQL101: during, seen, price, load, rooms, built converted (line 37)
INSERT INTO public.stay (id, during_lower_1, during_upper, during_bounds, price_lower, price_upper, price_bounds) VALUES (10, '2026-01-01', '2026-01-04', '[)', NULL, NULL, NULL), (11, '2026-01-01', '2026-01-04', '[)', NULL, '5', '(]');
INSERT INTO public.stay VALUES (12, DEFAULT, DEFAULT, DEFAULT, NULL, NULL, NULL, NULL, NULL, 'empty', '1.5', '2', '[]', '[{"lower": 1, "upper": 3, "bounds": "[)"}]', NULL, 3, 'all');
COMMIT;
