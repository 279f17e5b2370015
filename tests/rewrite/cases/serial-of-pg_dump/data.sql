--
-- Data for Name: orders; Type: TABLE DATA; Schema: public; Owner: shop
--

COPY public.orders (id, placed_at, note) FROM stdin;
1	2026-01-02 03:04:05+00	first
2	2026-01-02 03:04:06+00	\N
\.

--
-- Name: orders_id_seq; Type: SEQUENCE SET; Schema: public; Owner: shop
--

SELECT pg_catalog.setval('public.orders_id_seq', 2, true);
