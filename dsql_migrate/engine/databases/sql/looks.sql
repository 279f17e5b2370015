-- What a client sees of PostgreSQL where a cluster looks different. PostgreSQL calls a built-in function by its number,
-- whatever pg_proc says of it, but plans what pg_proc says: so each of these is a function that every plan replaces by
-- its body, one expression. For that it may be neither strict nor SECURITY DEFINER nor have settings of its own.

CREATE OR REPLACE FUNCTION pg_catalog.version() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT {version}::text $$;

-- Parameters that no SET can change.

CREATE FUNCTION pg_dsql.shown(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT CASE lower($1) {shown} END $$;

CREATE FUNCTION pg_dsql.plain_setting(text) RETURNS text LANGUAGE internal STABLE STRICT PARALLEL SAFE
AS 'show_config_by_name';

CREATE FUNCTION pg_dsql.plain_setting(text, boolean) RETURNS text LANGUAGE internal STABLE STRICT PARALLEL SAFE
AS 'show_config_by_name_missing_ok';

CREATE OR REPLACE FUNCTION pg_catalog.current_setting(text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
AS 'SELECT coalesce(pg_dsql.shown($1), pg_dsql.plain_setting($1))';

CREATE OR REPLACE FUNCTION pg_catalog.current_setting(text, boolean) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
AS 'SELECT coalesce(pg_dsql.shown($1), pg_dsql.plain_setting($1, $2))';

CREATE OR REPLACE VIEW pg_catalog.pg_settings AS
SELECT name, coalesce(pg_dsql.shown(name), setting) AS setting, unit, category, short_desc, extra_desc, context, vartype,
       source, min_val, max_val, enumvals, coalesce(pg_dsql.shown(name), boot_val) AS boot_val,
       coalesce(pg_dsql.shown(name), reset_val) AS reset_val, sourcefile, sourceline, pending_restart
FROM pg_catalog.pg_show_all_settings();

-- Indexes: their method is btree_index, and that of a primary key holds all other columns.

CREATE FUNCTION pg_dsql.plain_indexdef(oid, integer, boolean) RETURNS text LANGUAGE internal STABLE STRICT PARALLEL SAFE
AS 'pg_get_indexdef_ext';

-- No search path of its own: which names are qualified depends on the caller's.
CREATE FUNCTION pg_dsql.indexdef(index oid, at integer, pretty boolean) RETURNS text LANGUAGE plpgsql STABLE STRICT
PARALLEL SAFE AS $$
DECLARE
    name constant text := '(?:"(?:[^"]|"")*"|[^". ]+)';
    plain text := pg_dsql.plain_indexdef(index, at, pretty);
    parts text[];
    keys text;
    others text;
BEGIN
    IF at <> 0 THEN
        RETURN plain;
    END IF;
    parts := pg_catalog.regexp_match(
        plain, pg_catalog.format('^(CREATE (?:UNIQUE )?INDEX %1$s ON (?:ONLY )?(?:%1$s\.)?%1$s USING )btree (.*)$', name));
    IF parts IS NULL THEN
        RETURN plain;
    END IF;
    SELECT pg_catalog.string_agg(pg_dsql.plain_indexdef(index, a.attnum, pretty), ', ' ORDER BY a.attnum) INTO keys
    FROM pg_catalog.pg_index i JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indexrelid AND a.attnum <= i.indnkeyatts
    WHERE i.indexrelid = index AND i.indisprimary;
    IF keys IS NULL THEN
        RETURN parts[1] || 'btree_index ' || parts[2];
    END IF;
    SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum) INTO others
    FROM pg_catalog.pg_index i JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid
    WHERE i.indexrelid = index AND a.attnum > 0 AND NOT a.attisdropped
      AND a.attnum <> ALL ((i.indkey::smallint[])[0:i.indnkeyatts - 1]);
    RETURN parts[1] || 'btree_index (' || keys || ')' || coalesce(' INCLUDE (' || others || ')', '');
END
$$;

CREATE OR REPLACE FUNCTION pg_catalog.pg_get_indexdef(oid) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
AS 'SELECT pg_dsql.indexdef($1, 0, false)';

CREATE OR REPLACE FUNCTION pg_catalog.pg_get_indexdef(oid, integer, boolean) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
AS 'SELECT pg_dsql.indexdef($1, $2, $3)';

-- lastval is the transaction's. Whoever draws from a sequence holds this lock on it until the transaction ends.

CREATE FUNCTION pg_dsql.plain_lastval() RETURNS bigint LANGUAGE internal VOLATILE STRICT AS 'lastval';

CREATE FUNCTION pg_dsql.lastval() RETURNS bigint LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_locks l JOIN pg_class c ON c.oid = l.relation AND c.relkind = 'S'
        JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()
        WHERE l.pid = pg_backend_pid() AND l.mode = 'RowExclusiveLock' AND l.granted
    ) THEN
        RAISE EXCEPTION 'lastval is not yet defined in this session' USING ERRCODE = '55000';
    END IF;
    RETURN pg_dsql.plain_lastval();
END
$$;

CREATE OR REPLACE FUNCTION pg_catalog.lastval() RETURNS bigint LANGUAGE sql VOLATILE
AS 'SELECT pg_dsql.lastval()';

-- One text search configuration, and the collations that need no locale.

DELETE FROM pg_catalog.pg_ts_config WHERE cfgname <> 'simple';
DELETE FROM pg_catalog.pg_ts_config_map m WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_ts_config c WHERE c.oid = m.mapcfg);
DELETE FROM pg_catalog.pg_ts_dict WHERE dictname LIKE '%\_stem';
DELETE FROM pg_catalog.pg_ts_template WHERE tmplname = 'snowball';
DELETE FROM pg_catalog.pg_collation WHERE collname NOT IN ('default', 'C', 'POSIX', 'ucs_basic');

-- Schema pg_dsql is left out of the views that list what there is.

DO $hide$
DECLARE
    at record;
BEGIN
    FOR at IN
        SELECT v.relation, v.name FROM (VALUES ('schema_name', 'information_schema.schemata'),
            ('specific_schema', 'information_schema.routines'), ('specific_schema', 'information_schema.parameters'),
            ('specific_schema', 'information_schema.routine_privileges'),
            ('specific_schema', 'information_schema.role_routine_grants'), ('schemaname', 'pg_catalog.pg_tables'),
            ('schemaname', 'pg_catalog.pg_indexes'), ('schemaname', 'pg_catalog.pg_stat_all_tables'),
            ('schemaname', 'pg_catalog.pg_stat_all_indexes')) v (name, relation)
    LOOP
        CONTINUE WHEN pg_get_viewdef(at.relation::regclass) ~ 'pg_dsql';  -- installed once more
        EXECUTE format('CREATE OR REPLACE VIEW %s AS SELECT * FROM (%s) shown WHERE %I <> %L', at.relation,
                       rtrim(pg_get_viewdef(at.relation::regclass), ';'), at.name, 'pg_dsql');
    END LOOP;
END
$hide$;
