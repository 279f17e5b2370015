COPY public.invoices (id, number, total) FROM stdin;
1	1000	99.50
\.

SELECT pg_catalog.setval('public.invoices_id_seq', 1, true);

SELECT pg_catalog.setval('public.invoice_numbers', 1000, true);
