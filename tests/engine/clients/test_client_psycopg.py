"""psycopg 3: text and binary, prepared statements, pipelines, COPY, cancelling, a pool that retries.

It needs to be told nothing. ``autocommit=True`` gives each DDL statement the transaction of its own that it must have.
Named cursors are not to be had (they are DECLARE); ``Cursor.stream`` reads large results a row at a time.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
import psycopg_pool
import pytest
from client_endpoint import Endpoint
from psycopg import errors, sql
from psycopg.types.json import Json, Jsonb

pytestmark = pytest.mark.server

_TYPES: dict[str, tuple[str, Any]] = {
    "a_small": ("smallint", -32768),
    "an_integer": ("integer", 2147483647),
    "a_big": ("bigint", -(2**63)),
    "a_real": ("real", 0.5),
    "a_double": ("double precision", 1e-300),
    "a_numeric": ("numeric(40,10)", Decimal("123456789012345678901234567890.0123456789")),
    "a_boolean": ("boolean", True),
    "a_text": ("text", "ünïcödé ☃ 'quoted' \\ \n 漢字"),
    "a_varchar": ("varchar(20)", "twenty"),
    "a_date": ("date", date(1999, 12, 31)),
    "a_time": ("time", time(23, 59, 59, 999999)),
    "a_timetz": ("timetz", time(12, 0, tzinfo=timezone(timedelta(hours=2)))),
    "a_timestamp": ("timestamp", datetime(2026, 11, 23, 12, 30, 15, 123456)),
    "a_timestamptz": ("timestamptz", datetime(2026, 11, 23, 12, 30, 15, 123456, tzinfo=UTC)),
    "an_interval": ("interval", timedelta(days=3, seconds=7, microseconds=11)),
    "a_uuid": ("uuid", UUID("12345678-1234-5678-1234-567812345678")),
    "a_bytea": ("bytea", bytes(range(256))),
    "a_json": ("json", {"a": [1, None, "é"]}),
    "a_jsonb": ("jsonb", {"b": {"c": 1.5}}),
}
_ADAPTED = {"a_json": Json, "a_jsonb": Jsonb}
both_formats = pytest.mark.parametrize("binary", [False, True], ids=["text", "binary"])


@pytest.fixture
def connection(endpoint: Endpoint) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(endpoint.dsn, autocommit=True) as opened:
        yield opened


@pytest.fixture
def account(connection: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    connection.execute("CREATE TABLE account (id int PRIMARY KEY, balance int NOT NULL)")
    connection.execute("INSERT INTO account VALUES (1, 100), (2, 100)")
    return connection


def test_the_engine_reports_itself_as_the_service_does(connection: psycopg.Connection[Any]) -> None:
    assert connection.info.parameter_status("server_version") == "16.15"
    assert connection.info.parameter_status("TimeZone") == "UTC"
    assert connection.info.encoding == "utf-8"
    assert connection.execute("SHOW transaction_isolation").fetchone() == ("repeatable read",)


@pytest.mark.parametrize("negotiation", ["postgres", "direct"])
@pytest.mark.parametrize("mode", ["require", "verify-full"])
def test_tls(endpoint: Endpoint, mode: str, negotiation: str) -> None:
    if negotiation == "direct" and psycopg.pq.version() < 170000:
        pytest.skip("sslnegotiation=direct came with libpq 17")
    with psycopg.connect(endpoint.dsn, sslmode=mode, sslnegotiation=negotiation) as connection:
        assert connection.pgconn.ssl_in_use
        assert connection.execute("SELECT current_user").fetchone() == ("admin",)


def test_tls_fails_where_the_authority_is_not_known(endpoint: Endpoint) -> None:
    with pytest.raises(psycopg.OperationalError, match="certificate verify failed"):
        psycopg.connect(endpoint.dsn, sslrootcert="system")


def test_a_setting_of_the_connection_that_is_not_allowed_ends_it(endpoint: Endpoint) -> None:
    with pytest.raises(psycopg.OperationalError, match='"statement_timeout" not supported'):
        psycopg.connect(endpoint.dsn, options="-c statement_timeout=1000")
    with psycopg.connect(endpoint.dsn, options="-c search_path=public", application_name="x") as connection:
        assert connection.execute("SHOW search_path").fetchone() == ("public",)


@both_formats
def test_every_column_type_goes_in_and_comes_back(connection: psycopg.Connection[Any], binary: bool) -> None:
    columns = ", ".join(f"{name} {kind}" for name, (kind, _value) in _TYPES.items())
    connection.execute(f"CREATE TABLE everything (id int PRIMARY KEY, {columns})".encode())
    values = [_ADAPTED.get(name, lambda same: same)(value) for name, (_kind, value) in _TYPES.items()]
    insert = sql.SQL("INSERT INTO everything VALUES (1, {}), (2, {})").format(
        sql.SQL(", ").join([sql.Placeholder()] * len(values)), sql.SQL(", ").join([sql.SQL("NULL")] * len(values))
    )
    with connection.cursor(binary=binary) as cursor:
        cursor.execute(insert, values)
        rows = cursor.execute("SELECT * FROM everything ORDER BY id").fetchall()
    assert rows == [(1, *(value for _kind, value in _TYPES.values())), (2, *[None] * len(_TYPES))]


@both_formats
def test_arrays_and_ranges_are_values_but_no_columns(connection: psycopg.Connection[Any], binary: bool) -> None:
    with connection.cursor(binary=binary) as cursor:
        cursor.execute("SELECT %s::int[], %s::text[], int4range(1, %s), 2 = ANY(%s)", ([1, 2], ["ä", None], 5, [2]))
        row = cursor.fetchone()
    assert row is not None
    assert (*row[:2], row[2].lower, row[2].upper, row[3]) == ([1, 2], ["ä", None], 1, 5, True)
    with pytest.raises(errors.FeatureNotSupported, match=r"datatype integer\[\] not supported"):
        connection.execute("CREATE TABLE t (a int[])")


def test_statements_prepared_on_the_server(connection: psycopg.Connection[Any]) -> None:
    """Beyond ``prepared_max`` psycopg lets the oldest go: by a Close message from libpq 17 on, by DEALLOCATE before."""
    connection.prepare_threshold, connection.prepared_max = 0, 3
    for number in range(10):
        query = f"SELECT %s::int + {number}".encode()
        assert [connection.execute(query, (k,)).fetchone() for k in (1, 2)] == [(number + 1,), (number + 2,)]


def test_a_prepared_statement_outlives_a_change_of_its_table(account: psycopg.Connection[Any]) -> None:
    account.prepare_threshold = 0
    assert account.execute("SELECT balance FROM account WHERE id = %s", (1,)).fetchone() == (100,)
    account.execute("ALTER TABLE account ADD COLUMN note text")
    assert account.execute("SELECT balance FROM account WHERE id = %s", (2,)).fetchone() == (100,)


def test_a_pipeline(account: psycopg.Connection[Any]) -> None:
    with account.pipeline():
        made = [account.execute("INSERT INTO account VALUES (%s, 1) RETURNING id", (n,)) for n in range(3, 103)]
        total = account.execute("SELECT count(*) FROM account")
    assert [cursor.fetchone() for cursor in made] == [(n,) for n in range(3, 103)]
    assert total.fetchone() == (102,)


def test_a_pipeline_with_an_error_in_its_middle_stores_nothing(account: psycopg.Connection[Any]) -> None:
    """What stands between two Sync messages is one transaction; after the error the rest of it is skipped."""
    with pytest.raises(errors.FeatureNotSupported, match="unsupported statement: Truncate"), account.pipeline():
        account.execute("INSERT INTO account VALUES (%s, 1)", (3,))
        account.execute("TRUNCATE account")
        account.execute("INSERT INTO account VALUES (%s, 1)", (4,))
    assert account.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
    assert account.execute("SELECT count(*) FROM account").fetchone() == (2,)


def test_many_rows_at_once_up_to_the_limit_of_a_transaction(account: psycopg.Connection[Any]) -> None:
    with account.transaction(), account.cursor() as cursor:
        cursor.executemany("INSERT INTO account VALUES (%s, %s)", [(n, 0) for n in range(3, 3003)])
        assert cursor.rowcount == 3000
    with pytest.raises(errors.ProgramLimitExceeded, match="transaction row limit exceeded"):
        account.execute("UPDATE account SET balance = 0")
    assert account.execute("SELECT sum(balance) FROM account").fetchone() == (200,)


@both_formats
def test_copy_in_and_out(connection: psycopg.Connection[Any], binary: bool) -> None:
    connection.execute("CREATE TABLE t (id int PRIMARY KEY, note text, at timestamptz)")
    rows = [(n, f"Zeile {n} \t\\ é" if n % 3 else None, datetime(2026, 1, 1, tzinfo=UTC)) for n in range(2000)]
    way = b"(FORMAT binary)" if binary else b""
    with connection.cursor() as cursor:
        with cursor.copy(b"COPY t FROM STDIN " + way) as copy:
            copy.set_types(["int4", "text", "timestamptz"])
            for row in rows:
                copy.write_row(row)
        assert cursor.rowcount == len(rows)
        with cursor.copy(b"COPY (SELECT * FROM t ORDER BY id) TO STDOUT " + way) as copy:
            copy.set_types(["int4", "text", "timestamptz"])
            assert list(copy.rows()) == rows


def test_copy_of_too_many_rows_stores_none(connection: psycopg.Connection[Any]) -> None:
    connection.execute("CREATE TABLE t (id int PRIMARY KEY)")
    with pytest.raises(errors.ProgramLimitExceeded), connection.cursor().copy("COPY t FROM STDIN") as copy:
        for number in range(3001):
            copy.write_row((number,))
    with pytest.raises(ZeroDivisionError), connection.cursor().copy("COPY t FROM STDIN") as copy:
        copy.write_row((1,))
        raise ZeroDivisionError  # psycopg ends it with CopyFail
    assert connection.execute("SELECT count(*) FROM t").fetchone() == (0,)


def test_a_large_result_row_by_row(connection: psycopg.Connection[Any]) -> None:
    with connection.cursor() as cursor:
        rows = cursor.stream("SELECT repeat('x', 1000) FROM generate_series(1, 20000)")
        total = sum(len(text) for (text,) in rows)
    assert total == 20_000_000
    with connection.transaction(), pytest.raises(errors.FeatureNotSupported, match="DeclareCursor"):  # noqa: SIM117
        with connection.cursor(name="large") as cursor:
            cursor.execute("SELECT 1")


def test_a_refusal_aborts_the_transaction(account: psycopg.Connection[Any]) -> None:
    account.execute("BEGIN")
    account.execute("UPDATE account SET balance = 0")
    with pytest.raises(errors.FeatureNotSupported, match="unsupported statement: Lock"):
        account.execute("LOCK TABLE account")
    with pytest.raises(errors.InFailedSqlTransaction):
        account.execute("SELECT 1")
    assert account.execute("COMMIT").statusmessage == "ROLLBACK"
    assert account.execute("SELECT sum(balance) FROM account").fetchone() == (200,)


def test_a_transaction_in_a_transaction_is_a_savepoint_and_refused(account: psycopg.Connection[Any]) -> None:
    with pytest.raises(errors.FeatureNotSupported, match="unsupported transaction statement: SAVEPOINT"):  # noqa: SIM117
        with account.transaction(), account.transaction():
            pass


def test_one_ddl_statement_a_transaction(endpoint: Endpoint) -> None:
    """What psycopg does without autocommit: the first statement opens a transaction."""
    with psycopg.connect(endpoint.dsn) as connection:
        connection.execute("CREATE TABLE a (id int PRIMARY KEY)")
        with pytest.raises(errors.FeatureNotSupported, match="multiple ddl statements not supported in a transaction"):
            connection.execute("CREATE TABLE b (id int PRIMARY KEY)")
        connection.rollback()
        connection.execute("CREATE TABLE a (id int PRIMARY KEY)")
        connection.commit()
        assert connection.execute("SELECT count(*) FROM a").fetchone() == (0,)


def test_the_loser_of_a_conflict_learns_it_at_commit_and_tries_again(
    account: psycopg.Connection[Any], endpoint: Endpoint
) -> None:
    def take(amount: int, from_account: psycopg.Connection[Any]) -> None:
        from_account.execute("UPDATE account SET balance = balance - %s WHERE id = 1", (amount,))

    with psycopg.connect(endpoint.dsn) as other:
        other.execute("SELECT balance FROM account WHERE id = 1")
        take(10, account)  # autocommit: done
        take(5, other)  # no wait, no error: on what `other` sees
        with pytest.raises(errors.SerializationFailure, match=r"change conflicts with another transaction.*\(OC000\)"):
            other.commit()
        take(5, other)
        other.commit()
    assert account.execute("SELECT balance FROM account WHERE id = 1").fetchone() == (85,)


def test_a_pool_and_transactions_that_retry(account: psycopg.Connection[Any], endpoint: Endpoint) -> None:
    """Four threads add to one row; who loses starts anew. ``check`` is what a pool asks a connection before use."""

    def add(connection: psycopg.Connection[Any]) -> None:
        row = connection.execute("SELECT balance FROM account WHERE id = 1").fetchone()
        assert row is not None
        connection.execute("UPDATE account SET balance = %s WHERE id = 1", (row[0] + 1,))

    def work() -> None:
        done = 0
        while done < 5:
            try:
                with pool.connection() as connection:
                    add(connection)
                done += 1
            except errors.SerializationFailure:
                pass

    check = psycopg_pool.ConnectionPool.check_connection
    with psycopg_pool.ConnectionPool(endpoint.dsn, min_size=2, max_size=4, check=check, open=True) as pool:
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert account.execute("SELECT balance FROM account WHERE id = 1").fetchone() == (120,)


def test_cancelling_a_statement_leaves_the_connection_usable(connection: psycopg.Connection[Any]) -> None:
    timer = threading.Timer(0.3, connection.cancel_safe)
    timer.start()
    with pytest.raises(errors.QueryCanceled):
        connection.execute("SELECT pg_sleep(60)")
    timer.join()
    assert connection.execute("SELECT 1").fetchone() == (1,)


def test_names_long_and_odd(connection: psycopg.Connection[Any]) -> None:
    odd = 'Größe "in" %s; --'
    with connection.cursor() as cursor:
        table, cut = sql.Identifier("é" * 40), sql.Identifier("é" * 31)  # names end after 63 bytes
        cursor.execute(sql.SQL("CREATE TABLE {} ({} int PRIMARY KEY)").format(table, sql.Identifier(odd)))
        cursor.execute(sql.SQL("SELECT {} FROM {}").format(sql.Identifier(odd), cut))
        assert cursor.description is not None
        assert cursor.description[0].name == odd


def test_asyncio(endpoint: Endpoint) -> None:
    async def work() -> tuple[Any, ...]:
        async with await psycopg.AsyncConnection.connect(endpoint.dsn, autocommit=True) as connection:
            await connection.execute("CREATE TABLE t (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), n int)")
            async with connection.cursor() as cursor:
                await cursor.executemany("INSERT INTO t (n) VALUES (%s)", [(n,) for n in range(100)])
            row = await (await connection.execute("SELECT count(DISTINCT id), sum(n) FROM t")).fetchone()
            assert row is not None
            return tuple(row)

    assert asyncio.run(work()) == (100, 4950)


def test_an_index_is_built_by_a_job(account: psycopg.Connection[Any]) -> None:
    row = account.execute("CREATE INDEX ASYNC ON account (balance)").fetchone()
    assert row is not None
    assert account.execute("CALL sys.wait_for_job(%s)", (row[0],)).fetchone() == (True,)
    found = account.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'account_balance_idx'").fetchone()
    assert found == ("CREATE INDEX account_balance_idx ON public.account USING btree_index (balance)",)
