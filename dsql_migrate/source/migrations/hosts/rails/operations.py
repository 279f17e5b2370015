"""Rails: what the calls of a migration send."""

from __future__ import annotations

import re
from collections.abc import Callable

from dsql_migrate.source.migrations.hosts import tables
from dsql_migrate.source.migrations.hosts.languages.tree import Call, Function, Node, Pairs, Text, Value, dotted
from dsql_migrate.source.migrations.hosts.rails import keys
from dsql_migrate.source.migrations.hosts.rails.columns import (
    Version,
    column,
)
from dsql_migrate.source.migrations.hosts.rails.keys import table_of
from dsql_migrate.source.migrations.hosts.rails.table import Builder, primary_key
from dsql_migrate.source.migrations.hosts.script import Script
from dsql_migrate.source.migrations.hosts.sql import NOTHING, Sql, joined, made
from dsql_migrate.source.migrations.hosts.walk import Walk

_QUERIES = frozenset({"execute", "exec_query", "exec_update", "exec_delete", "exec_insert", "select_all",
    "select_value",
                      "select_values", "select_one", "select_rows", "update", "insert", "delete", "query"})  # fmt: skip
_INSIDE = frozenset({"safety_assured", "say_with_time", "suppress_messages", "up_only", "transaction", "tap",
    "with_lock",
                     "disable_statement_timeout", "without_statement_timeout", "say"})  # fmt: skip
_HARMLESS = re.compile(
    r"(?:puts|print|p|say|raise|require|require_relative|include|extend|private|attr_\w+|reset_column_information|"
    r"table_exists\?|column_exists\?|index_exists\?|foreign_key_exists\?|index_name_exists\?|extension_enabled\?|"
    r"index_name|quote|quote_table_name|quote_column_name|sleep|freeze|present\?|blank\?|nil\?|any\?|empty\?|include\?|"
    r"reverting\?|connection|disable_ddl_transaction!|class|new|to_s|to_sym|join|squish|strip|tables|columns|indexes|"
    r"data_source_exists\?|view_exists\?|set_statement_timeout|logger|info|now|current|ago|key\?|fetch|first|last)\Z"
)
_Operation = Callable[["Operations", Call, Walk], None]


class Operations:
    """What calls mean on one side. With ``back`` a ``change`` is taken back: each call sends its inverse."""

    def __init__(self, script: Script, version: Version, down: bool = False, back: bool = False) -> None:
        self.script = script
        self.version = version
        self.down = down
        self.back = back
        self.undone: list[list[Sql]] = []

    def send(self, *statements: Sql) -> None:
        """Into the script; on the way back the calls come out in reverse order."""
        if self.back:
            self.undone.append(list(statements))
        else:
            self.script.send(*statements)

    def finish(self) -> None:
        """The end of the side."""
        for statements in reversed(self.undone):
            self.script.send(*statements)

    def call(self, call: Call, walk: Walk) -> bool:
        """An operation, SQL in a string, or a block around others."""
        on = dotted(call.on)
        if call.name in _QUERIES and (call.args or "sql" in call.named) and (
            call.name == "execute" or on.endswith("connection") or on.endswith("connection()")
        ):  # fmt: skip
            if not self.back:
                self.script.raw(call.args[0] if call.args else call.named["sql"], walk)
            return True
        if call.name == "reversible" and call.block is not None:
            self._reversible(call.block, walk)
            return True
        if call.name == "revert":
            walk.told(call, "what revert takes back is not read")
            return True
        if call.name in _INSIDE and call.block is not None:
            if not (call.name == "up_only" and self.down):
                walk.run(call.block.body)
            return True
        if call.on is not None and not on.endswith("connection") and not on.endswith("connection()") and on != "self":
            return False
        operation = _OPERATIONS.get(call.name)
        if operation is None:
            return False
        if not self.back:
            operation(self, call, walk)
        elif (inverse := _INVERSE.get(call.name)) is not None:
            inverse(self, call, walk)
        return True

    def _reversible(self, block: Function, walk: Walk) -> None:
        """``dir.up { }`` on the way up, ``dir.down { }`` on the way down; what it sends comes as it stands."""
        wanted = "down" if self.down else "up"
        for node in block.body:
            if isinstance(node, Call) and node.name == wanted and node.block is not None:
                back, self.back = self.back, False
                kept, self.script = self.script, Script("file") if back else self.script
                walk.run(node.block.body)
                collected, self.script, self.back = self.script, kept, back
                if back:
                    self.undone.append(collected.sent())
            elif isinstance(node, Call) and node.name not in ("up", "down"):
                walk.do(node)

    def harmless(self, call: Call, walk: Walk) -> bool:
        """Calls that send nothing; and names that are variables."""
        if call.name in walk.known and not isinstance(walk.known[call.name], Function):
            return True
        return bool(_HARMLESS.match(call.name)) or dotted(call.on) in ("Rails", "ENV", "Rails.logger", "Time", "Date")

    def inside(self, head: Node, name: str, entered: bool, walk: Walk) -> bool:
        """There are no with-blocks."""
        return False


