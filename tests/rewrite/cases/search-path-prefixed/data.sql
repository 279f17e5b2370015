SET search_path = shop;

-- DSQL706: was in schema shop (line 18)
COPY public.shop__shirts (id, size) FROM stdin;
1	L
\.

SET search_path = stock;

-- DSQL706: was in schema stock (line 29)
INSERT INTO public.stock__shelves VALUES (1, 1);
