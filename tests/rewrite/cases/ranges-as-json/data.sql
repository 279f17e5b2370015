-- DSQL101: during, seen, price, load, rooms, built converted (line 26)
-- dsql-migrate: phase 1
COPY public.stay (id, during, seen, price, load, rooms, built, during_lower) FROM stdin;
1	{"lower": "2026-01-01", "upper": "2026-02-01", "bounds": "[)"}	{"lower": "2026-01-01T10:00:00+00:00", "upper": "2026-01-02T11:00:00.5+00:00", "bounds": "[]"}	{"lower": 1.5, "upper": null, "bounds": "()"}	{"lower": 1.5, "upper": 2.25, "bounds": "[)"}	[{"lower": 1, "upper": 3, "bounds": "[)"}, {"lower": 5, "upper": 7, "bounds": "[)"}]	{"lower": 1990, "upper": 2000, "bounds": "[)"}	7
2	{"lower": null, "upper": null, "bounds": "empty"}	{"lower": null, "upper": null, "bounds": "()"}	{"lower": null, "upper": null, "bounds": "empty"}	\N	[]	\N	\N
3	{"lower": "-infinity", "upper": "infinity", "bounds": "[]"}	\N	\N	\N	\N	{"lower": null, "upper": null, "bounds": "empty"}	\N
\.

-- DSQL101: during, seen, price, load, rooms, built converted (line 31)
-- dsql-migrate: phase 1
COPY public.stay FROM stdin WITH (FORMAT csv);
4,"{""lower"": ""2026-01-01"", ""upper"": ""2026-02-01"", ""bounds"": ""[)""}","{""lower"": ""2026-01-01T10:00:00+00:00"", ""upper"": null, ""bounds"": ""[)""}",,"{""lower"": null, ""upper"": 2, ""bounds"": ""()""}",,,,"a, b"
\.

-- dsql-migrate: phase 1
COPY public.shift (during, who) FROM stdin;
["2026-01-01 10:00:00","2026-01-01 18:00:00")	Ann
\.

BEGIN;
-- DSQL101: during, seen, price, load, rooms, built converted (line 37)
INSERT INTO public.stay (id, during, price) VALUES (10, '{"lower": "2026-01-01", "upper": "2026-01-04", "bounds": "[)"}', NULL), (11, '{"lower": "2026-01-01", "upper": "2026-01-04", "bounds": "[)"}', '{"lower": null, "upper": 5, "bounds": "(]"}');
INSERT INTO public.stay VALUES (12, DEFAULT, NULL, '{"lower": null, "upper": null, "bounds": "empty"}', '{"lower": 1.5, "upper": 2, "bounds": "[]"}', '[{"lower": 1, "upper": 3, "bounds": "[)"}]', NULL, 3, 'all');
COMMIT;