def _create_table(ops: Operations, call: Call, walk: Walk) -> None:
    table = table_of(call, walk)
    builder = Builder(call.block.params if call.block else (), table, ops.version)
    primary_key(builder, call, walk)
    if "as" in call.named:
        text = walk.sql(call.named["as"])
        ops.send(made(call.place, "CREATE TABLE {} AS ", table) + (text or made(call.place, "SELECT 1")))
        return
    if call.block is not None:
        builder.run(call.block, walk)
    temporary = "TEMPORARY " if walk.flag(call.named.get("temporary")) else ""
    exists = "IF NOT EXISTS " if walk.flag(call.named.get("if_not_exists")) else ""
    tail = " " + walk.word(call.named.get("options")) if walk.word(call.named.get("options")) else ""
    first = [made(call.place, "DROP TABLE IF EXISTS {}", table)] if "force" in call.named else []
    elements = [tables.definition(each) for each in builder.columns] + builder.elements
    whole = tables.create_table(call.place, table, elements, f"CREATE {temporary}TABLE {exists}".rstrip(), tail)
    if "comment" in call.named and (text := walk.literal(call.named["comment"])):
        builder.late.append(made(call.named["comment"].place, "COMMENT ON TABLE {} IS {}", table, text))
    ops.send(*first, whole, *builder.late, *builder.comments())


def _join_table(ops: Operations, call: Call, walk: Walk) -> None:
    words = sorted(walk.word(arg) for arg in call.args[:2])
    name = (
        walk.name(call.named["table_name"]) if "table_name" in call.named else made(call.place, f'"{"_".join(words)}"')
    )
    builder = Builder(call.block.params if call.block else (), name, ops.version)
    kind = "bigint" if ops.version.big_keys else "integer"
    inner = Call(call.start, call.end, None, "", (), {})
    for arg in call.args[:2]:
        word = walk.word(arg)
        single = word[:-3] + "y" if word.endswith("ies") else word.removesuffix("s")
        each = column(walk, made(arg.place, f'"{single}_id"'), kind, inner, arg.place, ops.version)
        each.not_null = made(arg.place, "NOT NULL")
        builder.columns.append(each)
    if call.block is not None:
        builder.run(call.block, walk)
    ops.send(tables.create_table(call.place, name, [tables.definition(c) for c in builder.columns]), *builder.late)


def _change_table(ops: Operations, call: Call, walk: Walk) -> None:
    if call.block is None:
        return
    builder = Builder(call.block.params, table_of(call, walk), ops.version, changes=True)
    builder.run(call.block, walk)
    added = [tables.alter(c.place, builder.table, "ADD {}", tables.definition(c)) for c in builder.columns]
    ops.send(*added, *builder.late, *builder.comments())


def _drop_table(ops: Operations, call: Call, walk: Walk) -> None:
    exists = "IF EXISTS " if walk.flag(call.named.get("if_exists")) else ""
    cascade = " CASCADE" if walk.word(call.named.get("force")) == "cascade" else ""
    for arg in call.args:
        ops.send(made(call.place, f"DROP TABLE {exists}{{}}{cascade}", tables.table_name(walk, arg)))


def _add_column(ops: Operations, call: Call, walk: Walk) -> None:
    table = table_of(call, walk)
    place = call.args[2].place if len(call.args) > 2 else call.place
    found = column(walk, walk.name(call.arg(1)), walk.word(call.arg(2)), call, place, ops.version)
    exists = "IF NOT EXISTS " if walk.flag(call.named.get("if_not_exists")) else ""
    statements = [tables.alter(call.place, table, "ADD {}{}", exists, tables.definition(found))]
    if found.comment:
        statements.append(made(call.place, "COMMENT ON COLUMN {}.{} IS {}", table, found.name, found.comment))
    ops.send(*statements)


def _drop_columns(ops: Operations, call: Call, walk: Walk) -> None:
    """One column, with its type behind it, or several."""
    several = call.name == "remove_columns"
    names = call.args[1:] if several else call.args[1:2]
    exists = "IF EXISTS " if walk.flag(call.named.get("if_exists")) else ""
    ops.send(
        *(tables.alter(call.place, table_of(call, walk), "DROP COLUMN {}{}", exists, walk.name(name)) for name in names)
    )


