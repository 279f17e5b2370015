"""Sequelize's query interface as the SQL of its PostgreSQL query generator (Sequelize 5 and 6)."""

from __future__ import annotations

from collections.abc import Callable

from dsql_migrate.source.migrations.hosts import tables
from dsql_migrate.source.migrations.hosts.languages.tree import Call, Function, Items, Node, Pairs, Text, dotted
from dsql_migrate.source.migrations.hosts.script import Script
from dsql_migrate.source.migrations.hosts.sequelize.columns import column_of, options_of
from dsql_migrate.source.migrations.hosts.sql import NOTHING, Sql, joined, made
from dsql_migrate.source.migrations.hosts.walk import Walk

_SILENT = frozenset({"describeTable", "showAllTables", "tableExists", "showIndex", "getForeignKeyReferencesForTable",
                     "showConstraint", "quoteIdentifier", "quoteTable", "nameIndexes", "select", "rawSelect",
                     "showAllSchemas"})  # fmt: skip


class Operations:
    """What the calls on the query interface mean."""

    def __init__(self, script: Script, function: Function) -> None:
        self.script = script
        self.interface = function.params[0] if function.params else "queryInterface"

    def call(self, call: Call, walk: Walk) -> bool:
        """An operation, or SQL in a string."""
        on = dotted(call.on)
        if call.name == "query" and on.endswith("sequelize"):
            if call.args:
                found = walk.resolve(call.args[0])
                inner = found.named().get("query") if isinstance(found, Pairs) else None
                self.script.raw(inner or call.args[0], walk)
            return True
        if call.name == "transaction" and (on.endswith("sequelize") or on == self.interface):
            self._transaction(call, walk)
            return True
        if call.name in ("commit", "rollback") and not call.args and on and on != self.interface:
            if call.name == "commit":
                self.script.wrap = "statement"
                self.script.cut()
            return True
        if on == self.interface or on.endswith(".getQueryInterface()"):
            operation = _OPERATIONS.get(call.name)
            if operation is not None:
                operation(self.script, call, walk)
            return operation is not None or call.name in _SILENT
        return False

    def _transaction(self, call: Call, walk: Walk) -> None:
        """With a function: what it sends is one transaction; without: all until the commit."""
        function = next((arg for arg in call.args if isinstance(arg, Function)), None)
        self.script.cut()
        self.script.wrap = "file"
        if function is not None:
            walk.run(function.body)
            self.script.wrap = "statement"
            self.script.cut()

    def harmless(self, call: Call, walk: Walk) -> bool:
        """Calls on other things send nothing, unless they are handed the interface."""
        if dotted(call.on) == self.interface:
            return False
        return not any(dotted(arg).partition(".")[0] == self.interface for arg in call.args)

    def inside(self, head: Node, name: str, entered: bool, walk: Walk) -> bool:
        """There are no with-blocks."""
        return False


def _create_table(script: Script, call: Call, walk: Walk) -> None:
    options = options_of(walk, call.arg(2))
    name = tables.table_name(walk, call.arg(0), options.get("schema"))
    found = walk.resolve(call.args[1]) if len(call.args) > 1 else None
    if not isinstance(found, Pairs):
        walk.told(call, "the columns of this table are known only when the migration runs")
        return
    columns: list[tables.Column] = []
    for key, node in found.pairs:
        if isinstance(key, Text):
            columns.append(column_of(walk, key, node, tables.word_of(name)))
        else:
            walk.told(node, "these columns are known only when the migration runs")
    keys = [column for column in columns if column.primary_key]
    elements: list[Sql] = []
    for column in columns:
        script.send(*column.before)
        elements.append(tables.definition(column, key=False))
    if keys:
        place = tables.name_place(keys[0].primary_key)
        elements.append(made(place, "PRIMARY KEY ({})", joined(place, ", ", [key.name for key in keys])))
    unique = walk.resolve(options["uniqueKeys"]) if "uniqueKeys" in options else None
    for _, node in unique.pairs if isinstance(unique, Pairs) else ():
        elements.append(
            made(node.place, "UNIQUE ({})", joined(node.place, ", ", walk.names(options_of(walk, node).get("fields"))))
        )
    script.send(tables.create_table(call.place, name, elements, "CREATE TABLE IF NOT EXISTS"))
    for column in columns:
        if column.comment:
            script.send(made(column.place, "COMMENT ON COLUMN {}.{} IS {}", name, column.name, column.comment))


def _column_at(script: Script, call: Call, walk: Walk) -> tuple[Sql, tables.Column] | None:
    """The table and the column of addColumn and changeColumn, with what goes before it sent; None where it is told."""
    table = tables.table_name(walk, call.arg(0))
    if len(call.args) < 3:
        walk.told(call, "this column is known only when the migration runs")
        return None
    column = column_of(walk, call.args[1], call.args[2], tables.word_of(table))
    script.send(*column.before)
    return table, column


