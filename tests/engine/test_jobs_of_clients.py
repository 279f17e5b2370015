"""Background jobs as clients see them, through the gateway."""

from __future__ import annotations

import time
from collections.abc import Iterator

import psycopg
import pytest

from dsql_migrate.engine.local import Database, LocalDsql

pytestmark = pytest.mark.server
Connection = psycopg.Connection[tuple[object, ...]]


@pytest.fixture
def one(dsql: Database) -> Iterator[Connection]:
    with dsql.connect() as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, a int)")
        connection.execute("INSERT INTO t VALUES (1, 1), (2, 1)")
        yield connection


def only(connection: Connection, sql: str, *values: object) -> object:
    found = connection.execute(sql.encode(), values or None).fetchone()
    assert found is not None
    return found[0]


def test_a_statement_answers_with_its_job(one: Connection) -> None:
    found = one.execute("CREATE INDEX ASYNC i ON t (a)")
    assert found.statusmessage == "CREATE INDEX"
    assert found.description is not None
    assert [column.name for column in found.description] == ["job_id"]
    one.execute("ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID")
    found = one.execute("ALTER TABLE ASYNC t VALIDATE CONSTRAINT c")
    assert found.statusmessage == "ALTER TABLE"
    assert only(one, "CALL sys.wait_for_job(%s)", *found.fetchone() or ()) is True
    assert one.execute("SELECT count(*) FROM sys.jobs WHERE status = 'completed'").fetchone() == (2,)


def test_an_index_becomes_a_constraint_after_its_job(one: Connection) -> None:
    job = only(one, "CREATE UNIQUE INDEX ASYNC u ON t (id, a)")
    constraint = "ALTER TABLE t ADD CONSTRAINT k UNIQUE USING INDEX u"
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match='index "u" is not valid'):
        one.execute(constraint)
    only(one, f"CALL sys.wait_for_job('{job}')")
    one.execute(constraint.encode())


@pytest.mark.parametrize("binary", [False, True])
def test_a_failed_job_is_told_of_to_a_bound_id(one: Connection, binary: bool) -> None:
    job = only(one, "CREATE UNIQUE INDEX ASYNC u ON t (a)")
    found = one.execute("CALL sys.wait_for_job(%b::text)" if binary else "CALL sys.wait_for_job(%s)", [job])
    assert found.fetchone() == (False,)
    with pytest.raises(psycopg.errors.UniqueViolation):
        one.execute("INSERT INTO t VALUES (3, 1)")


def test_a_transaction_that_began_before_learns_of_the_end(one: Connection, dsql: Database) -> None:
    job = only(one, "CREATE INDEX ASYNC i ON t (a)")
    with dsql.connect(autocommit=False) as other:
        assert only(other, "SELECT status FROM sys.jobs") == "submitted"
        assert only(other, "CALL sys.wait_for_job(%s)", job) is True
        other.commit()
        assert only(other, "SELECT status FROM sys.jobs") == "completed"


def test_a_job_goes_with_its_transaction(one: Connection) -> None:
    with one.transaction(force_rollback=True):
        job = only(one, "CREATE INDEX ASYNC i ON t (a)")
    with pytest.raises(psycopg.errors.UndefinedObject) as caught:
        one.execute("CALL sys.wait_for_job(%s)", [job])
    assert caught.value.diag.context is None
    assert one.execute("SELECT * FROM sys.jobs").fetchall() == []


@pytest.mark.parametrize("sql", ["CREATE INDEX ASYNC i ON t (gone)", "ALTER TABLE ASYNC t VALIDATE CONSTRAINT gone"])
def test_a_wrong_statement_leaves_no_transaction_open(one: Connection, sql: str) -> None:
    with pytest.raises(psycopg.Error) as caught:
        one.execute(sql.encode())
    assert caught.value.diag.context is None
    assert one.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
    one.execute("CREATE INDEX ASYNC ON t (a)")


