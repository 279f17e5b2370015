-- DSQL101: sender, home, office, known converted (line 16)
COPY public.letter (id, sender, home, office, known) FROM stdin;
1	{"name": "Ann", "home": {"street": "High, Street", "town": "a \\"b\\"", "zip": 7, "since when": "2026-01-01T00:00:00.123+00:00"}, "tags": ["a", "b c", null], "there": "[2026-01-01,2026-02-01)"}	{"street": null, "town": null, "zip": null, "since when": null}	{"street": "x", "town": "y", "zip": 1, "since when": null}	\N
2	\N	{"street": "", "town": "x\\\\y", "zip": null, "since when": null}	\N	{"street": null, "town": null, "zip": null, "since when": null}
3	{"name": null, "home": null, "tags": null, "there": null}	{"street": "a", "town": "b", "zip": 1, "since when": null}	\N	\N
4	{"name": null, "home": {"street": null, "town": null, "zip": null, "since when": null}, "tags": [], "there": "empty"}	{"street": "a", "town": "b", "zip": 1, "since when": null}	\N	\N
\.

-- DSQL101: sender, home, office, known converted (line 22)
INSERT INTO public.letter (id, sender, home) VALUES
    (10, NULL, '{"street": "it''s", "town": "c", "zip": 3, "since when": "2026-01-01T08:00:00+00:00"}'),
    (11, '{"name": "Bob", "home": null, "tags": ["1", "2"], "there": "empty"}', DEFAULT),
    (12, '{"name": "Eve", "home": {"street": "x", "town": null, "zip": null, "since when": null}, "tags": null, "there": "[2026-01-01,)"}', '{"street": "a", "town": "b", "zip": null, "since when": null}');
