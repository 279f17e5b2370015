CREATE TABLE public.customers (
    id bigint NOT NULL PRIMARY KEY
);

CREATE TABLE public.orders (
    id bigint NOT NULL PRIMARY KEY,
    customer_id bigint REFERENCES public.customers ON DELETE CASCADE,
    referrer bigint
);

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_referrer_fkey FOREIGN KEY (referrer) REFERENCES public.customers(id);
