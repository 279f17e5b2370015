COPY shops (id, head) FROM stdin;
1	5
\.

COPY staff (id, shop, mentor) FROM stdin;
5	1	6
6	1	5
\.
