-- Applies again what a transaction had changed before it was rolled back to its beginning, on the same snapshot.
--
-- Only the difference counts: a row that one statement wrote and another took away again is not touched. What is left is
-- applied in an order that no unique index can object to: rows go, rows change, rows come. A row whose unique columns
-- stay is updated, which takes the lock that the first update took; others are deleted and inserted.
--
-- Nothing fires and nothing is checked anew (session_replication_role), CHECK constraints aside, which PostgreSQL always
-- evaluates. Those may call functions of the client: so rows are written by a role that may write rows and nothing else.

-- The texts of ``a`` without those of ``b``, each as often as it is left over.
CREATE FUNCTION pg_dsql.without(a text[], b text[]) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF cardinality(a) = 0 OR cardinality(b) = 0 THEN
        RETURN a;
    END IF;
    RETURN (
        SELECT coalesce(array_agg(x.shown ORDER BY x.at), '{}')
        FROM (SELECT shown, at, row_number() OVER (PARTITION BY shown) AS copy FROM unnest(a) WITH ORDINALITY u(shown, at)) x
        WHERE NOT EXISTS (
            SELECT FROM (SELECT shown, row_number() OVER (PARTITION BY shown) AS copy FROM unnest(b) u(shown)) y
            WHERE y.shown = x.shown AND y.copy = x.copy));
END
$$;

