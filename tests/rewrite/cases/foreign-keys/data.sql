COPY public.customers (id, email) FROM stdin;
1	ada@example.org
\.

COPY public.orders (id, customer_id, email, referrer) FROM stdin;
10	1	ada@example.org	\N
\.
