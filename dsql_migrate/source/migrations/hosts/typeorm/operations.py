"""TypeORM's query runner: SQL in ``query``, and its calls as the SQL of its PostgreSQL driver (TypeORM 0.3)."""

from __future__ import annotations

from collections.abc import Callable

from dsql_migrate.source.migrations.hosts import tables
from dsql_migrate.source.migrations.hosts.languages.tree import Call, Function, Items, Node, Pairs, Text, dotted
from dsql_migrate.source.migrations.hosts.script import Script
from dsql_migrate.source.migrations.hosts.sql import NOTHING, Sql, joined, made
from dsql_migrate.source.migrations.hosts.walk import Walk

_TYPES = {"int": "integer", "int4": "integer", "int8": "bigint", "int2": "smallint", "bool": "boolean",
    "string": "varchar",
          "datetime": "timestamp", "number": "integer"}  # fmt: skip
_SERIAL = {"integer": "SERIAL", "bigint": "BIGSERIAL", "smallint": "SMALLSERIAL"}
_USUAL = "queryRunner"
_SILENT = frozenset({"hasTable", "hasColumn", "getTable", "getTables", "getView", "connect", "release", "hasDatabase",
                     "hasSchema", "getDatabases", "getSchemas", "getCurrentSchema", "getCurrentDatabase"})  # fmt: skip


class Operations:
    """What the calls on the query runner mean."""

    def __init__(self, script: Script, function: Function) -> None:
        self.script = script
        self.runner = (function.params[0] if function.params else "") or _USUAL  # a pattern has no name of its own

    def call(self, call: Call, walk: Walk) -> bool:
        """An operation."""
        on = dotted(call.on)
        if on == self.runner or on.startswith(self.runner + "."):
            if call.name == "query":
                if call.args:
                    self.script.raw(call.args[0], walk)
                return True
            if call.name in ("startTransaction", "commitTransaction", "rollbackTransaction"):
                word = {"startTransaction": "BEGIN", "commitTransaction": "COMMIT"}.get(call.name, "ROLLBACK")
                if word != "ROLLBACK":  # that of a catch clause
                    self.script.send(made(call.place, word))
                return True
            if call.name in _SILENT:
                return True
            operation = _OPERATIONS.get(call.name) if on == self.runner else None
            if operation is not None:
                operation(self.script, call, walk)
                return True
        return False

    def harmless(self, call: Call, walk: Walk) -> bool:
        """Calls on other things send nothing, unless they are handed the query runner."""
        on = dotted(call.on)
        if on == self.runner or on.startswith((f"{self.runner}.manager", f"{self.runner}.connection")):
            return False
        return not any(dotted(arg).partition(".")[0] == self.runner for arg in call.args)

    def inside(self, head: Node, name: str, entered: bool, walk: Walk) -> bool:
        """There are no with-blocks."""
        return False


def given(walk: Walk, node: Node | None) -> dict[str, Node]:
    """The object of ``new Table({…})`` or of ``{…}``."""
    found = walk.resolve(node) if node is not None else None
    if isinstance(found, Call) and found.args:
        found = walk.resolve(found.args[0])
    return found.named() if isinstance(found, Pairs) else {}


def _items(walk: Walk, node: Node | None) -> tuple[Node, ...]:
    found = walk.resolve(node) if node is not None else None
    if isinstance(found, Items):
        return found.items
    return () if node is None else (node,)


