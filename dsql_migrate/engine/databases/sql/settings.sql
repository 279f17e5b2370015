-- set_config where the name of the parameter is computed: what SET does not take is refused at the call, as on a cluster.
-- No settings of its own: what is set here is to last.
CREATE FUNCTION pg_dsql.set_config(name text, value text, is_local boolean) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    IF pg_catalog.lower(name) <> ALL ({settable}::text[]) OR (pg_catalog.lower(name) = 'search_path' AND value = '') THEN
        RAISE EXCEPTION 'setting configuration parameter "%" not supported', name USING ERRCODE = '0A000';
    END IF;
    IF pg_catalog.lower(name) = 'client_encoding'
            AND pg_catalog.regexp_replace(pg_catalog.lower(value), '[^a-z0-9]', '', 'g') NOT IN ('utf8', 'unicode', 'sqlascii') THEN
        RAISE EXCEPTION 'invalid value for parameter "client_encoding": "%"', value USING ERRCODE = '22023';
    END IF;
    RETURN pg_catalog.set_config(
        CASE pg_catalog.lower(name) WHEN 'disable_sync_create_index' THEN 'dsql.' ELSE '' END || name, value, is_local);
END
$$;
