-- dsql-migrate: phase 1
COPY place (id, name) FROM stdin;
1	Ely
\.

-- dsql-migrate: phase 1
COPY capital (id, name, country) FROM stdin;
2	Oslo	NO
\.
