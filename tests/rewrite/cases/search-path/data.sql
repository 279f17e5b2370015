COPY shirts (id, size) FROM stdin;
1	L
\.


INSERT INTO shelves VALUES (1, 1);
