COPY people (id, mood, tags, boss) FROM stdin;
1	low	["a", "b"]	\N
\.

SELECT setval('public.people_id_seq', 1, true);
