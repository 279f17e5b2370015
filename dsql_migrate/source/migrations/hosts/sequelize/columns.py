"""Sequelize: columns and their types as the SQL of its PostgreSQL query generator."""

from __future__ import annotations

from dsql_migrate.source.migrations.hosts import tables
from dsql_migrate.source.migrations.hosts.languages.tree import Call, Items, Member, Node, Pairs, Text, dotted
from dsql_migrate.source.migrations.hosts.sql import NOTHING, Place, Sql, made
from dsql_migrate.source.migrations.hosts.walk import Walk

_TYPES = {
    "TEXT": "TEXT", "INTEGER": "INTEGER", "BIGINT": "BIGINT", "SMALLINT": "SMALLINT", "TINYINT": "SMALLINT",
    "MEDIUMINT": "INTEGER", "FLOAT": "FLOAT", "DOUBLE": "DOUBLE PRECISION", "REAL": "REAL", "BOOLEAN": "BOOLEAN",
    "DATE": "TIMESTAMP WITH TIME ZONE", "DATEONLY": "DATE", "TIME": "TIME", "NOW": "TIMESTAMP WITH TIME ZONE",
    "UUID": "UUID", "UUIDV4": "UUID", "UUIDV1": "UUID", "JSON": "JSON", "JSONB": "JSONB", "BLOB": "BYTEA",
    "HSTORE": "HSTORE", "INET": "INET", "CIDR": "CIDR", "MACADDR": "MACADDR", "CITEXT": "CITEXT",
    "TSVECTOR": "TSVECTOR",
    "GEOMETRY": "GEOMETRY", "GEOGRAPHY": "GEOGRAPHY", "NUMBER": "INTEGER",
}  # fmt: skip
_RANGES = {
    "INTEGER": "int4range",
    "BIGINT": "int8range",
    "DECIMAL": "numrange",
    "DATE": "tstzrange",
    "DATEONLY": "daterange",
}
_SERIAL = {"INTEGER": "SERIAL", "BIGINT": "BIGSERIAL", "SMALLINT": "SMALLSERIAL"}
_NOT_STORED = frozenset({"UUIDV4", "UUIDV1", "NOW"})  # defaults that Sequelize itself fills in


def options_of(walk: Walk, node: Node | None) -> dict[str, Node]:
    found = walk.resolve(node) if node is not None else None
    return found.named() if isinstance(found, Pairs) else {}


def _type(walk: Walk, node: Node, table: str, column: str) -> tuple[Sql, tuple[Sql, ...]]:
    """(the type in SQL, statements before it)."""
    found = walk.resolve(node)
    place = node.place
    if isinstance(found, Text):
        return walk.sql(found) or NOTHING, ()
    args = found.args if isinstance(found, Call) else ()
    name = found.name if isinstance(found, Call | Member) else ""
    if name in ("UNSIGNED", "ZEROFILL", "BINARY") and isinstance(found, Member):
        return _type(walk, found.on, table, column)
    if name in ("STRING", "CHAR"):
        length = walk.number(args[0]) if args else None
        inner = options_of(walk, args[0] if args else None)
        length = walk.number(inner.get("length")) if inner else length
        word = "VARCHAR" if name == "STRING" else "CHAR"
        return made(place, f"{word}({length or 255})"), ()
    if name in ("DECIMAL", "NUMERIC"):
        numbers = [str(number) for arg in args if (number := walk.number(arg)) is not None]
        return made(place, f"DECIMAL({','.join(numbers)})" if numbers else "DECIMAL"), ()
    if name == "ARRAY" and args:
        inner_type, before = _type(walk, args[0], table, column)
        return made(place, "{}[]", inner_type), before
    if name == "RANGE":
        inner_name = dotted(args[0]).rpartition(".")[2] if args else "INTEGER"
        return made(place, _RANGES.get(inner_name, "int4range")), ()
    if name == "ENUM":
        listed = walk.resolve(args[0]) if args else None
        given = listed.named().get("values") if isinstance(listed, Pairs) else None
        values = given or (args[0] if isinstance(listed, Items) else Items(found.start, found.end, args))
        type_name = made(place, f'"enum_{table}_{column}"')
        return type_name, (made(place, "CREATE TYPE {} AS ENUM ({})", type_name, tables.labels(walk, values, place)),)
    if name in ("DATE", "TIME") and args and (precision := walk.number(args[0])) is not None:
        return made(place, f"TIMESTAMP({precision}) WITH TIME ZONE" if name == "DATE" else f"TIME({precision})"), ()
    if name in _TYPES:
        word = _TYPES[name]
        if name == "TEXT" and args and walk.word(args[0]).lower() == "citext":
            word = "CITEXT"
        return made(place, word), ()
    walk.told(node, f"the type {dotted(found) or 'here'} is not known; it is taken for text")
    return made(place, "TEXT"), ()


def column_of(walk: Walk, key: Node, node: Node, table: str) -> tables.Column:
    found = walk.resolve(node)
    named = found.named() if isinstance(found, Pairs) else {}
    name = walk.name(named.get("field") or key)
    column = tables.Column(node.place, name, made(node.place, "TEXT"), tables.word_of(name))
    type_node = named.get("type") if named else node
    enum_values = named.get("values")
    if type_node is None:
        walk.told(node, "this column's type is known only when the migration runs")
        return column
    if enum_values is not None and dotted(walk.resolve(type_node)).endswith("ENUM"):
        type_node = Call(type_node.start, type_node.end, None, "ENUM", (enum_values,))
    column.type, column.before = _type(walk, type_node, table, column.word)
    if walk.flag(named.get("autoIncrement")):
        word = _SERIAL.get(column.type.text, column.type.text)
        column.type = made(Place(type_node.start, named["autoIncrement"].end), word)
        if walk.flag(named.get("autoIncrementIdentity")):
            column.type = made(
                type_node.place, "{} GENERATED BY DEFAULT AS IDENTITY", _type(walk, type_node, table, "")[0]
            )
    if "allowNull" in named and not walk.flag(named["allowNull"], True):
        column.not_null = made(named["allowNull"].place, "NOT NULL")
    value = walk.resolve(named["defaultValue"]) if "defaultValue" in named else None
    if value is not None and dotted(value).rpartition(".")[2].rstrip("()") not in _NOT_STORED:
        column.default = tables.default(walk, named["defaultValue"], frozenset({"literal"}))
    if walk.flag(named.get("unique")) or isinstance(named.get("unique"), Text):
        column.unique = made(named["unique"].place, "UNIQUE")
    if walk.flag(named.get("primaryKey")):
        column.primary_key = made(named["primaryKey"].place, "PRIMARY KEY")
    if "references" in named:
        column.reference = reference_of(walk, named["references"], named)
    if "comment" in named:
        column.comment = walk.literal(named["comment"]) or NOTHING
    return column


def reference_of(walk: Walk, node: Node, named: dict[str, Node]) -> tables.Reference:
    inner = options_of(walk, node)
    target = tables.table_name(walk, inner.get("model") or inner.get("table") or (node if not inner else None))
    key = inner.get("key") or inner.get("field") or named.get("referencesKey")
    columns = (walk.name(key),) if key is not None else (made(node.place, '"id"'),)
    tail = tables.action(walk, named.get("onDelete"), "ON DELETE") + tables.action(
        walk, named.get("onUpdate"), "ON UPDATE"
    )
    return tables.Reference(node.place, target, columns, tail)
