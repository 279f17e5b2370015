-- dsql-migrate: phase 1
COPY public.cities (name, population) FROM stdin;
Ely	20574
\.

-- DSQL105: rows of public.capitals (line 17)
-- dsql-migrate: phase 1
COPY public.cities (name, population, state, inherited_from) FROM stdin;
Sacramento	524943	CA	public.capitals
\.
