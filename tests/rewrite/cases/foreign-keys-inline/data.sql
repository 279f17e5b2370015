-- dsql-migrate: phase 1
COPY public.loans (shelf, by_whom) FROM stdin;
\.

-- dsql-migrate: phase 1
COPY public.authors (id, name) FROM stdin;
7	Austen
\.

-- the children first, as pg_dump sorts them
COPY public.books (id, author, title) FROM stdin;
1	7	Emma
\.
