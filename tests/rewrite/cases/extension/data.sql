-- DSQL101: extra converted (line 15)
COPY public.accounts (id, other, login, extra, secret) FROM stdin;
6ba7b810-9dad-11d1-80b4-00c04fd430c8	\N	Ada	{"k": "v", "n": null}	s
\.
