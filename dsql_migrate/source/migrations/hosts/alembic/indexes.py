"""Alembic's operations on indexes and constraints."""

from __future__ import annotations

import re
from collections.abc import Callable

from dsql_migrate.source.migrations.hosts.alembic import sqlalchemy as sa
from dsql_migrate.source.migrations.hosts.languages.tree import Call, Items, Node, Pairs, Text, Value
from dsql_migrate.source.migrations.hosts.script import Script
from dsql_migrate.source.migrations.hosts.sql import NOTHING, Sql, joined, made
from dsql_migrate.source.migrations.hosts.values import UNKNOWN
from dsql_migrate.source.migrations.hosts.walk import Walk

Table = tuple[Node | None, Node | None]  # of a batch: name, schema
Operation = Callable[[Script, Call, Table, Walk], None]


def table(call: Call, batch: Table, walk: Walk, name: Node | None) -> Sql:
    if batch != (None, None):
        return sa.qualified(batch[0], batch[1], walk)
    return sa.qualified(name, call.named.get("schema"), walk)


def alter(call: Call, table: Sql, template: str, *arguments: Sql | str) -> Sql:
    return made(call.place, "ALTER TABLE {} ", table) + made(call.place, template, *arguments)


def nothing(node: Node, walk: Walk) -> bool:
    found = walk.resolve(node)
    return isinstance(found, Value) and found.value is None


def create_index(script: Script, call: Call, batch: Table, walk: Walk) -> None:
    here = batch != (None, None)
    name = table(call, batch, walk, call.arg(1, "table_name"))
    columns = call.arg(1 if here else 2, "columns")
    script.send(index(call, call.arg(0, "index_name"), columns, name, walk))


def index(call: Call, name: Node | None, columns: Node | None, table: Sql, walk: Walk) -> Sql:
    listed = walk.resolve(columns) if columns is not None else None
    operators = call.named.get("postgresql_ops")
    classes = walk.resolve(operators) if operators is not None else None
    keys = []
    for item in listed.items if isinstance(listed, Items) else ():
        found = walk.resolve(item)
        key = (
            walk.name(found) if isinstance(found, Text) and not sa.is_call(item, "text") else sa.expression(item, walk)
        )
        if isinstance(found, Text) and sa.is_call(item, "text") and not _key(key.text):
            key = made(item.place, "({})", key)
        operator = classes.named().get(walk.word(item)) if isinstance(classes, Pairs) else None
        keys.append(key if operator is None else made(operator.place, "{} {}", key, walk.word(operator)))
    if not keys:
        walk.told(columns or call, "the columns of the index are known only when the migration runs")
        keys = [made(call.place, f'"{UNKNOWN}"')]
    unique = made(call.named["unique"].place, "UNIQUE ") if walk.flag(call.named.get("unique")) else NOTHING
    async_ = call.named.get("postgresql_concurrently")
    concurrently = made(async_.place, "CONCURRENTLY ") if async_ is not None and walk.flag(async_) else NOTHING
    exists = "IF NOT EXISTS " if walk.flag(call.named.get("if_not_exists")) else ""
    using = call.named.get("postgresql_using")
    method = made(using.place, " USING {}", walk.word(using)) if using is not None and walk.word(using) else NOTHING
    include = call.named.get("postgresql_include")
    included = walk.names(include) if include is not None else []
    tail = (
        made(include.place, " INCLUDE ({})", joined(include.place, ", ", included)) if include and included else NOTHING
    )
    where = call.named.get("postgresql_where")
    if walk.flag(call.named.get("postgresql_nulls_not_distinct")):
        tail += made(call.named["postgresql_nulls_not_distinct"].place, " NULLS NOT DISTINCT")
    if where is not None and not nothing(where, walk):
        tail += made(where.place, " WHERE {}", sa.expression(where, walk))
    return made(call.place, "CREATE {}INDEX {}{}{} ON {}{} ({}){}", unique, concurrently, exists,
                _constraint_name(name, walk), table, method, joined(call.place, ", ", keys), tail)  # fmt: skip


