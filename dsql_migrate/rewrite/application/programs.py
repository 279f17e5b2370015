"""Triggers and routines that the application takes over."""

from __future__ import annotations

from typing import cast

from dsql_migrate.rewrite.plan import Plan, dotted
from dsql_migrate.rewrite.reach import routine_id
from dsql_migrate.rewrite.reading import Statement
from dsql_migrate.schema import model
from dsql_migrate.source.facts import CommentOn, CreateFunction, TypeName, display
from dsql_migrate.stubs.obligations import Argument, Event, Routine, Trigger

# Trigger functions of PostgreSQL's own (src/backend/utils/adt/trigfuncs.c, tsvector_op.c).
_BUILT_IN = frozenset(
    {"suppress_redundant_updates_trigger", "tsvector_update_trigger", "tsvector_update_trigger_column"}
)


def owed_triggers(plan: Plan) -> tuple[Trigger, ...]:
    """The triggers of the tables and views of the bundle, by table and name. What it says of no other is that a
    trigger of a child table fires for the rows of that child alone, which are rows of its parent now."""
    found = []
    for trigger in plan.catalogue.triggers.values():
        entry = plan.ledger.get(f"trigger:{dotted(trigger.table)}.{trigger.name}")
        if entry is None or entry.disposition != "application" or not _stands(plan, trigger):
            continue
        found.append(_trigger(plan, trigger, entry.id))
    return tuple(sorted(found, key=lambda one: (one.table, one.name)))


def why_no_trigger(plan: Plan, trigger: model.Trigger) -> str | None:
    """Why nobody can write code for a trigger of the catalogue; None where somebody can."""
    if _stands(plan, trigger):
        return None
    if trigger.table in plan.merges:
        return "it fired for the rows of one child table only, which are rows of its parent now: write it there"
    return "its table is not in the bundle"


def _stands(plan: Plan, trigger: model.Trigger) -> bool:
    view = plan.catalogue.views.get(trigger.table)
    there = trigger.table in plan.tables or (view is not None and not view.materialized)
    return trigger.fact is not None and there


def _trigger(plan: Plan, trigger: model.Trigger, id: str) -> Trigger:
    fact = trigger.fact
    assert fact is not None
    schema, name = trigger.function
    routine = next((r for r in plan.catalogue.routines_named(schema, name) if not r.arguments), None)
    built_in = routine is None and schema in (None, "pg_catalog") and name in _BUILT_IN
    return Trigger(
        id=id,
        name=trigger.name,
        line=trigger.place.line,
        table=plan.place(trigger.table),
        timing=fact.timing,
        events=cast("tuple[Event, ...]", fact.events),
        row=fact.row,
        function=routine_id(routine) if routine else f"function:{schema or 'public'}.{name}()",
        arguments=fact.arguments,
        columns=trigger.columns,
        when=fact.when.text.strip() if fact.when else None,
        old_table=fact.old_table,
        new_table=fact.new_table,
        deferrable=fact.deferrable,
        initially_deferred=fact.initially_deferred,
        enabled=trigger.enabled,
        built_in=name if built_in else None,
    )


def owed_routines(plan: Plan) -> tuple[Routine, ...]:
    """The functions and procedures that the DDL does not carry, in the order in which the source makes them."""
    comments = _comments(plan)
    found = []
    for routine in plan.catalogue.routines.values():
        entry = plan.ledger.get(routine_id(routine))
        if routine.kind == "aggregate" or entry is None or entry.disposition != "application":
            continue
        statement = plan.statements[routine.place.statement]
        if isinstance(statement.fact, CreateFunction):
            comment = comments.get((routine.kind, *routine.key, routine.signature.partition("(")[2]), "")
            found.append(_routine(routine, statement, statement.fact, entry.id, comment))
    return tuple(found)


def _routine(routine: model.Routine, statement: Statement, fact: CreateFunction, id: str, comment: str) -> Routine:
    text = statement.piece.text
    span = fact.body_span
    line = statement.line + (text.count(b"\n", statement.piece.body, span.start) if span else 0)
    arguments = tuple(
        Argument(
            one.name, _type(one.type, text), one.mode, one.default.text.strip() if one.default is not None else None
        )
        for one in fact.arguments
    )
    return Routine(
        id=id,
        schema=routine.key[0],
        name=routine.key[1],
        line=line,
        language=fact.language,
        body=fact.body or "",
        arguments=arguments,
        returns=_type(fact.returns, text) if fact.returns is not None else None,
        is_set=any(a.mode == "table" for a in fact.arguments) or (fact.returns is not None and fact.returns.setof),
        procedure=fact.procedure,
        strict=fact.strict,
        volatility=fact.volatility,
        comment=comment,
    )


def _type(type: TypeName, text: bytes) -> str:
    """The type as the source writes it, without SETOF."""
    if type.span.end == type.span.start:
        return display(type)
    written = type.span.of(text)
    return written[5:].lstrip() if type.setof and written[:5].lower() == "setof" else written


def _comments(plan: Plan) -> dict[tuple[str, str, str, str], str]:
    """COMMENT ON FUNCTION and PROCEDURE, by kind, schema, name and the types in the parentheses."""
    found: dict[tuple[str, str, str, str], str] = {}
    for statement in plan.statements.values():
        fact = statement.fact
        if isinstance(fact, CommentOn) and fact.kind in ("function", "procedure") and fact.signature:
            schema = fact.name[-2] if len(fact.name) > 1 else (statement.search_path or ("public",))[0]
            found[fact.kind, schema, fact.name[-1], fact.signature.partition("(")[2]] = fact.text or ""
    return found
