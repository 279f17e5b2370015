"""Alembic's operations on tables and columns."""

from __future__ import annotations

from dsql_migrate.source.migrations.hosts.alembic import sqlalchemy as sa
from dsql_migrate.source.migrations.hosts.alembic.indexes import Table, alter, index, nothing, table
from dsql_migrate.source.migrations.hosts.languages.tree import Call, Items, Pairs, Text, Value
from dsql_migrate.source.migrations.hosts.script import Script
from dsql_migrate.source.migrations.hosts.sql import NOTHING, Sql, joined, made
from dsql_migrate.source.migrations.hosts.values import UNKNOWN
from dsql_migrate.source.migrations.hosts.walk import Walk


def create_table(script: Script, call: Call, batch: Table, walk: Walk) -> None:
    name = table(call, batch, walk, call.arg(0, "table_name"))
    plain_name = walk.word(call.arg(0, "table_name"))
    columns, others, keys = [], [], []
    for arg in call.args[1:]:
        item = walk.resolve(arg)
        if sa.is_call(item, "Column"):
            assert isinstance(item, Call)
            columns.append(sa.column(item, walk))
        elif sa.is_call(item, "PrimaryKeyConstraint"):
            assert isinstance(item, Call)
            keys.append(item)
        elif isinstance(item, Call) and (other := sa.constraint(item, walk)) is not None:
            others.append(other)
        elif isinstance(item, Call) and item.name == "Index":
            continue  # made below, as it needs the table
        else:
            walk.told(arg, "this part of the table is known only when the migration runs")
    key_names = {walk.word(arg) for key in keys for arg in key.args} | {c.plain_name for c in columns if c.primary_key}
    for column in columns:
        column.primary_key = column.primary_key or column.plain_name in key_names
    numbered = [c for c in columns if c.primary_key and (c.autoincrement or (
        c.autoincrement is None and len(key_names) == 1 and not c.foreign_keys))]  # fmt: skip
    elements = [sa.definition(column, walk, serial=column in numbered) for column in columns]
    if keys:
        elements += [found for key in keys if (found := sa.constraint(key, walk)) is not None]
    elif key_names:
        marked = [column for column in columns if column.primary_key]
        elements.append(made(marked[0].node.named["primary_key"].place, "PRIMARY KEY ({})",
                             joined(call.place, ", ", [column.name for column in marked])))  # fmt: skip
    elements += others
    for column in columns:
        elements += column.foreign_keys + column.checks
        if column.unique and not column.index:
            elements.append(made(column.node.named["unique"].place, "UNIQUE ({})", column.name))
        script.send(*column.types)
    exists = "IF NOT EXISTS " if walk.flag(call.named.get("if_not_exists")) else ""
    prefixes = walk.resolve(call.named["prefixes"]) if "prefixes" in call.named else None
    words = [walk.word(item) for item in prefixes.items] if isinstance(prefixes, Items) else []
    kind = " ".join([*words, "TABLE"])
    body = joined(call.place, ", ", elements)
    script.send(made(call.place, "CREATE {} {}{} ({}){}", kind, exists, name, body, _options(call, walk)))
    _extras(script, call, name, plain_name, columns, walk)
    for arg in call.args[1:]:
        inner = walk.resolve(arg)
        if isinstance(inner, Call) and inner.name == "Index":
            script.send(index(inner, inner.arg(0), Items(inner.start, inner.end, inner.args[1:]), name, walk))


def _options(call: Call, walk: Walk) -> Sql:
    found = NOTHING
    for key, words in (("postgresql_inherits", "INHERITS ({})"), ("postgresql_partition_by", "PARTITION BY {}"),
                       ("postgresql_using", "USING {}"), ("postgresql_tablespace", "TABLESPACE {}")):  # fmt: skip
        node = call.named.get(key)
        if node is None:
            continue
        text = walk.names(node) if key == "postgresql_inherits" else [walk.sql(node) or NOTHING]
        found += made(node.place, " " + words, joined(node.place, ", ", text))
    return found


def _extras(script: Script, call: Call, table: Sql, name: str, columns: list[sa.Column], walk: Walk) -> None:
    """Indexes and comments of columns, which are statements of their own."""
    for column in columns:
        if column.index:
            unique = "UNIQUE " if column.unique else ""
            index = made(column.node.named["index"].place, f'"ix_{name or UNKNOWN}_{column.plain_name or UNKNOWN}"')
            script.send(
                made(
                    column.node.named["index"].place, "CREATE {}INDEX {} ON {} ({})", unique, index, table, column.name
                )
            )
    if "comment" in call.named and (text := walk.literal(call.named["comment"])):
        script.send(made(call.named["comment"].place, "COMMENT ON TABLE {} IS {}", table, text))
    for column in columns:
        if column.comment is not None and (text := walk.literal(column.comment)):
            script.send(made(column.comment.place, "COMMENT ON COLUMN {}.{} IS {}", table, column.name, text))


def drop_table(script: Script, call: Call, batch: Table, walk: Walk) -> None:
    exists = "IF EXISTS " if walk.flag(call.named.get("if_exists")) else ""
    script.send(made(call.place, "DROP TABLE {}{}", exists, table(call, batch, walk, call.arg(0, "table_name"))))