def _column(walk: Walk, node: Node, table: str) -> tables.Column:
    named = given(walk, node)
    place = node.place
    if "name" not in named:
        walk.told(node, "this column is known only when the migration runs")
    name = walk.name(named.get("name")) if "name" in named else made(place, '"_unknown"')
    type_node = named.get("type")
    column = tables.Column(place, name, made(place, "text"), tables.word_of(name))
    if type_node is not None:
        word = walk.word(type_node).lower()
        base = _TYPES.get(word, word) or "text"
        length, precision = (
            walk.word(named.get("length")) or str(walk.number(named.get("length")) or ""),
            named.get("precision"),
        )
        if base in ("varchar", "char", "character varying", "character", "bit", "varbit") and length:
            base += f"({length})"
        elif base in ("numeric", "decimal") and precision is not None:
            scale = walk.number(named.get("scale"))
            base += f"({walk.number(precision)}{'' if scale is None else f', {scale}'})"
        if walk.flag(named.get("isArray")):
            base += "[]"
        strategy = walk.word(named.get("generationStrategy"))
        generated = walk.flag(named.get("isGenerated"))
        if base in ("enum", "simple-enum"):
            column = _enum(walk, column, named, table, type_node)
        elif generated and strategy == "uuid":
            column.type, column.default = made(type_node.place, "uuid"), made(type_node.place, "uuid_generate_v4()")
        elif generated and strategy == "identity":
            column.type = made(type_node.place, base)
            column.extra = made(named["generationStrategy"].place, "GENERATED BY DEFAULT AS IDENTITY")
        elif generated:
            column.type = made(type_node.place, _SERIAL.get(base, "SERIAL"))
        else:
            column.type = made(type_node.place, {"simple-array": "text", "simple-json": "text"}.get(base, base))
    if not walk.flag(named.get("isNullable")):
        column.not_null = made(named["isNullable"].place if "isNullable" in named else place, "NOT NULL")
    if "default" in named and not column.default:
        value = walk.resolve(named["default"])
        column.default = (walk.sql(value) if isinstance(value, Text) else None) or tables.default(
            walk, named["default"]
        )
    if walk.flag(named.get("isPrimary")):
        column.primary_key = made(named["isPrimary"].place, "PRIMARY KEY")
    if walk.flag(named.get("isUnique")):
        column.unique = made(named["isUnique"].place, "UNIQUE")
    return column


def _enum(walk: Walk, column: tables.Column, named: dict[str, Node], table: str, node: Node) -> tables.Column:
    said = walk.word(named.get("enumName"))
    name = made(node.place, f'"{said or f"{table}_{column.word}_enum"}"')
    column.type = name
    listed = tables.labels(walk, named.get("enum"), node.place)
    column.before = (made(node.place, "CREATE TYPE {} AS ENUM ({})", name, listed),)
    return column


def _create_table(script: Script, call: Call, walk: Walk) -> None:
    named = given(walk, call.arg(0))
    if not named:
        walk.told(call, "this table is known only when the migration runs")
        return
    name = tables.table_name(walk, named.get("name"), named.get("schema"))
    columns = [_column(walk, node, tables.word_of(name)) for node in _items(walk, named.get("columns"))]
    keys = [column for column in columns if column.primary_key]
    elements: list[Sql] = []
    for column in columns:
        script.send(*column.before)
        elements.append(tables.definition(column, key=False))
    if keys:
        shown = joined(call.place, ", ", [key.name for key in keys])
        elements.append(made(tables.name_place(keys[0].primary_key), "PRIMARY KEY ({})", shown))
    for node in _items(walk, named.get("uniques")):
        inner = given(walk, node)
        elements.append(
            _named(walk, node, inner, "UNIQUE ({})", joined(node.place, ", ", walk.names(inner.get("columnNames"))))
        )
    for node in _items(walk, named.get("checks")):
        inner = given(walk, node)
        elements.append(_named(walk, node, inner, "CHECK ({})", walk.sql(inner.get("expression")) or NOTHING))
    for node in _items(walk, named.get("exclusions")):
        inner = given(walk, node)
        elements.append(_named(walk, node, inner, "EXCLUDE {}", walk.sql(inner.get("expression")) or NOTHING))
    for node in _items(walk, named.get("foreignKeys")):
        elements.append(_foreign(walk, node))
    words = "CREATE TABLE IF NOT EXISTS" if walk.flag(call.arg(1)) else "CREATE TABLE"
    script.send(tables.create_table(call.place, name, elements, words))
    for node in _items(walk, named.get("indices")):
        script.send(_index(walk, node, name))


