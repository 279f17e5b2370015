"""Two transactions that write on both sides of a foreign key, in every order: never an orphan, and the right one fails.

Answers and final rows are compared with the model in ``support.snapshots``: checks see the transaction's snapshot, take
KEY SHARE on the parent, and what gets past them conflicts at COMMIT.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from support.sessions import Session
from support.snapshots import Database, Fails, ForeignKey, Table, Transaction

from dsql_migrate.engine.local import LocalDsql

pytestmark = pytest.mark.server

DEFAULT = 9
PARENTS = [(1, "one"), (2, "two"), (DEFAULT, "default")]
CHILDREN = [(5, 1, "five"), (6, None, "six")]


@dataclass(frozen=True)
class Kind:
    """One foreign key: what its parents' changes do to its children, and when it is checked."""

    name: str
    action: str
    deferred: bool = False

    @property
    def tables(self) -> tuple[Table, Table]:
        parent, child = f"p_{self.name}", f"c_{self.name}"
        key = ForeignKey("parent_id", parent, "id", self.action, self.deferred, DEFAULT)
        return (
            Table(parent, ("id", "name"), unique=("id",), not_null=("id",)),
            Table(child, ("id", "parent_id", "note"), unique=("id",), not_null=("id",), references=(key,)),
        )

    def create(self) -> list[str]:
        parent, child = self.tables
        when = "DEFERRABLE INITIALLY DEFERRED" if self.deferred else ""
        return [
            f"CREATE TABLE {parent.name} (id int PRIMARY KEY, name text)",
            f"CREATE TABLE {child.name} (id int PRIMARY KEY, parent_id int DEFAULT {DEFAULT} REFERENCES {parent.name} "
            f"ON DELETE {self.action} ON UPDATE {self.action} {when}, note text)",
        ]


KINDS = [
    Kind("no_action", "NO ACTION"),
    Kind("restrict", "RESTRICT"),
    Kind("cascade", "CASCADE"),
    Kind("set_null", "SET NULL"),
    Kind("set_default", "SET DEFAULT"),
    Kind("deferred", "NO ACTION", deferred=True),
]


@dataclass(frozen=True)
class Write:
    """A write in SQL ({p} and {c} are the tables) and on the model; it gives back how many rows it changed itself."""

    name: str
    sql: str
    run: Callable[[Transaction, str, str], int]


def insert_child(identity: int, parent: int) -> Callable[[Transaction, str, str], int]:
    return lambda t, p, c: t.insert(c, {"id": identity, "parent_id": parent, "note": None})


WRITES = [
    Write("child_of_1", "INSERT INTO {c} VALUES (7, 1)", insert_child(7, 1)),
    Write("child_of_3", "INSERT INTO {c} VALUES (7, 3)", insert_child(7, 3)),
    Write("child_gone", "DELETE FROM {c} WHERE id = 5", lambda t, p, c: t.delete(c, lambda row: row["id"] == 5)),
    Write(
        "child_noted",
        "UPDATE {c} SET note = 'noted' WHERE id = 5",
        lambda t, p, c: t.update(c, lambda row: row["id"] == 5, lambda _: {"note": "noted"}),
    ),
    Write(
        "child_moved",
        "UPDATE {c} SET parent_id = 2 WHERE id = 5",
        lambda t, p, c: t.update(c, lambda row: row["id"] == 5, lambda _: {"parent_id": 2}),
    ),
    Write("parent_gone", "DELETE FROM {p} WHERE id = 1", lambda t, p, c: t.delete(p, lambda row: row["id"] == 1)),
    Write(
        "parent_renumbered",
        "UPDATE {p} SET id = 3 WHERE id = 1",
        lambda t, p, c: t.update(p, lambda row: row["id"] == 1, lambda _: {"id": 3}),
    ),
    Write(
        "parent_renamed",
        "UPDATE {p} SET name = 'uno' WHERE id = 1",
        lambda t, p, c: t.update(p, lambda row: row["id"] == 1, lambda _: {"name": "uno"}),
    ),
    Write("parent_3", "INSERT INTO {p} VALUES (3, 'tre')", lambda t, p, c: t.insert(p, {"id": 3, "name": "tre"})),
]
ORDERS = sorted(set(itertools.permutations("AABB")))
"""Each letter is that transaction's next step: its write, then its COMMIT. Both snapshots are older than all that."""


