CREATE TABLE public.customers (
    id bigint NOT NULL PRIMARY KEY
);

-- DSQL203: foreign key orders_customer_id_fkey: DSQL has foreign keys from 2026-08-26 (line 5)
CREATE TABLE public.orders (
    id bigint NOT NULL PRIMARY KEY,
    customer_id bigint,
    referrer bigint
);
