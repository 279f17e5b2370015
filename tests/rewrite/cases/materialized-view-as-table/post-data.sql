-- DSQL301: built asynchronously (line 30)
CREATE UNIQUE INDEX ASYNC totals_region ON public.totals (region) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.totals_region was not built: see sys.jobs'::boolean;
\endif

-- DSQL304: built asynchronously; total ascending: DSQL reads an index backwards too (line 32)
CREATE INDEX ASYNC totals_total ON public.totals (total) \gset
CALL sys.wait_for_job(:'job_id') \gset
\if :succeeded
\else
  SELECT 'index public.totals_total was not built: see sys.jobs'::boolean;
\endif

-- DSQL505: the first rows of public.totals, as refresh/ brings them up to date
WITH found AS (
    SELECT '(' || quote_nullable(q.region::text) || ', ' || quote_nullable(q.total::numeric(38,18)::text) || ', ' || quote_nullable(q.n::text) || ')' AS values_of,
        '(' || quote_literal(q.region::text) || ')' AS key_of, 1 AS now, 0 AS was
    FROM public.totals_query AS q
    UNION ALL
    SELECT '(' || quote_nullable(t.region::text) || ', ' || quote_nullable(t.total::text) || ', ' || quote_nullable(t.n::text) || ')',
        '(' || quote_literal(t.region::text) || ')', 0, 1
    FROM public.totals AS t
), changed AS (
    SELECT values_of, key_of, sum(was) AS was, sum(was) > sum(now) AS leaves,
        CASE WHEN sum(was) > sum(now) THEN sum(now) ELSE sum(now) - sum(was) END::integer AS comes
    FROM found
    GROUP BY values_of, key_of
    HAVING sum(was) <> sum(now)
), copies AS (
    SELECT values_of, key_of, was, leaves, comes > 0 AS comes, generate_series(1, greatest(comes, 1)) AS copy
    FROM changed
), portions AS (
    SELECT values_of, key_of, leaves AND copy = 1 AS leaves, comes,
        trunc(sum(CASE WHEN leaves AND copy = 1 THEN was + 1 ELSE 1 END) OVER same_key / 1000) AS by_rows,
        trunc(sum(octet_length(values_of)) OVER same_key / 2097152) AS by_size
    FROM copies
    WINDOW same_key AS (ORDER BY coalesce(key_of, values_of), copy)
)
SELECT coalesce('DELETE FROM public.totals AS t WHERE (t.region) IN (' || string_agg(key_of, ', ') FILTER (WHERE leaves) || '); ', '')
    || coalesce('DELETE FROM public.totals AS t WHERE ''('' || quote_nullable(t.region::text) || '', '' || quote_nullable(t.total::text) || '', '' || quote_nullable(t.n::text) || '')'' IN (' || string_agg(quote_literal(values_of), ', ') FILTER (WHERE leaves AND key_of IS NULL) || '); ', '')
    || coalesce('INSERT INTO public.totals (region, total, n) VALUES ' || string_agg(values_of, ', ') FILTER (WHERE comes) || ';', '')
FROM portions
GROUP BY by_rows, by_size
ORDER BY by_rows, by_size \gexec
