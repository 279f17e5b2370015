"""Liquibase's changes as the SQL that it sends to PostgreSQL (Liquibase 4)."""

from __future__ import annotations

import re
from collections.abc import Callable

from dsql_migrate.source.migrations.hosts.liquibase.changelog import Element
from dsql_migrate.source.migrations.hosts.liquibase.parts import (
    column_of,
    constraint_of,
    default_of,
    for_postgresql,
    name_of,
    names_of,
    table_of,
    text_of,
    type_of,
)  # fmt: skip
from dsql_migrate.source.migrations.hosts.script import Script
from dsql_migrate.source.migrations.hosts.sql import NOTHING, Sql, joined, literal, made
from dsql_migrate.source.migrations.model import Unread

_IGNORED = frozenset({"preConditions", "comment", "tagDatabase", "output", "empty", "validCheckSum", "stop", "rollback",
                      "modifySql", "sqlFile", "include", "includeAll", "changes", "ext"})  # fmt: skip


class Changes:
    """Puts changes into a script; what is not known is told."""

    def __init__(self) -> None:
        self.unread: list[Unread] = []
        self.script = Script("file")

    def told(self, element: Element, reason: str) -> None:
        """Say that an element could not be read."""
        self.unread.append(Unread(element.place.start, element.place.end, reason))

    def send(self, element: Element) -> None:
        """What a change sends."""
        if element.name in _IGNORED or not for_postgresql(element):
            return
        change = _CHANGES.get(element.name)
        if change is None:
            self.told(element, f"what the change {element.name} sends is not known")
        else:
            self.script.send(*change(element))

    def undo(self, element: Element) -> None:
        """What Liquibase sends to take a change back, where it does by itself."""
        change = _UNDONE.get(element.name)
        if change is not None and for_postgresql(element):
            self.script.send(*change(element))


def _alter(element: Element, template: str, *arguments: Sql | str) -> Sql:
    return made(element.place, "ALTER TABLE {} ", table_of(element)) + made(element.place, template, *arguments)


def _create_table(element: Element) -> list[Sql]:
    elements: list[Sql] = []
    late: list[Sql] = []
    keys: list[tuple[Element, Element]] = []
    for each in element.all("column"):
        whole, more, key = column_of(each)
        elements.append(whole)
        late += more
        if key:
            keys.append((each, next(each.all("constraints"))))
    if keys:
        shown = joined(element.place, ", ", [name_of(column, "name") for column, _ in keys])
        first = keys[0][1]
        name = constraint_of(first, "primaryKeyName")
        late.insert(0, made(first.at("primaryKey"), "{}PRIMARY KEY ({})", name, shown))
    head = made(element.place, "CREATE TABLE {} ", table_of(element))
    return [head + made(element.place, "({})", joined(element.place, ", ", elements + late)), *_remarks(element)]


def _remarks(element: Element) -> list[Sql]:
    found = []
    if element.says("remarks"):
        text = literal(element.attributes["remarks"])
        found.append(made(element.at("remarks"), "COMMENT ON TABLE {} IS {}", table_of(element), text))
    for each in element.all("column"):
        if each.says("remarks"):
            text = literal(each.attributes["remarks"])
            name = name_of(each, "name")
            found.append(made(each.at("remarks"), "COMMENT ON COLUMN {}.{} IS {}", table_of(element), name, text))
    return found


def _add_column(element: Element) -> list[Sql]:
    found: list[Sql] = []
    for each in element.all("column"):
        whole, late, key = column_of(each)
        tail = made(each.place, " PRIMARY KEY") if key else NOTHING
        found.append(_alter(element, "ADD {}{}", whole, tail))
        found += [_alter(element, "ADD {}", constraint) for constraint in late]
    return found


def _drop_column(element: Element) -> list[Sql]:
    each = [name_of(column, "name") for column in element.all("column")]
    names = each or [name_of(element, "columnName")]
    return [_alter(element, "DROP COLUMN {}", name) for name in names]


def _create_index(element: Element) -> list[Sql]:
    keys = []
    for each in element.all("column"):
        key = each.attributes["name"] if each.flag("computed") and "name" in each.attributes else name_of(each, "name")
        keys.append(made(each.at("descending"), "{} DESC", key) if each.flag("descending") else key)
    unique = made(element.at("unique"), "UNIQUE ") if element.flag("unique") else NOTHING
    name = made(element.place, "{} ", name_of(element, "indexName")) if element.says("indexName") else NOTHING
    shown = joined(element.place, ", ", keys)
    return [made(element.place, "CREATE {}INDEX {}ON {} ({})", unique, name, table_of(element), shown)]


