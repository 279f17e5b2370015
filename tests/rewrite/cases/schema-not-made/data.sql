COPY sales.customers (id, name) FROM stdin;
1	Anna
\.
