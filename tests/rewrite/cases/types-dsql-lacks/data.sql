-- DSQL101: price, during, words converted (line 20)
-- dsql-migrate: phase 1
COPY public.odds (address, seen_from, mac, doc, price, bits, place, during_lower, during_upper, during_bounds, words, picture) FROM stdin;
10.0.0.1	10.0.0.0/8	08:00:2b:01:02:03	<a/>	1234.50	101	(1,2)	2026-01-01 00:00:00+00	2026-01-02 00:00:00+00	[)	'cat':1	\\x00ff
\.

-- DSQL207: digest converted (line 24)
-- dsql-migrate: phase 1
COPY public.files (digest, label) FROM stdin;
deadbeef	four
\.
