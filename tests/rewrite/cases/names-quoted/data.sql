COPY "My Schema"."Order" ("Id", "select", "from", "say ""hi""", "user") FROM stdin;
1	x	y	1	["z"]
\.