-- The columns that tell a table's rows apart: those of its primary key, else of a unique index over whole columns.
CREATE FUNCTION pg_dsql.identity_of(relation oid) RETURNS int2[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN coalesce((
        SELECT (i.indkey::int2[])[0:i.indnkeyatts - 1] FROM pg_index i
        WHERE i.indrelid = relation AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
        ORDER BY i.indisprimary DESC, i.indexrelid LIMIT 1), '{}');
END
$$;

-- Columns that an UPDATE of the replay leaves alone: those of unique indexes, their expressions and predicates included,
-- and identity columns, which PostgreSQL lets no UPDATE set.
CREATE FUNCTION pg_dsql.fixed_columns(relation oid) RETURNS int2[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN ARRAY(
        SELECT k.attnum FROM pg_index i CROSS JOIN unnest((i.indkey::int2[])[0:i.indnkeyatts - 1]) k(attnum)
            WHERE i.indrelid = relation AND i.indisunique AND k.attnum > 0
        UNION
        SELECT d.refobjsubid::int2
            FROM pg_index i JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid
            WHERE i.indrelid = relation AND i.indisunique AND (i.indpred IS NOT NULL OR i.indexprs IS NOT NULL)
                AND d.refclassid = 'pg_class'::regclass AND d.refobjid = relation AND d.refobjsubid > 0
        UNION
        SELECT a.attnum FROM pg_attribute a WHERE a.attrelid = relation AND a.attidentity = 'a' AND NOT a.attisdropped);
END
$$;

-- Deletes one row of the table for each text. By key where every key is known, else by the whole row.
CREATE FUNCTION pg_dsql.remove(relation oid, rows_ text[], matches text, known text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    by_key boolean := false;
BEGIN
    IF matches IS NOT NULL THEN
        EXECUTE format('SELECT bool_and(%s) FROM (SELECT shown::%s AS r FROM unnest($1) u(shown) OFFSET 0) x',
            known, relation::regclass) INTO by_key USING rows_;
    END IF;
    IF by_key THEN
        EXECUTE format('DELETE FROM %1$s t USING (SELECT shown::%1$s AS r FROM unnest($1) u(shown) OFFSET 0) x WHERE %2$s',
            relation::regclass, matches) USING rows_;
    ELSE
        EXECUTE format('DELETE FROM %1$s WHERE ctid = ANY (ARRAY('
            'SELECT h.at FROM (SELECT t.ctid AS at, t.*::text AS shown, row_number() OVER (PARTITION BY t.*::text) AS copy '
            'FROM %1$s t WHERE t.*::text = ANY ($1)) h '
            'JOIN (SELECT shown, row_number() OVER (PARTITION BY shown) AS copy FROM unnest($1) u(shown)) w USING (shown, copy)))',
            relation::regclass) USING rows_;
    END IF;
END
$$;

-- Writes the difference between two lists of whole rows to a table.
CREATE FUNCTION pg_dsql.apply(relation oid, old text[], new text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    gone CONSTANT text[] := pg_dsql.without(old, new);
    come CONSTANT text[] := pg_dsql.without(new, old);
    key CONSTANT int2[] := pg_dsql.identity_of(relation);
    fixed CONSTANT int2[] := pg_dsql.fixed_columns(relation);
    targets text;
    parts text;
    matches text;
    known text;
    pairs text;
    same text;
    assigned text;
    before text[] := '{}';
    after text[] := '{}';
    fresh text[];
BEGIN
    SELECT string_agg(format('%I', a.attname), ', ' ORDER BY a.attnum),
           string_agg(format('(x.r).%I', a.attname), ', ' ORDER BY a.attnum),
           string_agg(format('%1$I = (x.r).%1$I', a.attname), ', ') FILTER (WHERE a.attnum <> ALL (fixed))
        INTO targets, parts, assigned
        FROM pg_attribute a
        WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '';
    SELECT string_agg(format('t.%1$I = (x.r).%1$I', a.attname), ' AND ') FILTER (WHERE a.attnum = ANY (key)),
           string_agg(format('(x.r).%I IS NOT NULL', a.attname), ' AND ') FILTER (WHERE a.attnum = ANY (key)),
           string_agg(format('(y.r).%1$I = (x.r).%1$I', a.attname), ' AND ') FILTER (WHERE a.attnum = ANY (key)),
           string_agg(format('(y.r).%1$I IS NOT DISTINCT FROM (x.r).%1$I', a.attname), ' AND ')
        INTO matches, known, pairs, same
        FROM pg_attribute a WHERE a.attrelid = relation AND a.attnum = ANY (key || fixed);
    IF pairs IS NOT NULL AND assigned IS NOT NULL AND cardinality(gone) > 0 AND cardinality(come) > 0 THEN
        EXECUTE format('SELECT coalesce(array_agg(x.shown), ''{}''), coalesce(array_agg(y.shown), ''{}'') '
            'FROM (SELECT shown, shown::%1$s AS r FROM unnest($1) u(shown) OFFSET 0) x '
            'JOIN (SELECT shown, shown::%1$s AS r FROM unnest($2) u(shown) OFFSET 0) y ON %2$s AND %3$s',
            relation::regclass, pairs, same)
            INTO before, after USING gone, come;
    END IF;
    IF cardinality(gone) > cardinality(before) THEN
        PERFORM pg_dsql.remove(relation, pg_dsql.without(gone, before), matches, known);
    END IF;
    IF cardinality(after) > 0 THEN
        EXECUTE format('UPDATE %1$s t SET %2$s FROM (SELECT shown::%1$s AS r FROM unnest($1) u(shown) OFFSET 0) x WHERE %3$s',
            relation::regclass, assigned, matches) USING after;
    END IF;
    fresh := pg_dsql.without(come, after);
    IF targets IS NULL THEN
        FOR i IN 1 .. cardinality(fresh) LOOP
            EXECUTE format('INSERT INTO %s DEFAULT VALUES', relation::regclass);
        END LOOP;
    ELSIF cardinality(fresh) > 0 THEN
        EXECUTE format('INSERT INTO %1$s (%2$s) OVERRIDING SYSTEM VALUE '
            'SELECT %3$s FROM (SELECT shown::%1$s AS r FROM unnest($1) u(shown) OFFSET 0) x',
            relation::regclass, targets, parts) USING fresh;
    END IF;
END
$$;
REVOKE EXECUTE ON FUNCTION pg_dsql.remove, pg_dsql.apply FROM PUBLIC;
ALTER FUNCTION pg_dsql.remove OWNER TO pg_dsql;
ALTER FUNCTION pg_dsql.apply OWNER TO pg_dsql;

-- One effect, as its notice told it. A row that is not there is no error: it went by an effect of the same transaction.
CREATE FUNCTION pg_dsql.replay(relation oid, op text, old text[], new text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET session_replication_role = replica
SET DateStyle = 'ISO, MDY' SET TimeZone = 'UTC' SET IntervalStyle = 'postgres' SET extra_float_digits = 3 AS $$
BEGIN
    PERFORM pg_dsql.apply(relation, coalesce(old, '{}'), coalesce(new, '{}'));
END
$$;

-- All effects of a transaction at once: the messages of its notices. What one statement did and another undid is not written,
-- so that the order of effects within a statement does not matter.
CREATE FUNCTION pg_dsql.replay(log text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET session_replication_role = replica
SET DateStyle = 'ISO, MDY' SET TimeZone = 'UTC' SET IntervalStyle = 'postgres' SET extra_float_digits = 3 AS $$
DECLARE
    changes record;
BEGIN
    FOR changes IN
        SELECT e.relation,
               array_agg(v.shown ORDER BY e.at, v.at) FILTER (WHERE NOT v.is_new) AS old,
               array_agg(v.shown ORDER BY e.at, v.at) FILTER (WHERE v.is_new) AS new
        FROM (SELECT (m::json ->> 'r')::oid AS relation, m::json -> 'o_' AS old, m::json -> 'n' AS new, at
              FROM unnest(log) WITH ORDINALITY u(m, at) OFFSET 0) e  -- each message is read here, not for each of its rows
        CROSS JOIN LATERAL (
            SELECT false AS is_new, shown, at FROM json_array_elements_text(e.old) WITH ORDINALITY o(shown, at)
            UNION ALL
            SELECT true, shown, at FROM json_array_elements_text(e.new) WITH ORDINALITY n(shown, at)
        ) v
        GROUP BY 1 ORDER BY 1
    LOOP
        PERFORM pg_dsql.apply(changes.relation, coalesce(changes.old, '{}'), coalesce(changes.new, '{}'));
    END LOOP;
END
$$;
