"""asyncpg: always binary, always prepared, and a pool that has to be told how to reset a connection.

A pool resets each connection that comes back with ``pg_advisory_unlock_all``, ``CLOSE ALL``, ``UNLISTEN *`` and ``RESET
ALL``. DSQL takes the last only, so ``reset=`` has to be given: AWS's connector for asyncpg does just that.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from client_endpoint import Endpoint

pytestmark = pytest.mark.server

Connection = asyncpg.Connection

_TYPES: dict[str, tuple[str, Any]] = {
    "a_small": ("smallint", -32768),
    "an_integer": ("integer", 2147483647),
    "a_big": ("bigint", -(2**63)),
    "a_real": ("real", 0.5),
    "a_double": ("double precision", 1e-300),
    "a_numeric": ("numeric(40,10)", Decimal("-123456789012345678901234567890.0123456789")),
    "a_boolean": ("boolean", False),
    "a_text": ("text", "ünïcödé ☃ 漢字"),
    "a_char": ("char(5)", "abc  "),
    "a_date": ("date", date(1, 1, 1)),
    "a_time": ("time", time(23, 59, 59, 999999)),
    "a_timestamp": ("timestamp", datetime(2026, 11, 23, 12, 30, 15, 123456)),
    "a_timestamptz": ("timestamptz", datetime(2026, 11, 23, 12, 30, 15, 123456, tzinfo=UTC)),
    "an_interval": ("interval", timedelta(days=3, seconds=7, microseconds=11)),
    "a_uuid": ("uuid", UUID("12345678-1234-5678-1234-567812345678")),
    "a_bytea": ("bytea", bytes(range(256))),
    "a_jsonb": ("jsonb", '{"b": [1, null, "é"]}'),
}


def arguments(endpoint: Endpoint) -> dict[str, Any]:
    """What ``asyncpg.connect`` and ``create_pool`` are given; a context that knows the authority is verify-full."""
    return {
        "host": endpoint.host,
        "port": endpoint.port,
        "user": endpoint.user,
        "password": endpoint.password,
        "database": endpoint.database,
        "ssl": ssl.create_default_context(cafile=str(endpoint.authority)),
    }


@asynccontextmanager
async def connected(endpoint: Endpoint, **more: Any) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(**(arguments(endpoint) | more))
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def account(endpoint: Endpoint) -> AsyncIterator[Connection]:
    async with connected(endpoint) as connection:
        await connection.execute("CREATE TABLE account (id int PRIMARY KEY, balance int NOT NULL)")
        await connection.execute("INSERT INTO account VALUES (1, 100), (2, 100)")
        yield connection


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(60):
            await test()

    asyncio.run(bounded())


@pytest.mark.parametrize("way", ["verify-full", "require", "direct"])
def test_connects(endpoint: Endpoint, way: str) -> None:
    async def test() -> None:
        more: dict[str, Any] = {"ssl": "require"} if way == "require" else {}
        async with connected(endpoint, direct_tls=way == "direct", **more) as connection:
            assert connection.get_server_version()[:3] == (16, 0, 15)
            assert connection.get_settings().TimeZone == "UTC"
            assert await connection.fetchval("SELECT current_user") == "admin"

    run(test)


def test_every_column_type_in_binary(endpoint: Endpoint) -> None:
    async def test() -> None:
        columns = ", ".join(f"{name} {kind}" for name, (kind, _value) in _TYPES.items())
        places = ", ".join(f"${n}" for n in range(2, len(_TYPES) + 2))
        values = [value for _kind, value in _TYPES.values()]
        async with connected(endpoint) as connection:
            await connection.execute(f"CREATE TABLE everything (id int PRIMARY KEY, {columns})")
            insert = f"INSERT INTO everything VALUES ($1, {places}) RETURNING *"
            assert tuple(await connection.fetchrow(insert, 1, *values)) == (1, *values)
            assert tuple(await connection.fetchrow(insert, 2, *[None] * len(values))) == (2, *[None] * len(values))

    run(test)


def test_lists_are_sent_as_text(endpoint: Endpoint) -> None:
    """Types that asyncpg has to look up in the catalogue first (most arrays, ranges, domains) end with an error.

    Before it looks, it switches ``jit`` off by ``set_config``, and DSQL lets nobody set that parameter. An array of
    text it knows by itself, and a cast makes any array of it.
    """

    async def test() -> None:
        async with account(endpoint) as connection:
            found = "SELECT id FROM account WHERE id = ANY($1::text[]::int[]) ORDER BY id"
            assert [row["id"] for row in await connection.fetch(found, ["2", "1", "7"])] == [1, 2]
            for lookup in ("SELECT $1::int[]", "SELECT int4range(1, $1)"):
                with pytest.raises(asyncpg.FeatureNotSupportedError, match='parameter "jit" not supported'):
                    await connection.fetchval(lookup, 1)
            connection._server_caps = connection._server_caps._replace(jit=False)  # the other way: say there is no jit
            assert await connection.fetchval("SELECT $1::int[]", [1, 2]) == [1, 2]
            assert await connection.fetchval("SELECT int4range(1, $1)", 5) == asyncpg.Range(1, 5)

    run(test)


def test_prepared_statements_and_a_cursor_over_a_portal(endpoint: Endpoint) -> None:
    """A cursor of asyncpg is no DECLARE: the portal of a prepared statement is asked for some rows at a time."""

    async def test() -> None:
        async with connected(endpoint) as connection:
            statement = await connection.prepare("SELECT n FROM generate_series(1, $1::int) n")
            assert [column.name for column in statement.get_attributes()] == ["n"]
            assert len(await statement.fetch(10)) == 10
            async with connection.transaction():
                assert [row["n"] async for row in statement.cursor(1000, prefetch=64)] == list(range(1, 1001))
                cursor = await statement.cursor(100)
                assert [row["n"] for row in await cursor.fetch(5)] == [1, 2, 3, 4, 5]
                assert [row["n"] for row in await cursor.fetch(2)] == [6, 7]

    run(test)


def test_many_rows(endpoint: Endpoint) -> None:
    async def test() -> None:
        async with account(endpoint) as connection:
            await connection.executemany("INSERT INTO account VALUES ($1, $2)", [(n, 1) for n in range(3, 1003)])
            rows = [(n, 1) for n in range(1003, 4003)]
            assert await connection.copy_records_to_table("account", records=rows) == "COPY 3000"
            with pytest.raises(asyncpg.ProgramLimitExceededError, match="transaction row limit exceeded"):
                await connection.copy_records_to_table("account", records=[(n, 1) for n in range(5000, 8001)])
            assert await connection.fetchval("SELECT count(*) FROM account") == 4002
            received = bytearray()

            async def receive(data: bytes) -> None:
                received.extend(data)

            await connection.copy_from_query("SELECT id FROM account ORDER BY id LIMIT $1", 3, output=receive)
            assert bytes(received) == b"1\n2\n3\n"

    run(test)


def test_transactions(endpoint: Endpoint) -> None:
    async def test() -> None:
        async with account(endpoint) as connection:
            with pytest.raises(asyncpg.FeatureNotSupportedError, match="SAVEPOINT"):
                async with connection.transaction():
                    await connection.execute("UPDATE account SET balance = 0")
                    async with connection.transaction():
                        pass
            assert await connection.fetchval("SELECT sum(balance) FROM account") == 200
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
                    await connection.execute("UPDATE account SET balance = 0")
            with pytest.raises(asyncpg.FeatureNotSupportedError, match="Unsupported isolation level: SERIALIZABLE"):
                async with connection.transaction(isolation="serializable"):
                    pass

    run(test)


def test_the_loser_of_a_conflict_learns_it_at_commit(endpoint: Endpoint) -> None:
    async def test() -> None:
        async with account(endpoint) as one, connected(endpoint) as other:
            transaction = other.transaction()
            await transaction.start()
            assert await other.fetchval("SELECT balance FROM account WHERE id = 1") == 100
            await one.execute("UPDATE account SET balance = balance - 10 WHERE id = 1")
            assert await other.execute("UPDATE account SET balance = balance - 5 WHERE id = $1", 1) == "UPDATE 1"
            with pytest.raises(asyncpg.SerializationError, match="OC000"):
                await transaction.commit()
            assert await other.fetchval("SELECT balance FROM account WHERE id = 1") == 90

    run(test)


def test_a_pool_that_is_told_how_to_reset(endpoint: Endpoint) -> None:
    async def reset(connection: Connection) -> None:
        await connection.execute("RESET ALL")

    async def add(pool: asyncpg.Pool) -> None:
        while True:
            try:
                async with pool.acquire() as connection, connection.transaction():
                    balance = await connection.fetchval("SELECT balance FROM account WHERE id = 1")
                    await connection.execute("UPDATE account SET balance = $1 WHERE id = 1", balance + 1)
                return
            except asyncpg.SerializationError:
                continue

    async def test() -> None:
        async with account(endpoint) as connection:
            async with asyncpg.create_pool(**arguments(endpoint), min_size=1, max_size=3, reset=reset) as pool:
                await asyncio.gather(*(add(pool) for _ in range(12)))
                async with pool.acquire() as one:
                    await one.execute("SET search_path = pg_catalog")
                async with pool.acquire() as again:
                    assert await again.fetchval("SHOW search_path") == '"$user", public'
            assert await connection.fetchval("SELECT balance FROM account WHERE id = 1") == 112

    run(test)


def test_a_pool_that_is_not_told(endpoint: Endpoint) -> None:
    async def test() -> None:
        async with asyncpg.create_pool(**arguments(endpoint), min_size=1, max_size=1) as pool:
            with pytest.raises(asyncpg.PostgresError, match="not supported"):
                async with pool.acquire() as connection:
                    await connection.fetchval("SELECT 1")

    run(test)


def test_a_timeout_cancels_the_statement(endpoint: Endpoint) -> None:
    async def test() -> None:
        async with connected(endpoint) as connection:
            with pytest.raises(TimeoutError):
                await connection.fetchval("SELECT pg_sleep(60)", timeout=0.3)
            assert await connection.fetchval("SELECT 1") == 1

    run(test)


def test_what_is_not_supported(endpoint: Endpoint) -> None:
    async def test() -> None:
        async with account(endpoint) as connection:
            for refused in ("TRUNCATE account", "LISTEN x", "SELECT pg_advisory_lock(1)", "SET statement_timeout = 1"):
                with pytest.raises(asyncpg.FeatureNotSupportedError, match=r"not supported|unsupported statement"):
                    await connection.execute(refused)
            with pytest.raises(asyncpg.FeatureNotSupportedError, match="Listen"):
                await connection.add_listener("events", lambda *_: None)

    run(test)


def test_awss_connector(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """It makes a token from the credentials it finds, any will do; host and region it wants named as AWS does.

    asyncpg resolves the host itself, so the name has to be this machine's: here that is done for the test alone.
    """
    import aurora_dsql_asyncpg

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "any")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "any")
    given = arguments(endpoint) | {"host": "local.dsql.localhost", "region": "us-east-1"}
    del given["password"]

    async def test() -> None:
        loop = asyncio.get_running_loop()
        plain = loop.getaddrinfo

        async def here(host: str, *rest: Any, **more: Any) -> Any:
            return await plain("localhost" if host == given["host"] else host, *rest, **more)

        monkeypatch.setattr(loop, "getaddrinfo", here)
        async with await aurora_dsql_asyncpg.create_pool(**given, min_size=1, max_size=2, retry=True) as pool:

            async def work(connection: Connection) -> Any:
                return await connection.fetchval("SHOW application_name")

            assert "aurora-dsql-python-asyncpg" in await pool.run_transaction(work)

    run(test)
