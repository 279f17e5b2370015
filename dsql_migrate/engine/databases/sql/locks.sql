-- Row locks: which rows a transaction has locked, and locking them again.

-- These relations and, of views, those beneath them.
CREATE FUNCTION pg_dsql.beneath(relations oid[]) RETURNS oid[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE down AS (
        SELECT unnest(relations) AS relation
        UNION
        SELECT d.refobjid FROM down JOIN pg_rewrite r ON r.ev_class = down.relation
            JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
    )
    SELECT array_agg(relation) FROM down
$$;

-- Rows of these tables, and of those beneath these views, that the transaction has locked and not written. ``shared``: FOR
-- KEY SHARE (checks of foreign keys lock so, too); otherwise FOR UPDATE. Reads each table from end to end, once.
--
-- xmax of a row holds the id of its locker, or of a multixact where there are several. That tells who, and of several also
-- how. How a single one holds it only a try tells: in a subtransaction that is undone, FOR UPDATE is asked for. Who holds
-- it already gets it without a trace; who holds less becomes, with that subtransaction, a multixact.
CREATE FUNCTION pg_dsql.locked(relations oid[]) RETURNS TABLE (relation oid, ref text, shown text, shared boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET DateStyle = 'ISO, MDY' SET TimeZone = 'UTC' SET IntervalStyle = 'postgres' SET extra_float_digits = 3 AS $$
DECLARE
    own CONSTANT xid[] := pg_dsql.own_xids();
    next_multi CONSTANT bigint := 1 + mxid_age('1');  -- an xmax from here on is no multixact
    written xid[];
    alone tid[];
    several tid[];
BEGIN
    FOR relation IN SELECT c.oid FROM pg_class c WHERE c.oid = ANY (pg_dsql.beneath(relations)) AND c.relkind = 'r' ORDER BY c.oid LOOP
        -- A private copy (see fork) was written by this transaction as a whole.
        written := CASE WHEN EXISTS (SELECT FROM pg_dsql.doom d WHERE d.relation = locked.relation) THEN '{}' ELSE own END;
        EXECUTE format('SELECT coalesce(array_agg(t.ctid) FILTER (WHERE t.xmax = ANY ($1)), ''{}''), '
            'coalesce(array_agg(t.ctid) FILTER (WHERE t.xmax <> ALL ($1)), ''{}'') FROM %s t WHERE t.xmax <> ''0'' '
            'AND (t.xmax = ANY ($1) OR t.xmax::text::bigint < $3) AND t.xmin <> ALL ($2)', relation::regclass)
            INTO alone, several USING own, written, next_multi;
        FOR ref, shown, shared IN EXECUTE format('SELECT t.ctid::text, t.*::text, m.strongest = ''keysh'' FROM %s t, '
            'LATERAL (SELECT pg_dsql.own_lock(t.xmax, $1) AS strongest OFFSET 0) m '
            'WHERE t.ctid = ANY ($2) AND m.strongest IS NOT NULL', relation::regclass) USING own, several
        LOOP
            RETURN NEXT;
        END LOOP;
        FOR ref, shown, shared IN EXECUTE format('SELECT t.ctid::text, t.*::text, t.ctid <> ALL ($2) FROM %s t '
            'WHERE t.ctid = ANY ($1)', relation::regclass) USING alone, pg_dsql.held_for_update(relation, alone, own)
        LOOP
            RETURN NEXT;
        END LOOP;
    END LOOP;
END
$$;

-- The strongest mode in which one of these transactions is a member of a multixact; NULL where it is none, or no multixact.
CREATE FUNCTION pg_dsql.own_lock(multi xid, own xid[]) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT m.mode FROM pg_get_multixact_members(multi) m WHERE m.xid = ANY (own)
            ORDER BY array_position(ARRAY['forupd', 'upd', 'nokeyupd', 'fornokeyupd', 'sh', 'keysh'], m.mode) LIMIT 1);
EXCEPTION WHEN OTHERS THEN
    RETURN NULL;  -- the id of a transaction that is over, not of a multixact
END
$$;

-- Of rows that these transactions alone hold, those that they hold FOR UPDATE.
CREATE FUNCTION pg_dsql.held_for_update(relation oid, held tid[], own xid[]) RETURNS tid[]
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    strong tid[] := '{}';
BEGIN
    IF cardinality(held) > 0 THEN
        BEGIN
            EXECUTE format('SELECT FROM %s t WHERE t.ctid = ANY ($1) FOR UPDATE', relation::regclass) USING held;
            EXECUTE format('SELECT coalesce(array_agg(t.ctid), ''{}'') FROM %s t WHERE t.ctid = ANY ($1) AND t.xmax = ANY ($2)',
                relation::regclass) INTO strong USING held, own;
            RAISE EXCEPTION USING ERRCODE = 'DQ000';
        EXCEPTION WHEN SQLSTATE 'DQ000' THEN
            NULL;  -- variables keep their values
        END;
    END IF;
    RETURN strong;
END
$$;

-- The locking clause that a mode stands for; anything else is refused.
CREATE FUNCTION pg_dsql.clause(mode text) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF mode IN ('FOR UPDATE', 'FOR KEY SHARE') THEN
        RETURN mode;
    END IF;
    RAISE EXCEPTION 'unknown lock mode %', mode USING ERRCODE = '22023';
END
$$;

-- Locks rows by their place, as ``locked`` told it.
CREATE FUNCTION pg_dsql.lock_refs(relation oid, mode text, refs tid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('SELECT FROM %s t WHERE t.ctid = ANY ($1) %s', relation::regclass, pg_dsql.clause(mode)) USING refs;
END
$$;

-- The fields of a record's text, as they stand there: quoted ones with their quotes, NULL as an empty one.
CREATE FUNCTION pg_dsql.fields(shown text) RETURNS text[]
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT array_agg(m[2] ORDER BY at) FROM regexp_matches(
        substr(shown, 2, length(shown) - 2), '(^|,)((?:"(?:[^"\\]|""|\\.)*")|[^,"]*)', 'g') WITH ORDINALITY r(m, at)
$$;

-- Locks rows by the values of some columns: each key is the text of a record of them.
CREATE FUNCTION pg_dsql.lock_keys(relation oid, mode text, columns text[], keys text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET DateStyle = 'ISO, MDY' SET TimeZone = 'UTC' SET IntervalStyle = 'postgres' SET extra_float_digits = 3 AS $$
DECLARE
    places int[];
    matches text;
    wanted text[];
BEGIN
    -- A row of the table with nothing but the key: only so do the fields get their types.
    SELECT array_agg(array_position(columns, a.attname::text) ORDER BY a.attnum),
           string_agg(format('t.%1$I = (x.r).%1$I', a.attname), ' AND ') FILTER (WHERE a.attname = ANY (columns))
        INTO places, matches
        FROM pg_attribute a WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped;
    SELECT array_agg('(' || (SELECT string_agg(coalesce(f.parts[p.place], ''), ',' ORDER BY p.at)
                             FROM unnest(places) WITH ORDINALITY p(place, at)) || ')')
        INTO wanted FROM (SELECT pg_dsql.fields(k) AS parts FROM unnest(keys) k) f;
    EXECUTE format('SELECT FROM %1$s t, (SELECT shown::%1$s AS r FROM unnest($1) u(shown) OFFSET 0) x WHERE %2$s %3$s OF t',
        relation::regclass, matches, pg_dsql.clause(mode)) USING wanted;
END
$$;
REVOKE EXECUTE ON FUNCTION pg_dsql.held_for_update FROM PUBLIC;
