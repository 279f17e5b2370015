"""node-pg-migrate: tables and columns as the SQL that it sends (node-pg-migrate 6 to 8)."""

from __future__ import annotations

from dsql_migrate.source.migrations.hosts import tables
from dsql_migrate.source.migrations.hosts.languages.tree import Call, Items, Node, Pairs, Text, Value, plain
from dsql_migrate.source.migrations.hosts.script import Script
from dsql_migrate.source.migrations.hosts.sql import NOTHING, Sql, joined, made
from dsql_migrate.source.migrations.hosts.walk import Walk

TYPES = {"int": "integer", "string": "text", "float": "real", "double": "double precision", "datetime": "timestamp",
          "bool": "boolean"}  # fmt: skip


def options(call: Call, number: int, walk: Walk) -> dict[str, Node]:
    """The options of a call; empty without."""
    node = call.arg(number)
    found = walk.resolve(node) if node is not None else None
    return found.named() if isinstance(found, Pairs) else {}


def type_of(walk: Walk, node: Node) -> Sql:
    text = walk.sql(node)
    if text is None:
        walk.told(node, "this type is known only when the migration runs")
        return made(node.place, "text")
    return made(node.place, TYPES[text.text]) if text.text in TYPES else text


def _column(walk: Walk, key: Node, node: Node) -> tables.Column:
    found = walk.resolve(node)
    place = node.place
    name = walk.name(key)
    if isinstance(found, Text):
        if plain(found) == "id":
            return tables.Column(place, name, made(place, "serial"), plain(key), primary_key=made(place, "PRIMARY KEY"))
        return tables.Column(place, name, type_of(walk, found), plain(key))
    given = found.named() if isinstance(found, Pairs) else {}
    if "type" not in given:
        walk.told(node, "this column is known only when the migration runs")
    column = tables.Column(
        place, name, type_of(walk, given["type"]) if "type" in given else made(place, "text"), plain(key)
    )
    if walk.word(given.get("type")) == "id":
        column.type, column.primary_key = made(place, "serial"), made(place, "PRIMARY KEY")
    if walk.flag(given.get("primaryKey")):
        column.primary_key = made(given["primaryKey"].place, "PRIMARY KEY")
    if walk.flag(given.get("notNull")):
        column.not_null = made(given["notNull"].place, "NOT NULL")
    if walk.flag(given.get("unique")):
        column.unique = made(given["unique"].place, "UNIQUE")
    column.default = tables.default(walk, given.get("default"))
    if "check" in given:
        column.extra = made(given["check"].place, "CHECK ({})", walk.sql(given["check"]) or NOTHING)
    if "collation" in given:
        column.extra += made(given["collation"].place, " COLLATE {}", walk.sql(given["collation"]) or NOTHING)
    generated = given.get("sequenceGenerated") or given.get("generated")
    if generated is not None and isinstance(sequence := walk.resolve(generated), Pairs):
        always = "ALWAYS" if walk.word(sequence.named().get("precedence")).upper() == "ALWAYS" else "BY DEFAULT"
        column.extra += made(generated.place, f"GENERATED {always} AS IDENTITY")
    if "expressionGenerated" in given:
        text = walk.sql(given["expressionGenerated"]) or NOTHING
        column.extra += made(given["expressionGenerated"].place, "GENERATED ALWAYS AS ({}) STORED", text)
    if "references" in given:
        column.reference = _reference(walk, given["references"], given)
    if "comment" in given:
        column.comment = walk.literal(given["comment"]) or NOTHING
    return column


def _reference(walk: Walk, node: Node, given: dict[str, Node]) -> tables.Reference:
    tail = tables.action(walk, given.get("onDelete"), "ON DELETE") + tables.action(
        walk, given.get("onUpdate"), "ON UPDATE"
    )
    for key, word in (("deferrable", " DEFERRABLE"), ("deferred", " INITIALLY DEFERRED")):
        if walk.flag(given.get(key)):
            tail += made(given[key].place, word)
    text = walk.sql(node)
    if text is not None and ("(" in text.text or '"' in text.text):
        return tables.Reference(node.place, text, (), tail)
    return tables.Reference(node.place, tables.table_name(walk, node), (), tail)


def columns_of(walk: Walk, node: Node | None) -> list[tables.Column]:
    found = walk.resolve(node) if node is not None else None
    if not isinstance(found, Pairs):
        if node is not None:
            walk.told(node, "the columns are known only when the migration runs")
        return []
    columns = []
    for key, value in found.pairs:
        if isinstance(key, Text):
            columns.append(_column(walk, key, value))
        else:
            inner = walk.resolve(value)
            if isinstance(inner, Pairs):
                columns += columns_of(walk, inner)
            else:
                walk.told(value, "these columns are known only when the migration runs")
    return columns


