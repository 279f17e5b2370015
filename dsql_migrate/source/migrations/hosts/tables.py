"""Tables, columns, keys and indexes of the tools that build SQL of calls, put into SQL in one way."""

from __future__ import annotations

from collections.abc import Sequence

from dsql_migrate.record import Record
from dsql_migrate.source.migrations.hosts.languages.tree import Call, Items, Node, Pairs, Text
from dsql_migrate.source.migrations.hosts.sql import NOTHING, Place, Sql, joined, made, quoted
from dsql_migrate.source.migrations.hosts.values import UNKNOWN
from dsql_migrate.source.migrations.hosts.walk import Walk

ACTIONS = {"cascade": "CASCADE", "nullify": "SET NULL", "set null": "SET NULL", "restrict": "RESTRICT",
           "no action": "NO ACTION", "set default": "SET DEFAULT"}  # fmt: skip


class Reference(Record):
    """What a foreign key refers to. ``tail``: actions and the like."""

    place: Place
    table: Sql
    columns: tuple[Sql, ...]
    tail: Sql = NOTHING


class Column(Record, frozen=False):
    """A column of a table, in SQL. ``name`` is quoted, ``word`` is it without quotes."""

    place: Place
    name: Sql
    type: Sql
    word: str = ""
    not_null: Sql = NOTHING
    null: bool = False  # said so in words
    default: Sql = NOTHING
    primary_key: Sql = NOTHING
    unique: Sql = NOTHING
    extra: Sql = NOTHING  # GENERATED …, COLLATE …, CHECK …
    reference: Reference | None = None
    comment: Sql = NOTHING
    before: tuple[Sql, ...] = ()  # statements that go before the table: CREATE TYPE


def definition(column: Column, *, references: bool = True, key: bool = True) -> Sql:
    """The column as it stands in CREATE TABLE or behind ADD COLUMN; without ``key`` its PRIMARY KEY is left out."""
    whole = made(column.place, "{} {}", column.name, column.type)
    for part, template in ((column.extra, " {}"), (column.default, " DEFAULT {}")):
        if part:
            whole += made(column.place, template, part)
    for part in (column.not_null, column.primary_key if key else NOTHING, column.unique):
        if part:
            whole += made(column.place, " {}", part)
    if references and column.reference is not None:
        whole += made(column.reference.place, " {}", reference(column.reference))
    return whole


def reference(found: Reference) -> Sql:
    """REFERENCES …"""
    columns = made(found.place, " ({})", joined(found.place, ", ", found.columns)) if found.columns else NOTHING
    return made(found.place, "REFERENCES {}{}{}", found.table, columns, found.tail)


def create_table(place: Place, name: Sql, elements: Sequence[Sql], words: str = "CREATE TABLE", tail: str = "") -> Sql:
    """CREATE TABLE."""
    return made(place, f"{words} {{}} ({{}}){tail}", name, joined(place, ", ", elements))


def alter(place: Place, name: Sql, template: str, *arguments: Sql | str) -> Sql:
    """ALTER TABLE."""
    return made(place, "ALTER TABLE {} ", name) + made(place, template, *arguments)


def create_index(
    place: Place,
    name: Sql,
    table: Sql,
    keys: Sequence[Sql],
    *,
    unique: Sql = NOTHING,
    concurrently: Sql = NOTHING,
    using: Sql = NOTHING,
    tail: Sql = NOTHING,
    exists: bool = False,
) -> Sql:
    """CREATE INDEX; the optional parts are whole words with a blank behind (``unique``, ``concurrently``) or before."""
    words = "IF NOT EXISTS " if exists else ""
    shown = joined(place, ", ", keys) if keys else made(place, f'"{UNKNOWN}"')
    return made(
        place, "CREATE {}INDEX {}{}{} ON {}{} ({}){}", unique, concurrently, words, name, table, using, shown, tail
    )


def foreign_key(place: Place, table: Sql, name: Sql, columns: Sequence[Sql], found: Reference) -> Sql:
    """ALTER TABLE … ADD CONSTRAINT … FOREIGN KEY; ``name`` may be missing."""
    head = made(place, "CONSTRAINT {} ", name) if name else NOTHING
    shown = joined(place, ", ", columns)
    return alter(place, table, "ADD {}FOREIGN KEY ({}) {}", head, shown, reference(found))


