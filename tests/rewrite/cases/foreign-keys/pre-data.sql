CREATE TABLE public.customers (
    id bigint NOT NULL PRIMARY KEY,
    email text UNIQUE
);

CREATE TABLE public.orders (
    id bigint NOT NULL PRIMARY KEY,
    customer_id bigint,  -- who pays
    email text,
    referrer bigint
);
