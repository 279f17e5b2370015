-- What the gateway must know of tables, and checks of foreign keys.

-- The names of columns by their numbers, in that order.
CREATE FUNCTION pg_dsql.names(relation oid, numbers int2[]) RETURNS text[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT array_agg(a.attname::text ORDER BY k.at)
    FROM unnest(numbers) WITH ORDINALITY k(attnum, at) JOIN pg_attribute a ON a.attrelid = relation AND a.attnum = k.attnum
$$;

-- For each table: its columns in the order of the row's text; the keys of its unique indexes over whole columns and whole
-- tables, as JSON (a list of columns; with nulls_not_distinct an object); its primary key; what it references; and the
-- types of its columns, for values of keys are compared.
CREATE FUNCTION pg_dsql.shapes()
RETURNS TABLE (relation oid, name text, columns text[], keys text[], primary_key text[], references_ jsonb, types text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT c.oid, c.oid::regclass::text,
        ARRAY(SELECT a.attname::text FROM pg_attribute a
              WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum),
        ARRAY(SELECT CASE WHEN i.indnullsnotdistinct THEN json_build_object('columns', k.names, 'nulls_not_distinct', true)
                          ELSE to_json(k.names) END::text
              FROM pg_index i, pg_dsql.names(c.oid, (i.indkey::int2[])[0:i.indnkeyatts - 1]) k(names)
              WHERE i.indrelid = c.oid AND i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL ORDER BY i.indexrelid),
        (SELECT pg_dsql.names(c.oid, (i.indkey::int2[])[0:i.indnkeyatts - 1]) FROM pg_index i
              WHERE i.indrelid = c.oid AND i.indisprimary),
        coalesce((SELECT jsonb_agg(jsonb_build_object(
                'columns', pg_dsql.names(f.conrelid, f.conkey), 'parent', f.confrelid::bigint,
                'parent_columns', pg_dsql.names(f.confrelid, f.confkey), 'deferrable', f.condeferrable, 'match', f.confmatchtype)
                ORDER BY f.oid)
            FROM pg_constraint f WHERE f.conrelid = c.oid AND f.contype = 'f'), '[]'),
        ARRAY(SELECT t.typname::text FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
              WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'sys')
$$;

-- Raises 23503, with PostgreSQL's words, where a row breaks a DEFERRABLE foreign key of or to these tables. Of a constraint
-- that is not validated only rows written by this transaction count.
CREATE FUNCTION pg_dsql.check_deferred(relations oid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    key record;
BEGIN
    FOR key IN SELECT c.* FROM pg_constraint c
        WHERE c.contype = 'f' AND c.condeferrable AND (c.conrelid = ANY (relations) OR c.confrelid = ANY (relations))
        ORDER BY c.oid
    LOOP
        PERFORM pg_dsql.check_key(key.oid);
    END LOOP;
END
$$;

-- Raises 23503 where a row breaks one foreign key.
CREATE FUNCTION pg_dsql.check_key(key oid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    c pg_constraint;
    child pg_class;
    parent pg_class;
    matches text;
    present text;
    absent text;
    shown text;
    written boolean;
    partly boolean;
    detail text;
    found text;
BEGIN
    SELECT * INTO c FROM pg_constraint k WHERE k.oid = key;
    SELECT * INTO child FROM pg_class r WHERE r.oid = c.conrelid;
    SELECT * INTO parent FROM pg_class r WHERE r.oid = c.confrelid;
    SELECT string_agg(format('p.%I = f.%I', q, k), ' AND ' ORDER BY at), string_agg(format('f.%I IS NOT NULL', k), ' AND '),
           string_agg(format('f.%I IS NULL', k), ' AND '), string_agg(format('coalesce(f.%I::text, ''null'')', k), ' || '', '' || ' ORDER BY at)
        INTO matches, present, absent, shown
        FROM unnest(pg_dsql.names(c.conrelid, c.conkey), pg_dsql.names(c.confrelid, c.confkey)) WITH ORDINALITY u(k, q, at);
    EXECUTE format('SELECT %s, f.xmin = ANY ($1), NOT (%s) FROM %s f '
            'WHERE (%s) AND NOT EXISTS (SELECT FROM %s p WHERE %s) AND ($2 OR f.xmin = ANY ($1)) LIMIT 1',
            shown, present, c.conrelid::regclass,
            CASE c.confmatchtype WHEN 'f' THEN format('NOT (%s)', absent) ELSE present END, c.confrelid::regclass, matches)
        INTO found, written, partly USING pg_dsql.own_xids(), c.convalidated;
    IF found IS NULL THEN
        RETURN;
    END IF;
    detail := CASE WHEN partly THEN 'MATCH FULL does not allow mixing of null and nonnull key values.'
        ELSE format('Key (%s)=(%s) is not present in table "%s".',
            array_to_string(pg_dsql.names(c.conrelid, c.conkey), ', '), found, parent.relname) END;
    IF written THEN
        RAISE EXCEPTION USING ERRCODE = '23503', SCHEMA = child.relnamespace::regnamespace::text, TABLE = child.relname,
            CONSTRAINT = c.conname,
            MESSAGE = format('insert or update on table "%s" violates foreign key constraint "%s"', child.relname, c.conname),
            DETAIL = detail;
    END IF;
    RAISE EXCEPTION USING ERRCODE = '23503', SCHEMA = child.relnamespace::regnamespace::text, TABLE = child.relname,
        CONSTRAINT = c.conname,
        MESSAGE = format('update or delete on table "%s" violates foreign key constraint "%s" on table "%s"',
            parent.relname, c.conname, child.relname),
        DETAIL = format('Key (%s)=(%s) is still referenced from table "%s".',
            array_to_string(pg_dsql.names(c.confrelid, c.confkey), ', '), found, child.relname);
END
$$;
REVOKE EXECUTE ON FUNCTION pg_dsql.check_key FROM PUBLIC;
