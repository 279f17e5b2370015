"""What the engine does with statements: transactions, limits and jobs as DSQL has them; hostile scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from dsql_migrate.engine.endpoint import DsqlError, PsycopgEndpoint
from dsql_migrate.engine.local import Database
from dsql_migrate.source.open import open_source
from dsql_migrate.source.script import pieces

pytestmark = pytest.mark.server


@pytest.fixture
def session(dsql: Database) -> Iterator[PsycopgEndpoint]:
    one = PsycopgEndpoint(dsql.dsn)
    yield one
    one.close()


def refused(session: PsycopgEndpoint, sql: str) -> str:
    with pytest.raises(DsqlError) as caught:
        session.execute(sql)
    return f"{caught.value.sqlstate} {caught.value.message}"


def one(session: PsycopgEndpoint, sql: str) -> str | None:
    return session.execute(sql).rows[0][0]


def test_domains_are_column_types_and_bare_numeric_is_narrow(session: PsycopgEndpoint) -> None:
    session.execute("CREATE DOMAIN mood AS text CHECK (VALUE IN ('sad', 'ok'))")
    session.execute("CREATE TABLE t (a numeric, m mood PRIMARY KEY)")
    session.execute("INSERT INTO t VALUES (1.23456789, 'ok')")
    assert session.execute("SELECT a, m FROM t").rows == (("1.234568", "ok"),)
    assert refused(session, "CREATE TABLE u (a t)") == "0A000 datatype t not supported"


def test_one_ddl_a_transaction_and_no_dml_beside_it(session: PsycopgEndpoint) -> None:
    session.execute("BEGIN")
    session.execute("CREATE TABLE a (id int)")
    assert refused(session, "CREATE TABLE b (id int)") == "0A000 multiple ddl statements not supported in a transaction"
    assert refused(session, "SELECT 1").startswith("25P02")
    assert session.execute("COMMIT").tag == "ROLLBACK"
    assert one(session, "SELECT to_regclass('a')") is None
    session.execute("CREATE TABLE a (id int)")
    session.execute("BEGIN")
    session.execute("INSERT INTO a VALUES (1)")
    assert "same transaction" in refused(session, "ALTER TABLE a ADD b int")
    session.execute("ROLLBACK")
    assert session.execute("START TRANSACTION").tag in ("START TRANSACTION", "BEGIN")
    session.execute("COMMIT AND CHAIN")
    session.execute("INSERT INTO a VALUES (1)")
    session.execute("ROLLBACK")
    assert one(session, "SELECT count(*) FROM a") == "0"


def test_rows_of_all_statements_count(session: PsycopgEndpoint) -> None:
    session.execute("CREATE TABLE t (id int)")
    assert session.copy("COPY t FROM stdin", [b"1\n" * 3000]) == 3000
    with pytest.raises(DsqlError, match="row limit"):
        session.copy("COPY t FROM stdin", [b"1\n" * 3001])
    session.execute("BEGIN")
    session.execute("INSERT INTO t SELECT generate_series(1, 2999)")
    session.execute("INSERT INTO t VALUES (1)")
    assert refused(session, "DELETE FROM t WHERE id = 2") == "54000 transaction row limit exceeded"
    session.execute("ROLLBACK")
    assert one(session, "SELECT count(*) FROM t") == "3000"


def test_bytes_are_counted_at_commit(session: PsycopgEndpoint) -> None:
    session.execute("CREATE TABLE t (a text)")
    session.execute("BEGIN")
    for _ in range(11):
        session.copy("COPY t FROM stdin", [b"x" * 999_999 + b"\n"])
    assert refused(session, "COMMIT") == "54000 transaction size limit 10mb exceeded"
    assert one(session, "SELECT count(*) FROM t") == "0"


def test_an_index_is_built_by_a_job(session: PsycopgEndpoint) -> None:
    session.execute("CREATE TABLE t (id int, a text)")
    job = one(session, "CREATE INDEX ASYNC t_a ON t (a)")
    assert job is not None
    assert re.fullmatch("[a-z2-7]{26}", job)
    found = f"SELECT status, job_type, object_name, details FROM sys.jobs WHERE job_id = '{job}'"
    assert session.execute(found).rows[0][0] in ("submitted", "processing")
    assert session.execute(f"CALL sys.wait_for_job('{job}')").rows == (("t",),)
    assert session.execute(found).rows == (("completed", "INDEX_BUILD", "public.t_a", None),)
    assert refused(session, "CREATE INDEX ASYNC t_a ON t (a)").startswith("42P07")
    assert refused(session, "CREATE INDEX ASYNC ON t (nothing)").startswith("42703")


@pytest.mark.parametrize("transaction", [False, True])
def test_a_unique_index_over_duplicates_fails_its_job_and_stays_invalid(
    session: PsycopgEndpoint, transaction: bool
) -> None:
    session.execute("CREATE TABLE t (a int)")
    session.execute("INSERT INTO t VALUES (1), (1), (2)")
    if transaction:
        session.execute("BEGIN")
    job = one(session, "CREATE UNIQUE INDEX ASYNC t_a ON t (a)")
    if transaction:
        session.execute("COMMIT")
    assert session.execute(f"CALL sys.wait_for_job('{job}')").rows == (("f",),)
    assert session.execute(f"SELECT status, details FROM sys.jobs WHERE job_id = '{job}'").rows == (
        ("failed", "found duplicate key(s) while validating index uniqueness"),
    )
    assert one(session, "SELECT indisvalid FROM pg_index WHERE indexrelid = 't_a'::regclass") == "f"
    session.execute("DROP INDEX t_a")


def test_a_constraint_is_validated_by_a_job(session: PsycopgEndpoint) -> None:
    session.execute("CREATE TABLE t (a int)")
    session.execute("INSERT INTO t VALUES (-1)")
    session.execute("ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 0) NOT VALID")
    job = one(session, "ALTER TABLE ASYNC t VALIDATE CONSTRAINT positive")
    assert session.execute(f"CALL sys.wait_for_job('{job}')").rows == (("f",),)
    assert session.execute(f"SELECT status, details FROM sys.jobs WHERE job_id = '{job}'").rows == (
        ("failed", 'check constraint "positive" of relation "t" is violated by some row'),
    )
    session.execute("DELETE FROM t")
    job = one(session, "ALTER TABLE ASYNC t VALIDATE CONSTRAINT positive")
    assert session.execute(f"CALL sys.wait_for_job('{job}')").rows == (("t",),)
    assert refused(session, "ALTER TABLE ASYNC t VALIDATE CONSTRAINT nothing").startswith("42704")


def test_limits_on_objects(session: PsycopgEndpoint) -> None:
    for number in range(10):
        session.execute(f"CREATE SCHEMA s{number}")
    assert refused(session, "CREATE SCHEMA s10") == "54000 more than 10 schemas not allowed"
    session.execute("CREATE TABLE t (a int PRIMARY KEY, b int)")
    for number in range(23):
        session.execute(f"CREATE INDEX ASYNC i{number} ON t (b)")
    assert (
        refused(session, "CREATE INDEX ASYNC one_more ON t (b)")
        == "54000 more than 24 indexes per table are not allowed"
    )


def test_only_the_simple_text_search_is_there(session: PsycopgEndpoint) -> None:
    assert one(session, "SELECT to_tsvector('simple', 'The Cats')") == "'cats':2 'the':1"
    assert one(session, "SELECT to_tsvector('The Cats')") == "'cats':2 'the':1"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT lo_import('/etc/passwd')",
        "SELECT pg_ls_dir('/')",
        "INSERT INTO pg_class SELECT * FROM pg_class",
        "UPDATE pg_authid SET rolsuper = true",
        "ALTER ROLE admin LOGIN INHERIT IN ROLE postgres",
        "GRANT postgres TO admin",
        "SELECT query_to_xml('COPY t FROM PROGRAM ''id''', true, true, '')",
        "CREATE FUNCTION f() RETURNS int LANGUAGE c AS '/tmp/x', 'f'",
    ],
)
def test_a_hostile_script_gets_nowhere(session: PsycopgEndpoint, sql: str) -> None:
    with pytest.raises(DsqlError):
        session.execute(sql)
    assert one(session, "SELECT current_setting('is_superuser')") == "off"


def test_resetting_the_authorization_gives_nothing(session: PsycopgEndpoint) -> None:
    session.execute("SET SESSION AUTHORIZATION DEFAULT")
    assert one(session, "SELECT current_user") == "admin"


def test_statements_that_ran_on_a_cluster_run_here(session: PsycopgEndpoint, conformance: Path) -> None:
    """dsql-lint runs these two files on a live cluster and requires success."""
    session.execute("CREATE TABLE _clean_base (id int PRIMARY KEY, name text)")
    folder = conformance / "dsql-lint" / "tests" / "grammar_corpus" / "in_tree"
    ran = 0
    for name in ("clean_statements.sql", "supported_types.sql"):
        with open_source(folder / name) as source:
            for piece in pieces(source):
                if piece.kind == "sql":
                    session.execute("DROP TABLE IF EXISTS _t")
                    session.execute(piece.sql)
                    ran += 1
                    if piece.keyword == "begin":
                        session.execute("COMMIT")
    assert ran > 40


def test_a_second_session_finds_what_the_first_has_made(session: PsycopgEndpoint, dsql: Database) -> None:
    session.execute("CREATE TABLE t (a int)")
    session.execute("CREATE INDEX ASYNC ON t (a)")
    other = PsycopgEndpoint(dsql.dsn)
    assert one(other, "SELECT count(*) FROM sys.jobs") == "1"
    assert one(other, "SHOW transaction_isolation") == "repeatable read"
    assert one(other, "SELECT tableowner FROM pg_tables WHERE tablename = 't'") == "admin"
    other.close()


@pytest.mark.parametrize(
    ("name", "value"),
    [("server_version", "16.15"), ("Server_Version_Num", "160015"), ("max_connections", "20"), ("TimeZone", "UTC"),
     ("disable_sync_create_index", "on"), ("transaction_isolation", "repeatable read")],
)  # fmt: skip
def test_parameters_show_as_on_a_cluster(session: PsycopgEndpoint, name: str, value: str) -> None:
    shown = session.execute(f"SHOW {name}")
    assert (shown.tag, shown.columns[0].lower(), shown.rows) == ("SHOW", name.lower(), ((value,),))
    everything = {row[0]: row[1] for row in session.execute("SHOW ALL").rows}
    if name not in ("disable_sync_create_index",):
        assert {key.lower(): found for key, found in everything.items()}[name.lower()] == value


def test_a_parameter_of_dsql_can_be_set_and_shown(session: PsycopgEndpoint) -> None:
    session.execute("SET disable_sync_create_index = off")
    assert one(session, "SHOW disable_sync_create_index") == "off"
