-- DSQL706: was in schema a1 (line 10)
COPY public.a1__tags_1 (id, kind, at) FROM stdin;
3	1	\N
\.