def add_column(script: Script, call: Call, batch: Table, walk: Walk) -> None:
    args = call.args if batch != (None, None) else call.args[1:]
    node = walk.resolve(args[0]) if args else call.named.get("column")
    if not isinstance(node, Call) or node.name != "Column":
        walk.told(call, "the column is known only when the migration runs")
        return
    name_node = batch[0] if batch != (None, None) else call.arg(0, "table_name")
    name = table(call, batch, walk, name_node)
    column = sa.column(node, walk)
    exists = "IF NOT EXISTS " if walk.flag(call.named.get("if_not_exists")) else ""
    inline = " PRIMARY KEY" if walk.flag(call.named.get("inline_primary_key")) else ""
    inlined = walk.flag(call.named.get("inline_references"))
    references = NOTHING
    if inlined and column.foreign_keys:
        text = column.foreign_keys[0].text
        references = made(node.place, " " + text[text.index("REFERENCES") :].replace("{", "").replace("}", ""))
    script.send(alter(call, name, "ADD COLUMN {}{}{}{}", exists, sa.definition(column, walk), inline, references))
    for constraint in ([] if inlined else column.foreign_keys) + column.checks:
        script.send(alter(call, name, "ADD {}", constraint))
    if column.unique and not column.index:
        script.send(alter(call, name, "ADD UNIQUE ({})", column.name))
    _extras(script, call, name, walk.word(name_node), [column], walk)


def drop_column(script: Script, call: Call, batch: Table, walk: Walk) -> None:
    here = batch != (None, None)
    name = table(call, batch, walk, call.arg(0, "table_name"))
    exists = "IF EXISTS " if walk.flag(call.named.get("if_exists")) else ""
    script.send(alter(call, name, "DROP COLUMN {}{}", exists, walk.name(call.arg(0 if here else 1, "column_name"))))


def alter_column(script: Script, call: Call, batch: Table, walk: Walk) -> None:
    here = batch != (None, None)
    name = table(call, batch, walk, call.arg(0, "table_name"))
    column = walk.name(call.arg(0 if here else 1, "column_name"))
    given = call.named
    send = script.send
    if "nullable" in given and not nothing(given["nullable"], walk):
        verb = "DROP" if walk.flag(given["nullable"]) else "SET"
        send(alter(call, name, "ALTER COLUMN {} {}", column, made(given["nullable"].place, f"{verb} NOT NULL")))
    type_node = given.get("type_")
    if type_node is not None and not nothing(type_node, walk):
        using = given.get("postgresql_using")
        tail = made(using.place, " USING {}", walk.sql(using) or NOTHING) if using is not None else NOTHING
        send(alter(call, name, "ALTER COLUMN {} TYPE {}{}", column, sa.type_of(type_node, walk), tail))
    default = given.get("server_default")
    if default is not None:
        value = walk.resolve(default)
        if sa.is_call(value, "Identity"):
            assert isinstance(value, Call)
            send(alter(call, name, "ALTER COLUMN {} ADD {}", column, sa.identity(value, walk)))
        elif isinstance(value, Value) and value.value in (None, False):
            if value.value is None:
                verb = (
                    "DROP IDENTITY"
                    if sa.is_call(walk.resolve(given.get("existing_server_default", default)), "Identity")
                    else "DROP DEFAULT"
                )
                send(alter(call, name, "ALTER COLUMN {} {}", column, made(default.place, verb)))
        else:
            send(
                alter(
                    call,
                    name,
                    "ALTER COLUMN {} {}",
                    column,
                    made(default.place, "SET DEFAULT {}", sa.default(default, walk)),
                )
            )
    if "comment" in given:
        text = walk.literal(given["comment"])
        send(made(given["comment"].place, "COMMENT ON COLUMN {}.{} IS {}", name, column, text or "NULL"))
    new = given.get("new_column_name")
    if new is not None and not nothing(new, walk):
        send(alter(call, name, "RENAME {} TO {}", column, walk.name(new)))


def rename_table(script: Script, call: Call, batch: Table, walk: Walk) -> None:
    name = table(call, batch, walk, call.arg(0, "old_table_name"))
    script.send(alter(call, name, "RENAME TO {}", walk.name(call.arg(1, "new_table_name"))))


def comment(script: Script, call: Call, batch: Table, walk: Walk) -> None:
    name = table(call, batch, walk, call.arg(0, "table_name"))
    node = call.arg(1, "comment") if call.name == "create_table_comment" else None
    text = walk.literal(node) if node is not None else None
    script.send(made(call.place, "COMMENT ON TABLE {} IS {}", name, text or "NULL"))


def bulk_insert(script: Script, call: Call, batch: Table, walk: Walk) -> None:
    target = walk.resolve(call.args[0]) if call.args else None
    name = walk.name(target.args[0]) if isinstance(target, Call) and target.args else made(call.place, f'"{UNKNOWN}"')
    rows = walk.resolve(call.args[1]) if len(call.args) > 1 else None
    first = rows.items[0] if isinstance(rows, Items) and rows.items else None
    if not isinstance(rows, Items) or not isinstance(first, Pairs):
        script.send(made(call.place, "INSERT INTO {} DEFAULT VALUES", name))
        return
    keys = list(first.named())
    columns = joined(call.place, ", ", [walk.name(key) for key, _ in first.pairs if isinstance(key, Text)])
    listed = []
    for row in rows.items:
        values = row.named() if isinstance(row, Pairs) else {}
        cells = [(walk.literal(values[key]) if key in values else None) or made(row.place, "NULL") for key in keys]
        listed.append(made(row.place, "({})", joined(row.place, ", ", cells)))
    script.send(made(call.place, "INSERT INTO {} ({}) VALUES {}", name, columns, joined(call.place, ", ", listed)))