def _foreign_key(element: Element) -> list[Sql]:
    base = table_of(element, "baseTableName", "baseTableSchemaName")
    to = table_of(element, "referencedTableName", "referencedTableSchemaName")
    tail = NOTHING
    for key, word in (("onDelete", "ON DELETE"), ("onUpdate", "ON UPDATE")):
        if element.says(key):
            tail += made(element.at(key), f" {word} {element.says(key).upper()}")
    if element.flag("deleteCascade"):
        tail += made(element.at("deleteCascade"), " ON DELETE CASCADE")
    if element.flag("deferrable"):
        tail += made(element.at("deferrable"), " DEFERRABLE")
    if element.flag("initiallyDeferred"):
        tail += made(element.at("initiallyDeferred"), " INITIALLY DEFERRED")
    if "validate" in element.attributes and not element.flag("validate", True):
        tail += made(element.at("validate"), " NOT VALID")
    head = made(element.place, "ALTER TABLE {} ", base)
    return [head + made(element.place, "ADD {}FOREIGN KEY ({}) REFERENCES {} ({}){}", constraint_of(element,
        "constraintName"),
            names_of(element, "baseColumnNames"), to, names_of(element, "referencedColumnNames"), tail)]  # fmt: skip


def _key(word: str) -> Callable[[Element], list[Sql]]:
    def add(element: Element) -> list[Sql]:
        head = constraint_of(element, "constraintName")
        return [_alter(element, f"ADD {{}}{word} ({{}})", head, names_of(element, "columnNames"))]

    return add


def _drop_constraint(table: str) -> Callable[[Element], list[Sql]]:
    def drop(element: Element) -> list[Sql]:
        name = name_of(element, "constraintName") if element.says("constraintName") else made(
            element.place, f'"{element.says(table)}_pkey"')  # fmt: skip
        schema = "baseTableSchemaName" if table.startswith("base") else "schemaName"
        head = made(element.place, "ALTER TABLE {} ", table_of(element, table, schema))
        return [head + made(element.place, "DROP CONSTRAINT {}", name)]

    return drop


def _not_null(element: Element) -> list[Sql]:
    found = []
    column = name_of(element, "columnName")
    if "defaultNullValue" in element.attributes:
        value = literal(element.attributes["defaultNullValue"])
        found.append(
            made(element.place, "UPDATE {} SET {} = {} WHERE {} IS NULL", table_of(element), column, value, column)
        )
    return [*found, _alter(element, "ALTER COLUMN {} SET NOT NULL", column)]


def _column_change(template: str) -> Callable[[Element], list[Sql]]:
    return lambda element: [_alter(element, template, name_of(element, "columnName"))]


def _set_default(element: Element) -> list[Sql]:
    return [
        _alter(element, "ALTER COLUMN {} SET DEFAULT {}", name_of(element, "columnName"), default_of(element) or "NULL")
    ]


def _type_change(element: Element) -> list[Sql]:
    type_ = type_of(element, "newDataType")
    cast = made(element.at("newDataType"), " USING ({}::{})", name_of(element, "columnName"), type_)
    return [_alter(element, "ALTER COLUMN {} TYPE {}{}", name_of(element, "columnName"), type_, cast)]


def _rename_table(element: Element) -> list[Sql]:
    old = table_of(element, "oldTableName")
    return [made(element.place, "ALTER TABLE {} RENAME TO {}", old, name_of(element, "newTableName"))]


def _rename_column(element: Element) -> list[Sql]:
    names = name_of(element, "oldColumnName"), name_of(element, "newColumnName")
    return [_alter(element, "RENAME COLUMN {} TO {}", *names)]


def _drop(word: str, attribute: str) -> Callable[[Element], list[Sql]]:
    def drop(element: Element) -> list[Sql]:
        cascade = made(element.at("cascadeConstraints"), " CASCADE") if element.flag("cascadeConstraints") else NOTHING
        return [made(element.place, f"DROP {word} {{}}{{}}", table_of(element, attribute), cascade)]

    return drop


def _create_sequence(element: Element) -> list[Sql]:
    whole = made(element.place, "CREATE SEQUENCE IF NOT EXISTS {}", table_of(element, "sequenceName"))
    words = (("dataType", "AS"), ("startValue", "START WITH"), ("incrementBy", "INCREMENT BY"), ("minValue",
        "MINVALUE"),
             ("maxValue", "MAXVALUE"), ("cacheSize", "CACHE"))  # fmt: skip
    for key, word in words:
        if element.says(key):
            whole += made(element.at(key), f" {word} {element.says(key)}")
    return [whole]


def _create_view(element: Element) -> list[Sql]:
    text = text_of(element)
    if element.flag("fullDefinition"):
        return [text]
    replace = "OR REPLACE " if element.flag("replaceIfExists") else ""
    return [made(element.place, f"CREATE {replace}VIEW {{}} AS ", table_of(element, "viewName")) + text]