def _named(walk: Walk, node: Node, inner: dict[str, Node], template: str, *arguments: Sql) -> Sql:
    head = made(inner["name"].place, "CONSTRAINT {} ", walk.name(inner["name"])) if "name" in inner else NOTHING
    return head + made(node.place, template, *arguments)


def _foreign(walk: Walk, node: Node) -> Sql:
    inner = given(walk, node)
    target = tables.table_name(walk, inner.get("referencedTableName"), inner.get("referencedSchema"))
    tail = tables.action(walk, inner.get("onDelete"), "ON DELETE") + tables.action(
        walk, inner.get("onUpdate"), "ON UPDATE"
    )
    if "deferrable" in inner and (said := walk.word(inner["deferrable"])):
        tail += made(inner["deferrable"].place, f" DEFERRABLE {said.upper()}")
    columns = tuple(walk.names(inner.get("referencedColumnNames")))
    to = tables.reference(tables.Reference(node.place, target, columns, tail))
    return _named(
        walk, node, inner, "FOREIGN KEY ({}) {}", joined(node.place, ", ", walk.names(inner.get("columnNames"))), to
    )


def _index(walk: Walk, node: Node, table: Sql) -> Sql:
    inner = given(walk, node)
    where = inner.get("where")
    keys = walk.names(inner.get("columnNames"))
    name = walk.name(inner["name"]) if "name" in inner else made(
        node.place, f'"IDX_{tables.word_of(table)}_{"_".join(tables.word_of(key) for key in keys)}"')  # fmt: skip
    return tables.create_index(
        node.place, name, table, keys,
        unique=made(inner["isUnique"].place, "UNIQUE ") if walk.flag(inner.get("isUnique")) else NOTHING,
        concurrently=made(node.place, "CONCURRENTLY ") if walk.flag(inner.get("isConcurrent")) else NOTHING,
        using=made(node.place, " USING GiST") if walk.flag(inner.get("isSpatial")) else NOTHING,
        tail=made(where.place, " WHERE {}", walk.sql(where) or NOTHING) if where is not None else NOTHING,
    )  # fmt: skip


def _each(template: str, make: Callable[[Walk, Node], Sql], several: bool) -> Callable[[Script, Call, Walk], None]:
    """ALTER TABLE of the first argument, for what the second says."""

    def run(script: Script, call: Call, walk: Walk) -> None:
        table = tables.table_name(walk, call.arg(0)) if not given(walk, call.arg(0)) else tables.table_name(
            walk, given(walk, call.arg(0)).get("name"))  # fmt: skip
        nodes = _items(walk, call.arg(1)) if several else (call.args[1],) if len(call.args) > 1 else ()
        for node in nodes:
            script.send(tables.alter(call.place, table, template, make(walk, node)))

    return run


def _add_column(script: Script, call: Call, walk: Walk) -> None:
    table = tables.table_name(walk, call.arg(0))
    for node in _items(walk, call.arg(1)):
        column = _column(walk, node, tables.word_of(table))
        script.send(*column.before)
        script.send(tables.alter(call.place, table, "ADD {}", tables.definition(column)))


def _change_column(script: Script, call: Call, walk: Walk) -> None:
    """TypeORM looks at the column as it is and changes what differs, or drops it and makes it anew."""
    walk.told(call, "what changeColumn sends follows from the table as it is when the migration runs")


def _rename_column(script: Script, call: Call, walk: Walk) -> None:
    new = call.arg(2)
    named = given(walk, new)
    shown = walk.name(named.get("name") if named else new)
    old = given(walk, call.arg(1)).get("name") or call.arg(1)
    table = tables.table_name(walk, call.arg(0))
    script.send(tables.alter(call.place, table, "RENAME COLUMN {} TO {}", walk.name(old), shown))


def _rename_table(script: Script, call: Call, walk: Walk) -> None:
    script.send(tables.alter(call.place, tables.table_name(walk, call.arg(0)), "RENAME TO {}", walk.name(call.arg(1))))


