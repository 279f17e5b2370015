SET search_path = shop;

COPY shirts (id, size) FROM stdin;
1	L
\.

SET search_path = stock;

INSERT INTO shelves VALUES (1, 1);
