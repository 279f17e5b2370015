COPY "Straßen" ("größe", 名前, тип) FROM stdin;
1	東京	10.0.0.1
\.

-- Rows hold numbers of the sequence public.Straßen_größe_seq: it goes on behind them.
SELECT setval('public."Straßen_größe_seq"', 1, true);
