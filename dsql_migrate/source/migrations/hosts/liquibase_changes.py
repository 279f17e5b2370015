"""Liquibase's changes as the SQL that it sends to PostgreSQL (Liquibase 4)."""

from __future__ import annotations

import re
from collections.abc import Callable

from dsql_migrate.source.migrations.hosts.changelog import Element
from dsql_migrate.source.migrations.hosts.script import Script
from dsql_migrate.source.migrations.hosts.sql import NOTHING, Sql, joined, literal, made, quoted
from dsql_migrate.source.migrations.model import Unread

_TYPES = {
    "int": "INTEGER", "integer": "INTEGER", "bigint": "BIGINT", "long": "BIGINT", "smallint": "SMALLINT",
    "tinyint": "SMALLINT", "mediumint": "INTEGER", "number": "numeric", "decimal": "DECIMAL", "numeric": "numeric",
    "currency": "DECIMAL", "datetime": "TIMESTAMP WITHOUT TIME ZONE", "timestamp": "TIMESTAMP WITHOUT TIME ZONE",
    "clob": "TEXT", "longtext": "TEXT", "mediumtext": "TEXT", "nclob": "TEXT", "blob": "BYTEA", "longblob": "BYTEA",
    "binary": "BYTEA", "varbinary": "BYTEA", "double": "DOUBLE PRECISION", "float": "FLOAT", "string": "VARCHAR",
    "nvarchar": "VARCHAR", "nvarchar2": "VARCHAR", "varchar2": "VARCHAR", "nchar": "CHAR", "bit": "BIT",
    "timestamptz": "TIMESTAMP WITH TIME ZONE",
}  # fmt: skip
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


def for_postgresql(element: Element) -> bool:
    """Whether ``dbms`` lets it run on PostgreSQL."""
    names = [name.strip().lower() for name in element.says("dbms").split(",") if name.strip()]
    without = [name[1:] for name in names if name.startswith("!")]
    only = [name for name in names if not name.startswith("!")]
    if "postgresql" in without or "none" in only:
        return False
    return not only or not {"postgresql", "all"}.isdisjoint(only)


def text_of(element: Element) -> Sql:
    """The SQL inside an element, or in its attribute ``sql``."""
    for name in ("sql", "selectQuery", "procedureText", "viewDefinition"):
        if name in element.attributes:
            return element.attributes[name]
    parts = element.text
    while parts and not parts[0].text.strip():
        parts = parts[1:]
    while parts and not parts[-1].text.strip():
        parts = parts[:-1]
    return Sql(tuple(parts))


def _name(element: Element, attribute: str) -> Sql:
    value = element.attributes.get(attribute)
    return quoted(value) if value is not None and value.parts else made(element.place, '"_unknown"')


def _table(element: Element, name: str = "tableName", schema: str = "schemaName") -> Sql:
    if element.says(schema):
        return made(element.place, "{}.{}", _name(element, schema), _name(element, name))
    return _name(element, name)


def _alter(element: Element, template: str, *arguments: Sql | str) -> Sql:
    return made(element.place, "ALTER TABLE {} ", _table(element)) + made(element.place, template, *arguments)


def _names(element: Element, attribute: str) -> Sql:
    place = element.at(attribute)
    shown = [f'"{name.strip()}"' for name in element.says(attribute).split(",") if name.strip()]
    return made(place, ", ".join(shown) or '"_unknown"')


def _type(element: Element, attribute: str = "type") -> Sql:
    said = element.says(attribute)
    said = re.sub(r"^(?:java\.sql\.Types\.|org\.[\w.]+\.)", "", said)
    found = re.match(r"\s*([A-Za-z_]\w*)\s*(\([^)]*\))?(.*)\Z", said, re.S)
    if not found or found.group(1).lower() not in _TYPES:
        return element.attributes.get(attribute, made(element.place, "TEXT"))
    base, size, rest = _TYPES[found.group(1).lower()], found.group(2) or "", found.group(3)
    if base in ("INTEGER", "BIGINT", "SMALLINT", "TEXT", "BYTEA", "DOUBLE PRECISION"):
        size = ""
    if base.startswith("TIMESTAMP") and size:
        base, size = base.replace("TIMESTAMP", f"TIMESTAMP{size}"), ""
    if base.startswith("TIMESTAMP") and rest.strip():
        return element.attributes[attribute]  # with time zone, in words
    return made(element.at(attribute), f"{base}{size}{rest}")


def _default(element: Element) -> Sql:
    for key in ("defaultValueComputed", "defaultValueNumeric", "defaultValueBoolean"):
        if key in element.attributes:
            return element.attributes[key]
    if "defaultValueSequenceNext" in element.attributes:
        return made(element.place, "nextval({})", literal(element.attributes["defaultValueSequenceNext"]))
    for key in ("defaultValueDate", "defaultValue"):
        if key in element.attributes:
            value = element.attributes[key]
            bare = key == "defaultValueDate" and not re.match(r"\s*\d", value.text)
            return value if bare else literal(value)
    return NOTHING


