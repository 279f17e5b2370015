CREATE TABLE public.sales (
    id bigint PRIMARY KEY,
    region text,
    amount numeric(10,2) NOT NULL
);

INSERT INTO public.sales VALUES (1, 'north', 10.50), (2, 'south', 20.25), (3, NULL, 1.00), (4, 'it''s \n', 7.77);

-- What each region sold
CREATE MATERIALIZED VIEW public.totals AS
 SELECT sales.region,
    sum(sales.amount) AS total,
    count(*) AS n
   FROM public.sales
  GROUP BY sales.region
  WITH NO DATA;

CREATE MATERIALIZED VIEW public.counts (n, "How many") AS
 SELECT totals.n, count(*)
   FROM public.totals
  GROUP BY totals.n;

CREATE MATERIALIZED VIEW public.lately AS
 SELECT sales.id FROM public.sales
  WITH NO DATA;

CREATE MATERIALIZED VIEW public.odd AS
 SELECT array_agg(sales.id) AS ids FROM public.sales;

CREATE UNIQUE INDEX totals_region ON public.totals USING btree (region);

CREATE INDEX totals_total ON public.totals USING btree (total DESC);

CREATE VIEW public.best AS
 SELECT totals.region FROM public.totals ORDER BY totals.total DESC LIMIT 1;

COMMENT ON MATERIALIZED VIEW public.totals IS 'Refreshed nightly';
COMMENT ON COLUMN public.totals.n IS 'How many sales';

REFRESH MATERIALIZED VIEW public.totals;
REFRESH MATERIALIZED VIEW CONCURRENTLY public.totals;
