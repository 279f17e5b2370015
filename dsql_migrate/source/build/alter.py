"""ALTER TABLE and its kin: one fact with its actions."""

from __future__ import annotations

from typing import Any

from dsql_migrate.source.build.constraints import constraint
from dsql_migrate.source.build.literals import scalar
from dsql_migrate.source.build.reading import Reading
from dsql_migrate.source.build.tables import column, identity
from dsql_migrate.source.facts import AlterAction, AlterTable
from dsql_migrate.source.parse import Node

_KINDS = {
    "OBJECT_TABLE": "table",
    "OBJECT_VIEW": "view",
    "OBJECT_INDEX": "index",
    "OBJECT_SEQUENCE": "sequence",
    "OBJECT_MATVIEW": "materialized view",
    "OBJECT_FOREIGN_TABLE": "foreign table",
    "OBJECT_TYPE": "type",
}
# PostgreSQL's AlterTableType to its words. What is missing here is spelled from the name itself.
_ACTIONS = {
    "AT_AddColumn": "add column",
    "AT_DropColumn": "drop column",
    "AT_ColumnDefault": "set default",
    "AT_DropNotNull": "drop not null",
    "AT_SetNotNull": "set not null",
    "AT_DropExpression": "drop expression",
    "AT_SetExpression": "set expression",
    "AT_SetStatistics": "set statistics",
    "AT_SetOptions": "set column options",
    "AT_ResetOptions": "reset column options",
    "AT_SetStorage": "set storage",
    "AT_SetCompression": "set compression",
    "AT_AlterColumnType": "set type",
    "AT_AddConstraint": "add constraint",
    "AT_DropConstraint": "drop constraint",
    "AT_ValidateConstraint": "validate constraint",
    "AT_AlterConstraint": "alter constraint",
    "AT_AddIdentity": "add identity",
    "AT_SetIdentity": "set identity",
    "AT_DropIdentity": "drop identity",
    "AT_AttachPartition": "attach partition",
    "AT_DetachPartition": "detach partition",
    "AT_AddInherit": "inherit",
    "AT_DropInherit": "no inherit",
    "AT_ChangeOwner": "owner",
    "AT_ClusterOn": "cluster",
    "AT_DropCluster": "drop cluster",
    "AT_SetRelOptions": "set options",
    "AT_ResetRelOptions": "reset options",
    "AT_SetTableSpace": "set tablespace",
    "AT_SetLogged": "set logged",
    "AT_SetUnLogged": "set unlogged",
    "AT_SetAccessMethod": "set access method",
    "AT_EnableTrig": "enable trigger",
    "AT_EnableAlwaysTrig": "enable always trigger",
    "AT_EnableReplicaTrig": "enable replica trigger",
    "AT_EnableTrigAll": "enable trigger",
    "AT_EnableTrigUser": "enable trigger",
    "AT_DisableTrig": "disable trigger",
    "AT_DisableTrigAll": "disable trigger",
    "AT_DisableTrigUser": "disable trigger",
    "AT_EnableRule": "enable rule",
    "AT_EnableAlwaysRule": "enable always rule",
    "AT_EnableReplicaRule": "enable replica rule",
    "AT_DisableRule": "disable rule",
    "AT_EnableRowSecurity": "enable row security",
    "AT_DisableRowSecurity": "disable row security",
    "AT_ForceRowSecurity": "force row security",
    "AT_NoForceRowSecurity": "no force row security",
    "AT_ReplicaIdentity": "replica identity",
    "AT_AddOf": "of type",
    "AT_DropOf": "not of type",
    "AT_GenericOptions": "options",
    "AT_DropOids": "set without oids",
}
_EVERY_TRIGGER = {"AT_EnableTrigAll": "all", "AT_DisableTrigAll": "all", "AT_EnableTrigUser": "user", "AT_DisableTrigUser": "user"}


def alter_table(reading: Reading, node: Node, asynchronous: bool) -> AlterTable:
    """An AlterTableStmt."""
    name = reading.name(node["relation"])
    commands = [c["AlterTableCmd"] for c in node.get("cmds", ())]
    first = reading.index(name.span.end)
    if reading.word(first) == "*":
        first += 1
    runs = list(reading.split(first, len(reading.tokens) - 1))
    kind: Any = _KINDS.get(node.get("objtype", ""), "table")
    return AlterTable(
        span=reading.span,
        name=name,
        kind=kind,
        actions=tuple(_action(reading, c, a, b) for c, (a, b) in zip(commands, runs, strict=False)),
        if_exists=bool(node.get("missing_ok")),
        only=node["relation"].get("inh") is not True,
        asynchronous=asynchronous,
    )


def _action(reading: Reading, node: Node, first: int, last: int) -> AlterAction:
    subtype = node.get("subtype", "AT_AddColumn")
    span = reading.between(first, last)
    kind = _ACTIONS.get(subtype, subtype.removeprefix("AT_"))
    if kind == "set default" and "def" not in node:
        kind = "drop default"
    detail: dict[str, Any] = {}
    definition = node.get("def", {})
    if subtype == "AT_AddColumn":
        detail["column"] = _added_column(reading, definition["ColumnDef"], first, last)
        detail["missing_ok"] = bool(node.get("missing_ok"))
    elif subtype == "AT_AddConstraint":
        at = reading.find("add", first) or first
        detail["constraint"] = constraint(reading, definition["Constraint"], reading.between(at + 1, last))
    elif subtype == "AT_ColumnDefault" and definition:
        at = reading.find("default", first, last) or first
        detail["default"] = reading.expression(definition, reading.between(at + 1, last))
    elif subtype == "AT_AlterColumnType":
        fields = definition["ColumnDef"]
        detail["type"] = reading.type(fields["typeName"])
        if "raw_default" in fields:
            at = reading.find("using", first, last) or first
            detail["using"] = reading.expression(fields["raw_default"], reading.between(at + 1, last))
    elif subtype == "AT_AddIdentity":
        detail["identity"] = identity(reading, definition["Constraint"], span)
    elif subtype in ("AT_AttachPartition", "AT_DetachPartition"):
        command = definition["PartitionCmd"]
        detail["table"] = reading.name(command["name"])
        at = reading.index(detail["table"].span.end)
        if "bound" in command:
            detail["bound"] = reading.between(at, last).of(reading.text)
    elif subtype in ("AT_AddInherit", "AT_DropInherit"):
        detail["table"] = reading.name(definition["RangeVar"])
    elif subtype == "AT_ChangeOwner":
        detail["value"] = node.get("newowner", {}).get("rolename", "")
    elif subtype == "AT_ReplicaIdentity":
        detail["value"] = reading.word(last)
    else:
        detail["value"] = scalar(definition) if definition else None
    if subtype == "AT_AlterConstraint":
        fields = definition.get("ATAlterConstraint") or definition.get("Constraint") or {}
        detail["name"] = fields.get("conname")
    if subtype in _EVERY_TRIGGER:
        detail["name"] = _EVERY_TRIGGER[subtype]
    detail.setdefault("name", node.get("name"))
    return AlterAction(kind=kind, span=span, cascade=node.get("behavior") == "DROP_CASCADE", **_known(detail, node))


def _known(detail: dict[str, Any], node: Node) -> dict[str, Any]:
    detail.setdefault("missing_ok", bool(node.get("missing_ok")))
    return detail


def _added_column(reading: Reading, node: Node, first: int, last: int) -> Any:
    at = first + 1
    if reading.word(at) == "column":
        at += 1
    if reading.word(at) == "if" and reading.word(at + 1) == "not":
        at += 3
    return column(reading, node, reading.between(at, last))


