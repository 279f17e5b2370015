"""ALTER TABLE, and what shares its tree: ALTER VIEW, ALTER SEQUENCE … OWNER TO."""

from __future__ import annotations

import re

from dsql_migrate.engine.policy import sequences
from dsql_migrate.engine.policy.queries import require_expression, require_own_schema
from dsql_migrate.engine.policy.tables import column, column_limit, foreign_key
from dsql_migrate.engine.policy.verdict import Case, JobKind, Name, Refusal, Splice, relation
from dsql_migrate.source.parse import Node, tokens

# How the messages name an action: the words are PostgreSQL's own (alter_table_type_to_string in tablecmds.c), as the
# recorded ones show; those of the others are the parts of their name in the tree, AT_ReplicaIdentity.
_SPOKEN = {
    "AT_SetNotNull": "ALTER COLUMN ... SET NOT NULL",
    "AT_AlterColumnType": "ALTER COLUMN ... SET DATA TYPE",
    "AT_SetStatistics": "ALTER COLUMN ... SET STATISTICS",
    "AT_ColumnDefault": "ALTER COLUMN ... SET DEFAULT",
    "AT_DropNotNull": "ALTER COLUMN ... DROP NOT NULL",
    "AT_DropExpression": "ALTER COLUMN ... DROP EXPRESSION",
    "AT_SetExpression": "ALTER COLUMN ... SET EXPRESSION",
    "AT_SetCompression": "ALTER COLUMN ... SET COMPRESSION",
    "AT_SetStorage": "ALTER COLUMN ... SET STORAGE",
    "AT_SetOptions": "ALTER COLUMN ... SET",
    "AT_ResetOptions": "ALTER COLUMN ... RESET",
    "AT_AlterColumnGenericOptions": "ALTER COLUMN ... OPTIONS",
    "AT_AddIdentity": "ALTER COLUMN ... ADD IDENTITY",
    "AT_SetIdentity": "ALTER COLUMN ... SET",
    "AT_DropIdentity": "ALTER COLUMN ... DROP IDENTITY",
    "AT_SetRelOptions": "SET",
    "AT_ResetRelOptions": "RESET",
    "AT_GenericOptions": "OPTIONS",
    "AT_ChangeOwner": "OWNER TO",
    "AT_DropCluster": "SET WITHOUT CLUSTER",
    "AT_DropOids": "SET WITHOUT OIDS",
    "AT_SetTableSpace": "SET TABLESPACE",
    "AT_SetUnLogged": "SET UNLOGGED",
    "AT_EnableTrig": "ENABLE TRIGGER",
    "AT_EnableAlwaysTrig": "ENABLE ALWAYS TRIGGER",
    "AT_EnableReplicaTrig": "ENABLE REPLICA TRIGGER",
    "AT_EnableTrigAll": "ENABLE TRIGGER ALL",
    "AT_EnableTrigUser": "ENABLE TRIGGER USER",
    "AT_DisableTrig": "DISABLE TRIGGER",
    "AT_DisableTrigAll": "DISABLE TRIGGER ALL",
    "AT_DisableTrigUser": "DISABLE TRIGGER USER",
    "AT_AddInherit": "INHERIT",
    "AT_DropInherit": "NO INHERIT",
    "AT_AddOf": "OF",
    "AT_DropOf": "NOT OF",
    "AT_DetachPartitionFinalize": "DETACH PARTITION ... FINALIZE",
}
_SIMPLE = {  # action -> the capability it needs
    "AT_DropNotNull": "drop-not-null",
    "AT_DropExpression": "drop-expression",
    "AT_SetStorage": "storage-clause",
    "AT_AlterConstraint": "foreign-keys",
    "AT_SetIdentity": "identity-columns",
    "AT_DropIdentity": "identity-columns",
    "AT_EnableTrigAll": "toggle-triggers",
    "AT_EnableTrigUser": "toggle-triggers",
    "AT_DisableTrigAll": "toggle-triggers",
    "AT_DisableTrigUser": "toggle-triggers",
}
_TRIGGERS_ALL = frozenset({"AT_EnableTrigAll", "AT_DisableTrigAll"})
_VIEW = frozenset({"AT_ColumnDefault", "AT_ChangeOwner", "AT_SetRelOptions", "AT_ResetRelOptions"})


def alter_table(case: Case, node: Node, asynchronous: bool) -> tuple[list[Splice], JobKind | None]:
    """Judge the statement; returns what to change in its text and the job it starts. Raises Refusal."""
    table = relation(node["relation"])
    require_own_schema(table)
    commands = [item["AlterTableCmd"] for item in node.get("cmds", ())]
    kind = node.get("objtype", "OBJECT_TABLE")
    if asynchronous:
        return _validate(case, commands)
    if kind == "OBJECT_TABLE":
        return [splice for command in commands for splice in _action(case, table, command)], None
    for command in commands:
        subtype = str(command["subtype"])
        if kind == "OBJECT_VIEW" and subtype in _VIEW:
            require_expression(case, command.get("def"))
        elif not (kind == "OBJECT_SEQUENCE" and subtype == "AT_ChangeOwner"):
            raise Refusal(_refused_object(str(kind), subtype))
    return [], None


