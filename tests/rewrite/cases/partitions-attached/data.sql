COPY public.events (id, at, what) FROM stdin;
1	2025-05-05	one
\.

COPY public.events (at, id, what) FROM stdin;
2026-05-05	102	two
\.