_BARE_KEY = re.compile(r'\s*(?:"[^"]+"|\w+|\w+\(.*\)|\(.*\))(?:\s+\w+)*\s*\Z', re.S)


def _key(text: str) -> bool:
    """Whether an index key can stand without parentheses of its own."""
    return bool(_BARE_KEY.match(text))


def _constraint_name(node: Node | None, walk: Walk) -> Sql:
    found = walk.resolve(node) if node is not None else None
    if isinstance(found, Call) and found.name == "f" and found.args:
        return walk.name(found.args[0])
    return walk.name(node)


def drop_index(script: Script, call: Call, batch: Table, walk: Walk) -> None:
    async_ = call.named.get("postgresql_concurrently")
    concurrently = made(async_.place, "CONCURRENTLY ") if async_ is not None and walk.flag(async_) else NOTHING
    exists = "IF EXISTS " if walk.flag(call.named.get("if_exists")) else ""
    name = _constraint_name(call.arg(0, "index_name"), walk)
    schema = call.named.get("schema") or batch[1]
    if schema is not None and not nothing(schema, walk):
        name = made(schema.place, "{}.{}", walk.name(schema), name)
    script.send(made(call.place, "DROP INDEX {}{}{}", concurrently, exists, name))


def _named(call: Call, walk: Walk) -> Sql:
    node = call.arg(0, "constraint_name")
    if node is None or nothing(node, walk):
        return NOTHING
    return made(node.place, "CONSTRAINT {} ", _constraint_name(node, walk))


def add_constraint(word: str) -> Operation:
    def add(script: Script, call: Call, batch: Table, walk: Walk) -> None:
        here = batch != (None, None)
        name = table(call, batch, walk, call.arg(1, "table_name"))
        listed = call.arg(1 if here else 2, "columns")
        if word == "CHECK":
            condition = call.arg(1 if here else 2, "condition")
            valid = call.named.get("postgresql_not_valid")
            tail = made(valid.place, " NOT VALID") if valid is not None and walk.flag(valid) else NOTHING
            script.send(
                alter(call, name, "ADD {}CHECK ({}){}", _named(call, walk), sa.expression(condition, walk), tail)
            )
            return
        columns = joined(call.place, ", ", walk.names(listed))
        script.send(alter(call, name, "ADD {}{} ({})", _named(call, walk), word, columns))

    return add


def foreign_key(script: Script, call: Call, batch: Table, walk: Walk) -> None:
    here = batch != (None, None)
    first = 0 if here else 1
    name = table(call, batch, walk, call.arg(1, "source_table")) if here else sa.qualified(
        call.arg(1, "source_table"), call.named.get("source_schema"), walk)  # fmt: skip
    target = sa.qualified(call.arg(first + 1, "referent_table"), call.named.get("referent_schema"), walk)
    local = joined(call.place, ", ", walk.names(call.arg(first + 2, "local_cols")))
    remote = joined(call.place, ", ", walk.names(call.arg(first + 3, "remote_cols")))
    tail = sa._actions(call, walk)
    valid = call.named.get("postgresql_not_valid")
    if valid is not None and walk.flag(valid):
        tail += made(valid.place, " NOT VALID")
    script.send(
        alter(call, name, "ADD {}FOREIGN KEY({}) REFERENCES {} ({}){}", _named(call, walk), local, target, remote, tail)
    )


def exclude(script: Script, call: Call, batch: Table, walk: Walk) -> None:
    here = batch != (None, None)
    name = table(call, batch, walk, call.arg(1, "table_name"))
    script.send(alter(call, name, "ADD {}", sa.exclude(call, walk, _named(call, walk), call.args[1 if here else 2 :])))


def drop_constraint(script: Script, call: Call, batch: Table, walk: Walk) -> None:
    name = table(call, batch, walk, call.arg(1, "table_name"))
    exists = "IF EXISTS " if walk.flag(call.named.get("if_exists")) else ""
    script.send(
        alter(call, name, "DROP CONSTRAINT {}{}", exists, _constraint_name(call.arg(0, "constraint_name"), walk))
    )