def _add_column(script: Script, call: Call, walk: Walk) -> None:
    found = _column_at(script, call, walk)
    if found is None:
        return
    table, column = found
    script.send(tables.alter(call.place, table, "ADD COLUMN {}", tables.definition(column)))


def _change_column(script: Script, call: Call, walk: Walk) -> None:
    found = _column_at(script, call, walk)
    if found is None:
        return
    table, column = found
    named = options_of(walk, call.args[2])
    place = call.place
    if "allowNull" in named or not named:
        verb = "SET" if column.not_null else "DROP"
        at = named["allowNull"].place if "allowNull" in named else place
        script.send(tables.alter(place, table, "ALTER COLUMN {} {}", column.name, made(at, f"{verb} NOT NULL")))
    if column.default:
        script.send(tables.alter(place, table, "ALTER COLUMN {} SET DEFAULT {}", column.name, column.default))
    elif column.primary_key or named:
        script.send(tables.alter(place, table, "ALTER COLUMN {} DROP DEFAULT", column.name))
    if column.unique:
        script.send(tables.alter(place, table, "ADD UNIQUE ({})", column.name))
    if column.reference is not None:
        script.send(tables.foreign_key(place, table, NOTHING, [column.name], column.reference))
    cast = made(place, " USING ({}::{})", column.name, column.type) if column.before else NOTHING
    script.send(tables.alter(place, table, "ALTER COLUMN {} TYPE {}{}", column.name, column.type, cast))


def _alter(template: str, *numbers: int) -> Callable[[Script, Call, Walk], None]:
    def run(script: Script, call: Call, walk: Walk) -> None:
        named = [walk.name(call.arg(number)) for number in numbers]
        script.send(tables.alter(call.place, tables.table_name(walk, call.arg(0)), template, *named))

    return run


def _drop_table(script: Script, call: Call, walk: Walk) -> None:
    options = options_of(walk, call.arg(1))
    cascade = " CASCADE" if walk.flag(options.get("cascade")) else ""
    name = tables.table_name(walk, call.arg(0), options.get("schema"))
    script.send(made(call.place, "DROP TABLE IF EXISTS {}{}", name, cascade))


def _add_index(script: Script, call: Call, walk: Walk) -> None:
    table = tables.table_name(walk, call.arg(0))
    second = walk.resolve(call.args[1]) if len(call.args) > 1 else None
    options = second.named() if isinstance(second, Pairs) else options_of(walk, call.arg(2))
    fields = options.get("fields") if isinstance(second, Pairs) else call.arg(1)
    keys, shown = [], []
    found = walk.resolve(fields) if fields is not None else None
    for item in found.items if isinstance(found, Items) else (found,) if isinstance(found, Text) else ():
        spec = walk.resolve(item)
        named = spec.named() if isinstance(spec, Pairs) else {}
        if isinstance(spec, Call):  # literal('lower(x)'), fn('lower', col('x'))
            text = walk.sql(spec.args[0]) if spec.name == "literal" and spec.args else None
            if text is None and spec.name == "fn" and len(spec.args) == 2:
                inner = spec.args[1].args[0] if isinstance(spec.args[1], Call) and spec.args[1].args else spec.args[1]
                text = made(spec.place, f"{walk.word(spec.args[0])}({{}})", walk.name(inner))
            keys.append(text or made(spec.place, '"_unknown"'))
            shown.append("expression")
            continue
        name = walk.name(named.get("name") or named.get("attribute") if named else spec)
        shown.append(tables.word_of(name))
        for part in ("collate", "operator", "order"):
            if part in named and (word := walk.word(named[part])):
                name = made(named[part].place, "{} {}", name, f'COLLATE "{word}"' if part == "collate" else word)
        keys.append(name)
    unique_node = options.get("unique") or options.get("indicesType") or options.get("type")
    unique = walk.flag(options.get("unique")) or walk.word(unique_node).upper() == "UNIQUE"
    name_node = options.get("name") or options.get("indexName")
    method = options.get("using") or options.get("method")
    script.send(tables.create_index(
        call.place,
        walk.name(name_node) if name_node is not None else made(
            call.place, f'"{"_".join((tables.word_of(table), *shown))}"'),
        table, keys,
        unique=made(unique_node.place, "UNIQUE ") if unique and unique_node is not None else NOTHING,
        concurrently=made(options["concurrently"].place, "CONCURRENTLY ")
        if walk.flag(options.get("concurrently")) else NOTHING,
        using=made(method.place, f" USING {walk.word(method)}") if method is not None else NOTHING,
        tail=_where(walk, options.get("where")),
    ))  # fmt: skip


