-- DSQL706: was in schema sales (line 10)
COPY public.sales__customers (id, name) FROM stdin;
1	Anna
\.