def _create_index(script: Script, call: Call, walk: Walk) -> None:
    table = tables.table_name(walk, call.arg(0))
    for node in _items(walk, call.arg(1)):
        script.send(_index(walk, node, table))


def _drop_index(script: Script, call: Call, walk: Walk) -> None:
    for node in _items(walk, call.arg(1)):
        named = given(walk, node)
        script.send(made(call.place, "DROP INDEX {}", walk.name(named.get("name") if named else node)))


def _drop_name(walk: Walk, node: Node) -> Sql:
    named = given(walk, node)
    return walk.name(named.get("name") if named else node)


def _drop_table(script: Script, call: Call, walk: Walk) -> None:
    exists = "IF EXISTS " if walk.flag(call.arg(1)) else ""
    node = given(walk, call.arg(0)).get("name") or call.arg(0)
    script.send(made(call.place, "DROP TABLE {}{}", exists, tables.table_name(walk, node)))


def _primary(script: Script, call: Call, walk: Walk) -> None:
    shown = joined(call.place, ", ", walk.names(call.arg(1)))
    script.send(tables.alter(call.place, tables.table_name(walk, call.arg(0)), "ADD PRIMARY KEY ({})", shown))


def _unique(walk: Walk, node: Node) -> Sql:
    inner = given(walk, node)
    return _named(walk, node, inner, "UNIQUE ({})", joined(node.place, ", ", walk.names(inner.get("columnNames"))))


def _check(walk: Walk, node: Node) -> Sql:
    inner = given(walk, node)
    return _named(walk, node, inner, "CHECK ({})", walk.sql(inner.get("expression")) or NOTHING)


def _whole(template: str) -> Callable[[Script, Call, Walk], None]:
    def run(script: Script, call: Call, walk: Walk) -> None:
        exists = "IF NOT EXISTS " if "CREATE" in template else "IF EXISTS "
        script.send(made(call.place, template, exists if walk.flag(call.arg(1)) else "", walk.name(call.arg(0))))

    return run


def _create_view(script: Script, call: Call, walk: Walk) -> None:
    named = given(walk, call.arg(0))
    text = walk.sql(named.get("expression"))
    if text is None:
        walk.told(call, "the query of this view is known only when the migration runs")
        return
    script.send(made(call.place, "CREATE VIEW {} AS ", tables.table_name(walk, named.get("name"))) + text)


_OPERATIONS: dict[str, Callable[[Script, Call, Walk], None]] = {
    "createTable": _create_table,
    "dropTable": _drop_table,
    "renameTable": _rename_table,
    "addColumn": _add_column,
    "addColumns": _add_column,
    "dropColumn": _each("DROP COLUMN {}", _drop_name, False),
    "dropColumns": _each("DROP COLUMN {}", _drop_name, True),
    "changeColumn": _change_column,
    "changeColumns": _change_column,
    "renameColumn": _rename_column,
    "createIndex": _create_index,
    "createIndices": _create_index,
    "dropIndex": _drop_index,
    "dropIndices": _drop_index,
    "createForeignKey": _each("ADD {}", _foreign, False),
    "createForeignKeys": _each("ADD {}", _foreign, True),
    "dropForeignKey": _each("DROP CONSTRAINT {}", _drop_name, False),
    "dropForeignKeys": _each("DROP CONSTRAINT {}", _drop_name, True),
    "createUniqueConstraint": _each("ADD {}", _unique, False),
    "dropUniqueConstraint": _each("DROP CONSTRAINT {}", _drop_name, False),
    "createCheckConstraint": _each("ADD {}", _check, False),
    "dropCheckConstraint": _each("DROP CONSTRAINT {}", _drop_name, False),
    "createPrimaryKey": _primary,
    "createSchema": _whole("CREATE SCHEMA {}{}"),
    "dropSchema": _whole("DROP SCHEMA {}{}"),
    "createView": _create_view,
}