def _where(walk: Walk, node: Node | None) -> Sql:
    """A condition given as an object of equalities; others are not put into SQL."""
    found = walk.resolve(node) if node is not None else None
    if node is None:
        return NOTHING
    parts = []
    for key, value in found.pairs if isinstance(found, Pairs) else ():
        shown = walk.literal(value)
        if isinstance(key, Text) and shown is not None:
            parts.append(made(value.place, "{} {} {}", walk.name(key), "IS" if shown.text == "NULL" else "=", shown))
    if not parts:
        walk.told(node, "this condition is not known")
        return made(node.place, " WHERE _unknown")
    return made(node.place, " WHERE {}", joined(node.place, " AND ", parts))


def _remove_index(script: Script, call: Call, walk: Walk) -> None:
    table = tables.table_name(walk, call.arg(0))
    found = walk.resolve(call.args[1]) if len(call.args) > 1 else None
    options = options_of(walk, call.arg(2))
    words = "CONCURRENTLY " if walk.flag(options.get("concurrently")) else ""
    if isinstance(found, Items):
        shown = "_".join((tables.word_of(table), *tables.words(walk, found)))
        name = made(call.place, f'"{shown}"')
    else:
        name = walk.name(call.arg(1))
    script.send(made(call.place, f"DROP INDEX {words}IF EXISTS {{}}", name))


def _add_constraint(script: Script, call: Call, walk: Walk) -> None:
    table = tables.table_name(walk, call.arg(0))
    second = walk.resolve(call.args[1]) if len(call.args) > 1 else None
    options = second.named() if isinstance(second, Pairs) else options_of(walk, call.arg(2))
    fields = walk.names(options.get("fields") if isinstance(second, Pairs) else call.arg(1))
    kind = walk.word(options.get("type")).lower()
    columns = joined(call.place, ", ", fields)
    name = walk.name(options["name"]) if "name" in options else NOTHING
    head = made(call.place, "CONSTRAINT {} ", name) if name else NOTHING
    if kind in ("unique", "primary key"):
        script.send(tables.alter(call.place, table, "ADD {}{} ({})", head, kind.upper(), columns))
    elif kind == "foreign key" and "references" in options:
        inner = options_of(walk, options["references"])
        target = tables.table_name(walk, inner.get("table") or inner.get("model"))
        keys = tuple(walk.names(inner.get("field") or inner.get("fields")))
        tail = tables.action(walk, options.get("onDelete"), "ON DELETE") + tables.action(
            walk, options.get("onUpdate"), "ON UPDATE"
        )
        found = tables.Reference(options["references"].place, target, keys, tail)
        script.send(tables.foreign_key(call.place, table, name, fields, found))
    elif kind == "check":
        condition = _where(walk, options.get("where"))
        text = Sql(condition.parts[1:]) if condition else NOTHING
        script.send(tables.alter(call.place, table, "ADD {}CHECK ({})", head, text or "true"))
    else:
        walk.told(call, "this constraint is not known")


def _insert(script: Script, call: Call, walk: Walk) -> None:
    script.send(tables.insert(walk, call.place, tables.table_name(walk, call.arg(0)), call.arg(1)))


def _delete(script: Script, call: Call, walk: Walk) -> None:
    named = options_of(walk, call.arg(1))
    tail = made(call.args[1].place, " WHERE _unknown") if named else NOTHING
    script.send(made(call.place, "DELETE FROM {}{}", tables.table_name(walk, call.arg(0)), tail))


def _update(script: Script, call: Call, walk: Walk) -> None:
    named = options_of(walk, call.arg(2))
    tail = made(call.args[2].place, " WHERE _unknown") if named else NOTHING
    script.send(made(call.place, 'UPDATE {} SET "_unknown" = NULL{}', tables.table_name(walk, call.arg(0)), tail))


def _schema(verb: str) -> Callable[[Script, Call, Walk], None]:
    def run(script: Script, call: Call, walk: Walk) -> None:
        script.send(made(call.place, f"{verb} {{}}", walk.name(call.arg(0))))

    return run


_OPERATIONS: dict[str, Callable[[Script, Call, Walk], None]] = {
    "createTable": _create_table,
    "dropTable": _drop_table,
    "renameTable": _alter("RENAME TO {}", 1),
    "addColumn": _add_column,
    "removeColumn": _alter("DROP COLUMN {}", 1),
    "changeColumn": _change_column,
    "renameColumn": _alter("RENAME COLUMN {} TO {}", 1, 2),
    "addIndex": _add_index,
    "removeIndex": _remove_index,
    "addConstraint": _add_constraint,
    "removeConstraint": _alter("DROP CONSTRAINT {}", 1),
    "bulkInsert": _insert,
    "insert": _insert,
    "bulkDelete": _delete,
    "delete": _delete,
    "bulkUpdate": _update,
    "update": _update,
    "createSchema": _schema("CREATE SCHEMA"),
    "dropSchema": _schema("DROP SCHEMA IF EXISTS"),
    "dropEnum": _schema("DROP TYPE IF EXISTS"),
}
