-- dsql-migrate: phase 1
COPY public.customers (id, email) FROM stdin;
1	ada@example.org
\.

-- dsql-migrate: phase 1
COPY public.orders (id, customer_id, email, referrer) FROM stdin;
10	1	ada@example.org	\N
\.
