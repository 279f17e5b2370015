CREATE TABLE public.customers (
    id bigint NOT NULL PRIMARY KEY
);

CREATE TABLE public.orders (
    id bigint NOT NULL PRIMARY KEY,
    customer_id bigint,
    referrer bigint
);
