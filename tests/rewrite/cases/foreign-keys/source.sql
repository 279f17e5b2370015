CREATE TABLE public.customers (
    id bigint NOT NULL PRIMARY KEY,
    email text UNIQUE
);

CREATE TABLE public.orders (
    id bigint NOT NULL PRIMARY KEY,
    customer_id bigint REFERENCES public.customers ON DELETE CASCADE,  -- who pays
    email text,
    referrer bigint,
    CONSTRAINT orders_email_fkey FOREIGN KEY (email) REFERENCES public.customers (email) ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED
);

COPY public.customers (id, email) FROM stdin;
1	ada@example.org
\.

COPY public.orders (id, customer_id, email, referrer) FROM stdin;
10	1	ada@example.org	\N
\.

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_referrer_fkey FOREIGN KEY (referrer) REFERENCES public.customers(id) ON DELETE SET NULL NOT VALID;