def _change_column(ops: Operations, call: Call, walk: Walk) -> None:
    table, name = table_of(call, walk), walk.name(call.arg(1))
    place = call.args[2].place if len(call.args) > 2 else call.place
    found = column(walk, name, walk.word(call.arg(2)), call, place, ops.version)
    using = call.named.get("using")
    cast = made(using.place, " USING {}", walk.sql(using) or NOTHING) if using is not None else NOTHING
    parts = [made(call.place, "ALTER COLUMN {} TYPE {}{}", name, found.type, cast)]
    if "default" in call.named:
        shown = made(call.place, "SET DEFAULT {}", found.default) if found.default else "DROP DEFAULT"
        parts.append(made(call.place, "ALTER COLUMN {} {}", name, shown))
    if "null" in call.named:
        verb = "SET" if found.not_null else "DROP"
        parts.append(made(call.named["null"].place, f"ALTER COLUMN {{}} {verb} NOT NULL", name))
    ops.send(tables.alter(call.place, table, "{}", joined(call.place, ", ", parts)))


def _change_null(ops: Operations, call: Call, walk: Walk) -> None:
    table, name = table_of(call, walk), walk.name(call.arg(1))
    null = walk.flag(call.arg(2)) != ops.back
    if len(call.args) > 3 and not null and (value := walk.literal(call.args[3])):
        ops.send(made(call.place, "UPDATE {} SET {}={} WHERE {} IS NULL", table, name, value, name))
    ops.send(tables.alter(call.place, table, f"ALTER COLUMN {{}} {'DROP' if null else 'SET'} NOT NULL", name))


def _change_default(ops: Operations, call: Call, walk: Walk) -> None:
    table, name = table_of(call, walk), walk.name(call.arg(1))
    third = walk.resolve(call.args[2]) if len(call.args) > 2 else None
    named = call.named or (third.named() if isinstance(third, Pairs) else {})
    node = named.get("from" if ops.back else "to") if named else third
    if node is None:
        return
    found = walk.resolve(node)
    body = found.body[-1] if isinstance(found, Function) and found.body else None
    shown = walk.sql(body) if body is not None else None
    if shown is None and not (isinstance(found, Value) and found.value is None):
        shown = tables.default(walk, node)
    value = made(node.place, "SET DEFAULT {}", shown) if shown else made(node.place, "DROP DEFAULT")
    ops.send(tables.alter(call.place, table, "ALTER COLUMN {} {}", name, value))


def _rename(template: str, first: int, second: int) -> _Operation:
    def rename(ops: Operations, call: Call, walk: Walk) -> None:
        numbers = (second, first) if ops.back else (first, second)
        old, new = (walk.name(call.arg(number)) for number in numbers)
        place = call.place
        if template == "TABLE":
            ops.send(tables.alter(place, old, "RENAME TO {}", new))
        elif template == "COLUMN":
            ops.send(tables.alter(place, table_of(call, walk), "RENAME COLUMN {} TO {}", old, new))
        else:
            ops.send(made(place, f"ALTER {template} {{}} RENAME TO {{}}", old, new))

    return rename


def _simple(template: str) -> _Operation:
    def run(ops: Operations, call: Call, walk: Walk) -> None:
        ops.send(made(call.place, template, walk.name(call.arg(0))))

    return run


def _create_enum(ops: Operations, call: Call, walk: Walk) -> None:
    listed = tables.labels(walk, call.arg(1), call.place)
    ops.send(made(call.place, "CREATE TYPE {} AS ENUM ({})", walk.name(call.arg(0)), listed))


def _add_enum_value(ops: Operations, call: Call, walk: Walk) -> None:
    value = walk.literal(call.args[1]) if len(call.args) > 1 else None
    ops.send(made(call.place, "ALTER TYPE {} ADD VALUE {}", walk.name(call.arg(0)), value or "''"))


def _timestamps(ops: Operations, call: Call, walk: Walk) -> None:
    builder = Builder((), table_of(call, walk), ops.version)
    builder.timestamps(Call(call.start, call.end, None, "timestamps", (), call.named), walk)
    ops.send(*(tables.alter(call.place, builder.table, "ADD {}", tables.definition(each)) for each in builder.columns))


def _drop_timestamps(ops: Operations, call: Call, walk: Walk) -> None:
    table = table_of(call, walk)
    ops.send(*(tables.alter(call.place, table, f'DROP COLUMN "{name}"') for name in ("updated_at", "created_at")))


