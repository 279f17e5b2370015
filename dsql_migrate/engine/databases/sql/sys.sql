-- Schema sys as a cluster has it, and schema pg_dsql, which is the engine's own.
-- Run as the superuser, in one transaction, under allow_system_table_mods: the pg_ prefix is PostgreSQL's own, and keeps
-- the schema out of what psql and pg_dump show.

CREATE SCHEMA pg_dsql;
GRANT USAGE ON SCHEMA pg_dsql TO PUBLIC;
CREATE SCHEMA sys;
GRANT USAGE ON SCHEMA sys TO PUBLIC;

-- Job ids: 16 bytes in base32 (RFC 4648), lower case, no padding.

CREATE FUNCTION sys.uuid_to_base32_str(uuid) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT string_agg(substr('abcdefghijklmnopqrstuvwxyz234567', piece::bit(5)::int + 1, 1), '' ORDER BY at)
    FROM (SELECT substr(bits, 5 * n + 1, 5) AS piece, n AS at
          FROM (SELECT right(uuid_send($1)::text, -1)::text AS hex) h,
               LATERAL (SELECT ('x' || right(hex, -1))::bit(128)::text || '00' AS bits) b, generate_series(0, 25) n) p
$$;

CREATE FUNCTION sys.base32_str_to_uuid(text) RETURNS uuid LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    bits text;
BEGIN
    IF $1 !~ '^[a-z2-7]{26}$' THEN
        RAISE EXCEPTION 'Unable to convert text to UUID' USING ERRCODE = '22P02';
    END IF;
    SELECT string_agg((strpos('abcdefghijklmnopqrstuvwxyz234567', letter) - 1)::bit(5)::text, '' ORDER BY at) INTO bits
    FROM regexp_split_to_table($1, '') WITH ORDINALITY AS l (letter, at);
    RETURN (SELECT string_agg(lpad(to_hex(substr(bits, 8 * n + 1, 8)::bit(8)::int), 2, '0'), '' ORDER BY n)
            FROM generate_series(0, 15) n)::uuid;
END
$$;

-- Background jobs. The view shows the nine columns of a cluster's sys.jobs; a job whose object is gone shows no name, and
-- one that is finished does not show for ever.

CREATE TABLE pg_dsql.job (
    job_id text PRIMARY KEY,
    status text NOT NULL DEFAULT 'submitted' CHECK (status IN ('submitted', 'processing', 'completed', 'failed')),
    details text,
    job_type text NOT NULL,
    table_id oid NOT NULL,
    object_id oid NOT NULL,
    object_name text NOT NULL,
    constraint_name name,
    path text NOT NULL,
    start_time timestamptz NOT NULL DEFAULT clock_timestamp(),
    update_time timestamptz
);

CREATE FUNCTION pg_dsql.shown_name(oid) RETURNS text LANGUAGE sql STABLE STRICT
SET search_path = pg_catalog, pg_temp AS $$
    SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = $1
$$;

CREATE VIEW sys.jobs AS
SELECT j.job_id, j.status, j.details, j.job_type, 'pg_catalog.pg_class'::pg_catalog.regclass::oid AS class_id, j.object_id,
       pg_dsql.shown_name(j.object_id) AS object_name, j.start_time, j.update_time
FROM pg_dsql.job j
WHERE j.status IN ('submitted', 'processing') OR j.update_time > clock_timestamp() - interval '{{jobs-kept-seconds}} s';
GRANT SELECT ON sys.jobs TO PUBLIC;

-- The gateway waits for the job before it lets this through, so it never waits itself. A transaction that began before
-- the job was done does not see its end: the gateway tells of that in dsql.job, as the job's id and t or f.
CREATE PROCEDURE sys.wait_for_job(job_id text, INOUT succeeded boolean DEFAULT NULL) LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM sys.base32_str_to_uuid(job_id);
    SELECT j.status = 'completed' INTO succeeded FROM pg_dsql.job j WHERE j.job_id = wait_for_job.job_id;
    IF NOT FOUND AND split_part(current_setting('dsql.job', true), ' ', 1) IS DISTINCT FROM job_id THEN
        RAISE EXCEPTION 'job "%" does not exist', job_id USING ERRCODE = '42704';
    END IF;
    succeeded := coalesce(nullif(succeeded, false), current_setting('dsql.job', true) = job_id || ' t', false);
END
$$;

-- Who may sign in as which role: what AWS IAM GRANT and AWS IAM REVOKE keep.

CREATE TABLE pg_dsql.trust (
    iam_oid oid PRIMARY KEY,
    arn text NOT NULL,
    role oid NOT NULL,
    grantor oid NOT NULL,
    UNIQUE (arn, role)
);

CREATE VIEW sys.iam_pg_role_mappings AS
SELECT t.iam_oid, t.arn, t.role AS pg_role_oid, r.rolname AS pg_role_name, t.grantor AS grantor_pg_role_oid,
       g.rolname AS grantor_pg_role_name
