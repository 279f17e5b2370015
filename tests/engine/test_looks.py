"""What a client sees of a database: version, parameters, indexes, schema sys, and nothing that is the engine's own."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import psycopg
import pytest

from dsql_migrate.engine.databases.bootstrap import bootstrap, new_database, new_job_id, prepared
from dsql_migrate.engine.endpoint import Wire
from dsql_migrate.engine.postgres.server import Server
from dsql_migrate.target import load_target

pytestmark = pytest.mark.server
Ask = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def dsn(server: Server) -> Iterator[str]:
    yield new_database(server, "looks")
    server.drop_database("looks")


@pytest.fixture
def ask(dsn: str) -> Iterator[Ask]:
    with psycopg.connect(dsn, user="admin", autocommit=True) as connection:

        def run(sql: str, *values: object) -> list[tuple[Any, ...]]:
            found = connection.execute(sql.encode(), values or None)
            return found.fetchall() if found.description else []

        yield run
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")


def refused(ask: Ask, sql: str) -> str:
    with pytest.raises(psycopg.Error) as caught:
        ask(sql)
    return f"{caught.value.sqlstate} {caught.value.diag.message_primary}"


def test_the_version_is_the_services(ask: Ask) -> None:
    assert ask("SELECT version(), pg_catalog.version()") == [("PostgreSQL 16", "PostgreSQL 16")]
    assert ask("SELECT current_setting('server_version')") == [("16.15",)]
    assert ask("SELECT current_setting('Server_Version_Num', true), current_setting('a.b', true)") == [("160015", None)]
    assert ask("SELECT setting FROM pg_settings WHERE name = 'max_connections'") == [("20",)]
    assert ask("SELECT setting FROM pg_settings WHERE name = 'TimeZone'") == [("UTC",)]
    assert refused(ask, "SHOW lc_collate").startswith("42704")
    assert refused(ask, "SELECT current_setting('a.b')").startswith("42704")


def test_parameters_of_dsql_have_their_defaults(ask: Ask) -> None:
    assert ask("SHOW dsql.enable_batched_nestloop") == [("on",)]
    assert ask("SHOW transaction_isolation") == [("repeatable read",)]


def test_indexes_show_as_dsql_shows_them(ask: Ask) -> None:
    ask('CREATE TABLE t (a int, "B ("" x" int, c text, d int, PRIMARY KEY (c, a))')
    ask("ALTER TABLE t DROP COLUMN d")
    ask("ALTER TABLE t ADD COLUMN e int")
    ask('CREATE UNIQUE INDEX "i USING btree (" ON t (lower(c)) INCLUDE (a) NULLS NOT DISTINCT WHERE a > 0')
    ask("CREATE TABLE k (id int PRIMARY KEY)")
    assert ask("SELECT indexdef FROM pg_indexes WHERE tablename IN ('t', 'k') ORDER BY indexname") == [
        (
            'CREATE UNIQUE INDEX "i USING btree (" ON public.t USING btree_index (lower(c)) INCLUDE (a)'
            " NULLS NOT DISTINCT WHERE (a > 0)",
        ),
        ("CREATE UNIQUE INDEX k_pkey ON public.k USING btree_index (id)",),
        ('CREATE UNIQUE INDEX t_pkey ON public.t USING btree_index (c, a) INCLUDE ("B ("" x", e)',),
    ]
    short = "SELECT pg_get_indexdef('t_pkey'::regclass, 0, true), pg_get_indexdef('t_pkey'::regclass, 2, false)"
    assert ask(short) == [('CREATE UNIQUE INDEX t_pkey ON t USING btree_index (c, a) INCLUDE ("B ("" x", e)', "a")]
    assert ask("SELECT pg_get_indexdef(0), pg_get_indexdef(NULL)") == [(None, None)]


def test_lastval_is_the_transactions(ask: Ask) -> None:
    undefined = "55000 lastval is not yet defined in this session"
    ask("CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY (CACHE 65536), a int)")
    ask("INSERT INTO t (a) VALUES (1)")
    assert refused(ask, "SELECT lastval()") == undefined
    ask("BEGIN")
    ask("INSERT INTO t (a) VALUES (2)")
    assert ask("SELECT lastval()") == [(2,)]
    ask("COMMIT")
    assert refused(ask, "SELECT lastval()") == undefined
    assert ask("SELECT currval('t_id_seq')") == [(2,)]
    assert ask("SELECT nextval('t_id_seq'), lastval()") == [(3, 3)]


def test_one_text_search_configuration_and_collations_without_a_locale(ask: Ask) -> None:
    assert ask("SELECT to_tsvector('a b')::text, to_tsvector('simple', 'a')::text") == [("'a':1 'b':2", "'a':1")]
    assert refused(ask, "SELECT to_tsvector('english', 'a')").startswith("42704")
    assert ask("SELECT cfgname FROM pg_ts_config") == [("simple",)]
    assert {row[0] for row in ask("SELECT collname FROM pg_collation")} == {"default", "C", "POSIX", "ucs_basic"}
    assert ask("SELECT 'b' < 'A' COLLATE \"C\", 'Z' < 'a'") == [(False, True)]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT schema_name FROM information_schema.schemata",
        "SELECT table_schema || table_name FROM information_schema.tables WHERE table_name LIKE '%job%'",
        "SELECT specific_schema FROM information_schema.routines",
        "SELECT specific_schema FROM information_schema.parameters",
        "SELECT schemaname FROM pg_tables",
        "SELECT schemaname FROM pg_indexes",
        "SELECT schemaname FROM pg_sequences",
        "SELECT schemaname FROM pg_stat_user_tables",
        "SELECT nspname FROM pg_namespace n WHERE nspname !~ '^pg_'",
        "SELECT proname FROM pg_proc WHERE pronamespace::regnamespace::text !~ '^pg_' AND prolang <> 12"
        " AND pg_function_is_visible(oid)",
        "SELECT evtname FROM pg_event_trigger WHERE evtname !~ '^pg_dsql'",
    ],
)
def test_the_engines_own_schema_does_not_show(ask: Ask, query: str) -> None:
    assert not [row for row in ask(query) if "dsql" in str(row[0]) or "submit" in str(row[0])]


def test_job_ids_are_base32_of_16_bytes(ask: Ask) -> None:
    number = uuid.uuid4()
    ((text, back),) = ask(
        "SELECT sys.uuid_to_base32_str(%s), sys.base32_str_to_uuid(sys.uuid_to_base32_str(%s))", number, number
    )
    assert back == number
    assert len(text) == len(new_job_id()) == 26
    assert refused(ask, "SELECT sys.base32_str_to_uuid('nope')") == "22P02 Unable to convert text to UUID"


def test_functions_of_sys_answer(ask: Ask) -> None:
    assert ask("SELECT sys.cluster_size() BETWEEN 1 AND sys.cluster_size_limit()") == [(True,)]
    ask("CREATE DOMAIN d AS int")
    ask("CREATE DOMAIN e AS d")
    assert ask("SELECT sys.base_type_oid('e'::regtype)::regtype::text") == [("integer",)]
    assert ("jsonb",) in ask("SELECT sys.supported_datatypes()")
    assert len(ask("SELECT sys.current_session_id() || sys.current_transaction_id()")[0][0]) == 52
    assert ask("SELECT sys.iam_session_user()") == [(None,)]


def test_finished_jobs_leave_the_list(dsn: str, ask: Ask) -> None:
    jobs = [("old", "completed", "40 min"), ("new", "failed", "20 min"), ("open", "submitted", None)]
    with psycopg.connect(dsn, autocommit=True) as superuser:
        for job in jobs:
            superuser.execute(
                "INSERT INTO pg_dsql.job VALUES (%s, %s, NULL, 'DROP', 0, 0, 'x', NULL, '', now() - interval '2 h',"
                " now() - %s::interval)",
                job,
            )
        assert ask("SELECT job_id FROM sys.jobs ORDER BY 1") == [("new",), ("open",)]
        superuser.execute("DELETE FROM pg_dsql.job")


def test_iam_trust(ask: Ask) -> None:
    ask("CREATE ROLE app LOGIN")
    ask("CREATE ROLE nobody_signs_in")
    try:
        ask("SELECT pg_dsql.iam_grant('app', 'arn:aws:iam::1:role/x')")
        ask("SELECT pg_dsql.iam_grant('app', 'arn:aws:iam::1:role/x')")
        names = "SELECT arn, pg_role_name, grantor_pg_role_name FROM sys.iam_pg_role_mappings"
        assert ask(names) == [("arn:aws:iam::1:role/x", "app", "admin")]
        ask("SELECT pg_dsql.iam_grant('app', 'arn:aws:iam::1:role/y')")
        for name in "xy":
            held = '2BP01 role "app" cannot be dropped because some objects depend on it'
            assert refused(ask, "DROP ROLE app") == held
            ask(f"SELECT pg_dsql.iam_revoke('app', 'arn:aws:iam::1:role/{name}')")
        assert ask(names) == []
        signs_in = "0LP01 role nobody_signs_in must have the LOGIN attribute"
        assert refused(ask, "SELECT pg_dsql.iam_grant('nobody_signs_in', 'arn')") == signs_in
        not_this_one = "42501 permission denied to grant IAM trust with role postgres"
        assert refused(ask, "SELECT pg_dsql.iam_grant('postgres', 'arn')") == not_this_one
        assert refused(ask, "SELECT pg_dsql.iam_grant('gone', 'arn')") == '42704 role "gone" does not exist'
    finally:
        ask("DROP ROLE app")
        ask("DROP ROLE nobody_signs_in")


def test_a_client_cannot_change_what_sys_shows(ask: Ask) -> None:
    for sql in ("DELETE FROM sys.jobs", "UPDATE pg_dsql.job SET status = 'failed'", "SELECT * FROM pg_dsql.job",
                "SELECT pg_dsql.run_job('x')", "DELETE FROM sys.iam_pg_role_mappings"):  # fmt: skip
        assert refused(ask, sql)[:5] in ("42501", "55000")


def test_a_database_is_made_once_and_copied(server: Server) -> None:
    assert prepared(server) == prepared(server)
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        found = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'dsql\\_template%'").fetchall()
        assert found == [(prepared(server),)]
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(server.dsn(prepared(server)))


def test_another_day_replaces_what_is_installed_and_keeps_jobs_and_tables(server: Server) -> None:
    dsn = new_database(server, "looks_again")
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (a int)")
        connection.execute("INSERT INTO pg_dsql.job VALUES ('j', 'failed', NULL, '', 0, 0, '', NULL, '', now(), now())")
        assert ("jsonb",) in connection.execute("SELECT sys.supported_datatypes()").fetchall()
        wire = Wire(dsn)
        for _ in range(2):
            bootstrap(wire, "looks_again", load_target(date(2026, 1, 1)))
        wire.close()
        assert ("jsonb",) not in connection.execute("SELECT sys.supported_datatypes()").fetchall()
        assert connection.execute("SELECT job_id FROM sys.jobs").fetchall() == [("j",)]
        assert connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall() == [("t",)]
    server.drop_database("looks_again")
