-- A private copy of tables, for a transaction that will not commit.
--
-- PostgreSQL refuses to change a row that another transaction has changed since the snapshot; DSQL goes on, on the row of the
-- snapshot, and fails at COMMIT. So each table gets a new heap with what the snapshot sees, and new indexes, and pg_class is
-- made to point to them: an update that only this transaction sees. Object ids stay, so views, foreign keys and cached plans
-- all work. A rollback takes everything back; should somebody try to commit it, PostgreSQL itself refuses.

CREATE TABLE pg_dsql.doom (relation oid NOT NULL);

CREATE FUNCTION pg_dsql.refuse_commit() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- SET CONSTRAINTS ALL IMMEDIATE means the client's constraints, not this one.
    IF current_query() ~* '\m(set\s+constraints|select\s+pg_dsql[.]fork)\M' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION USING ERRCODE = '40001', MESSAGE = 'change conflicts with another transaction (OC000)';
END
$$;

CREATE CONSTRAINT TRIGGER refuse_commit AFTER INSERT ON pg_dsql.doom DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION pg_dsql.refuse_commit();
UPDATE pg_catalog.pg_trigger SET tgisinternal = true WHERE tgrelid = 'pg_dsql.doom'::regclass;

-- The tables that are connected with these by foreign keys, themselves included.
CREATE FUNCTION pg_dsql.related(relations oid[]) RETURNS oid[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE reached AS (
        SELECT unnest(relations) AS relation
        UNION
        SELECT CASE c.conrelid WHEN r.relation THEN c.confrelid ELSE c.conrelid END
        FROM reached r JOIN pg_constraint c ON c.contype = 'f' AND r.relation IN (c.conrelid, c.confrelid)
    )
    SELECT array_agg(relation ORDER BY relation) FROM reached WHERE relation IS NOT NULL
$$;

-- Does nothing for tables that this transaction has forked before. Raises 40001 where a table is larger than 512 MiB.
CREATE FUNCTION pg_dsql.fork(relations oid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    largest CONSTANT bigint := 512 << 20;
    relation oid;
BEGIN
    FOR relation IN
        SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.oid = ANY (relations) AND c.relkind = 'r' AND c.relpersistence <> 't'
            AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
            AND NOT EXISTS (SELECT FROM pg_dsql.doom d WHERE d.relation = c.oid)
        ORDER BY c.oid
    LOOP
        IF pg_table_size(relation) > largest THEN
            RAISE EXCEPTION USING ERRCODE = '40001', MESSAGE = 'change conflicts with another transaction (OC000)',
                DETAIL = format('A table of more than %s MiB is not copied for a transaction that conflicts.', largest >> 20);
        END IF;
        INSERT INTO pg_dsql.doom VALUES (relation);
        PERFORM pg_dsql.fork_table(relation);
    END LOOP;
END
$$;

-- The copy bears the number of the transaction: two sessions may fork one table.
CREATE FUNCTION pg_dsql.fork_table(relation oid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    name CONSTANT text := format('copy_%s_%s', pg_current_xact_id(), relation);
    copy oid;
    definitions text;
    targets text;
BEGIN
    -- A dropped column keeps its place; its values are NULL, and then its type does not matter.
    SELECT string_agg(
               CASE WHEN a.attisdropped THEN format('%I boolean', a.attname)
                    ELSE format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod))
                         || CASE WHEN a.attcollation <> t.typcollation THEN ' COLLATE ' || a.attcollation::regcollation ELSE '' END
               END, ', ' ORDER BY a.attnum),
           string_agg(format('%I', a.attname), ', ' ORDER BY a.attnum) FILTER (WHERE NOT a.attisdropped)
        INTO definitions, targets
        FROM pg_attribute a LEFT JOIN pg_type t ON t.oid = a.atttypid
        WHERE a.attrelid = relation AND a.attnum > 0;
    EXECUTE format('CREATE TABLE pg_dsql.%I (%s)', name, coalesce(definitions, ''));
    copy := format('pg_dsql.%I', name)::regclass;
    IF targets IS NULL THEN
        EXECUTE format('INSERT INTO %s SELECT FROM %s', copy::regclass, relation::regclass);
    ELSE
        EXECUTE format('INSERT INTO %s (%s) SELECT %2$s FROM %3$s', copy::regclass, targets, relation::regclass);
    END IF;
    -- Index expressions may call functions of the client: they are evaluated as the table's owner.
    UPDATE pg_class c SET relowner = o.relowner FROM pg_class o WHERE c.oid = copy AND o.oid = relation;
    PERFORM pg_dsql.fork_index(i.indexrelid, copy, format('%s_%s', name, i.indexrelid))
        FROM pg_index i WHERE i.indrelid = relation AND i.indisready;
    UPDATE pg_class c SET relfilenode = n.relfilenode, reltoastrelid = n.reltoastrelid
        FROM pg_class n WHERE c.oid = relation AND n.oid = copy;
END
$$;

-- The same index on the copy, put in the place of the table's. Never unique: it may be invalid, and of the same form on disk.
CREATE FUNCTION pg_dsql.fork_index(index_ oid, copy oid, name text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    definition CONSTANT text := pg_dsql.plain_indexdef(index_, 0, false);
    opening CONSTANT text := (
        SELECT format('CREATE %sINDEX %I ON %I.%I ', CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END, c.relname, n.nspname, t.relname)
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
            JOIN pg_namespace n ON n.oid = t.relnamespace
        WHERE i.indexrelid = index_);
BEGIN
    IF NOT starts_with(definition, opening) THEN
        RAISE EXCEPTION 'the definition of index % does not begin as expected', index_;
    END IF;
    EXECUTE format('CREATE INDEX %I ON %s ', name, copy::regclass) || substr(definition, length(opening) + 1);
    UPDATE pg_class c SET relfilenode = n.relfilenode
        FROM pg_class n WHERE c.oid = index_ AND n.oid = format('pg_dsql.%I', name)::regclass;
END
$$;
REVOKE EXECUTE ON FUNCTION pg_dsql.fork_table, pg_dsql.fork_index FROM PUBLIC;
