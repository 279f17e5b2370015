-- What rows, values and keys take. Each function here is asked only for statements whose rows are large enough to matter.

-- For each index of a table: how many columns its key has, and an expression over a row ``r`` for their bytes: what a fixed type
-- declares, the bytes of a text as it is, of other types as PostgreSQL stores them. An index that is not the primary key
-- carries the primary key's columns. ``changes``: whether an UPDATE from pg_dsql_old to pg_dsql_new changes the key.
CREATE FUNCTION pg_dsql.keys_of(relation oid) RETURNS TABLE (is_primary boolean, columns integer, bytes text, changes text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    WITH parts AS (
        SELECT i.indexrelid, i.indisprimary, k.attnum, i.indpred IS NOT NULL AS partial, a.atttypid,
               CASE WHEN k.attnum = 0 THEN pg_dsql.plain_indexdef(i.indexrelid, k.at::int, false)
                    ELSE format('r.%I', c.attname) END AS shown,
               CASE WHEN k.attnum = 0 THEN 'true'
                    ELSE format('(pg_dsql_new).%1$I IS DISTINCT FROM (pg_dsql_old).%1$I', c.attname) END AS differs
        FROM pg_index i
        CROSS JOIN unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, at)
        JOIN pg_attribute a ON a.attrelid = i.indexrelid AND a.attnum = k.at
        LEFT JOIN pg_attribute c ON c.attrelid = relation AND c.attnum = k.attnum AND k.attnum > 0
        WHERE i.indrelid = relation AND k.at <= i.indnkeyatts
    ), carried AS (
        SELECT * FROM parts
        UNION ALL
        SELECT s.indexrelid, false, p.attnum, false, p.atttypid, p.shown, 'false'
        FROM parts p CROSS JOIN (SELECT DISTINCT indexrelid FROM parts WHERE NOT indisprimary) s
        WHERE p.indisprimary
            AND NOT EXISTS (SELECT FROM parts o WHERE o.indexrelid = s.indexrelid AND o.attnum = p.attnum)
    ), sums AS (
        SELECT indexrelid, bool_or(indisprimary) AS indisprimary, count(*)::int AS width, string_agg(CASE
                   WHEN t.typlen > 0 THEN format('CASE WHEN (%s) IS NULL THEN 0 ELSE %s END', shown, t.typlen)
                   WHEN t.typcategory = 'S' THEN format('coalesce(octet_length((%s)::text), 0)', shown)
                   ELSE format('coalesce(pg_column_size(%s), 0)', shown) END, ' + ') AS size,
               string_agg(differs, ' OR ') || CASE WHEN bool_or(partial) THEN ' OR true' ELSE '' END AS differ
        FROM carried JOIN pg_type t ON t.oid = carried.atttypid GROUP BY indexrelid
    )
    SELECT s.indisprimary, s.width,
           CASE WHEN i.indpred IS NULL THEN s.size
                ELSE format('CASE WHEN (%s) THEN %s END', pg_get_expr(i.indpred, i.indrelid), s.size) END,
           s.differ
    FROM sums s JOIN pg_index i USING (indexrelid);
END
$$;

-- How many indexes a table has besides its primary key.
CREATE FUNCTION pg_dsql.other_indexes(relation oid) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT count(*) FROM pg_index i WHERE i.indrelid = relation AND NOT i.indisprimary);
END
$$;

-- Whether some index has a key that can become too large: of texts, numbers of any length, or expressions.
CREATE FUNCTION pg_dsql.has_wide_keys(relation oid) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN EXISTS (SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indexrelid AND a.attlen < 0
                   WHERE i.indrelid = relation AND a.attnum <= i.indnkeyatts);
END
$$;

