CREATE TYPE public.address AS (
    street text,
    town text
);

CREATE TABLE public.people (
    id bigint PRIMARY KEY,
    home public.address
);

COPY public.people (id, home) FROM stdin;
1	("12, High Street",Ely)
\.
