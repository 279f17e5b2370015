COPY people (id, mood, tags, boss) FROM stdin;
1	low	["a", "b"]	\N
\.
