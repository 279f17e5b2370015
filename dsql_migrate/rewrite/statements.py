"""Statements that make no object: settings, comments, grants, owners, psql lines, and those that change rows.

Every statement ends here or with an object; what nothing knows is entered as unknown.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from dsql_migrate.rewrite.altering import alter_table, rename, set_schema
from dsql_migrate.rewrite.comments import comment
from dsql_migrate.rewrite.ledger import Disposition
from dsql_migrate.rewrite.others import OTHER
from dsql_migrate.rewrite.plan import Item, Plan, dotted
from dsql_migrate.rewrite.privileges import grant, owner
from dsql_migrate.rewrite.quoting import one_line, qualified
from dsql_migrate.rewrite.reach import with_path
from dsql_migrate.rewrite.reading import Statement
from dsql_migrate.schema.model import Key
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


# -- settings ---------------------------------------------------------------------------------------------------------


def _set_parameter(plan: Plan, statement: Statement, fact: facts.SetParameter) -> None:
    name, line = fact.name.lower(), statement.line
    if name == "search_path":
        plan.note("setting", name, line, "kept", "said again where names need it", suffix=f"@{line}")
    elif name == "client_encoding":
        plan.note(
            "setting", name, line, "rewritten", "the bundle is UTF-8, and says so", rule="DSQL601", suffix=f"@{line}"
        )
    elif name in plan.target.settable and not fact.local:
        plan.note("setting", name, line, "kept", into=("data.sql",), suffix=f"@{line}")
        plan.data[statement.number] = Item(statement.piece.sql, statement.number, (), statement.search_path)
    else:
        plan.note(
            "setting",
            name,
            line,
            "dropped",
            f"DSQL does not let a session set {name}",
            rule="DSQL601",
            suffix=f"@{line}",
        )


def _transaction(plan: Plan, statement: Statement, fact: facts.Transaction) -> None:
    reason = "DSQL takes one DDL statement a transaction; rows go in their own transactions"
    plan.note("setting", fact.kind, statement.line, "dropped", reason, rule="DSQL618", suffix=f"@{statement.line}")


# -- rows and the rest ------------------------------------------------------------------------------------------------


def _select(plan: Plan, statement: Statement, fact: facts.Select) -> None:
    line = statement.line
    names = {c.name.name for c in fact.calls}
    if fact.calls and names in ({"setval"}, {"nextval"}):
        _moved_sequence(plan, statement, fact)
    elif fact.calls and names == {"set_config"}:
        plan.note(
            "setting",
            f"set_config {fact.calls[0].arguments[0] if fact.calls[0].arguments else ''}",
            line,
            "dropped",
            "names in the bundle are qualified or their search_path is set",
            rule="DSQL602",
            suffix=f"@{line}",
        )
    else:
        known = any(plan.catalogue.routines_named(f.schema, f.name) for f in fact.query.functions)
        if known or (fact.calls and any(c.name.schema not in (None, "pg_catalog") for c in fact.calls)):
            _take_out(plan, statement, "SELECT", "it may do more than read: the application's to run")
        else:
            plan.note("statement", "SELECT", line, "dropped", "it only reads", suffix=f"@{line}")


def _moved_sequence(plan: Plan, statement: Statement, fact: facts.Select) -> None:
    """SELECT setval(…) and SELECT nextval(…): the sequence stands elsewhere afterwards."""
    function = fact.calls[0].name.name
    text = fact.calls[0].arguments[0] if fact.calls[0].arguments else None
    key = plan.catalogue.sequence_key(text) if text else None
    entry = plan.ledger.get(f"sequence:{dotted(key)}") if key else None
    carried = entry is not None and entry.disposition in ("kept", "rewritten")
    name = dotted(key) if key else text or function
    if not carried:
        plan.note(
            "statement",
            f"{function} {name}",
            statement.line,
            "dropped",
            "its sequence is not in the bundle",
            suffix=f"@{statement.line}",
        )
        return
    plan.note(
        "statement", f"{function} {name}", statement.line, "kept", into=("data.sql",), suffix=f"@{statement.line}"
    )
    plan.data[statement.number] = Item(
        statement.piece.sql, statement.number, (f"sequence:{name}",), statement.search_path
    )


def _take_out(
    plan: Plan,
    statement: Statement,
    label: str,
    reason: str,
    disposition: Disposition = "application",
    rule: str | None = None,
) -> None:
    plan.note(
        "statement",
        label,
        statement.line,
        disposition,
        reason,
        rule=rule,
        suffix=f"@{statement.line}",
        into=("quarantine.sql",),
    )
    plan.quarantine.append((statement, reason))


def _change(plan: Plan, statement: Statement, fact: facts.Change | facts.Insert) -> None:
    kind = fact.kind.upper() if isinstance(fact, facts.Change) else "INSERT"
    label = f"{kind} {fact.table}"
    id = f"statement:{label}@{statement.line}"
    if kind == "MERGE":
        _take_out(plan, statement, label, "DSQL has no MERGE", rule="DSQL614")
        return
    if id in plan.excluded:
        _take_out(plan, statement, label, f"the engine refuses it: {plan.excluded[id]}")
        return
    table = plan.catalogue.table(fact.table)
    if table is None or table.key not in plan.tables:
        lost = table is None and kind == "INSERT"
        reason = "the input makes no table of that name" if lost else "its table is not in the bundle under that name"
        _take_out(plan, statement, label, reason, "unknown" if lost else "application", "DSQL904" if lost else None)
        return
    if kind == "TRUNCATE":
        _truncate(plan, statement, label, table.key)
        return
    plan.note("statement", label, statement.line, "kept", into=("data.sql",), suffix=f"@{statement.line}")
    plan.data[statement.number] = Item(statement.piece.sql, statement.number, (id,), statement.search_path)


def _truncate(plan: Plan, statement: Statement, label: str, table: Key) -> None:
    """TRUNCATE of one table becomes DELETE, which takes as many rows as a transaction may change."""
    words = statement.piece.sql[statement.piece.body :].lower()
    if b"," in words or b"restart" in words or b"cascade" in words:
        _take_out(plan, statement, label, "DSQL has no TRUNCATE", rule="DSQL605")
        return
    lead = statement.piece.text[: statement.piece.body]
    sql = f"DELETE FROM {qualified(plan.place(table))};".encode("utf-8", "surrogateescape")
    plan.note("statement", label, statement.line, "rewritten", "DELETE instead of TRUNCATE", rule="DSQL605",
              suffix=f"@{statement.line}", into=("data.sql",))  # fmt: skip
    plan.data[statement.number] = Item(lead + sql, statement.number, (), statement.search_path)


def _copy(plan: Plan, statement: Statement, fact: facts.Copy) -> None:
    if fact.where == "stdin" and fact.table is not None:
        return  # its rows are entered with their table
    reason = "it reads or writes a file of the server" if fact.where in ("file", "program") else "it only reads"
    plan.note(
        "statement",
        f"COPY {fact.table or ''}".strip(),
        statement.line,
        "dropped",
        reason,
        rule="DSQL617",
        suffix=f"@{statement.line}",
    )


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
        _take_out(plan, statement, f"CREATE TABLE AS {fact.name}", "DSQL has no CREATE TABLE AS", rule="DSQL519")


def _role(plan: Plan, statement: Statement, fact: facts.CreateRole) -> None:
    _take_out(
        plan,
        statement,
        f"CREATE {fact.kind.upper()} {fact.name}",
        "a role on DSQL is tied to IAM: make it there",
        "dropped",
        "DSQL522",
    )


def _other(plan: Plan, statement: Statement, fact: facts.Other) -> None:
    label = f"{fact.node} {fact.name or ''}".strip()
    known = OTHER.get(fact.node)
    if known is None:
        _unknown(plan, statement, fact)
        return
    disposition, rule, reason = known
    _take_out(plan, statement, label, reason, disposition, rule)


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
    _take_out(plan, statement, first, f"not read: {fact.message}", "unknown", "DSQL901")


def _unknown(plan: Plan, statement: Statement, fact: facts.Fact) -> None:
    label = getattr(fact, "node", type(fact).__name__)
    _take_out(plan, statement, str(label), "this tool does not know the statement", "unknown", "DSQL902")


_HANDLERS: dict[type, Callable[[Plan, Statement, Any], None]] = {
    facts.SetParameter: _set_parameter,
    facts.Transaction: _transaction,
    facts.CommentOn: comment,
    facts.ChangeOwner: owner,
    facts.Grant: grant,
    facts.Select: _select,
    facts.Change: _change,
    facts.Insert: _change,
    facts.Copy: _copy,
    facts.Drop: _drop,
    facts.CreateTableAs: _table_as,
    facts.CreateRole: _role,
    facts.Other: _other,
    facts.Unreadable: _unreadable,
    facts.AlterTable: alter_table,
    facts.Rename: rename,
    facts.SetSchema: set_schema,
}
