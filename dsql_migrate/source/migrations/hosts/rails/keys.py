"""Rails: indexes, references, foreign keys and other constraints."""

from __future__ import annotations

from typing import Protocol

from dsql_migrate.source.migrations.hosts import tables
from dsql_migrate.source.migrations.hosts.languages.tree import Call
from dsql_migrate.source.migrations.hosts.rails.columns import (
    Reference,
    Version,
    foreign_key,
    index,
    index_name,
)
from dsql_migrate.source.migrations.hosts.sql import NOTHING, Sql, joined, made
from dsql_migrate.source.migrations.hosts.walk import Walk


class Sender(Protocol):
    """What takes the statements of an operation."""

    @property
    def version(self) -> Version:
        """Of the migration."""

    def send(self, *statements: Sql) -> None:
        """Take statements in."""


def table_of(call: Call, walk: Walk) -> Sql:
    return tables.table_name(walk, call.arg(0))


def add_index(ops: Sender, call: Call, walk: Walk) -> None:
    ops.send(index(walk, call, table_of(call, walk), call.arg(1), call.place))


def _index_of(call: Call, walk: Walk) -> Sql:
    if "name" in call.named:
        return walk.name(call.named["name"])
    node = call.arg(1) or call.named.get("column")
    words = [tables.word_of(name) for name in walk.names(node)]
    return made(call.place, index_name(table_of(call, walk), words))


def drop_index(ops: Sender, call: Call, walk: Walk) -> None:
    algorithm = call.named.get("algorithm")
    words = made(algorithm.place, "CONCURRENTLY ") if algorithm is not None and walk.word(algorithm) else NOTHING
    exists = "IF EXISTS " if walk.flag(call.named.get("if_exists")) else ""
    ops.send(made(call.place, "DROP INDEX {}{}{}", words, exists, _index_of(call, walk)))


def add_reference(ops: Sender, call: Call, walk: Walk) -> None:
    node = call.arg(1)
    if node is None:
        return
    table = table_of(call, walk)
    found = Reference(walk, table, node, call, ops.version)
    added = [tables.alter(call.place, table, "ADD {}", tables.definition(each)) for each in found.columns]
    ops.send(*added, *found.late)


def drop_reference(ops: Sender, call: Call, walk: Walk) -> None:
    word = walk.word(call.arg(1)) or "_unknown"
    names = [f"{word}_id", *([f"{word}_type"] if "polymorphic" in call.named else [])]
    ops.send(*(tables.alter(call.place, table_of(call, walk), f'DROP COLUMN "{name}"') for name in names))


def add_foreign_key(ops: Sender, call: Call, walk: Walk) -> None:
    table = table_of(call, walk)
    names = walk.names(call.named.get("column")) or [_implied(call, walk)]
    to = tables.table_name(walk, call.arg(1))
    ops.send(foreign_key(walk, call.place, table, to, names, call.named))


def _implied(call: Call, walk: Walk) -> Sql:
    """The column of a key that names none: the other table's name in the singular, and _id."""
    word = (walk.word(call.arg(1)) or walk.word(call.named.get("to_table"))).rpartition(".")[2]
    single = next((word[: -len(many)] + one for many, one in (("ies", "y"), ("people", "person"), ("ches", "ch"),
                  ("sses", "ss"), ("xes", "x"), ("s", "")) if word.endswith(many)), word)  # fmt: skip
    return made(call.place, f'"{single}_id"')


def drop_foreign_key(ops: Sender, call: Call, walk: Walk) -> None:
    table = table_of(call, walk)
    if "name" in call.named:
        name = walk.name(call.named["name"])
    else:
        names = walk.names(call.named.get("column")) or [_implied(call, walk)]
        text = foreign_key(walk, call.place, table, made(call.place, '"x"'), names, {}).text
        name = made(call.place, text[text.index("CONSTRAINT ") + 11 :].partition(" ")[0])
    ops.send(tables.alter(call.place, table, "DROP CONSTRAINT {}", name))


def add_check(ops: Sender, call: Call, walk: Walk) -> None:
    table = table_of(call, walk)
    name = (
        made(call.named["name"].place, "CONSTRAINT {} ", walk.name(call.named["name"]))
        if "name" in call.named
        else NOTHING
    )
    text = walk.sql(call.arg(1))
    if text is None:
        walk.told(call, "this condition is known only when the migration runs")
        return
    off = "validate" in call.named and not walk.flag(call.named["validate"], True)
    tail = made(call.named["validate"].place, " NOT VALID") if off else NOTHING
    ops.send(tables.alter(call.place, table, "ADD {}CHECK ({}){}", name, text, tail))


def add_unique(ops: Sender, call: Call, walk: Walk) -> None:
    name = made(call.place, "CONSTRAINT {} ", walk.name(call.named["name"])) if "name" in call.named else NOTHING
    listed = joined(call.place, ", ", walk.names(call.arg(1)))
    ops.send(tables.alter(call.place, table_of(call, walk), "ADD {}UNIQUE ({})", name, listed))


def add_exclusion(ops: Sender, call: Call, walk: Walk) -> None:
    name = made(call.place, "CONSTRAINT {} ", walk.name(call.named["name"])) if "name" in call.named else NOTHING
    using = walk.word(call.named.get("using"))
    shown = f" USING {using}" if using else ""
    text = walk.sql(call.arg(1)) or NOTHING
    ops.send(tables.alter(call.place, table_of(call, walk), "ADD {}EXCLUDE{} ({})", name, shown, text))


def drop_constraint(ops: Sender, call: Call, walk: Walk) -> None:
    name = walk.name(call.named["name"]) if "name" in call.named else made(call.place, '"_unknown"')
    ops.send(tables.alter(call.place, table_of(call, walk), "DROP CONSTRAINT {}", name))


def validate(ops: Sender, call: Call, walk: Walk) -> None:
    if call.name == "validate_foreign_key" and "name" not in call.named:
        names = walk.names(call.named.get("column")) or [_implied(call, walk)]
        text = foreign_key(walk, call.place, table_of(call, walk), made(call.place, '"x"'), names, {}).text
        name = made(call.place, text[text.index("CONSTRAINT ") + 11 :].partition(" ")[0])
    else:
        name = walk.name(call.named.get("name") or call.arg(1))
    ops.send(tables.alter(call.place, table_of(call, walk), "VALIDATE CONSTRAINT {}", name))
