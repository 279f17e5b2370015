CREATE TABLE public.customers (
    id bigint NOT NULL PRIMARY KEY,
    email text UNIQUE
);

-- DSQL204: foreign key orders_customer_id_fkey: added behind the load, then validated (line 6)
-- DSQL204: foreign key orders_email_fkey: added behind the load, then validated (line 6)
CREATE TABLE public.orders (
    id bigint NOT NULL PRIMARY KEY,
    customer_id bigint,  -- who pays
    email text,
    referrer bigint
);