def create_table(script: Script, call: Call, walk: Walk) -> None:
    name = tables.table_name(walk, call.arg(0))
    columns = columns_of(walk, call.arg(1))
    given = options(call, 2, walk)
    keys = [column for column in columns if column.primary_key]
    if len(keys) > 1:
        for column in keys:
            column.primary_key = NOTHING
    elements = [tables.definition(column) for column in columns]
    if len(keys) > 1:
        elements.append(made(call.place, "PRIMARY KEY ({})", joined(call.place, ", ", [key.name for key in keys])))
    inner = walk.resolve(given["constraints"]) if "constraints" in given else None
    if isinstance(inner, Pairs):
        elements += constraints_of(walk, inner, NOTHING)
    words = "CREATE TEMPORARY TABLE" if walk.flag(given.get("temporary")) else "CREATE TABLE"
    words += " IF NOT EXISTS" if walk.flag(given.get("ifNotExists")) else ""
    whole = tables.create_table(call.place, name, elements, words)
    for key, template in (("inherits", " INHERITS ({})"), ("partition", " PARTITION BY {}")):
        if key in given:
            text = tables.table_name(walk, given[key]) if key == "inherits" else walk.sql(given[key]) or NOTHING
            whole += made(given[key].place, template, text)
    script.send(whole)
    _comments(script, call, walk, name, columns, given.get("comment"))


def _comments(
    script: Script, call: Call, walk: Walk, name: Sql, columns: list[tables.Column], table: Node | None
) -> None:
    if table is not None and (text := walk.literal(table)):
        script.send(made(table.place, "COMMENT ON TABLE {} IS {}", name, text))
    for column in columns:
        if column.comment:
            script.send(made(column.place, "COMMENT ON COLUMN {}.{} IS {}", name, column.name, column.comment))


def constraints_of(walk: Walk, given: Pairs, name: Sql) -> list[Sql]:
    """The constraints of an object: primaryKey, unique, check, foreignKeys, exclude."""
    found = []
    head = made(given.place, "CONSTRAINT {} ", name) if name else NOTHING
    for key, value in given.named().items():
        place = value.place
        inner = walk.resolve(value)
        if key in ("primaryKey", "unique"):
            word = "PRIMARY KEY" if key == "primaryKey" else "UNIQUE"
            nested = isinstance(inner, Items) and any(isinstance(walk.resolve(item), Items) for item in inner.items)
            groups = inner.items if nested and isinstance(inner, Items) else (value,)
            for group in groups:
                found.append(made(place, "{}{} ({})", head, word, joined(place, ", ", walk.names(group))))
        elif key == "check":
            checks = inner.items if isinstance(inner, Items) else (value,)
            found += [made(place, "{}CHECK ({})", head, walk.sql(each) or NOTHING) for each in checks]
        elif key == "exclude":
            found.append(made(place, "{}EXCLUDE {}", head, walk.sql(value) or NOTHING))
        elif key == "foreignKeys":
            for each in inner.items if isinstance(inner, Items) else (value,):
                spec = walk.resolve(each)
                if isinstance(spec, Pairs) and "references" in spec.named():
                    named = spec.named()
                    to = tables.reference(_reference(walk, named["references"], named))
                    columns = joined(place, ", ", walk.names(named.get("columns")))
                    found.append(made(place, "{}FOREIGN KEY ({}) {}", head, columns, to))
    return found


def add_columns(script: Script, call: Call, walk: Walk) -> None:
    name = tables.table_name(walk, call.arg(0))
    columns = columns_of(walk, call.arg(1))
    exists = "IF NOT EXISTS " if walk.flag(options(call, 2, walk).get("ifNotExists")) else ""
    listed = [made(column.place, "ADD {}{}", exists, tables.definition(column)) for column in columns]
    if listed:
        script.send(tables.alter(call.place, name, "{}", joined(call.place, ", ", listed)))
    _comments(script, call, walk, name, columns, None)


def drop_columns(script: Script, call: Call, walk: Walk) -> None:
    found = walk.resolve(node) if (node := call.arg(1)) is not None else None
    named = [walk.name(key) for key, _ in found.pairs] if isinstance(found, Pairs) else walk.names(call.arg(1))
    exists = "IF EXISTS " if walk.flag(options(call, 2, walk).get("ifExists")) else ""
    listed = [made(call.place, "DROP {}{}", exists, name) for name in named]
    script.send(tables.alter(call.place, tables.table_name(walk, call.arg(0)), "{}", joined(call.place, ", ", listed)))


def alter_column(script: Script, call: Call, walk: Walk) -> None:
    given, column = options(call, 2, walk), walk.name(call.arg(1))
    listed: list[Sql] = []
    if "default" in given:
        value = tables.default(walk, given["default"])
        shown = (
            made(given["default"].place, "SET DEFAULT {}", value)
            if value
            else made(given["default"].place, "DROP DEFAULT")
        )
        listed.append(made(call.place, "ALTER {} {}", column, shown))
    if "type" in given:
        using = (
            made(given["using"].place, " USING {}", walk.sql(given["using"]) or NOTHING)
            if "using" in given
            else NOTHING
        )
        listed.append(made(call.place, "ALTER {} SET DATA TYPE {}{}", column, type_of(walk, given["type"]), using))
    if "notNull" in given or "allowNull" in given:
        node = given.get("notNull") or given["allowNull"]
        verb = "SET" if walk.flag(node) == ("notNull" in given) else "DROP"
        listed.append(made(call.place, "ALTER {} {}", column, made(node.place, f"{verb} NOT NULL")))
    if "sequenceGenerated" in given or "generated" in given:
        node = given.get("sequenceGenerated") or given["generated"]
        off = isinstance(walk.resolve(node), Value)
        listed.append(
            made(node.place, "ALTER {} {}", column, "DROP IDENTITY" if off else "ADD GENERATED BY DEFAULT AS IDENTITY")
        )
    if listed:
        script.send(
            tables.alter(call.place, tables.table_name(walk, call.arg(0)), "{}", joined(call.place, ", ", listed))
        )
