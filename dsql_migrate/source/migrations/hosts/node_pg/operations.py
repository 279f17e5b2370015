"""node-pg-migrate's operations (``pgm.createTable`` …) as the SQL that it sends (node-pg-migrate 6 to 8)."""

from __future__ import annotations

from collections.abc import Callable

from dsql_migrate.source.migrations.hosts.languages.tree import Call, Function, Node, Pairs, dotted
from dsql_migrate.source.migrations.hosts.node_pg import objects
from dsql_migrate.source.migrations.hosts.node_pg import tables as made_tables
from dsql_migrate.source.migrations.hosts.node_pg.tables import options
from dsql_migrate.source.migrations.hosts.script import Script
from dsql_migrate.source.migrations.hosts.sql import Part, Sql
from dsql_migrate.source.migrations.hosts.walk import Walk

_SILENT = frozenset({"noTransaction", "func", "toString", "useRawSql"})


class Operations:
    """What the calls on ``pgm`` mean."""

    def __init__(self, script: Script, function: Function) -> None:
        self.script = script
        self.pgm = function.params[0] if function.params else "pgm"

    def call(self, call: Call, walk: Walk) -> bool:
        """An operation."""
        on = dotted(call.on)
        if on.endswith(".db") and call.name in ("query", "select"):
            node = call.arg(0)
            found = walk.resolve(node) if node is not None else None
            inner = found.named().get("text") if isinstance(found, Pairs) else node
            if inner is not None:
                self.script.raw(inner, walk)
            return True
        if on != self.pgm:
            return False
        if call.name == "noTransaction":
            self.script.wrap = "statement"
            return True
        if call.name in _SILENT:
            return True
        operation = _OPERATIONS.get(call.name)
        if operation is None:
            return False
        operation(self.script, call, walk)
        return True

    def harmless(self, call: Call, walk: Walk) -> bool:
        """Calls on other things send nothing, unless they are handed ``pgm``."""
        if dotted(call.on) == self.pgm:
            return False
        return not any(dotted(arg) == self.pgm for arg in call.args)

    def inside(self, head: Node, name: str, entered: bool, walk: Walk) -> bool:
        """There are no with-blocks."""
        return False


def _sql(script: Script, call: Call, walk: Walk) -> None:
    node = call.arg(0)
    if node is None:
        return
    text = walk.sql(node)
    given = options(call, 1, walk)
    if text is not None and given:
        parts = []
        for part in text.parts:
            changed = part.text
            for key, value in given.items():
                changed = changed.replace("{" + key + "}", f'"{walk.word(value)}"')
            parts.append(part if changed == part.text else Part(changed, part.start, part.end, False))
        text = Sql(tuple(parts), text.holes)
    script.raw(node, walk, text)


_OPERATIONS: dict[str, Callable[[Script, Call, Walk], None]] = {
    "sql": _sql,
    "createTable": made_tables.create_table,
    "dropTable": objects.drop("TABLE"),
    "renameTable": objects.rename("TABLE"),
    "addColumns": made_tables.add_columns,
    "addColumn": made_tables.add_columns,
    "dropColumns": made_tables.drop_columns,
    "dropColumn": made_tables.drop_columns,
    "alterColumn": made_tables.alter_column,
    "renameColumn": objects.rename("COLUMN"),
    "createIndex": objects.create_index,
    "addIndex": objects.create_index,
    "dropIndex": objects.drop_index,
    "addConstraint": objects.add_constraint,
    "createConstraint": objects.add_constraint,
    "dropConstraint": objects.drop_constraint,
    "renameConstraint": objects.rename("CONSTRAINT"),
    "createType": objects.create_type,
    "addType": objects.create_type,
    "dropType": objects.drop("TYPE"),
    "renameType": objects.rename("TYPE"),
    "addTypeValue": objects.add_value,
    "createExtension": objects.create("EXTENSION"),
    "addExtension": objects.create("EXTENSION"),
    "dropExtension": objects.drop("EXTENSION"),
    "createSchema": objects.create("SCHEMA"),
    "dropSchema": objects.drop("SCHEMA"),
    "renameSchema": objects.rename("SCHEMA"),
    "createSequence": objects.create("SEQUENCE"),
    "dropSequence": objects.drop("SEQUENCE"),
    "renameSequence": objects.rename("SEQUENCE"),
    "createView": objects.create_view("VIEW"),
    "dropView": objects.drop("VIEW"),
    "renameView": objects.rename("VIEW"),
    "createMaterializedView": objects.create_view("MATERIALIZED VIEW"),
    "dropMaterializedView": objects.drop("MATERIALIZED VIEW"),
    "createFunction": objects.create_function,
    "dropFunction": objects.drop_function,
    "createTrigger": objects.create_trigger,
    "dropTrigger": objects.drop_trigger,
    "dropDomain": objects.drop("DOMAIN"),
    "createRole": objects.create("ROLE"),
    "dropRole": objects.drop("ROLE"),
}