def _column(element: Element) -> tuple[Sql, list[Sql], bool]:
    """(the column, constraints of the table that it brings, whether it is of the primary key)."""
    whole = made(element.place, "{} {}", _name(element, "name"), _type(element))
    if element.flag("autoIncrement"):
        whole += made(element.at("autoIncrement"), " GENERATED BY DEFAULT AS IDENTITY")
    default = _default(element)
    if default:
        whole += made(element.place, " DEFAULT {}", default)
    late: list[Sql] = []
    key = False
    for each in element.all("constraints"):
        key = key or each.flag("primaryKey")
        if not each.flag("nullable", True) or each.flag("primaryKey"):
            at = each.at("nullable" if "nullable" in each.attributes else "primaryKey")
            whole += made(at, " NOT NULL")
        column = _name(element, "name")
        if each.flag("unique"):
            late.append(made(each.at("unique"), "{}UNIQUE ({})", _constraint(each, "uniqueConstraintName"), column))
        if each.says("checkConstraint"):
            late.append(made(each.at("checkConstraint"), "CHECK ({})", each.attributes["checkConstraint"]))
        if each.says("references") or each.says("referencedTableName"):
            late.append(_inline_reference(each, column))
    return whole, late, key


def _inline_reference(each: Element, column: Sql) -> Sql:
    if each.says("references"):
        to = each.attributes["references"]
    else:
        to = made(each.place, "{} ({})", _name(each, "referencedTableName"), _names(each, "referencedColumnNames"))
    cascade = made(each.at("deleteCascade"), " ON DELETE CASCADE") if each.flag("deleteCascade") else NOTHING
    return made(
        each.place, "{}FOREIGN KEY ({}) REFERENCES {}{}", _constraint(each, "foreignKeyName"), column, to, cascade
    )


def _constraint(element: Element, attribute: str) -> Sql:
    return (
        made(element.at(attribute), "CONSTRAINT {} ", _name(element, attribute)) if element.says(attribute) else NOTHING
    )


def _create_table(element: Element) -> list[Sql]:
    elements: list[Sql] = []
    late: list[Sql] = []
    keys: list[tuple[Element, Element]] = []
    for each in element.all("column"):
        whole, more, key = _column(each)
        elements.append(whole)
        late += more
        if key:
            keys.append((each, next(each.all("constraints"))))
    if keys:
        shown = joined(element.place, ", ", [_name(column, "name") for column, _ in keys])
        first = keys[0][1]
        late.insert(0, made(first.at("primaryKey"), "{}PRIMARY KEY ({})", _constraint(first, "primaryKeyName"), shown))
    head = made(element.place, "CREATE TABLE {} ", _table(element))
    return [head + made(element.place, "({})", joined(element.place, ", ", elements + late)), *_remarks(element)]


def _remarks(element: Element) -> list[Sql]:
    found = []
    if element.says("remarks"):
        text = literal(element.attributes["remarks"])
        found.append(made(element.at("remarks"), "COMMENT ON TABLE {} IS {}", _table(element), text))
    for each in element.all("column"):
        if each.says("remarks"):
            text = literal(each.attributes["remarks"])
            name = _name(each, "name")
            found.append(made(each.at("remarks"), "COMMENT ON COLUMN {}.{} IS {}", _table(element), name, text))
    return found


def _add_column(element: Element) -> list[Sql]:
    found: list[Sql] = []
    for each in element.all("column"):
        whole, late, key = _column(each)
        tail = made(each.place, " PRIMARY KEY") if key else NOTHING
        found.append(_alter(element, "ADD {}{}", whole, tail))
        found += [_alter(element, "ADD {}", constraint) for constraint in late]
    return found


def _drop_column(element: Element) -> list[Sql]:
    each = [_name(column, "name") for column in element.all("column")]
    names = each or [_name(element, "columnName")]
    return [_alter(element, "DROP COLUMN {}", name) for name in names]


def _create_index(element: Element) -> list[Sql]:
    keys = []
    for each in element.all("column"):
        key = each.attributes["name"] if each.flag("computed") and "name" in each.attributes else _name(each, "name")
        keys.append(made(each.at("descending"), "{} DESC", key) if each.flag("descending") else key)
    unique = made(element.at("unique"), "UNIQUE ") if element.flag("unique") else NOTHING
    name = made(element.place, "{} ", _name(element, "indexName")) if element.says("indexName") else NOTHING
    shown = joined(element.place, ", ", keys)
    return [made(element.place, "CREATE {}INDEX {}ON {} ({})", unique, name, _table(element), shown)]


def _foreign_key(element: Element) -> list[Sql]:
    base = _table(element, "baseTableName", "baseTableSchemaName")
    to = _table(element, "referencedTableName", "referencedTableSchemaName")
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
    return [head + made(element.place, "ADD {}FOREIGN KEY ({}) REFERENCES {} ({}){}", _constraint(element,
        "constraintName"),
            _names(element, "baseColumnNames"), to, _names(element, "referencedColumnNames"), tail)]  # fmt: skip


