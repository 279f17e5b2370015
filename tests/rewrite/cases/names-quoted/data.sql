-- DSQL102: user converted (line 15)
COPY "My Schema"."Order" ("Id", "select", "from", "say ""hi""", "user") FROM stdin;
1	x	y	1	["z"]
\.

-- Rows hold numbers of the sequence My Schema.Order_Id_seq: it goes on behind them.
SELECT setval('"My Schema"."Order_Id_seq"', 1, true);
