"""Keys, checks and exclusion constraints: what each becomes, and the text it is folded into CREATE TABLE with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from dsql_migrate.rewrite.edits import Edits
from dsql_migrate.rewrite.families.partitions import twin
from dsql_migrate.rewrite.following import follow_expression
from dsql_migrate.rewrite.keys.letter_case import becomes_index
from dsql_migrate.rewrite.objects.aggregates import builtin_of
from dsql_migrate.rewrite.plan import Plan, TablePlan, dotted
from dsql_migrate.rewrite.quoting import identifier, literal
from dsql_migrate.rewrite.tables.inline import follow_check, strip
from dsql_migrate.rewrite.tables.renames import name_constraint
from dsql_migrate.schema.model import Table, TableConstraint, UserType
from dsql_migrate.schema.naming import cut
from dsql_migrate.source.facts import Expression

DETAIL = {
    "primary": "primary key",
    "unique": "unique",
    "foreign": "foreign key",
    "check": "check",
    "exclude": "exclude",
}


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a constraint: it stays in place, is folded in, goes behind the load, is an index, or is out."""

    where: Literal["inline", "folded", "late", "index", "out"]
    disposition: Literal["kept", "rewritten", "application", "dropped"]
    reason: str = ""
    rule: str | None = None


def fate(plan: Plan, planned: TablePlan, constraint: TableConstraint) -> Fate:
    """What becomes of a constraint of a table that the bundle creates. Foreign keys are not decided here."""
    fact = constraint.fact
    entry = f"constraint:{dotted(planned.table.key)}.{constraint.name}"
    if entry in plan.excluded:
        return Fate("out", "application", f"the engine refuses it: {plan.excluded[entry]}")
    if constraint.kind == "exclude":
        return Fate("out", "application", "DSQL has no exclusion constraints", "DSQL205")
    if fact.without_overlaps:
        return Fate("out", "application", "DSQL has no WITHOUT OVERLAPS keys", "DSQL205")
    if constraint.kind in ("primary", "unique"):
        trouble = _key_trouble(plan, planned, constraint)
        if trouble is not None:
            return trouble
        twin = said_already(planned.table, constraint)
        if twin is not None:
            return Fate("out", "rewritten", f"{twin.name} says the same: one CREATE TABLE makes one of them", "DSQL202")
        if becomes_index(plan, planned, constraint):
            why = "a unique index on lower(…): no two rows differ in case alone"
            return Fate("index", "rewritten", why, "DSQL101")
    if constraint.kind == "check":
        reason = blocked(plan, planned, fact.expression)
        if reason is not None:
            return Fate("out", "application", reason, "DSQL101")
        if not constraint.validated:
            if plan.target.has("check-not-valid"):
                return Fate("late", "rewritten", "NOT VALID in the source: added behind the load, as it is", "DSQL204")
            return Fate("out", "application", "NOT VALID in the source; DSQL cannot add a CHECK on this day", "DSQL204")
    moved = constraint.origin not in ("column", "table")
    if constraint.origin == "inherited" and planned.table.like:
        return Fate("folded", "rewritten", "written out where LIKE copied it")
    if fact.deferrable:
        return Fate(
            "folded" if moved else "inline", "rewritten", "checked at once: DSQL defers foreign keys only", "DSQL206"
        )
    if moved:
        rule = {"primary": "DSQL201", "unique": "DSQL202"}.get(constraint.kind, "DSQL204")
        return Fate("folded", "rewritten", "part of CREATE TABLE: DSQL cannot add it to a table", rule)
    if constraint.kind == "check" and fact.expression is not None:
        followed = follow_expression(plan, planned, fact.expression)
        if followed.changes:
            return Fate("inline", "rewritten", followed.reason, followed.rule)
    if fact.options_span or fact.tablespace_span:
        return Fate("inline", "rewritten", "without its storage options", "DSQL109")
    return Fate("inline", "kept")


