COPY public.cities (name, population) FROM stdin;
Ely	20574
\.

COPY public.cities (name, population, state, inherited_from) FROM stdin;
Sacramento	524943	CA	public.capitals
\.
