-- DSQL104: rows of public.events_2025 (line 24)
-- dsql-migrate: phase 1
COPY public.events (id, at, what) FROM stdin;
1	2025-05-05	one
\.

-- DSQL104: rows of public.events_2026 (line 28)
-- dsql-migrate: phase 1
COPY public.events (at, id, what) FROM stdin;
2026-05-05	102	two
\.
