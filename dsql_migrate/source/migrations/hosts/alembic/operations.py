"""Alembic's operations as the SQL that its PostgreSQL dialect sends (Alembic 1.8 to 1.20)."""

from __future__ import annotations

import re

from dsql_migrate.source.migrations.hosts.alembic import indexes, tables
from dsql_migrate.source.migrations.hosts.alembic import sqlalchemy as sa
from dsql_migrate.source.migrations.hosts.alembic.indexes import Operation, Table
from dsql_migrate.source.migrations.hosts.harmless import by_session, harmless
from dsql_migrate.source.migrations.hosts.languages.tree import Call, Node, Text, dotted
from dsql_migrate.source.migrations.hosts.script import Script
from dsql_migrate.source.migrations.hosts.sql import NOTHING, Part, Sql, made
from dsql_migrate.source.migrations.hosts.values import UNKNOWN, cut
from dsql_migrate.source.migrations.hosts.walk import Walk

# SQLAlchemy's text(): a bind parameter, and a colon that a backslash keeps from being one.
_BIND = re.compile(r"(?<![:\w\\]):(\w+)(?!:)|\\(?=:)")
_LISTED = re.compile(r"(?i)\bin\s*\Z")
_CONNECTIONS = ("get_bind", "get_context")
_QUERIES = frozenset({"execute", "exec_driver_sql", "scalar", "scalars", "run_sql"})
_SILENT = ("sa.", "sqlalchemy.", "postgresql.", "context.", "op.get_bind", "op.get_context", "op.f", "op.invoke")


class Operations:
    """What Alembic's calls mean; what they send goes into ``script``."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.batches: dict[str, Table] = {}
        self._outer = script.wrap

    # --- what the walk asks -----------------------------------------------------------------------------------------

    def call(self, call: Call, walk: Walk) -> bool:
        """An operation, or SQL sent over a connection."""
        on = dotted(call.on)
        if call.name in _QUERIES and call.on is not None and not isinstance(walk.resolve(call.on), Text):
            self.execute(call, walk)
            return True
        if on in self.batches and call.name in _BATCH:
            _BATCH[call.name](self.script, call, self.batches[on], walk)
            return True
        if on == "op":
            operation = _OPERATIONS.get(call.name)
            if operation is not None:
                operation(self.script, call, (None, None), walk)
                return True
            return call.name in ("get_bind", "get_context", "f", "batch_alter_table", "get_revision_argument")
        if call.name in ("create", "drop"):
            return self._type(call, walk)
        if by_session(call):
            walk.told(call, "rows that the session sends are not read")
            return True
        return False

    def harmless(self, call: Call, walk: Walk) -> bool:
        """Calls that send nothing."""
        return dotted(call).startswith(_SILENT) or harmless(call)

    def inside(self, head: Node, name: str, entered: bool, walk: Walk) -> bool:
        """``op.batch_alter_table`` and ``autocommit_block``."""
        if not isinstance(head, Call):
            return False
        if head.name == "batch_alter_table":
            if entered:
                self.batches[name] = (head.arg(0, "table_name"), head.arg(1, "schema"))
            else:
                self.batches.pop(name, None)
            return True
        if head.name == "autocommit_block":
            self.script.wrap = "statement" if entered else self._outer
            self.script.cut()
            return True
        return False

    # --- SQL --------------------------------------------------------------------------------------------------------

    def execute(self, call: Call, walk: Walk) -> None:
        """SQL as a string, or as an expression of SQLAlchemy."""
        node = call.arg(0, "sqltext") or call.named.get("statement")
        if node is None:
            walk.told(call, "what this executes is not known")
            return
        text = walk.sql(node)
        if text is not None:
            driver = call.name == "exec_driver_sql"
            self.script.raw(node, walk, text if driver else bound(text))
            return
        change = _change(walk.resolve(node), walk)
        if change is not None:
            self.script.send(change)
        else:
            walk.told(node, "the SQL is put together when the migration runs")

    def _type(self, call: Call, walk: Walk) -> bool:
        """``Enum(…).create(bind)`` and ``.drop(bind)``."""
        enum = walk.resolve(call.on) if call.on is not None else None
        if not isinstance(enum, Call) or enum.name.lower() != "enum":
            return False
        if call.name == "create":
            self.script.send(sa.enum(enum, walk))
        else:
            name = sa.qualified(enum.named.get("name"), enum.named.get("schema"), walk)
            self.script.send(made(call.place, "DROP TYPE {}", name))
        return True


def bound(text: Sql) -> Sql:
    """The text with SQLAlchemy's bind parameters as parameters of PostgreSQL, and its escapes undone."""
    parts: list[Part] = []
    for part in text.parts:
        at = 0
        for found in _BIND.finditer(part.text):
            parts += cut(part, at, found.start())
            if found.group(1):
                place = cut(part, found.start(), found.end())[0]
                listed = _LISTED.search(part.text[: found.start()]) is not None  # bindparam(…, expanding=True)
                parts.append(Part("($1)" if listed else "$1", place.start, place.end, False))
            at = found.end()
        parts += cut(part, at, len(part.text))
    return Sql(tuple(parts), text.holes)


def _change(node: Node, walk: Walk) -> Sql | None:
    """``table.insert()…``, ``sa.update(table)…``: what is written where; conditions and values are not told apart."""
    chain: list[Call] = []
    at: Node | None = node
    while isinstance(at, Call):
        chain.append(at)
        at = walk.resolve(at.on) if at.on is not None else None
    verb = next((call for call in reversed(chain) if call.name in ("insert", "update", "delete", "select")), None)
    if verb is None:
        return None
    table_node = verb.args[0] if verb.args else verb.on
    table = walk.resolve(table_node) if table_node is not None else None
    name = walk.name(table.args[0]) if isinstance(table, Call) and table.args else made(verb.place, f'"{UNKNOWN}"')
    where = next((call for call in chain if call.name in ("where", "filter")), None)
    tail = made(where.place, f" WHERE {UNKNOWN}") if where is not None else NOTHING
    if verb.name == "insert":
        return made(node.place, "INSERT INTO {} DEFAULT VALUES", name)
    if verb.name == "delete":
        return made(node.place, "DELETE FROM {}{}", name, tail)
    if verb.name == "select":
        return made(node.place, "SELECT 1")
    return made(node.place, f'UPDATE {{}} SET "{UNKNOWN}" = NULL{{}}', name, tail)


_BATCH: dict[str, Operation] = {
    "add_column": tables.add_column,
    "drop_column": tables.drop_column,
    "alter_column": tables.alter_column,
    "create_index": indexes.create_index,
    "drop_index": indexes.drop_index,
    "create_foreign_key": indexes.foreign_key,
    "create_unique_constraint": indexes.add_constraint("UNIQUE"),
    "create_check_constraint": indexes.add_constraint("CHECK"),
    "create_primary_key": indexes.add_constraint("PRIMARY KEY"),
    "create_exclude_constraint": indexes.exclude,
    "drop_constraint": indexes.drop_constraint,
    "create_table_comment": tables.comment,
    "drop_table_comment": tables.comment,
}
_OPERATIONS: dict[str, Operation] = _BATCH | {
    "create_table": tables.create_table,
    "drop_table": tables.drop_table,
    "rename_table": tables.rename_table,
    "bulk_insert": tables.bulk_insert,
}
