COPY public.people (id, home) FROM stdin;
1	("12, High Street",Ely)
\.
