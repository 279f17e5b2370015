CREATE TABLE public.rates (
    id integer PRIMARY KEY,
    rate numeric(48,18),  -- DSQL111: was numeric
    exact numeric(38,23) DEFAULT 1.5,  -- DSQL111: was decimal
    price numeric(10,2)
);
