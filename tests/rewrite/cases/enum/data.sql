-- DSQL102: history converted (line 19)
COPY public.orders (id, status, history) FROM stdin;
1	shipped	["new", "it's paid"]
\.
