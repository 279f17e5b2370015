-- DSQL101: price converted (line 22)
COPY public.tickets (id, priority, state, owner, mail, price) FROM stdin;
1	high	OPEN	ann	Ann@Example.com	1234.50
2	mid	Closed	\N	\N	0.00
\.
