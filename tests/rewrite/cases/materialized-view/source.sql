CREATE TABLE public.sales (
    id bigint PRIMARY KEY,
    amount numeric(10,2) NOT NULL
);

CREATE MATERIALIZED VIEW public.totals AS
 SELECT sum(sales.amount) AS total
   FROM public.sales
  WITH NO DATA;

CREATE UNIQUE INDEX totals_total ON public.totals USING btree (total);

CREATE VIEW public.total AS
 SELECT totals.total
   FROM public.totals;

COMMENT ON MATERIALIZED VIEW public.totals IS 'Refreshed nightly';

REFRESH MATERIALIZED VIEW public.totals;
