-- DSQL102: tags, digests converted (line 8)
-- dsql-migrate: phase 1
COPY public.post (id, tags_count, digests_count, draft) FROM stdin;
1	2	1	f
2	0	\N	t
\.

-- dsql-migrate: phase 1
COPY public.post_tags (id, "position", value) FROM stdin;
1	1	a
1	2	b c
\.

-- dsql-migrate: phase 1
COPY public.post_digests_1 (id, "position", value) FROM stdin;
1	1	\\x00
\.