def _insert(element: Element) -> list[Sql]:
    names, values = [], []
    for each in element.all("column"):
        names.append(name_of(each, "name"))
        given = next((key for key in each.attributes if key.startswith("value")), "")
        raw = given in ("valueNumeric", "valueBoolean", "valueComputed")
        value = each.attributes.get(given)
        values.append(made(each.place, "NULL") if value is None else value if raw else literal(value))
    place = element.place
    shown = joined(place, ", ", names), joined(place, ", ", values)
    return [made(place, "INSERT INTO {} ({}) VALUES ({})", table_of(element), *shown)]


def _where(element: Element) -> Sql:
    node = next(element.all("where"), None)
    text = element.attributes.get("where") or (Sql(tuple(node.text)) if node is not None else NOTHING)
    return made(element.place, " WHERE {}", text) if text else NOTHING


def _update(element: Element) -> list[Sql]:
    names = [name_of(each, "name") for each in element.all("column")]
    shown = joined(element.place, ", ", [made(element.place, "{} = NULL", name) for name in names])
    return [made(element.place, "UPDATE {} SET {}{}", table_of(element), shown, _where(element))]


def _delete(element: Element) -> list[Sql]:
    return [made(element.place, "DELETE FROM {}{}", table_of(element), _where(element))]


def _sql(element: Element) -> list[Sql]:
    text = text_of(element)
    mark = element.says("endDelimiter").removesuffix("$").strip()
    if mark and mark != ";" and text:
        pattern = re.compile(rf"(?im)^[ \t]*{re.escape(mark)}[ \t]*\r?$|{re.escape(mark)}[ \t]*\r?$")
        parts = [
            part._replace(text=pattern.sub(lambda m: ";" + " " * (len(m.group()) - 1), part.text))
            for part in text.parts
        ]
        text = Sql(tuple(parts))
    return [text] if text else []


def _rename_back(table: bool) -> Callable[[Element], list[Sql]]:
    def back(element: Element) -> list[Sql]:
        if table:
            new = table_of(element, "newTableName")
            return [made(element.place, "ALTER TABLE {} RENAME TO {}", new, name_of(element, "oldTableName"))]
        names = name_of(element, "newColumnName"), name_of(element, "oldColumnName")
        return [_alter(element, "RENAME COLUMN {} TO {}", *names)]

    return back


def _drop_index(element: Element) -> list[Sql]:
    return [made(element.place, "DROP INDEX {}", table_of(element, "indexName"))]


_CHANGES: dict[str, Callable[[Element], list[Sql]]] = {
    "sql": _sql,
    "createTable": _create_table,
    "dropTable": _drop("TABLE", "tableName"),
    "renameTable": _rename_table,
    "addColumn": _add_column,
    "dropColumn": _drop_column,
    "renameColumn": _rename_column,
    "modifyDataType": _type_change,
    "createIndex": _create_index,
    "dropIndex": _drop_index,
    "addForeignKeyConstraint": _foreign_key,
    "dropForeignKeyConstraint": _drop_constraint("baseTableName"),
    "addPrimaryKey": _key("PRIMARY KEY"),
    "dropPrimaryKey": _drop_constraint("tableName"),
    "addUniqueConstraint": _key("UNIQUE"),
    "dropUniqueConstraint": _drop_constraint("tableName"),
    "addNotNullConstraint": _not_null,
    "dropNotNullConstraint": _column_change("ALTER COLUMN {} DROP NOT NULL"),
    "addDefaultValue": _set_default,
    "dropDefaultValue": _column_change("ALTER COLUMN {} DROP DEFAULT"),
    "addAutoIncrement": _column_change("ALTER COLUMN {} ADD GENERATED BY DEFAULT AS IDENTITY"),
    "createSequence": _create_sequence,
    "dropSequence": _drop("SEQUENCE", "sequenceName"),
    "createView": _create_view,
    "dropView": _drop("VIEW", "viewName"),
    "createProcedure": _sql,
    "createFunction": _sql,
    "createTrigger": _sql,
    "dropProcedure": _drop("PROCEDURE", "procedureName"),
    "insert": _insert,
    "update": _update,
    "delete": _delete,
}
_UNDONE: dict[str, Callable[[Element], list[Sql]]] = {
    "createTable": _drop("TABLE", "tableName"),
    "renameTable": _rename_back(True),
    "addColumn": _drop_column,
    "renameColumn": _rename_back(False),
    "createIndex": _drop_index,
    "addForeignKeyConstraint": _drop_constraint("baseTableName"),
    "addPrimaryKey": _drop_constraint("tableName"),
    "addUniqueConstraint": _drop_constraint("tableName"),
    "addNotNullConstraint": _column_change("ALTER COLUMN {} DROP NOT NULL"),
    "addDefaultValue": _column_change("ALTER COLUMN {} DROP DEFAULT"),
    "createSequence": _drop("SEQUENCE", "sequenceName"),
    "createView": _drop("VIEW", "viewName"),
}
