CREATE TABLE public.sales (
    id bigint PRIMARY KEY,
    region text,
    amount numeric(10,2) NOT NULL
);

-- What each region sold
-- DSQL505: a table, stale between refreshes: its query is in public.totals_query; its first rows come behind the load; total is numeric(38,18) (line 10)
CREATE VIEW public.totals_query AS
 SELECT sales.region,
    sum(sales.amount) AS total,
    count(*) AS n
   FROM public.sales
  GROUP BY sales.region;

-- DSQL505: the rows of public.totals (line 10)
CREATE TABLE public.totals (
    region text,
    total numeric(38,18),
    n bigint
);

-- DSQL505: a view: it shows what its query finds at each reading; not a table, as decided: the types of its columns are known only from a run, which `migrate` does (line 18)
CREATE VIEW public.counts (n, "How many") AS
 SELECT totals.n, count(*)
   FROM public.totals
  GROUP BY totals.n;

-- DSQL505: a table, stale between refreshes: its query is in public.lately_query; it has no rows, as in the source (line 23)
CREATE VIEW public.lately_query AS
 SELECT sales.id FROM public.sales;

-- DSQL505: the rows of public.lately (line 23)
CREATE TABLE public.lately (
    id bigint
);

-- DSQL505: a view: it shows what its query finds at each reading; not a table, as decided: the types of its columns are known only from a run, which `migrate` does (line 27)
CREATE VIEW public.odd AS
 SELECT array_agg(sales.id) AS ids FROM public.sales;

CREATE VIEW public.best AS
 SELECT totals.region FROM public.totals ORDER BY totals.total DESC LIMIT 1;

-- DSQL505: on a table now (line 37)
COMMENT ON TABLE public.totals IS 'Refreshed nightly';

COMMENT ON COLUMN public.totals.n IS 'How many sales';
