-- What each statement changes: counted, held to DSQL's limits and, where the gateway asks for it, reported to the gateway.
-- Names in double braces are limits of rules/limits.yaml, and what DSQL says when they are broken.
--
-- Every table bears three statement triggers, which see the changed rows as transition tables; foreign key actions fire
-- them too. They run as whoever changes the rows: nothing in them needs more.

CREATE FUNCTION pg_dsql.write_as(settings text[]) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    SELECT set_config('DateStyle', settings[1], true), set_config('TimeZone', settings[2], true),
           set_config('IntervalStyle', settings[3], true), set_config('extra_float_digits', settings[4], true)
$$;

-- The size limit of a transaction that is one statement; of an open transaction the gateway holds it at COMMIT.
CREATE FUNCTION pg_dsql.weigh(bytes bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    size_limit CONSTANT bigint := nullif(current_setting('dsql.size_limit', true), '');
    total CONSTANT bigint := bytes + coalesce(nullif(current_setting('dsql.bytes', true), ''), '0')::bigint;
BEGIN
    IF total > size_limit THEN
        RAISE EXCEPTION USING ERRCODE = '54000', MESSAGE = '{{transaction-bytes.message}}',
            DETAIL = format('Current transaction size %smb > %smb', total >> 20, size_limit >> 20);
    END IF;
    PERFORM set_config('dsql.bytes', total::text, true);
END
$$;

-- The bytes of a transaction: its values, {{row-cost-bytes}} for each row, and for each entry of an index
-- {{entry-cost-bytes}} and twice what its key and the primary key take. Rows deleted add nothing. A statement of less than
-- 32 KiB is not measured key by key: each index entry of a new row counts as if both keys had 16 bytes.
CREATE FUNCTION pg_dsql.changed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    capturing CONSTANT boolean := coalesce(current_setting('dsql.capture', true) = 'on', false);
    changed bigint;
    bytes bigint := 0;
    widest integer := 0;
    entries bigint := 0;
    total bigint;
    inserted json;
    deleted json;
    restore text[];
    found text;
BEGIN
    IF capturing AND (current_setting('DateStyle') <> 'ISO, MDY' OR current_setting('TimeZone') <> 'UTC'
            OR current_setting('IntervalStyle') <> 'postgres' OR current_setting('extra_float_digits') <> '3') THEN
        restore := ARRAY[current_setting('DateStyle'), current_setting('TimeZone'), current_setting('IntervalStyle'),
                         current_setting('extra_float_digits')];
        PERFORM pg_dsql.write_as(ARRAY['ISO, MDY', 'UTC', 'postgres', '3']);
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF capturing THEN
            SELECT count(*), sum(pg_column_size(r.*)), max(pg_column_size(r.*)), json_agg(r.*::text)
                INTO changed, bytes, widest, inserted FROM new_rows r;
        ELSE
            SELECT count(*), sum(pg_column_size(r.*)), max(pg_column_size(r.*)) INTO changed, bytes, widest FROM new_rows r;
        END IF;
    ELSIF TG_OP = 'UPDATE' THEN
        IF capturing THEN
            SELECT count(*), sum(pg_column_size(r.*)), max(pg_column_size(r.*)), json_agg(r.*::text),
                    (SELECT json_agg(o.*::text) FROM old_rows o)
                INTO changed, bytes, widest, inserted, deleted FROM new_rows r;
        ELSE
            SELECT count(*), sum(pg_column_size(r.*)), max(pg_column_size(r.*)) INTO changed, bytes, widest FROM new_rows r;
        END IF;
    ELSIF capturing THEN
        SELECT count(*), json_agg(r.*::text) INTO changed, deleted FROM old_rows r;
    ELSE
        SELECT count(*) INTO changed FROM old_rows r;
    END IF;
    IF restore IS NOT NULL THEN
        PERFORM pg_dsql.write_as(restore);
    END IF;
    IF changed = 0 THEN
        RETURN NULL;
    END IF;
    total := changed + coalesce(nullif(current_setting('dsql.rows', true), ''), '0')::bigint;
    IF total > nullif(current_setting('dsql.row_limit', true), '')::bigint THEN
        RAISE EXCEPTION USING ERRCODE = '54000', MESSAGE = '{{transaction-rows.message}}';
    END IF;
    PERFORM set_config('dsql.rows', total::text, true);
    IF TG_OP <> 'DELETE' THEN
        -- The rows as they were given, nothing compressed: no key, value or row can be larger than the widest.
        IF widest > {{key-bytes}} - {{key-column-bytes}} * {{key-columns}} * 2 THEN
            EXECUTE pg_dsql.key_check(TG_RELID) INTO found;
            IF found IS NOT NULL THEN
                RAISE EXCEPTION USING ERRCODE = '54000', MESSAGE = found;
            END IF;
        END IF;
        IF bytes > {{value-bytes}} THEN
            bytes := pg_dsql.stored(TG_RELID) + 24 * changed;  -- with the header of a row, as above
        END IF;
        IF bytes >= 32768 THEN
            EXECUTE pg_dsql.entry_bytes(TG_RELID, TG_OP) INTO entries;
        ELSIF TG_OP = 'INSERT' THEN
            entries := changed * ({{entry-cost-bytes}} + 2 * (16 + 16))
                * (SELECT count(*) FROM pg_index i WHERE i.indrelid = TG_RELID AND NOT i.indisprimary);
        END IF;
        bytes := bytes + changed * {{row-cost-bytes}} + coalesce(entries, 0);
        IF current_setting('dsql.explicit', true) IS DISTINCT FROM 'on' THEN
            PERFORM pg_dsql.weigh(bytes);
        END IF;
    END IF;
    IF capturing THEN
        RAISE INFO USING ERRCODE = 'DQ001', MESSAGE = concat('{"r":', TG_RELID, ',"o":"', left(TG_OP, 1), '","x":',
            pg_current_xact_id(), ',"c":', changed, ',"b":', bytes, ',"n":', coalesce(inserted, '[]'),
            ',"o_":', coalesce(deleted, '[]'), '}');
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
