COPY place (id, name) FROM stdin;
1	Ely
\.

COPY capital (id, name, country) FROM stdin;
2	Oslo	NO
\.
