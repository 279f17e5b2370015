-- How asynchronous statements become jobs, and how a job is run.
-- An index is built by its statement, but left invalid; one that is to be UNIQUE is built without looking for
-- duplicates and made unique right then, so that it refuses new ones from the COMMIT on, whatever it holds. So the job
-- only has to look for old duplicates. It needs no lock for that, and none of its steps makes a client wait.

CREATE FUNCTION pg_dsql.submit(job_id text, kind text, relation oid, about oid, constraint_name name, path text)
RETURNS text LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO pg_dsql.job (job_id, job_type, table_id, object_id, object_name, constraint_name, path)
    VALUES ($1, $2, $3, $4, pg_dsql.shown_name($4), $5, $6)
    RETURNING job_id
$$;

-- After CREATE INDEX, in the same transaction: about the index on that table that this transaction has made. Its row in
-- pg_index is visible, and its writer in progress. NULL where there is none: IF NOT EXISTS found one of that name.
CREATE FUNCTION pg_dsql.submit_index(job_id text, relation oid, is_unique boolean, path text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET allow_system_table_mods = on AS $$
DECLARE
    made oid;
    refused text;
    era bigint := (pg_current_xact_id()::text::bigint >> 32) << 32;
BEGIN
    SELECT i.indexrelid INTO made FROM pg_index i
    WHERE i.indrelid = relation AND i.indisvalid AND i.xmin::text::bigint > 2
      AND pg_xact_status((era + i.xmin::text::bigint)::text::xid8) = 'in progress';
    IF made IS NULL THEN
        RETURN NULL;
    END IF;
    -- Of columns the policy knows the type; of an expression only the index does.
    SELECT format_type(a.atttypid, NULL) INTO refused
    FROM pg_attribute a JOIN pg_index i ON i.indexrelid = a.attrelid JOIN pg_type t ON t.oid = sys.base_type_oid(a.atttypid)
    WHERE a.attrelid = made AND a.attnum <= i.indnkeyatts AND t.typname <> ALL ({keys}::name[])
    ORDER BY a.attnum LIMIT 1;
    IF refused IS NOT NULL THEN
        RAISE EXCEPTION 'datatype % is not supported in a key', refused USING ERRCODE = '0A000';
    END IF;
    UPDATE pg_index SET indisvalid = false, indisunique = is_unique WHERE indexrelid = made;
    RETURN pg_dsql.submit(job_id, 'INDEX_BUILD', relation, made, NULL, path);
END
$$;

-- What ALTER TABLE … VALIDATE CONSTRAINT refuses before it looks at a row, in PostgreSQL's words.
CREATE FUNCTION pg_dsql.submit_validation(job_id text, relation oid, constraint_name name, path text, named text)
RETURNS text LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    about pg_class;
    kind "char";
BEGIN
    IF relation IS NULL THEN  -- IF EXISTS
        RAISE NOTICE 'relation "%" does not exist, skipping', named;
        RETURN NULL;
    END IF;
    SELECT * INTO STRICT about FROM pg_class c WHERE c.oid = relation;
    IF about.relkind <> 'r' THEN
        RAISE EXCEPTION 'ALTER action VALIDATE CONSTRAINT cannot be performed on relation "%"', about.relname
        USING ERRCODE = '42809';
    END IF;
    IF NOT pg_has_role(about.relowner, 'USAGE') THEN
        RAISE EXCEPTION 'must be owner of table %', about.relname USING ERRCODE = '42501';
    END IF;
    SELECT k.contype INTO kind FROM pg_constraint k
    WHERE k.conrelid = relation AND k.conname = submit_validation.constraint_name;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'constraint "%" of relation "%" does not exist', constraint_name, about.relname
        USING ERRCODE = '42704';
    END IF;
    IF kind NOT IN ('c', 'f') THEN
        RAISE EXCEPTION 'constraint "%" of relation "%" is not a foreign key or check constraint', constraint_name,
            about.relname USING ERRCODE = '42809';
    END IF;
    RETURN pg_dsql.submit(job_id, 'VALIDATE_CONSTRAINT', relation, relation, constraint_name, path);
END
$$;

-- The rest is run by the worker alone, as the superuser.

-- What runs expressions of clients runs as the owner of their table, and within a SECURITY DEFINER function: there no
-- function of theirs can become another role. It sees the search path of the statement that submitted the job.
CREATE FUNCTION pg_dsql.as_owner(relation oid, path text, body text) RETURNS boolean LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    name text := format('pg_dsql.as_owner_%s()', pg_backend_pid());
    owner text := (SELECT quote_ident(r.rolname) FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner
                   WHERE c.oid = relation);
    made text := format(
        'CREATE FUNCTION %s RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS %L',
        name, format('BEGIN %s; END', body));
    answer boolean;
BEGIN
    PERFORM set_config('search_path', concat_ws(', ', 'pg_catalog', nullif(path, '')), true);
    EXECUTE made;  -- nothing here may be looked up by a name: a function of a client could be meant
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    EXECUTE format('ALTER FUNCTION %s OWNER TO %s', name, owner);
    EXECUTE format('SELECT %s', name) INTO STRICT answer;
    EXECUTE format('DROP FUNCTION %s', name);
    RETURN answer;
END
$$;

CREATE FUNCTION pg_dsql.duplicates(index oid, path text) RETURNS boolean LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    about pg_index;
    names text;
    query text;
BEGIN
    SELECT * INTO STRICT about FROM pg_index i WHERE i.indexrelid = index;
    SELECT string_agg('k' || n, ', '),
           format('SELECT %s FROM ONLY %s WHERE %s',
                  string_agg(format('(%s) AS k%s', pg_dsql.plain_indexdef(index, n, false), n), ', '),
                  about.indrelid::regclass, coalesce(pg_get_expr(about.indpred, about.indrelid), 'true'))
    INTO STRICT names, query FROM generate_series(1, about.indnkeyatts) n;
    RETURN pg_dsql.as_owner(about.indrelid, path, format(
        'RETURN EXISTS (SELECT FROM (%s) rows %s GROUP BY %s HAVING pg_catalog.count(*) > 1)', query,
        CASE WHEN NOT about.indnullsnotdistinct THEN format('WHERE (%s) IS NOT NULL', names) END, names));
END
$$;

-- Turn an index on. The lock is the one CREATE INDEX CONCURRENTLY takes: it keeps other DDL off, and no reader or writer.
-- The row of pg_attribute is written only because that makes every session plan anew.
CREATE FUNCTION pg_dsql.turn_on(index oid, relation regclass) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp SET allow_system_table_mods = on AS $$
BEGIN
    EXECUTE format('LOCK TABLE ONLY %s IN SHARE UPDATE EXCLUSIVE MODE', relation);
    UPDATE pg_index SET indisvalid = true WHERE indexrelid = index;
    UPDATE pg_attribute SET attname = attname WHERE attrelid = relation AND attname = 'tableoid';
END
$$;

-- NULL or why the job has failed. Raises 55P03 where a lock cannot be had now.
CREATE FUNCTION pg_dsql.work_on(job pg_dsql.job) RETURNS text LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    named text := job.table_id::regclass;  -- qualified, under this search path
BEGIN
    IF job.job_type = 'INDEX_BUILD' THEN
        IF (SELECT i.indisunique FROM pg_index i WHERE i.indexrelid = job.object_id)
           AND pg_dsql.duplicates(job.object_id, job.path) THEN
            RETURN 'found duplicate key(s) while validating index uniqueness';
        END IF;
        PERFORM pg_dsql.turn_on(job.object_id, job.table_id);
        RETURN NULL;
    END IF;
    PERFORM pg_dsql.as_owner(job.table_id, job.path, format(
        'ALTER TABLE ONLY %s VALIDATE CONSTRAINT %I; RETURN true', named, job.constraint_name));
    RETURN NULL;
END
$$;

-- Returns the job's last state; NULL where there is no such job.
CREATE FUNCTION pg_dsql.run_job(job_id text) RETURNS text LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp SET lock_timeout = '50ms' AS $$
DECLARE
    job pg_dsql.job;
    failure text;
    remark text;
BEGIN
    SELECT * INTO job FROM pg_dsql.job j WHERE j.job_id = run_job.job_id;
    IF NOT FOUND OR job.status IN ('completed', 'failed') THEN
        RETURN job.status;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = job.table_id) AND job.job_type = 'INDEX_BUILD' THEN
        remark := 'Skipped job for nonexistent table.';
    ELSIF NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = job.object_id) THEN
        remark := format('relation "%s" does not exist', job.object_name);
    ELSE
        BEGIN
            failure := pg_dsql.work_on(job);
        EXCEPTION
            WHEN lock_not_available OR transaction_rollback OR internal_error OR query_canceled THEN
                RAISE;
            WHEN OTHERS THEN
                failure := SQLERRM;
        END;
    END IF;
    UPDATE pg_dsql.job j
    SET status = CASE WHEN failure IS NULL THEN 'completed' ELSE 'failed' END, details = coalesce(failure, remark),
        update_time = clock_timestamp()
    WHERE j.job_id = job.job_id RETURNING j.status INTO job.status;
    RETURN job.status;
END
$$;
REVOKE EXECUTE ON FUNCTION pg_dsql.as_owner, pg_dsql.duplicates, pg_dsql.turn_on, pg_dsql.work_on, pg_dsql.run_job FROM PUBLIC;