def _key(word: str) -> Callable[[Element], list[Sql]]:
    def add(element: Element) -> list[Sql]:
        head = _constraint(element, "constraintName")
        return [_alter(element, f"ADD {{}}{word} ({{}})", head, _names(element, "columnNames"))]

    return add


def _drop_constraint(table: str) -> Callable[[Element], list[Sql]]:
    def drop(element: Element) -> list[Sql]:
        name = _name(element, "constraintName") if element.says("constraintName") else made(
            element.place, f'"{element.says(table)}_pkey"')  # fmt: skip
        schema = "baseTableSchemaName" if table.startswith("base") else "schemaName"
        head = made(element.place, "ALTER TABLE {} ", _table(element, table, schema))
        return [head + made(element.place, "DROP CONSTRAINT {}", name)]

    return drop


def _not_null(element: Element) -> list[Sql]:
    found = []
    column = _name(element, "columnName")
    if "defaultNullValue" in element.attributes:
        value = literal(element.attributes["defaultNullValue"])
        found.append(
            made(element.place, "UPDATE {} SET {} = {} WHERE {} IS NULL", _table(element), column, value, column)
        )
    return [*found, _alter(element, "ALTER COLUMN {} SET NOT NULL", column)]


def _column_change(template: str) -> Callable[[Element], list[Sql]]:
    return lambda element: [_alter(element, template, _name(element, "columnName"))]


def _set_default(element: Element) -> list[Sql]:
    return [
        _alter(element, "ALTER COLUMN {} SET DEFAULT {}", _name(element, "columnName"), _default(element) or "NULL")
    ]


def _type_change(element: Element) -> list[Sql]:
    type_ = _type(element, "newDataType")
    cast = made(element.at("newDataType"), " USING ({}::{})", _name(element, "columnName"), type_)
    return [_alter(element, "ALTER COLUMN {} TYPE {}{}", _name(element, "columnName"), type_, cast)]


def _rename_table(element: Element) -> list[Sql]:
    old = _table(element, "oldTableName")
    return [made(element.place, "ALTER TABLE {} RENAME TO {}", old, _name(element, "newTableName"))]


def _rename_column(element: Element) -> list[Sql]:
    names = _name(element, "oldColumnName"), _name(element, "newColumnName")
    return [_alter(element, "RENAME COLUMN {} TO {}", *names)]


def _drop(word: str, attribute: str) -> Callable[[Element], list[Sql]]:
    def drop(element: Element) -> list[Sql]:
        cascade = made(element.at("cascadeConstraints"), " CASCADE") if element.flag("cascadeConstraints") else NOTHING
        return [made(element.place, f"DROP {word} {{}}{{}}", _table(element, attribute), cascade)]

    return drop


def _create_sequence(element: Element) -> list[Sql]:
    whole = made(element.place, "CREATE SEQUENCE IF NOT EXISTS {}", _table(element, "sequenceName"))
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
    return [made(element.place, f"CREATE {replace}VIEW {{}} AS ", _table(element, "viewName")) + text]


def _insert(element: Element) -> list[Sql]:
    names, values = [], []
    for each in element.all("column"):
        names.append(_name(each, "name"))
        given = next((key for key in each.attributes if key.startswith("value")), "")
        raw = given in ("valueNumeric", "valueBoolean", "valueComputed")
        value = each.attributes.get(given)
        values.append(made(each.place, "NULL") if value is None else value if raw else literal(value))
    place = element.place
    shown = joined(place, ", ", names), joined(place, ", ", values)
    return [made(place, "INSERT INTO {} ({}) VALUES ({})", _table(element), *shown)]


def _where(element: Element) -> Sql:
    node = next(element.all("where"), None)
    text = element.attributes.get("where") or (Sql(tuple(node.text)) if node is not None else NOTHING)
    return made(element.place, " WHERE {}", text) if text else NOTHING


def _update(element: Element) -> list[Sql]:
    names = [_name(each, "name") for each in element.all("column")]
    shown = joined(element.place, ", ", [made(element.place, "{} = NULL", name) for name in names])
    return [made(element.place, "UPDATE {} SET {}{}", _table(element), shown, _where(element))]


def _delete(element: Element) -> list[Sql]:
    return [made(element.place, "DELETE FROM {}{}", _table(element), _where(element))]


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
            new = _table(element, "newTableName")
            return [made(element.place, "ALTER TABLE {} RENAME TO {}", new, _name(element, "oldTableName"))]
        names = _name(element, "newColumnName"), _name(element, "oldColumnName")
        return [_alter(element, "RENAME COLUMN {} TO {}", *names)]

    return back


def _drop_index(element: Element) -> list[Sql]:
    return [made(element.place, "DROP INDEX {}", _table(element, "indexName"))]


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