def said_already(table: Table, constraint: TableConstraint) -> TableConstraint | None:
    """The key over the very same columns, of which and this one PostgreSQL makes one where both stand in CREATE TABLE.

    (transformIndexConstraints of parse_utilcmd.c: the primary key stays, else the first.)
    """
    if constraint.kind != "unique":
        return None

    def says(one: TableConstraint) -> object:
        fact = one.fact
        return one.columns, fact.include, fact.nulls_not_distinct

    alike = [c for c in table.unique_keys() if says(c) == says(constraint)]
    first = next((c for c in alike if c.kind == "primary"), alike[0])
    return None if first is constraint else first


def _key_trouble(plan: Plan, planned: TablePlan, constraint: TableConstraint) -> Fate | None:
    most = plan.target.limit("key-columns")
    if len(constraint.columns) > most:
        return Fate("out", "application", f"{len(constraint.columns)} columns: DSQL takes {most} in a key", "DSQL702")
    for column in constraint.columns:
        found = planned.columns.get(column)
        known = plan.target.types.get(found.choice.internal) if found else None
        if found is not None and (known is None or not known.key):
            return Fate("out", "application", f"a key cannot hold column {column}", "DSQL207")
    width, limit = declared_bytes(plan, planned, constraint.columns), plan.target.limit("declared-key-bytes")
    if width > limit:
        return Fate("out", "application", f"declared with {width} bytes: DSQL takes {limit} in a key", "DSQL712")
    return None


def declared_bytes(plan: Plan, planned: TablePlan, columns: Iterable[str]) -> int:
    """The bytes that columns of a key are declared with on the target; one without a length counts as none."""
    width = 0
    for name in columns:
        found = planned.columns.get(name)
        known = plan.target.types.get(found.choice.internal) if found else None
        if found is None or known is None:
            continue
        modifiers = found.column.type.modifiers
        if known.bytes is not None:
            width += known.bytes
        elif known.max_length is not None and not found.choice.converted and modifiers[:1] and modifiers[0].isdigit():
            width += int(modifiers[0])
    return width


def blocked(
    plan: Plan,
    planned: TablePlan | None,
    expression: Expression | None,
    *,
    is_filter: bool = False,
    domain: UserType | None = None,
) -> str | None:
    """Why an expression cannot go to DSQL, not even by following what its columns became. ``is_filter``: NULL and false
    are the same to it. ``domain``: whose CHECK it is."""
    if expression is None:
        return "its expression could not be read"
    for function in expression.functions:
        reason = lost_function(plan, function.schema, function.name)
        if reason is not None:
            return reason
    for type in expression.types:
        user = plan.catalogue.user_type(type.schema, type.name) if type.schema != "pg_catalog" else None
        if user is not None and user.kind != "enum" and f"type:{dotted(user.key)}" in plan.lost:
            return f"it uses the type {user.key[1]}, which DSQL cannot have"
    return follow_expression(plan, planned, expression, is_filter=is_filter, domain=domain).why


def lost_function(plan: Plan, schema: str | None, name: str) -> str | None:
    """Why a function cannot be called on DSQL; None where it can."""
    known = plan.catalogue.routines_named(schema, name) if schema != "pg_catalog" else []
    for routine in known:
        reason = plan.lost.get(f"{routine.kind}:{routine.key[0]}.{routine.signature}")
        if reason is not None and builtin_of(plan, routine) is None:
            return f"it calls {name}, which is not carried over"
    if known:
        return None
    refused = plan.target.functions.get(name)
    if refused is not None and refused.replacement is None:
        return f"it calls {name}: {refused.message.format(name=name)}"
    return None


