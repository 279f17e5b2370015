-- DSQL102: user converted (line 15)
COPY "My Schema"."Order" ("Id", "select", "from", "say ""hi""", "user") FROM stdin;
1	x	y	1	["z"]
\.
