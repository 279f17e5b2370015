"""The text of one column, and what the ledger says of its identity: for CREATE TABLE."""

from __future__ import annotations

import re

from dsql_migrate.rewrite.plan import ColumnPlan, Plan, dotted
from dsql_migrate.rewrite.quoting import identifier
from dsql_migrate.rewrite.reading import Statement
from dsql_migrate.rewrite.sequences.identity import cache, identity_sql, unchanged_identity
from dsql_migrate.rewrite.tables.columns import type_text
from dsql_migrate.rewrite.tables.elements import INDENT
from dsql_migrate.rewrite.tables.facets import facet_definitions
from dsql_migrate.schema.model import Key, TableColumn
from dsql_migrate.source.facts import Span

_QUOTED = re.compile(r'"[^"]*"')  # a name in quotes, or half of one with a quote in it: its dots divide nothing

def options_in_words(span: Span | None, text: bytes) -> str:
    """WITH (…) in words: a dump of 9.x says WITHOUT OIDS."""
    return "WITHOUT OIDS" if span is not None and span.of(text).lower().startswith("without") else "storage parameters"


def refused_clause(plan: Plan, column: ColumnPlan) -> tuple[str, str] | None:
    """Rule and reason where a clause of a column is left out and nothing else changes."""
    fact = column.column.fact
    if fact is None or column.column.span is None:
        return None
    if fact.collation_span is not None:
        return "DSQL103", "C collation is the only one"
    if fact.compression_span is not None:
        return "DSQL129", "COMPRESSION left out: DSQL compresses by itself"
    if fact.storage_span is not None and not plan.target.has("storage-clause"):
        return "DSQL130", "STORAGE left out: DSQL does not take it on this day"
    return None


def identity_entries(
    plan: Plan, table: Key, column: ColumnPlan, key: str, notes: list[str], statement: Statement
) -> None:
    """Enter an identity column's identity or default and its sequence; ``notes``: what to say beside the column."""
    sequence, source = column.identity, column.column
    assert sequence is not None
    if unchanged_identity(plan, table, column, statement.number):
        plan.note("identity", key, source.identity_place.line, "kept", into=("pre-data.sql",))
        name, line = dotted(sequence.key), sequence.place.line
        plan.note("sequence", name, line, "kept", "the column's identity", into=("pre-data.sql",))
        return
    rule = "DSQL402" if source.identity is not None else "DSQL401"
    was = "identity" if source.identity is not None else "serial"
    reason = f"{was} to identity, bigint, with CACHE {cache(plan, sequence, key)}"
    if source.identity is not None:
        plan.note("identity", key, source.identity_place.line, "rewritten", reason, rule=rule, into=("pre-data.sql",))
    else:
        line = source.default_place.line or source.place.line
        plan.note("default", key, line, "rewritten", reason, rule=rule, into=("pre-data.sql",))
    name, line = dotted(sequence.key), sequence.place.line
    plan.note("sequence", name, line, "rewritten", "the column's identity", rule=rule, into=("pre-data.sql",))
    places = (sequence.place, sequence.owned_place, source.default_place, source.identity_place)
    lines = sorted({p.line for p in places if p.line} - {statement.line})
    where = f" ({plan.where(*lines)})" if lines else ""
    shown = type_shown(column, statement.piece.text)
    was = f"{shown} identity" if was == "identity" else shown.lower() if "serial" in shown.lower() else "serial"
    notes.append(f"{rule}: was {was}{where}")


def serial_entries(plan: Plan, table: Key, column: ColumnPlan, key: str, notes: list[str]) -> bool:
    """Enter default and sequence of a serial column on a day that has no identity columns; False for any other."""
    source, line = column.column, column.column.place.line
    if plan.catalogue.resolve_type(source.type).kind != "serial" or plan.target.has("identity-columns"):
        return False
    reason = "DSQL has no sequences on this day: the application gives the number"
    plan.note("default", key, source.default_place.line or line, "application", reason, rule="DSQL401")
    for sequence in plan.catalogue.sequences.values():
        if sequence.owned_by == (table, source.name) and sequence.implicit is not None:
            plan.note("sequence", dotted(sequence.key), line, "application", reason, rule="DSQL401")
    notes.append("the application gives the number")
    return True


def type_shown(column: ColumnPlan, text: bytes) -> str:
    """The column's type as the author wrote it."""
    fact = column.column.fact
    return fact.type.span.of(text) if fact is not None and column.column.span is not None else column.column.type.name


def definition(plan: Plan, column: ColumnPlan, *, nullable: bool = False) -> str:
    """A column as a table element, made anew: for columns that ALTER TABLE added or children had."""
    source = column.column
    if column.facets:
        return f",\n{INDENT}".join(facet_definitions(column, nullable=nullable))
    parts = [identifier(source.name), column.choice.sql or type_text(plan, source)]
    if column.identity is not None:
        owner = column.identity.owned_by
        parts.append(identity_sql(plan, plan.root(owner[0]) if owner else column.identity.key, column))
    elif column.generated is not None and column.plain != "now":
        parts.append(f"GENERATED ALWAYS AS ({column.generated}) STORED")
    elif (source.default is not None or column.drawn is not None) and column.keep_default and not nullable:
        parts.append(f"DEFAULT {column.default_sql or (source.default.text if source.default else '')}")
    if source.not_null and not nullable and not column.empty and column.identity is None:
        parts.append("NOT NULL")
    return " ".join(parts)


def end_of_type(fact: object) -> int:
    """Where a clause behind the type goes: STORAGE comes before every other."""
    storage: Span | None = getattr(fact, "storage_span", None)
    return storage.end if storage is not None else int(fact.type.span.end)  # type: ignore[attr-defined]


def schema_left_out(plan: Plan, column: TableColumn) -> str | None:
    """The schema of a column's type that is to be said: its objects are in ``public`` now, where no search_path leads.

    None where the source says it, or the type stays where it was.
    """
    type = column.type
    user = plan.catalogue.user_type(type.schema, type.name) if type.schema != "pg_catalog" else None
    if user is None or user.key[0] not in plan.flattened or "." in _QUOTED.sub("", type_text(plan, column)):
        return None
    return user.key[0]
