"""One exclusion constraint as the template needs it."""

from __future__ import annotations

from dataclasses import dataclass

from dsql_migrate.stubs.guards import conflict_query
from dsql_migrate.stubs.naming import literal, prose
from dsql_migrate.stubs.obligations import Exclusion, TableShape
from dsql_migrate.stubs.python.foreign_key import pick, tuple_of
from dsql_migrate.stubs.python.layout import Text, call, text


@dataclass(frozen=True, slots=True)
class Guarded:
    """``columns``: the primary key, as a tuple of literals. ``size``: how many they are; what is held comes behind."""

    base: str
    constant: str
    module: str
    arguments: list[str]
    label: str
    constraint: str
    table: str
    said: str
    line: int
    columns: str
    size: int
    held: bool
    deferred: bool
    query: Text


def guarded_of(one: Exclusion, table: TableShape, base: str, module: str) -> Guarded:
    """Everything the template prints for this constraint. ``base`` is the safe stem of its function."""
    clauses = [_percent(clause) for clause in conflict_query(one, table.primary_key, lambda _: "\0")]
    marked = [clause.replace("\0", "%s") for clause in clauses]
    return Guarded(
        base=base,
        constant=base.upper(),
        module=module,
        arguments=[f"name={literal(one.name)}", f"table={tuple_of(map(literal, one.table))}"],
        label=f"{prose(one.name)}, line {one.line}" + (", INITIALLY DEFERRED" if one.initially_deferred else ""),
        constraint=prose(one.name),
        table=prose(".".join(one.table)),
        said=prose(one.said),
        line=one.line,
        columns=tuple_of(map(literal, table.primary_key)),
        size=len(table.primary_key),
        held=bool(one.held),
        deferred=one.initially_deferred,
        query=text(*marked),
    )


def on_write(one: Exclusion, table: TableShape, guarded: Guarded, indent: int = 4) -> str:
    """The line that looks at a row behind its write."""
    how = "at_commit" if one.initially_deferred else "once"
    return call(indent, f"work.{how}(", [f"{guarded.base}_check", pick("new", (*table.primary_key, *one.held))])


def on_change(one: Exclusion, table: TableShape, guarded: Guarded) -> tuple[str, str]:
    """The same where a row was changed: its condition, and the line."""
    condition = call(4, "if changed(", ["old", "new", *map(literal, one.reads)], "):")
    return condition, on_write(one, table, guarded, indent=8)


def _percent(clause: str) -> str:
    return clause.replace("%", "%%")