FROM pg_dsql.trust t JOIN pg_catalog.pg_roles r ON r.oid = t.role LEFT JOIN pg_catalog.pg_roles g ON g.oid = t.grantor;
GRANT SELECT ON sys.iam_pg_role_mappings TO PUBLIC;

CREATE FUNCTION pg_dsql.trusting(role text) RETURNS oid LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    named pg_roles;
    caller pg_roles;
BEGIN
    SELECT * INTO named FROM pg_roles r WHERE r.rolname = trusting.role;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'role "%" does not exist', role USING ERRCODE = '42704';
    END IF;
    SELECT * INTO STRICT caller FROM pg_roles r WHERE r.rolname = session_user;
    IF named.rolsuper OR NOT (caller.rolsuper OR caller.rolcreaterole) THEN
        RAISE EXCEPTION 'permission denied to grant IAM trust with role %', role USING ERRCODE = '42501';
    END IF;
    RETURN named.oid;
END
$$;

-- A role that is trusted cannot be dropped: PostgreSQL is told that something in schema sys depends on it.
CREATE FUNCTION pg_dsql.hold_role(trusted oid) RETURNS void LANGUAGE sql
SET search_path = pg_catalog, pg_temp SET allow_system_table_mods = on AS $$
    DELETE FROM pg_shdepend d
    WHERE d.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND d.classid = 'pg_namespace'::regclass AND d.objid = 'sys'::regnamespace AND d.refobjid = trusted
      AND d.refclassid = 'pg_authid'::regclass AND d.deptype = 'a';
    INSERT INTO pg_shdepend
    SELECT b.oid, 'pg_namespace'::regclass, 'sys'::regnamespace, 0, 'pg_authid'::regclass, trusted, 'a'
    FROM pg_database b WHERE b.datname = current_database() AND EXISTS (SELECT FROM pg_dsql.trust t WHERE t.role = trusted);
$$;
REVOKE EXECUTE ON FUNCTION pg_dsql.hold_role FROM PUBLIC;

CREATE FUNCTION pg_dsql.iam_grant(role text, arn text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    trusted oid := pg_dsql.trusting(role);
BEGIN
    IF NOT (SELECT r.rolcanlogin FROM pg_roles r WHERE r.oid = trusted) THEN
        RAISE EXCEPTION 'role % must have the LOGIN attribute', role USING ERRCODE = '0LP01';
    END IF;
    INSERT INTO pg_dsql.trust
    VALUES ((SELECT coalesce(max(t.iam_oid::bigint), 16383) + 1 FROM pg_dsql.trust t)::oid, iam_grant.arn, trusted,
            (SELECT r.oid FROM pg_roles r WHERE r.rolname = session_user))
    ON CONFLICT DO NOTHING;
    PERFORM pg_dsql.hold_role(trusted);
END
$$;

CREATE FUNCTION pg_dsql.iam_revoke(role text, arn text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    trusted oid := pg_dsql.trusting(role);
BEGIN
    DELETE FROM pg_dsql.trust t WHERE t.role = trusted AND t.arn = iam_revoke.arn;
    PERFORM pg_dsql.hold_role(trusted);
END
$$;

-- The other functions of sys whose meaning is plain. Those that read the service's own storage are not here:
-- decode_job_ext_status, decode_job_statement, decode_job_status, fetch_seq_data_tuple, get_key_desc, job_err_msg.

CREATE FUNCTION sys.cluster_size() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS 'SELECT pg_database_size(current_database())';

CREATE FUNCTION sys.cluster_size_limit() RETURNS bigint LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp AS 'SELECT {{cluster-bytes}}::bigint';

CREATE FUNCTION sys.dsql_major_version() RETURNS integer LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp AS 'SELECT 1';

CREATE FUNCTION sys.current_session_id() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT sys.uuid_to_base32_str(md5(a.pid || ' ' || a.backend_start)::uuid) FROM pg_stat_activity a
    WHERE a.pid = pg_backend_pid()
$$;

CREATE FUNCTION sys.current_transaction_id() RETURNS text LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT sys.uuid_to_base32_str(md5(pg_current_snapshot()::text || sys.current_session_id() || now())::uuid)
$$;

CREATE FUNCTION sys.iam_session_user() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT t.arn FROM pg_dsql.trust t JOIN pg_roles r ON r.oid = t.role WHERE r.rolname = session_user
    ORDER BY t.iam_oid LIMIT 1
$$;

CREATE FUNCTION sys.base_type_oid(oid) RETURNS oid LANGUAGE sql STABLE STRICT
SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE below (type, base) AS (
        SELECT t.oid, t.typbasetype FROM pg_type t WHERE t.oid = $1
        UNION ALL SELECT t.oid, t.typbasetype FROM below b JOIN pg_type t ON t.oid = b.base
    ) SELECT type FROM below WHERE base = 0
$$;

CREATE FUNCTION sys.supported_datatypes() RETURNS SETOF text LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT unnest({datatypes}::text[])
$$;
