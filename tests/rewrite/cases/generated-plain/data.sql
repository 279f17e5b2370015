COPY item (id, price) FROM stdin;
1	9.99
\.