def folded_text(plan: Plan, table: Table, constraint: TableConstraint) -> str:
    """The constraint as a table element: the author's text without what DSQL refuses, under its name."""
    text = plan.statements[constraint.place.statement].piece.text
    fact = constraint.fact
    if fact.using_index is not None:
        word = "PRIMARY KEY" if constraint.kind == "primary" else "UNIQUE"
        columns = ", ".join(identifier(c) for c in constraint.columns)
        return f"CONSTRAINT {identifier(constraint.name)} {word} ({columns})"
    if constraint.origin in ("inherited", "demoted"):
        return f"CONSTRAINT {identifier(constraint.name)} {_anew(plan, plan.tables.get(table.key), constraint)}"
    edits = Edits()
    strip(edits, fact.attributes_span, fact.options_span, fact.tablespace_span, text)
    follow_check(plan, constraint, edits, text, table)
    if fact.name is not None and not fact.inline:
        name_constraint(edits, text, table, constraint)
    body = edits.apply(text, fact.span.start, fact.span.end).decode("utf-8", "surrogateescape").strip()
    if fact.inline and fact.kind in ("primary", "unique"):
        columns = ", ".join(identifier(c) for c in constraint.columns)
        word = "PRIMARY KEY" if constraint.kind == "primary" else "UNIQUE"
        body = f"{word} ({columns})"
        return f"CONSTRAINT {identifier(constraint.name)} {body}"
    return body if fact.name else f"CONSTRAINT {identifier(constraint.name)} {body}"



def _anew(plan: Plan, planned: TablePlan | None, constraint: TableConstraint) -> str:
    """A key or check that LIKE copied or partitions share, without the name it had there."""
    fact = constraint.fact
    if constraint.kind == "check" and fact.expression is not None:
        return f"CHECK ({follow_expression(plan, planned, fact.expression).of(fact.expression.text)})"
    word = "PRIMARY KEY" if constraint.kind == "primary" else "UNIQUE"
    distinct = " NULLS NOT DISTINCT" if fact.nulls_not_distinct else ""
    include = f" INCLUDE ({', '.join(identifier(c) for c in fact.include)})" if fact.include else ""
    return f"{word}{distinct} ({', '.join(identifier(c) for c in constraint.columns)}){include}"


def child_constraint(
    plan: Plan, child: Table, constraint: TableConstraint, taken: set[str]
) -> tuple[Fate, str | None, str]:
    """What becomes of a constraint of a merged child: it is the parent's, or a CHECK for the child's rows, or nobody's.

    The second value is a further element for the parent's CREATE TABLE, the third its name: one that is not ``taken``.
    """
    merge = plan.merges[child.key]
    root = plan.catalogue.tables[merge.root]
    parent = plan.tables.get(merge.root)
    found = twin(root, constraint)
    if found is not None:
        rule = "DSQL104" if merge.constant is None else "DSQL105"
        return Fate("out", "rewritten", f"it is the parent's {found.name}", rule), None, ""
    refused = plan.excluded.get(f"constraint:{dotted(child.key)}.{constraint.name}")
    if refused is not None:
        return Fate("out", "application", f"the engine refuses it: {refused}"), None, ""
    if constraint.kind == "check" and merge.constant is not None and parent is not None and constraint.fact.expression:
        reason = blocked(plan, parent, constraint.fact.expression)
        if reason is None and constraint.validated:
            column = identifier(parent.discriminator or "")
            own = follow_expression(plan, parent, constraint.fact.expression).of(constraint.fact.expression.text)
            condition = f"{column} IS DISTINCT FROM {literal(merge.constant).strip()} OR ({own})"
            name = free_name(constraint.name, taken | set(root.constraints))
            element = f"CONSTRAINT {identifier(name)} CHECK ({condition})"
            return Fate("out", "rewritten", "holds for the child's rows", "DSQL105"), element, name
    why = "it held for one partition only" if merge.constant is None else "it held for the child's rows only"
    return Fate("out", "application", why, "DSQL104" if merge.constant is None else "DSQL105"), None, ""


def free_name(name: str, taken: set[str]) -> str:
    """The name, with a number behind it where it is taken."""
    candidate, number = name, 1
    while candidate in taken:
        ending = f"_{number}"
        candidate, number = cut(name, 63 - len(ending)) + ending, number + 1
    return candidate
