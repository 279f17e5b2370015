"""Random histories of several sessions against a model of snapshot isolation in which the first to commit wins.

Every answer is compared: rows, tags, errors and where they come, and the rows that are there in the end. A conflict is
told at COMMIT and never at a statement.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from support.sessions import Answer, Session
from support.snapshots import Database, Fails, ForeignKey, Row, Table, Transaction

from dsql_migrate.engine.local import LocalDsql

pytestmark = pytest.mark.server

KEYED = Table("keyed", ("id", "u", "v"), unique=("id", "u"), not_null=("id",))
CHILD = Table(
    "child",
    ("id", "k", "v"),
    unique=("id",),
    not_null=("id",),
    references=(ForeignKey("k", parent="keyed", key="id", action="CASCADE"),),
)
LATE = Table(
    "late",
    ("id", "k", "v"),
    unique=("id",),
    not_null=("id",),
    references=(ForeignKey("k", parent="keyed", key="u", deferred=True),),
)
LOOSE = Table("loose", ("a", "v"))
NULLABLE = Table("nullable", ("u", "v"), unique=("u",))
TABLES = (KEYED, CHILD, LATE, LOOSE, NULLABLE)
CREATE = [
    "CREATE TABLE keyed (id int PRIMARY KEY, u int UNIQUE, v int)",
    "CREATE TABLE child (id int PRIMARY KEY, k int REFERENCES keyed ON DELETE CASCADE ON UPDATE CASCADE, v int)",
    "CREATE TABLE late (id int PRIMARY KEY, k int REFERENCES keyed (u) DEFERRABLE INITIALLY DEFERRED, v int)",
    "CREATE TABLE loose (a int, v int)",
    "CREATE TABLE nullable (u int UNIQUE, v int)",
]
FIRST_ROWS: dict[str, list[tuple[int | None, ...]]] = {
    "keyed": [(1, 1, 901), (2, 2, 902), (3, None, 903)],
    "child": [(1, 1, 904), (2, 2, 905)],
    "late": [(1, 2, 912)],
    "loose": [(1, 906), (1, 907), (2, 908)],
    "nullable": [(1, 909), (None, 910), (None, 911)],
}
KEYS = st.integers(1, 4)
WIDTH = 1000
"""v modulo this tells the rows apart, so that no two have the same text where the engine knows them by nothing else."""


@dataclass(frozen=True)
class Statement:
    """A statement, and what it does on the model: rows for a query, else how many changed."""

    sql: str
    run: Callable[[Transaction], list[tuple[object, ...]] | int]

    def __repr__(self) -> str:
        return self.sql


@dataclass(frozen=True)
class Where:
    """A condition in SQL and in Python."""

    sql: str
    holds: Callable[[Row], bool]


def literal(value: object) -> str:
    return "NULL" if value is None else str(value)


def condition(table: Table) -> st.SearchStrategy[Where]:
    def equal(column: str, value: int) -> Where:
        return Where(f" WHERE {column} = {value}", lambda row: row[column] == value)

    def odd(rest: int) -> Where:
        return Where(f" WHERE v % 2 = {rest}", lambda row: int(str(row["v"])) % 2 == rest)

    everything = Where("", lambda row: True)
    one = st.builds(equal, st.sampled_from(table.columns[:-1]), KEYS)
    return st.one_of(one, one, one, st.builds(odd, st.integers(0, 1)), st.just(everything))


def queries(table: Table) -> st.SearchStrategy[Statement]:
    columns = ", ".join(table.columns)

    def select(where: Where) -> Statement:
        return Statement(f"SELECT {columns} FROM {table.name}{where.sql}", lambda t: t.select(table.name, where.holds))

    def lock(where: Where, shared: bool) -> Statement:
        clause = "FOR KEY SHARE" if shared else "FOR UPDATE"
        sql = f"SELECT {columns} FROM {table.name}{where.sql} {clause}"
        return Statement(sql, lambda t: t.lock(table.name, where.holds, shared))

    # A row without a key has nothing that FOR KEY SHARE would protect.
    shared = st.booleans() if table.not_null else st.just(False)
    return st.builds(select, condition(table)) | st.builds(lock, condition(table), shared)


def changes(table: Table, serial: int) -> st.SearchStrategy[Statement]:
    def update(where: Where) -> Statement:
        def change(row: Row) -> Row:
            return {"v": int(str(row["v"])) + WIDTH * serial}

        sql = f"UPDATE {table.name} SET v = v + {WIDTH * serial}{where.sql}"
        return Statement(sql, lambda t: t.update(table.name, where.holds, change))

    def delete(where: Where) -> Statement:
        return Statement(f"DELETE FROM {table.name}{where.sql}", lambda t: t.delete(table.name, where.holds))

    return st.builds(update, condition(table)) | st.builds(delete, condition(table))


def inserts(table: Table, serial: int) -> st.SearchStrategy[Statement]:
    def insert(values: tuple[int | None, ...], on_conflict: str) -> Statement:
        row = dict(zip(table.columns, (*values, serial), strict=True))
        clause = {
            "": "",
            "nothing": " ON CONFLICT DO NOTHING",
            "update": f" ON CONFLICT ({table.columns[0]}) DO UPDATE SET "
            + ", ".join(f"{column} = excluded.{column}" for column in table.columns[1:]),
        }[on_conflict]
        sql = f"INSERT INTO {table.name} VALUES ({', '.join(map(literal, row.values()))}){clause}"
        return Statement(sql, lambda t: t.insert(table.name, dict(row), on_conflict, table.columns[0]))

    first = KEYS if table.not_null else st.none() | KEYS
    others = [st.none() | KEYS for _ in table.columns[1:-1]]
    how = st.sampled_from(["", "", "nothing", "update"] if table.unique else [""])
    return st.builds(insert, st.tuples(first, *others), how)


def key_updates(table: Table) -> st.SearchStrategy[Statement]:
    def update(column: str, value: int | None, key: int) -> Statement:
        where = table.columns[0]
        sql = f"UPDATE {table.name} SET {column} = {literal(value)} WHERE {where} = {key}"
        return Statement(sql, lambda t: t.update(table.name, lambda row: row[where] == key, lambda _: {column: value}))

    columns = st.sampled_from(table.columns[:-1])
    return columns.flatmap(
        lambda column: st.builds(
            update, st.just(column), KEYS if column in table.not_null else st.none() | KEYS, KEYS
        )
    )


@cache
def statements(table: Table, serial: int) -> st.SearchStrategy[Statement]:
    """Whatever may be done with a table; serial makes the rows that are written unlike all others."""
    kinds = [queries(table), changes(table, serial), changes(table, serial), inserts(table, serial)]
    return st.one_of(*kinds, *([key_updates(table)] if table.unique else []))


@dataclass(frozen=True)
class Step:
    """What one session does next. A statement outside a transaction begins one first, or stands alone."""

    session: int
    does: Statement | str
    alone: bool = False

    def __repr__(self) -> str:
        return f"{self.session}{' alone' if self.alone else ''}: {self.does!r}"


@st.composite
def histories(draw: st.DrawFn) -> list[Step]:
    sessions = draw(st.integers(2, 5))
    tables = draw(st.lists(st.sampled_from(TABLES), min_size=1, max_size=2, unique=True))
    history = []
    for serial in range(1, draw(st.integers(4, 25)) + 1):
        ends = draw(st.integers(0, 9))
        does = "COMMIT" if ends < 2 else draw(statements(draw(st.sampled_from(tables)), serial))
        history.append(Step(draw(st.integers(1, sessions)), does, alone=ends == 9))
    last = draw(st.permutations(range(1, sessions + 1)))
    return history + [Step(session, draw(st.sampled_from(["COMMIT"] * 4 + ["ROLLBACK"]))) for session in last]


class Play:
    """A history, step by step, on the engine and on the model."""

    def __init__(self, sessions: list[Session]) -> None:
        self.sessions = sessions
        self.database = Database(*TABLES)
        self.open: dict[int, Transaction] = {}
        self.failed: set[int] = set()
        for name, rows in FIRST_ROWS.items():
            columns = self.database.tables[name].columns
            transaction = Transaction(self.database)
            for row in rows:
                transaction.insert(name, dict(zip(columns, row, strict=True)))
            transaction.commit()

    def reset(self) -> None:
        setup = self.sessions[0]
        for table in reversed(TABLES):
            assert setup(f"DELETE FROM {table.name}").sqlstate is None
        for name, rows in FIRST_ROWS.items():
            values = ", ".join(f"({', '.join(map(literal, row))})" for row in rows)
            assert setup(f"INSERT INTO {name} VALUES {values}").sqlstate is None

    def step(self, step: Step) -> None:
        number = step.session
        if isinstance(step.does, str):
            if number in self.open:
                self.gets(number, step.does, self.ended(number, step.does))
            return
        if number not in self.open and not step.alone:
            self.gets(number, "BEGIN", "BEGIN")
            self.open[number] = Transaction(self.database)
        self.gets(number, step.does.sql, "25P02" if number in self.failed else self.expected(number, step.does))

    def gets(self, number: int, sql: str, expected: object) -> None:
        found = told(self.sessions[number](sql))
        note(f"{number}: {sql} -> {found}")
        assert found == expected

    def expected(self, number: int, statement: Statement) -> object:
        transaction = self.open.get(number) or Transaction(self.database)
        try:
            result = statement.run(transaction)
        except Fails as error:
            if number in self.open:
                self.failed.add(number)
            return error.sqlstate
        if number not in self.open and (failed := transaction.commit()):
            return failed
        if isinstance(result, list):
            return result
        verb = statement.sql.split()[0]
        return f"INSERT 0 {result}" if verb == "INSERT" else f"{verb} {result}"

    def ended(self, number: int, how: str) -> str:
        transaction = self.open.pop(number)
        if number in self.failed or how == "ROLLBACK":
            self.failed.discard(number)
            return "ROLLBACK"
        return transaction.commit() or "COMMIT"

    def compare(self) -> None:
        for table in TABLES:
            found = told(self.sessions[0](f"SELECT {', '.join(table.columns)} FROM {table.name}"))
            assert found == self.database.rows(table.name)


def told(answer: Answer) -> object:
    if answer.sqlstate == "40001":
        assert answer.message == "change conflicts with another transaction (OC000)"
    if answer.sqlstate or not answer.tag or not answer.tag.startswith("SELECT"):
        return answer.short
    return sorted(answer.rows, key=lambda row: tuple((value is None, value) for value in row))


@pytest.fixture(scope="module", params=["simple", "extended"])
def clients(dsql_server: LocalDsql, request: pytest.FixtureRequest) -> Iterator[list[Session]]:
    name = dsql_server.new_database()
    sessions = [Session(dsql_server.dsn(name), extended=request.param == "extended") for _ in range(6)]
    for statement in CREATE:
        assert sessions[0](statement).sqlstate is None
    yield sessions
    for session in sessions:
        session.close()
    dsql_server.drop_database(name)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)
@given(history=histories())
def test_every_history_is_one_that_the_model_allows(clients: list[Session], history: list[Step]) -> None:
    play = Play(clients)
    for session in clients[1:]:
        session("ROLLBACK")  # of an example that failed
    play.reset()
    for step in history:
        play.step(step)
    play.compare()
