-- DSQL101: home converted (line 11)
COPY public.people (id, home_street, home_town, home_present) FROM stdin;
1	12, High Street	Ely	t
\.
