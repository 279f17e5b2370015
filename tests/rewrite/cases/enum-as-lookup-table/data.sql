-- DSQL107: enum to a table of its values, which its columns refer to (line 5)
INSERT INTO public.status (value, position) VALUES
    ('new', 1),
    ('shipped', 2),
    ('it''s paid', 3);

-- DSQL102: history converted (line 21)
COPY public.orders (id, status, final, history) FROM stdin;
1	shipped	it's paid	["new", "it's paid"]
2	new	\N	\N
\.
