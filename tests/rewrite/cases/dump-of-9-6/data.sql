COPY pets (id, name) FROM stdin;
41	Rex
\.

SELECT pg_catalog.setval('pets_id_seq', 41, true);
