CREATE TABLE public.sales (
    id bigint PRIMARY KEY,
    amount numeric(10,2) NOT NULL
);

-- DSQL505: a view: it shows what its query finds at each reading (line 6)
CREATE VIEW public.totals AS
 SELECT sum(sales.amount) AS total
   FROM public.sales;

CREATE VIEW public.total AS
 SELECT totals.total
   FROM public.totals;

-- DSQL505: on a view now (line 17)
COMMENT ON VIEW public.totals IS 'Refreshed nightly';
