-- What each statement changes: counted, held to DSQL's limits and, where the gateway asks for it, reported to the gateway.
-- Names in double braces are limits of rules/limits.yaml, and what DSQL says when they are broken.
--
-- Every table bears three statement triggers, which see the changed rows as transition tables; foreign key actions fire
-- them too. They run as whoever changes the rows: nothing in them needs more.

-- How values are written in effects: the same whatever a client has chosen, so that texts of keys can be compared, and exact.
CREATE FUNCTION pg_dsql.write_as(settings text[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM set_config('DateStyle', settings[1], true), set_config('TimeZone', settings[2], true),
            set_config('IntervalStyle', settings[3], true), set_config('extra_float_digits', settings[4], true);
END
$$;

-- What the client has chosen, for write_as to bring back; NULL where the rows of this table look no different for it: only
-- the time zone is another, and no column has one.
CREATE FUNCTION pg_dsql.form(relation oid) RETURNS text[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    chosen text[];
    encoding text;
BEGIN
    SELECT ARRAY[current_setting((SELECT 'DateStyle')), current_setting((SELECT 'TimeZone')),
                 current_setting((SELECT 'IntervalStyle')), current_setting((SELECT 'extra_float_digits'))],
           current_setting((SELECT 'client_encoding'))
        INTO chosen, encoding;
    IF chosen[1] = 'ISO, MDY' AND chosen[3] = 'postgres' AND chosen[4] IN ('1', '2', '3') AND encoding = 'UTF8'
            AND NOT EXISTS (SELECT FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
                            WHERE a.attrelid = relation AND (t.oid = 'timestamptz'::regtype OR t.typtype = 'd')) THEN
        RETURN NULL;
    END IF;
    RETURN chosen;
END
$$;

-- JSON in ASCII: a notice is sent in the encoding that the client has chosen, which may not have the letters of every row.
CREATE FUNCTION pg_dsql.in_ascii(plain json) RETURNS json
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF octet_length(plain::text) = length(plain::text) THEN
        RETURN plain;
    END IF;
    RETURN (
        SELECT string_agg(CASE
            WHEN code < 128 THEN letter
            WHEN code < 65536 THEN '\u' || lpad(to_hex(code), 4, '0')
            ELSE '\u' || to_hex(55296 + ((code - 65536) >> 10)) || '\u' || to_hex(56320 + ((code - 65536) & 1023)) END, '' ORDER BY at)
        FROM (SELECT letter, at, ascii(letter) AS code FROM regexp_split_to_table(plain::text, '') WITH ORDINALITY u(letter, at)) l);
END
$$;

-- The size limit of a transaction, which is raised at COMMIT: a deferred trigger does that, of a statement outside a block
-- as of a block. Asked for statements of 32 KiB and more: smaller parts of one do not come to megabytes.
DROP TABLE IF EXISTS pg_dsql.oversize;
CREATE UNLOGGED TABLE pg_dsql.oversize (bytes bigint NOT NULL);
GRANT INSERT ON pg_dsql.oversize TO PUBLIC;

CREATE FUNCTION pg_dsql.refuse_size() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '{{transaction-bytes.sqlstate}}', MESSAGE = '{{transaction-bytes.message}}',
        DETAIL = format('Current transaction size %smb > %smb', NEW.bytes >> 20, current_setting('dsql.size_limit')::bigint >> 20);
END
$$;

CREATE CONSTRAINT TRIGGER refuse_size AFTER INSERT ON pg_dsql.oversize DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION pg_dsql.refuse_size();
UPDATE pg_trigger SET tgisinternal = true WHERE tgrelid = 'pg_dsql.oversize'::regclass;

CREATE FUNCTION pg_dsql.weigh(bytes bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    size_limit CONSTANT bigint := nullif(current_setting('dsql.size_limit', true), '');
    total CONSTANT bigint := bytes + coalesce(nullif(current_setting('dsql.bytes', true), ''), '0')::bigint;
BEGIN
    IF total > size_limit THEN
        INSERT INTO pg_dsql.oversize VALUES (total);
    END IF;
    PERFORM set_config('dsql.bytes', total::text, true);
END
$$;

-- The message of a notice; inlined where it is called.
CREATE FUNCTION pg_dsql.effect(relation oid, op text, changed bigint, bytes bigint, new json, old json) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT pg_catalog.concat('{"r":', relation, ',"o":"', op, '","x":', pg_catalog.pg_current_xact_id(), ',"c":', changed,
        ',"b":', bytes, ',"n":', coalesce(new, '[]'), ',"o_":', coalesce(old, '[]'), '}')
$$;

-- The bytes of a transaction: its values, {{row-cost-bytes}} for each row, and for each entry of an index
-- {{entry-cost-bytes}} and twice what its key and the primary key take. Rows deleted add nothing. The index entries of a
-- statement of less than 32 KiB are not measured: that of a new row counts as if both keys had 16 bytes, and not at all
-- in the first 300 rows of a transaction.
--
-- This runs at every statement and is written for speed. A small statement is done after one query, as each expression
-- more costs microseconds (PL/pgSQL prepares it anew in each transaction). A search path of its own would cost as much: so
-- all names are qualified; clients cannot make operators. The SELECT around the name of a setting keeps PostgreSQL from
-- putting the engine's own current_setting, which is slow, in the place of its own.
CREATE FUNCTION pg_dsql.changed() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    changed bigint;
    bytes bigint;
    total bigint;  -- rows that the transaction has changed
    inserted pg_catalog.json;
    deleted pg_catalog.json;
    closer boolean;  -- some limit on bytes may be near
    over boolean;  -- more rows than a transaction may change
    odd boolean;  -- the client has chosen another form of values, or another encoding
    ignored pg_catalog.text;
    settings pg_catalog.text[];
    problem pg_catalog.text;
    entries bigint;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT w.changed, w.bytes, w.total, w.inserted, w.deleted,
               w.bytes >= 1800 OR w.total > 300,
               w.total > nullif(pg_catalog.current_setting((SELECT 'dsql.row_limit'), true), '')::bigint,
               w.inserted IS NOT NULL AND NOT (pg_catalog.current_setting((SELECT 'TimeZone')) = 'UTC'
                   AND pg_catalog.current_setting((SELECT 'DateStyle')) = 'ISO, MDY'
                   AND pg_catalog.current_setting((SELECT 'IntervalStyle')) = 'postgres'
                   AND pg_catalog.current_setting((SELECT 'extra_float_digits')) IN ('1', '2', '3')
                   AND pg_catalog.current_setting((SELECT 'client_encoding')) = 'UTF8'),
               pg_catalog.set_config('dsql.rows', w.total::pg_catalog.text, true)
            INTO changed, bytes, total, inserted, deleted, closer, over, odd, ignored
            FROM (
                SELECT pg_catalog.count(*) AS changed, coalesce(pg_catalog.sum(pg_catalog.pg_column_size(r.*)), 0) AS bytes,
                    NULL::pg_catalog.json AS deleted,
                    pg_catalog.json_agg(r.*::pg_catalog.text) FILTER (
                        WHERE (SELECT pg_catalog.current_setting((SELECT 'dsql.capture'), true) = 'on')) AS inserted,
                    pg_catalog.count(*) + coalesce(nullif(pg_catalog.current_setting((SELECT 'dsql.rows'), true), '')::bigint, 0) AS total
                FROM new_rows r) w;
    ELSIF TG_OP = 'UPDATE' THEN
        SELECT w.changed, w.bytes, w.total, w.inserted, w.deleted,
               w.bytes >= 1800 OR w.total > 300,
               w.total > nullif(pg_catalog.current_setting((SELECT 'dsql.row_limit'), true), '')::bigint,
               w.inserted IS NOT NULL AND NOT (pg_catalog.current_setting((SELECT 'TimeZone')) = 'UTC'
                   AND pg_catalog.current_setting((SELECT 'DateStyle')) = 'ISO, MDY'
                   AND pg_catalog.current_setting((SELECT 'IntervalStyle')) = 'postgres'
                   AND pg_catalog.current_setting((SELECT 'extra_float_digits')) IN ('1', '2', '3')
                   AND pg_catalog.current_setting((SELECT 'client_encoding')) = 'UTF8'),
               pg_catalog.set_config('dsql.rows', w.total::pg_catalog.text, true)
            INTO changed, bytes, total, inserted, deleted, closer, over, odd, ignored
            FROM (
                SELECT pg_catalog.count(*) AS changed, coalesce(pg_catalog.sum(pg_catalog.pg_column_size(r.*)), 0) AS bytes,
                    pg_catalog.json_agg(r.*::pg_catalog.text) FILTER (
                        WHERE (SELECT pg_catalog.current_setting((SELECT 'dsql.capture'), true) = 'on')) AS inserted,
                    (SELECT pg_catalog.json_agg(o.*::pg_catalog.text) FILTER (
                        WHERE (SELECT pg_catalog.current_setting((SELECT 'dsql.capture'), true) = 'on')) FROM old_rows o) AS deleted,
                    pg_catalog.count(*) + coalesce(nullif(pg_catalog.current_setting((SELECT 'dsql.rows'), true), '')::bigint, 0) AS total
                FROM new_rows r) w;
    ELSE
        SELECT w.changed, w.bytes, w.total, w.inserted, w.deleted,
               w.bytes >= 1800 OR w.total > 300,
               w.total > nullif(pg_catalog.current_setting((SELECT 'dsql.row_limit'), true), '')::bigint,
               w.deleted IS NOT NULL AND NOT (pg_catalog.current_setting((SELECT 'TimeZone')) = 'UTC'
                   AND pg_catalog.current_setting((SELECT 'DateStyle')) = 'ISO, MDY'
                   AND pg_catalog.current_setting((SELECT 'IntervalStyle')) = 'postgres'
                   AND pg_catalog.current_setting((SELECT 'extra_float_digits')) IN ('1', '2', '3')
                   AND pg_catalog.current_setting((SELECT 'client_encoding')) = 'UTF8'),
               pg_catalog.set_config('dsql.rows', w.total::pg_catalog.text, true)
            INTO changed, bytes, total, inserted, deleted, closer, over, odd, ignored
            FROM (
                SELECT pg_catalog.count(*) AS changed, 0::bigint AS bytes,
                    NULL::pg_catalog.json AS inserted,
                    pg_catalog.json_agg(r.*::pg_catalog.text) FILTER (
                        WHERE (SELECT pg_catalog.current_setting((SELECT 'dsql.capture'), true) = 'on')) AS deleted,
                    pg_catalog.count(*) + coalesce(nullif(pg_catalog.current_setting((SELECT 'dsql.rows'), true), '')::bigint, 0) AS total
                FROM old_rows r) w;
    END IF;
    IF over OR odd THEN
        IF over AND changed > 0 THEN
            RAISE EXCEPTION USING ERRCODE = '{{transaction-rows.sqlstate}}', MESSAGE = '{{transaction-rows.message}}';
        END IF;
        settings := CASE WHEN odd THEN pg_dsql.form(TG_RELID) END;
        IF settings IS NOT NULL THEN
            PERFORM pg_dsql.write_as(ARRAY['ISO, MDY', 'UTC', 'postgres', '3']);
            IF TG_OP <> 'INSERT' THEN
                SELECT pg_catalog.json_agg(r.*::pg_catalog.text) INTO deleted FROM old_rows r;
            END IF;
            IF TG_OP <> 'DELETE' THEN
                SELECT pg_catalog.json_agg(r.*::pg_catalog.text) INTO inserted FROM new_rows r;
            END IF;
            PERFORM pg_dsql.write_as(settings);
            inserted := pg_dsql.in_ascii(inserted);
            deleted := pg_dsql.in_ascii(deleted);
        END IF;
    END IF;
    IF closer AND changed > 0 THEN
        -- The rows as they were given, nothing compressed: no key, value or row is larger than all of them.
        IF bytes >= 1800 AND pg_dsql.has_wide_keys(TG_RELID) THEN
            EXECUTE pg_dsql.key_check(TG_RELID) INTO problem;
            IF problem IS NOT NULL THEN
                RAISE EXCEPTION USING ERRCODE = '{{key-bytes.sqlstate}}', MESSAGE = problem;
            END IF;
        END IF;
        IF bytes > {{value-bytes}} THEN
            bytes := pg_dsql.stored(TG_RELID) + 24 * changed;  -- with the header of a row, as above
        END IF;
        IF bytes >= 32768 THEN
            EXECUTE pg_dsql.entry_bytes(TG_RELID, TG_OP) INTO entries;
            PERFORM pg_dsql.weigh(bytes + {{row-cost-bytes}} * changed + entries);
        ELSIF total > 300 AND TG_OP = 'INSERT' THEN
            entries := changed * ({{entry-cost-bytes}} + 2 * (16 + 16)) * pg_dsql.other_indexes(TG_RELID);
        END IF;
    END IF;
    IF inserted IS NOT NULL OR deleted IS NOT NULL THEN
        RAISE INFO SQLSTATE 'DQ001' USING MESSAGE = pg_dsql.effect(TG_RELID, pg_catalog.left(TG_OP, 1), changed,
            CASE TG_OP WHEN 'DELETE' THEN 0 ELSE bytes + {{row-cost-bytes}} * changed + coalesce(entries, 0) END, inserted, deleted);
    END IF;
    RETURN NULL;
END
$$;

-- Gives a table its three triggers. Catalogues and dumps pass over internal ones.
CREATE FUNCTION pg_dsql.equip(relation oid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = relation AND t.tgfoid = 'pg_dsql.changed'::regproc) THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE TRIGGER pg_dsql_insert AFTER INSERT ON %s REFERENCING NEW TABLE AS new_rows '
        'FOR EACH STATEMENT EXECUTE FUNCTION pg_dsql.changed()', relation::regclass);
    EXECUTE format('CREATE TRIGGER pg_dsql_update AFTER UPDATE ON %s REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows '
        'FOR EACH STATEMENT EXECUTE FUNCTION pg_dsql.changed()', relation::regclass);
    EXECUTE format('CREATE TRIGGER pg_dsql_delete AFTER DELETE ON %s REFERENCING OLD TABLE AS old_rows '
        'FOR EACH STATEMENT EXECUTE FUNCTION pg_dsql.changed()', relation::regclass);
    UPDATE pg_trigger t SET tgisinternal = true
        WHERE t.tgrelid = relation AND t.tgfoid = 'pg_dsql.changed'::regproc;
END
$$;

CREATE FUNCTION pg_dsql.equip_new() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_dsql.equip(c.oid)
        FROM pg_event_trigger_ddl_commands() d JOIN pg_class c ON c.oid = d.objid
        WHERE d.classid = 'pg_class'::regclass AND c.relkind = 'r' AND c.relpersistence <> 't'
            AND c.relnamespace NOT IN ('pg_dsql'::regnamespace, 'sys'::regnamespace);
END
$$;

CREATE EVENT TRIGGER pg_dsql_equip ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'CREATE SCHEMA')
    EXECUTE FUNCTION pg_dsql.equip_new();

SELECT pg_dsql.equip(c.oid) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname <> 'sys' AND n.nspname <> 'information_schema'
        AND n.nspname !~ '^pg_';