def test_a_job_does_not_wait_for_transactions(one: Connection, dsql: Database) -> None:
    with dsql.connect(autocommit=False) as writer, dsql.connect(autocommit=False) as changer:
        writer.execute("UPDATE t SET a = 5 WHERE id = 1")
        changer.execute("ALTER TABLE t ADD COLUMN b int")
        begun = time.monotonic()
        job = only(one, "CREATE INDEX ASYNC i ON t (a)")
        assert only(one, "CALL sys.wait_for_job(%s)", job) is True
        assert time.monotonic() - begun < 20
        for loser in (writer, changer):
            with pytest.raises(psycopg.errors.SerializationFailure, match="OC001"):
                loser.commit()


def test_jobs_take_as_long_as_asked_for(dsql_server: LocalDsql) -> None:
    with LocalDsql(server=dsql_server.server, job_seconds=1.0) as engine:
        name = engine.new_database()
        with psycopg.connect(engine.dsn(name), autocommit=True) as one:
            one.execute("CREATE TABLE t (a int)")
            begun = time.monotonic()
            job = only(one, "CREATE INDEX ASYNC i ON t (a)")
            assert only(one, "SELECT status FROM sys.jobs") == "submitted"
            time.sleep(0.75)
            assert only(one, "SELECT status FROM sys.jobs") in ("submitted", "processing")
            only(one, "CALL sys.wait_for_job(%s)", job)
            assert time.monotonic() - begun > 0.9
        engine.drop_database(name)


def test_an_empty_table_takes_an_index_at_once_where_the_session_allows_it(one: Connection) -> None:
    one.execute("CREATE TABLE empty (a int)")
    asynchronous = "please use CREATE INDEX ASYNC"
    with pytest.raises(psycopg.errors.FeatureNotSupported, match=asynchronous):
        one.execute("CREATE INDEX i ON empty (a)")
    one.execute("SET disable_sync_create_index = off")
    found = one.execute("CREATE UNIQUE INDEX i ON empty (a)")
    assert (found.statusmessage, found.description) == ("CREATE INDEX", None)
    assert only(one, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass") is True
    for table in ("t", "gone"):
        with pytest.raises(psycopg.errors.FeatureNotSupported, match=asynchronous):
            one.execute(f"CREATE INDEX j ON {table} (a)".encode())


def test_show_answers_as_the_service(one: Connection) -> None:
    assert only(one, "SHOW server_version") == "16.15"
    one.execute("SET disable_sync_create_index = off")
    found = one.execute("SHOW disable_sync_create_index")
    assert (found.statusmessage, found.fetchall()) == ("SHOW", [("off",)])
    everything = one.execute("SHOW ALL")
    assert everything.statusmessage == "SHOW"
    assert dict(row[:2] for row in everything.fetchall())["max_connections"] == "20"


def test_lastval_is_the_transactions(one: Connection) -> None:
    one.execute("CREATE TABLE i (id bigint GENERATED ALWAYS AS IDENTITY (CACHE 1), a int)")
    with one.transaction():
        one.execute("INSERT INTO i (a) VALUES (1)")
        assert only(one, "SELECT lastval()") == 1
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
        one.execute("SELECT lastval()")


@pytest.mark.parametrize("autocommit", [True, False])
def test_jobs_do_not_fail_the_next_statements_of_a_script(dsql: Database, autocommit: bool) -> None:
    with dsql.connect(autocommit=autocommit) as script:
        columns = ", ".join(f"c{n} int" for n in range(20))
        script.execute(f"CREATE TABLE wide (id int PRIMARY KEY, {columns})".encode())
        script.commit()
        for n in range(20):
            job = only(script, f"CREATE INDEX ASYNC ON wide (c{n})")
            script.commit()
            script.execute("INSERT INTO wide (id) VALUES (%s)", [n])
            script.commit()
            time.sleep(0.02)
        assert only(script, "CALL sys.wait_for_job(%s)", job) is True
        script.commit()
        assert only(script, "SELECT count(*) FROM sys.jobs WHERE status = 'completed'") == 20


def test_an_index_that_comes_to_life_puts_open_transactions_out_of_date(one: Connection, dsql: Database) -> None:
    with dsql.connect(autocommit=False) as other:
        other.execute("SELECT * FROM t")
        only(one, "CALL sys.wait_for_job(%s)", only(one, "CREATE INDEX ASYNC i ON t (a)"))
        with pytest.raises(psycopg.errors.SerializationFailure, match="OC001"):
            other.execute("SELECT * FROM t")
