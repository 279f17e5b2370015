COPY public.boxes (id, width, height) FROM stdin;
1	2	3
\.
