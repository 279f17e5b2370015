COPY "Straßen" ("größe", 名前, тип) FROM stdin;
1	東京	10.0.0.1
\.