@pytest.fixture(scope="module")
def clients(dsql_server: LocalDsql) -> Iterator[list[Session]]:
    name = dsql_server.new_database()
    sessions = [Session(dsql_server.dsn(name), extended=number == 2) for number in range(3)]
    for kind in KINDS:
        for statement in kind.create():
            assert sessions[0](statement).sqlstate is None
    yield sessions
    for session in sessions:
        session.close()
    dsql_server.drop_database(name)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@pytest.mark.parametrize("one", WRITES, ids=lambda write: write.name)
def test_every_order_of_two_writes(clients: list[Session], kind: Kind, one: Write) -> None:
    parent, child = (table.name for table in kind.tables)
    for other in WRITES[WRITES.index(one) :]:
        for order in ORDERS:
            database = fresh(clients[0], kind)
            story, expected = run(clients, kind, database, {"A": one, "B": other}, order)
            assert story == expected, f"{one.name} and {other.name}, {''.join(order)}"
            for table in (parent, child):
                rows = clients[0](f"SELECT * FROM {table} ORDER BY id").rows
                assert list(rows) == database.rows(table), f"{one.name} and {other.name}, {''.join(order)}"
            orphans = f"SELECT * FROM {child} WHERE parent_id NOT IN (SELECT id FROM {parent})"
            assert clients[0](orphans).rows == ()


def fresh(setup: Session, kind: Kind) -> Database:
    parent, child = kind.tables
    database = Database(parent, child)
    transaction = Transaction(database)
    for table, rows in ((parent, PARENTS), (child, CHILDREN)):
        for row in rows:
            transaction.insert(table.name, dict(zip(table.columns, row, strict=True)))
    assert transaction.commit() is None
    values = {
        table.name: ", ".join(str(row).replace("None", "NULL") for row in rows)
        for table, rows in ((parent, PARENTS), (child, CHILDREN))
    }
    for sql in (
        f"DELETE FROM {child.name}",
        f"DELETE FROM {parent.name}",
        f"INSERT INTO {parent.name} VALUES {values[parent.name]}",
        f"INSERT INTO {child.name} VALUES {values[child.name]}",
    ):
        assert setup(sql).sqlstate is None
    return database


def run(
    clients: list[Session], kind: Kind, database: Database, writes: dict[str, Write], order: tuple[str, ...]
) -> tuple[list[str], list[str]]:
    """What each step got, and what it should have got."""
    parent, child = (table.name for table in kind.tables)
    sessions = dict(zip("AB", clients[1:], strict=True))
    transactions: dict[str, Transaction | None] = {}
    for name, session in sessions.items():
        session("ROLLBACK")
        assert session("BEGIN").tag == "BEGIN"
        assert len(session(f"SELECT id FROM {parent}").rows) == len(PARENTS)
        transaction = transactions[name] = Transaction(database)
        transaction.select(parent)
    story, expected = [], []
    left = dict(writes)
    for name in order:
        if name in left:
            write = left.pop(name)
            story.append(f"{name} {sessions[name](write.sql.format(p=parent, c=child)).short}")
            current = transactions[name]
            assert current is not None
            try:
                verb = write.sql.split()[0].replace("INSERT", "INSERT 0")
                expected.append(f"{name} {verb} {write.run(current, parent, child)}")
            except Fails as error:
                expected.append(f"{name} {error.sqlstate}")
                transactions[name] = None
        else:
            story.append(f"{name} {sessions[name]('COMMIT').short}")
            ending = transactions[name]
            expected.append(f"{name} {(ending.commit() or 'COMMIT') if ending else 'ROLLBACK'}")
    return story, expected
