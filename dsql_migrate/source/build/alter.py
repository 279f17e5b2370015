"""ALTER TABLE and its kin: one fact with its actions."""

from __future__ import annotations

import re
from typing import Any

from dsql_migrate.source.build.constraints import constraint
from dsql_migrate.source.build.literals import number, scalar
from dsql_migrate.source.build.reading import Reading
from dsql_migrate.source.build.tables import column, identity
from dsql_migrate.source.facts import AlterAction, AlterTable, Column, Expression, Identity
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
    "AT_AlterColumnGenericOptions": "column options",
    "AT_DropOids": "set without oids",
}
_EVERY_TRIGGER = {
    "AT_EnableTrigAll": "all",
    "AT_DisableTrigAll": "all",
    "AT_EnableTrigUser": "user",
    "AT_DisableTrigUser": "user",
}
_REPLICA_IDENTITY = {"n": "nothing", "f": "full", "d": "default"}


def alter_table(reading: Reading, node: Node, asynchronous: bool) -> AlterTable:
    """An AlterTableStmt."""
    name = reading.name(node["relation"])
    commands = [c["AlterTableCmd"] for c in node.get("cmds", ())]
    first = reading.index(name.span.end)
    if reading.word(first) == "*":
        first += 1
    runs = list(reading.split(first, len(reading.words) - 1))
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
    definition = node.get("def", {})
    kind = _ACTIONS.get(subtype) or _words(subtype)
    if kind == "set default" and not definition:
        kind = "drop default"
    behaviour = reading.word(last) in ("cascade", "restrict") and kind in ("add column", "set type")
    end = last - 1 if behaviour else last  # ALTER TYPE … ADD ATTRIBUTE a int CASCADE
    detail: dict[str, Any] = {"name": node.get("name"), "missing_ok": bool(node.get("missing_ok"))}
    detail |= _detail(reading, subtype, node, definition, first, end)
    return AlterAction(
        kind=kind, span=reading.between(first, last), cascade=node.get("behavior") == "DROP_CASCADE", **detail
    )


def _words(subtype: str) -> str:
    """AT_SetSomething -> set something."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", subtype.removeprefix("AT_")).lower()


def _detail(reading: Reading, subtype: str, node: Node, definition: Node, first: int, last: int) -> dict[str, Any]:
    """What an action says beyond its kind and its name."""
    match subtype:
        case "AT_AddColumn":
            return {"column": _added_column(reading, definition["ColumnDef"], first, last)}
        case "AT_AddConstraint":
            return {"constraint": constraint(reading, definition["Constraint"], reading.between(first + 1, last))}
        case "AT_ColumnDefault" if definition:
            return {"default": _behind(reading, "default", definition, first, last)}
        case "AT_SetExpression":
            return {"default": _behind(reading, "as", definition, first, last)}
        case "AT_AlterColumnType":
            fields = definition["ColumnDef"]
            using = fields.get("raw_default")
            return {
                "type": reading.type(fields["typeName"]),
                "using": _behind(reading, "using", using, first, last) if using else None,
            }
        case "AT_AddIdentity":
            at = reading.find("generated", first, last) or first
            return {"identity": identity(reading, definition["Constraint"], reading.between(at, last))}
        case "AT_SetIdentity":
            return {"identity": _changed_identity(reading, definition, first, last)}
        case "AT_AttachPartition" | "AT_DetachPartition":
            return _partition(reading, definition["PartitionCmd"], last)
        case "AT_AddInherit" | "AT_DropInherit":
            return {"table": reading.name(definition["RangeVar"])}
        case "AT_ChangeOwner":
            owner = node.get("newowner", {})
            return {"value": owner.get("rolename") or owner.get("roletype", "").removeprefix("ROLESPEC_").lower()}
        case "AT_ReplicaIdentity":
            fields = definition.get("ReplicaIdentityStmt", {})
            return {"value": fields.get("name") or _REPLICA_IDENTITY.get(fields.get("identity_type", ""))}
        case "AT_AlterConstraint":
            fields = definition.get("ATAlterConstraint") or definition.get("Constraint") or {}
            return {"name": fields.get("conname")}
        case _ if subtype in _EVERY_TRIGGER:
            return {"name": _EVERY_TRIGGER[subtype]}
        case _ if "List" in definition:  # SET (…), OPTIONS (…)
            open_ = reading.find("(", first, last)
            return {"value": reading.between(open_, last).of(reading.text) if open_ is not None else None}
        case _:
            return {"value": scalar(definition)}


def _behind(reading: Reading, word: str, node: Node, first: int, last: int) -> Expression:
    """The expression that stands behind a keyword of the action and takes up the rest of it."""
    at = reading.find(word, first, last)
    return reading.expression(node, reading.between((first if at is None else at) + 1, last))


def _changed_identity(reading: Reading, definition: Node, first: int, last: int) -> Identity:
    """SET GENERATED …, SET option …, RESTART …: what is not said is None in the options."""
    items = definition.get("List", {}).get("items", [])
    generated = next((i["DefElem"] for i in items if i["DefElem"]["defname"] == "generated"), None)
    always = generated is not None and number(generated.get("arg", {})) == ord("a")
    options = reading.sequence_options(items)  # its spans say whether GENERATED is among them
    starts = (reading.find(word, first, last) for word in ("set", "restart"))
    return Identity(always, options, reading.between(min((i for i in starts if i is not None), default=first), last))


def _partition(reading: Reading, command: Node, last: int) -> dict[str, Any]:
    table = reading.name(command["name"])
    if "bound" not in command:
        return {"table": table}
    return {"table": table, "bound": reading.between(reading.index(table.span.end), last).of(reading.text)}


def _added_column(reading: Reading, node: Node, first: int, last: int) -> Column:
    """The column of ADD [COLUMN] [IF NOT EXISTS], or of ADD ATTRIBUTE of a composite type."""
    at = first + 1
    if reading.word(at) in ("column", "attribute") and node["colname"] != reading.word(at):
        at += 1
    elif reading.word(at) in ("column", "attribute") and reading.word(at + 1) == reading.word(at):
        at += 1  # ADD COLUMN column int: the word twice, the second time as a name
    if reading.word(at) == "if" and reading.word(at + 1) == "not":
        at += 3
    return column(reading, node, reading.between(at, last))
