"""Statements that make no object: settings, comments, grants, owners, psql lines, and those that change rows.

Every statement ends here or with an object; what nothing knows is entered as unknown.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from dsql_migrate.rewrite.objects.comments import comment
from dsql_migrate.rewrite.objects.privileges import grant, owner
from dsql_migrate.rewrite.objects.roles import keep_role
from dsql_migrate.rewrite.objects.views import refresh
from dsql_migrate.rewrite.plan import Plan, dotted
from dsql_migrate.rewrite.quoting import one_line
from dsql_migrate.rewrite.reach import with_path
from dsql_migrate.rewrite.reading import Statement
from dsql_migrate.rewrite.statements.changes import change, copy, leave_out, select
from dsql_migrate.rewrite.statements.others import IDLE, OTHER
from dsql_migrate.rewrite.statements.settings import set_parameter, transaction
from dsql_migrate.rewrite.tables.altering import alter_table, rename, set_schema
from dsql_migrate.source import facts

_WAIT = re.compile(rb"call\s+sys\s*\.\s*wait_for_job\s*\(\s*:'", re.I)
# Facts whose objects are entered from the catalogue; nothing is left to do for the statement itself.
_OBJECTS = (
    facts.CreateTable,
    facts.CreateIndex,
    facts.CreateSequence,
    facts.CreateView,
    facts.CreateFunction,
    facts.CreateTrigger,
    facts.CreateEnum,
    facts.AlterEnum,
    facts.CreateComposite,
    facts.CreateRange,
    facts.CreateDomain,
    facts.AlterDomain,
    facts.CreateExtension,
    facts.CreateSchema,
    facts.CreateRule,
    facts.CreatePolicy,
    facts.AlterSequence,
    facts.CreateObject,
)


def plan_statements(plan: Plan) -> None:
    """Enter every statement that is not part of an object; items for those that go on."""
    for statement in plan.script.statements:
        with_path(plan, statement.number)
        fact = statement.fact
        if fact is None:
            _psql(plan, statement)
        elif isinstance(fact, _OBJECTS):
            _object_statement(plan, statement)
        else:
            _HANDLERS.get(type(fact), _unknown)(plan, statement, fact)


def _object_statement(plan: Plan, statement: Statement) -> None:
    """An object that the final catalogue no longer knows: the script itself drops or replaces it."""
    fact: Any = statement.fact
    if isinstance(fact, facts.CreateObject):
        return
    if statement.number in _places(plan) or isinstance(fact, (facts.AlterEnum, facts.AlterDomain, facts.AlterSequence)):
        return
    name = getattr(fact, "name", None)
    label = str(name) if name is not None else type(fact).__name__
    kind = _KIND_OF.get(type(fact), "statement")
    reason = "the script drops or replaces it itself"
    trouble = next((t.message for t in plan.catalogue.troubles if t.statement == statement.number), None)
    plan.note("statement", f"{kind} {label}", statement.line, "dropped", trouble or reason, suffix=f"@{statement.line}")


_KIND_OF: dict[type, str] = {
    facts.CreateTable: "table",
    facts.CreateIndex: "index",
    facts.CreateSequence: "sequence",
    facts.CreateView: "view",
    facts.CreateFunction: "function",
    facts.CreateTrigger: "trigger",
    facts.CreateEnum: "type",
    facts.CreateDomain: "domain",
    facts.CreateSchema: "schema",
    facts.CreateExtension: "extension",
    facts.CreateRule: "rule",
    facts.CreatePolicy: "policy",
}


def _places(plan: Plan) -> set[int]:
    """Numbers of the statements that made something which is still there at the end."""
    if plan.places:
        return plan.places
    catalogue = plan.catalogue
    found: set[int] = set(catalogue.schemas.values()) | set(catalogue.extensions.values())
    for space in (
        catalogue.tables,
        catalogue.indexes,
        catalogue.sequences,
        catalogue.views,
        catalogue.routines,
        catalogue.types,
        catalogue.triggers,
    ):
        found |= {o.place.statement for o in space.values()}
    found |= {t.place.statement for t in catalogue.things}
    for table in catalogue.tables.values():  # CREATE UNIQUE INDEX … taken over by ADD CONSTRAINT … USING INDEX
        for constraint in table.constraints.values():
            if constraint.fact.using_index is not None:
                found |= {
                    s.number
                    for s in plan.script.statements
                    if isinstance(s.fact, facts.CreateIndex) and s.fact.name == constraint.fact.using_index
                }
    plan.places = found
    return found


def _psql(plan: Plan, statement: Statement) -> None:
    text = one_line(statement.piece.text[statement.piece.body :].decode("utf-8", "replace").strip())[:80]
    command = text.split(" ", 1)[0]
    reason = "a command of psql, not of the database"
    if command == "\\copy":
        reason = (
            f"{plan.script.left_out.get(statement.number, 'its file cannot be read')}: those rows are not in the bundle"
        )
    elif command in ("\\i", "\\ir", "\\include", "\\include_relative"):
        why = plan.script.left_out.get(statement.number, "its file cannot be read")
        reason = f"{why}: what it holds is not in the bundle"
    plan.note("psql", text, statement.line, "dropped", reason, rule="DSQL603", suffix=f"@{statement.line}")




def _drop(plan: Plan, statement: Statement, fact: facts.Drop) -> None:
    names = ", ".join(".".join(n) for n in fact.names)
    plan.note(
        "statement",
        f"DROP {fact.kind} {names}",
        statement.line,
        "dropped",
        "the bundle starts from an empty schema and makes only what the script leaves",
        suffix=f"@{statement.line}",
    )


def _table_as(plan: Plan, statement: Statement, fact: facts.CreateTableAs) -> None:
    table = plan.catalogue.table(fact.name)
    if table is not None and table.place.statement == statement.number:
        plan.note(
            "table",
            dotted(table.key),
            statement.line,
            "application",
            "DSQL has no CREATE TABLE AS",
            rule="DSQL519",
            into=("quarantine.sql",),
        )
        plan.quarantine.append((statement, "DSQL has no CREATE TABLE AS"))
    else:
        leave_out(plan, statement, f"CREATE TABLE AS {fact.name}", "DSQL has no CREATE TABLE AS", rule="DSQL519")


def _role(plan: Plan, statement: Statement, fact: facts.CreateRole) -> None:
    if plan.decide("roles", f"role:{fact.name}") == "keep":
        keep_role(plan, statement, fact)
        return
    leave_out(
        plan,
        statement,
        f"CREATE {fact.kind.upper()} {fact.name}",
        "a role on DSQL is tied to IAM: make it there",
        "dropped",
        "DSQL522",
    )


def _other(plan: Plan, statement: Statement, fact: facts.Other) -> None:
    label = f"{fact.node} {fact.name or ''}".strip()
    if fact.node == "RefreshMatView":
        refresh(plan, statement, fact)
        return
    known = OTHER.get(fact.node)
    if known is None:
        _unknown(plan, statement, fact)
        return
    disposition, rule, reason = known
    if fact.node in IDLE:
        plan.note("statement", label, statement.line, disposition, reason, rule=rule, suffix=f"@{statement.line}")
        return
    leave_out(plan, statement, label, reason, disposition, rule)


def _unreadable(plan: Plan, statement: Statement, fact: facts.Unreadable) -> None:
    first = one_line(statement.piece.text[statement.piece.body :][:60].decode("utf-8", "replace"))
    if _WAIT.match(statement.piece.text, statement.piece.body):  # with a psql variable, which the grammar does not have
        plan.note(
            "statement",
            first,
            statement.line,
            "dropped",
            "the bundle waits for its jobs itself",
            suffix=f"@{statement.line}",
        )
        return
    leave_out(plan, statement, first, f"not read: {fact.message}", "unknown", "DSQL901")


def _unknown(plan: Plan, statement: Statement, fact: facts.Fact) -> None:
    label = getattr(fact, "node", type(fact).__name__)
    leave_out(plan, statement, str(label), "this tool does not know the statement", "unknown", "DSQL902")


_HANDLERS: dict[type, Callable[[Plan, Statement, Any], None]] = {
    facts.SetParameter: set_parameter,
    facts.Transaction: transaction,
    facts.CommentOn: comment,
    facts.ChangeOwner: owner,
    facts.Grant: grant,
    facts.Select: select,
    facts.Change: change,
    facts.Insert: change,
    facts.Copy: copy,
    facts.Drop: _drop,
    facts.CreateTableAs: _table_as,
    facts.CreateRole: _role,
    facts.Other: _other,
    facts.Unreadable: _unreadable,
    facts.AlterTable: alter_table,
    facts.Rename: rename,
    facts.SetSchema: set_schema,
}