-- A query over new_rows: the message where a key is too large, else NULL. Each column but the first takes its own bytes
-- of the budget.
CREATE FUNCTION pg_dsql.key_check(relation oid) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (
        SELECT format('SELECT %L FROM new_rows r WHERE %s LIMIT 1', '{{key-bytes.message}}', string_agg(
            format('%s > %s', k.bytes, {{key-bytes}} - {{key-column-bytes}} * (k.columns - 1)), ' OR '))
        FROM pg_dsql.keys_of(relation) k);
END
$$;

-- A query over new_rows (and old_rows): the bytes of the index entries that a statement writes. An UPDATE writes those
-- whose key it changes.
CREATE FUNCTION pg_dsql.entry_bytes(relation oid, operation text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (
        SELECT CASE
            WHEN count(*) = 0 THEN 'SELECT 0'
            WHEN operation = 'INSERT' THEN format('SELECT sum(%s) FROM new_rows r',
                string_agg(format('coalesce({{entry-cost-bytes}} + 2 * (%s), 0)', k.bytes), ' + '))
            ELSE format('SELECT sum(%s) FROM (SELECT pg_dsql_new, pg_dsql_new.*, row_number() OVER () AS pg_dsql_at '
                'FROM new_rows pg_dsql_new) r '
                'JOIN (SELECT pg_dsql_old, row_number() OVER () AS pg_dsql_at FROM old_rows pg_dsql_old) o USING (pg_dsql_at)',
                string_agg(format('CASE WHEN %s THEN coalesce({{entry-cost-bytes}} + 2 * (%s), 0) ELSE 0 END', k.changes, k.bytes), ' + '))
        END FROM pg_dsql.keys_of(relation) k WHERE NOT k.is_primary);
END
$$;

-- The bytes of the rows that the last command wrote to a table, as they are stored (compressed where that helps). Refuses
-- values and rows beyond DSQL's limits. Reads the whole table, its toasted values aside.
CREATE FUNCTION pg_dsql.stored(relation oid) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    written bigint;
    broken text;
    values_ text;
    sizes text;
BEGIN
    SELECT string_agg(format('WHEN pg_column_size(t.%I) > {{value-bytes}} THEN %L', a.attname,
               replace('{{value-bytes.message}}', '{type}', coalesce(nullif(b.typname, 'bpchar'), 'char'))), ' ' ORDER BY a.attnum),
           string_agg(format('coalesce(pg_column_size(t.%I), 0)', a.attname), ' + ')
        INTO values_, sizes
        FROM pg_attribute a JOIN pg_type b ON b.oid = pg_dsql.base_type(a.atttypid)
        WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped;
    EXECUTE format('WITH w AS MATERIALIZED (SELECT CASE %s END AS broken, %s AS bytes, cmin::text::bigint AS command FROM %s t '
            'WHERE xmin = ANY ($1)) '
            'SELECT min(broken), sum(bytes), CASE WHEN max(bytes) > {{row-bytes}} THEN %L END FROM w '
            'WHERE command = (SELECT max(command) FROM w)',
            values_, sizes, relation::regclass, '{{row-bytes.message}}')
        INTO broken, written, values_ USING pg_dsql.own_xids();
    IF coalesce(broken, values_) IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = '{{value-bytes.sqlstate}}', MESSAGE = coalesce(broken, values_);
    END IF;
    RETURN coalesce(written, 0);
END
$$;

-- What a domain rests on; any other type itself.
CREATE FUNCTION pg_dsql.base_type(of_type oid) RETURNS oid
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE down AS (
        SELECT t.oid, t.typbasetype FROM pg_type t WHERE t.oid = of_type
        UNION ALL
        SELECT t.oid, t.typbasetype FROM down d JOIN pg_type t ON t.oid = d.typbasetype
    )
    SELECT oid FROM down WHERE typbasetype = 0
$$;

-- The ids of the current transaction and of its subtransactions that have written or locked something.
CREATE FUNCTION pg_dsql.own_xids() RETURNS xid[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(l.transactionid), '{}') FROM pg_locks l
    WHERE l.pid = pg_backend_pid() AND l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock'
$$;
