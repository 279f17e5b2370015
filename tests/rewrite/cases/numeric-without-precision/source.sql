CREATE TABLE public.rates (
    id integer PRIMARY KEY,
    rate numeric,
    exact decimal DEFAULT 1.5,
    price numeric(10,2)
);

COPY public.rates (id, rate, exact, price) FROM stdin;
1	123456789012345678901234567890.5	0.12345678901234567890123	1.50
2	NaN	1	2.00
\.