def _comment(ops: Operations, call: Call, walk: Walk) -> None:
    node = call.args[-1] if call.args else None
    found = walk.resolve(node) if node is not None else None
    text = walk.literal(found) if isinstance(found, Text) else None
    target = table_of(call, walk)
    if call.name == "change_table_comment":
        ops.send(made(call.place, "COMMENT ON TABLE {} IS {}", target, text or "NULL"))
    else:
        ops.send(made(call.place, "COMMENT ON COLUMN {}.{} IS {}", target, walk.name(call.arg(1)), text or "NULL"))


def _drop_join_table(ops: Operations, call: Call, walk: Walk) -> None:
    words = "_".join(sorted(walk.word(arg) for arg in call.args[:2]))
    ops.send(made(call.place, f'DROP TABLE "{words}"'))


def _scenic(ops: Operations, call: Call, walk: Walk) -> None:
    walk.told(call, "the query of this view stands in a file of db/views, which is not read")


_OPERATIONS: dict[str, _Operation] = {
    "create_table": _create_table,
    "create_join_table": _join_table,
    "drop_join_table": _drop_join_table,
    "change_table": _change_table,
    "drop_table": _drop_table,
    "rename_table": _rename("TABLE", 0, 1),
    "add_column": _add_column,
    "remove_column": _drop_columns,
    "remove_columns": _drop_columns,
    "rename_column": _rename("COLUMN", 1, 2),
    "change_column": _change_column,
    "change_column_null": _change_null,
    "change_column_default": _change_default,
    "change_column_comment": _comment,
    "change_table_comment": _comment,
    "add_timestamps": _timestamps,
    "remove_timestamps": _drop_timestamps,
    "add_index": keys.add_index,
    "remove_index": keys.drop_index,
    "rename_index": _rename("INDEX", 1, 2),
    "add_reference": keys.add_reference,
    "add_belongs_to": keys.add_reference,
    "remove_reference": keys.drop_reference,
    "remove_belongs_to": keys.drop_reference,
    "add_foreign_key": keys.add_foreign_key,
    "remove_foreign_key": keys.drop_foreign_key,
    "validate_foreign_key": keys.validate,
    "add_check_constraint": keys.add_check,
    "remove_check_constraint": keys.drop_constraint,
    "validate_check_constraint": keys.validate,
    "validate_constraint": keys.validate,
    "add_unique_constraint": keys.add_unique,
    "remove_unique_constraint": keys.drop_constraint,
    "add_exclusion_constraint": keys.add_exclusion,
    "remove_exclusion_constraint": keys.drop_constraint,
    "enable_extension": _simple("CREATE EXTENSION IF NOT EXISTS {}"),
    "disable_extension": _simple("DROP EXTENSION IF EXISTS {} CASCADE"),
    "create_enum": _create_enum,
    "drop_enum": _simple("DROP TYPE {}"),
    "rename_enum": _rename("TYPE", 0, 1),
    "add_enum_value": _add_enum_value,
    "create_schema": _simple("CREATE SCHEMA {}"),
    "drop_schema": _simple("DROP SCHEMA {} CASCADE"),
    "create_view": _scenic,
    "update_view": _scenic,
    "replace_view": _scenic,
    "drop_view": _simple("DROP VIEW {}"),
    "truncate": _simple("TRUNCATE TABLE {}"),
}
_INVERSE: dict[str, _Operation] = {
    "create_table": _drop_table,
    "create_join_table": _drop_join_table,
    "rename_table": _rename("TABLE", 0, 1),
    "add_column": _drop_columns,
    "remove_column": _add_column,
    "rename_column": _rename("COLUMN", 1, 2),
    "change_column_null": _change_null,
    "change_column_default": _change_default,
    "add_timestamps": _drop_timestamps,
    "remove_timestamps": _timestamps,
    "add_index": keys.drop_index,
    "remove_index": keys.add_index,
    "rename_index": _rename("INDEX", 1, 2),
    "add_reference": keys.drop_reference,
    "add_belongs_to": keys.drop_reference,
    "remove_reference": keys.add_reference,
    "add_foreign_key": keys.drop_foreign_key,
    "remove_foreign_key": keys.add_foreign_key,
    "add_check_constraint": keys.drop_constraint,
    "enable_extension": _simple("DROP EXTENSION IF EXISTS {} CASCADE"),
    "disable_extension": _simple("CREATE EXTENSION IF NOT EXISTS {}"),
    "create_enum": _simple("DROP TYPE {}"),
    "create_schema": _simple("DROP SCHEMA {} CASCADE"),
}
