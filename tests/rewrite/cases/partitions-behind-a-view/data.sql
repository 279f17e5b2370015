INSERT INTO public.kinds VALUES ('a');

-- dsql-migrate: phase 1
COPY public.events_2025 (id, at, what, kind) FROM stdin;
1	2025-05-05	one	a
\.

-- dsql-migrate: phase 1
COPY public.events_2026 (at, id, what) FROM stdin;
2026-05-05	102	two
\.

-- dsql-migrate: phase 1
COPY public.events_rest_a (at, id, what) FROM stdin;
2028-05-05	109	two
\.

-- Rows hold numbers of the sequence public.events_id_seq: it goes on behind them.
SELECT setval('public.events_id_seq', 109, true);
