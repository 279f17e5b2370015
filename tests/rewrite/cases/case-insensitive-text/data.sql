-- dsql-migrate: phase 1
COPY public.tenants (slug, name) FROM stdin;
Acme	The Acme
\.

-- dsql-migrate: phase 1
COPY public.people (id, tenant, email, nick) FROM stdin;
1	Acme	Ann@Example.com	Ann
\.