def _refused_object(kind: str, subtype: str) -> str:
    if kind == "OBJECT_TYPE":
        return "ALTER TYPE not supported"
    spoken = {"MATVIEW": "MATERIALIZED VIEW", "FOREIGN_TABLE": "FOREIGN TABLE"}
    kind = kind.removeprefix("OBJECT_")
    return f"unsupported ALTER {spoken.get(kind, kind)} {_words(subtype)} statement"


def _validate(case: Case, commands: list[Node]) -> tuple[list[Splice], JobKind | None]:
    if len(commands) != 1 or commands[0]["subtype"] != "AT_ValidateConstraint":
        raise Refusal("ALTER TABLE ASYNC is supported for VALIDATE CONSTRAINT only")
    if not case.target.has("validate-constraint-async"):  # ASYNC was a table's name then
        after = tokens(case.text)[3]
        raise Refusal(f'syntax error at or near "{case.text[after.start : after.end].decode()}"', "42601")
    return [], JobKind.VALIDATE_CONSTRAINT


def _action(case: Case, table: Name, command: Node) -> list[Splice]:
    subtype = str(command["subtype"])
    refused = f"unsupported ALTER TABLE {_words(subtype)} statement"
    if subtype == "AT_AddColumn":
        return _add_column(case, table, command["def"]["ColumnDef"])
    if subtype == "AT_AddConstraint":
        _add_constraint(case, command["def"]["Constraint"], refused)
    elif subtype == "AT_DropColumn":
        case.need("drop-column", refused)
        key = case.catalog.primary_key(table)
        if key is not None and command["name"] in key[1]:
            raise Refusal(f"cannot drop primary key column {command['name']}")
    elif subtype == "AT_DropConstraint":
        case.need("drop-constraint", refused)
        key = case.catalog.primary_key(table)
        if key is not None and command["name"] == key[0]:
            raise Refusal(refused)
    elif subtype == "AT_ColumnDefault":
        case.need("alter-column-default", refused)
        require_expression(case, command.get("def"))
    elif subtype == "AT_AddIdentity":
        case.need("add-identity", refused)
        kind = case.catalog.columns(table).get(str(command["name"]))
        sequences.identity(case, command["def"]["Constraint"], kind[0] if kind else None)
    elif subtype in _SIMPLE:
        case.need(_SIMPLE[subtype], refused)
        if subtype == "AT_SetIdentity":
            _set_identity(case, command)
        if subtype in _TRIGGERS_ALL:
            return _user_triggers(case.text)
    elif subtype != "AT_ChangeOwner":
        raise Refusal(refused)
    return []


def _add_column(case: Case, table: Name, node: Node) -> list[Splice]:
    """Nothing may follow the type but STORAGE (record: backlog/alter_add_column_*). The cluster looks at that first."""
    if any(item["Constraint"]["contype"] != "CONSTR_NULL" for item in node.get("constraints", ())):
        raise Refusal("ALTER TABLE ADD COLUMN with constraint not supported")
    judged = column(case, node)
    keyed = case.catalog.primary_key(table) is not None
    case.within(column_limit(keyed), len(case.catalog.columns(table)) + 1)
    return [judged.splice] if judged.splice is not None else []


def _add_constraint(case: Case, node: Node, refused: str) -> None:
    kind = node["contype"]
    not_valid = bool(node.get("skip_validation"))
    if kind == "CONSTR_NOTNULL":  # PostgreSQL 18's: the grammar of 16 has it behind a column only
        raise Refusal('syntax error at or near "NOT"', "42601")
    if kind == "CONSTR_CHECK" and not_valid:
        case.need("check-not-valid", refused)
        require_expression(case, node.get("raw_expr"))
    elif kind == "CONSTR_FOREIGN" and not_valid:
        foreign_key(case, node)
    elif kind == "CONSTR_UNIQUE" and node.get("indexname") and not node.get("deferrable"):
        case.need("unique-using-index", refused)
    else:
        raise Refusal(refused)


def _set_identity(case: Case, command: Node) -> None:
    items = command.get("def", {}).get("List", {}).get("items", ())
    kept = [item for item in items if item.get("DefElem", {}).get("defname") != "generated"]
    sequences.require_options(case, kept, None)


def _user_triggers(text: bytes) -> list[Splice]:
    """PostgreSQL's ALL turns foreign keys off as well; in DSQL the statement does nothing at all. So say USER."""
    found = tokens(text)
    return [
        Splice(last.start, last.end, b"USER")
        for first, middle, last in zip(found, found[1:], found[2:], strict=False)
        if first.word in ("enable", "disable") and middle.word == "trigger" and last.word == "all"
    ]


def _words(subtype: str) -> str:
    """AT_ReplicaIdentity -> REPLICA IDENTITY."""
    name = subtype.removeprefix("AT_")
    return _SPOKEN.get(subtype) or " ".join(re.findall(r"[A-Z][a-z0-9]*", name)).upper()