def action(walk: Walk, node: Node | None, word: str) -> Sql:
    """ON DELETE or ON UPDATE with what a string or a symbol says; nothing without one."""
    if node is None:
        return NOTHING
    said = walk.word(node).strip().lower().replace("_", " ")
    return made(node.place, f" {word} {ACTIONS.get(said, said.upper())}") if said else NOTHING


def table_name(walk: Walk, node: Node | None, schema: Node | None = None) -> Sql:
    """A table's name, quoted: a string (``schema.table`` are two names), or an object with schema and name."""
    found = walk.resolve(node) if node is not None else None
    if isinstance(found, Pairs):
        named = found.named()
        node, schema = named.get("name") or named.get("tableName"), named.get("schema")
    if isinstance(found, Call) and found.args:
        node = found.args[0]
    head = quoted(text) if schema is not None and (text := walk.sql(schema)) is not None else None
    plain_name = walk.word(node)
    if head is None and plain_name.count(".") == 1 and node is not None:
        first, _, second = plain_name.replace('"', "").partition(".")
        return made(node.place, f'"{first}"."{second}"')
    name = walk.name(node)
    return name if head is None else made(name_place(name), "{}.{}", head, name)


def name_place(name: Sql) -> Place:
    """Where a name stands."""
    return Place(name.parts[0].start, name.parts[-1].end) if name.parts else Place(0, 0)


def word_of(name: Sql) -> str:
    """A quoted name without its quotes; its last part."""
    return name.text.rpartition(".")[2].replace('"', "")


def names(walk: Walk, node: Node | None) -> list[Sql]:
    """Names out of a string or a list of strings."""
    return walk.names(node)


def words(walk: Walk, node: Node | None) -> list[str]:
    """Plain strings out of a string or a list."""
    found = walk.resolve(node) if node is not None else None
    if isinstance(found, Items):
        return [walk.word(item) for item in found.items]
    return [walk.word(found)] if isinstance(found, Text) else []


def labels(walk: Walk, node: Node | None, place: Place) -> Sql:
    """The labels of an enum as literals."""
    found = walk.resolve(node) if node is not None else None
    items = found.items if isinstance(found, Items) else ()
    shown = [text for item in items if (text := walk.literal(item)) is not None]
    if not shown and node is not None:
        walk.told(node, "the labels of this enum are known only when the migration runs")
    return joined(place, ", ", shown)


def insert(walk: Walk, place: Place, table: Sql, rows: Node | None) -> Sql:
    """INSERT of the rows of a list of objects; of one row that is not known where they are not."""
    found = walk.resolve(rows) if rows is not None else None
    items = found.items if isinstance(found, Items) else (found,) if isinstance(found, Pairs) else ()
    first = walk.resolve(items[0]) if items else None
    if not isinstance(first, Pairs) or not first.named():
        return made(place, "INSERT INTO {} DEFAULT VALUES", table)
    keys = list(first.named())
    shown = [walk.name(key) for key, _ in first.pairs if isinstance(key, Text)]
    listed = []
    for item in items:
        row = walk.resolve(item)
        values = row.named() if isinstance(row, Pairs) else {}
        cells = [(walk.literal(values[key]) if key in values else None) or made(place, "NULL") for key in keys]
        listed.append(made(item.place, "({})", joined(item.place, ", ", cells)))
    return made(place, "INSERT INTO {} ({}) VALUES {}", table, joined(place, ", ", shown), joined(place, ", ", listed))


def default(walk: Walk, node: Node | None, raw: frozenset[str] = frozenset({"raw", "literal", "func"})) -> Sql:
    """What follows DEFAULT: a literal, or the SQL of a call of one of ``raw``; nothing for null."""
    if node is None:
        return NOTHING
    found = walk.resolve(node)
    marked = isinstance(node, Call) and node.name in raw
    text = walk.sql(node.args[0]) if marked and isinstance(node, Call) and node.args else None
    if text is not None:
        return text
    shown = walk.literal(found)
    if shown is not None:
        return NOTHING if shown.text == "NULL" else shown
    if isinstance(found, Pairs | Items):
        return made(node.place, "'[]'" if isinstance(found, Items) else "'{}'")
    if isinstance(found, Call) and found.name == "fn" and found.args:
        return made(node.place, f"{walk.word(found.args[0])}()")
    if isinstance(found, Call) and found.name == "now":
        return made(node.place, "CURRENT_TIMESTAMP")
    if isinstance(found, Call) and found.name == "stringify":
        return made(node.place, "'{}'")
    walk.told(node, "this default is known only when the migration runs")
    return made(node.place, "NULL")
