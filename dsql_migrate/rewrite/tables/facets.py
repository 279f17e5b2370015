"""Columns that take the place of one column of the source: their names, defaults and text."""

from __future__ import annotations

import re

from dsql_migrate.rewrite.data.split_literals import split_constant
from dsql_migrate.rewrite.edits import Edits
from dsql_migrate.rewrite.forms import Facet
from dsql_migrate.rewrite.plan import ColumnPlan, Plan, TablePlan
from dsql_migrate.rewrite.quoting import identifier, literal
from dsql_migrate.rewrite.tables.elements import Elements, line_note
from dsql_migrate.schema.model import Key
from dsql_migrate.schema.naming import cut
from dsql_migrate.source.facts import Expression, Span

_LONGEST = 63  # bytes of a name
_NUMBERS = frozenset(("int2", "int4", "int8", "numeric", "float4", "float8"))
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?", re.ASCII)


def name_facets(planned: TablePlan) -> None:
    """Give every facet of the table's columns a name that is free: column and suffix, with a number where it is not."""
    columns = [*planned.columns.values(), *(column for column, _ in planned.extra)]
    taken = {column.column.name for column in columns} | {planned.discriminator}
    for column in columns:
        names = []
        for facet in column.choice.facets:
            name, number = _joined(column.column.name, facet.suffix), 1
            while name in taken:
                name, number = _joined(column.column.name, f"{facet.suffix}_{number}"), number + 1
            taken.add(name)
            names.append(name)
        column.facets = tuple(names)


def _joined(name: str, suffix: str) -> str:
    """The name and the suffix within the length of a name; of a long suffix its end tells the facets apart."""
    size = len(suffix.encode("utf-8", "surrogateescape"))
    if size >= _LONGEST - 1:
        return cut(name + suffix, _LONGEST)
    return cut(name, _LONGEST - size) + suffix


def default_of_facets(column: ColumnPlan, default: Expression) -> None:
    """Take a constant default apart; where it is none, the default is the application's."""
    split, text = column.choice.split, default.text.encode("utf-8", "surrogateescape")
    assert split is not None
    try:
        values = split_constant(text, Span(0, len(text)), split)
    except ValueError:
        values = None
    if values is None:
        column.keep_default = False
        return
    facets = column.choice.facets
    column.defaults = tuple(_shown(value, facet) for value, facet in zip(values, facets, strict=True))
    column.default_sql = ", ".join(text for text in column.defaults if text is not None) or "NULL"


def _shown(value: bytes | None, facet: Facet) -> str | None:
    """A value as SQL: a number bare, a truth as a word, all else quoted."""
    if value is None:
        return None
    text = value.decode("utf-8", "surrogateescape")
    if facet.internal in _NUMBERS and _NUMBER.fullmatch(text):
        return text
    return "true" if facet.internal == "bool" and text == "t" else literal(text).strip()


def facet_definitions(column: ColumnPlan, *, nullable: bool = False) -> list[str]:
    """The columns as elements of a CREATE TABLE."""
    found = []
    for i, (name, facet) in enumerate(zip(column.facets, column.choice.facets, strict=True)):
        parts = [identifier(name), facet.sql]
        if facet_default(column, i) is not None and not nullable:
            parts.append(f"DEFAULT {column.defaults[i]}")
        if facet_not_null(column, i) and not nullable:
            parts.append("NOT NULL")
        found.append(" ".join(parts))
    return found


def facet_default(column: ColumnPlan, i: int) -> str | None:
    """The default of one facet."""
    return column.defaults[i] if column.keep_default and column.defaults else None


def facet_not_null(column: ColumnPlan, i: int) -> bool:
    """Whether a facet is NOT NULL."""
    return column.column.not_null and column.choice.facets[i].not_null


def first_facet(plan: Plan, table: Key, column: str) -> str | None:
    """The first of the columns that a column has become; None where it is one column still."""
    planned = plan.tables.get(plan.root(table))
    found = planned.columns.get(column) if planned is not None else None
    return found.facets[0] if found is not None and found.facets else None


def sorting_facets(planned: TablePlan, name: str | None) -> tuple[str, ...]:
    """The columns that an index goes over in the place of one that was taken apart; none where it was not."""
    found = planned.columns.get(name) if name is not None else None
    if found is None:
        return ()
    return tuple(name for name, facet in zip(found.facets, found.choice.facets, strict=False) if facet.sorts)


def unsorted(plan: Plan, column: ColumnPlan) -> tuple[str, str] | None:
    """Why an index cannot go over the columns that a column has become: the reason and its rule."""
    for name, facet in zip(column.facets, column.choice.facets, strict=True):
        known = plan.target.types.get(facet.internal)
        if facet.sorts and (known is None or not known.key):
            return f"an index cannot hold {name}, which {column.column.name} has become", "DSQL207"
    return None


def write_facets(
    edits: Edits, elements: Elements, text: bytes, column: ColumnPlan, span: Span, checks: list[str], notes: list[str]
) -> None:
    """Put the columns in the place of the author's one: in its layout, the remark beside the first of them.

    ``checks``: the author's own of other columns, which stand behind this one's type and stay.
    """
    parts = facet_definitions(column)
    parts[-1] = " ".join([parts[-1], *checks])
    lead = text[text.rfind(b"\n", 0, span.start) + 1 : span.start].decode("utf-8", "surrogateescape")
    if lead.strip() not in ("", ","):
        edits.replace(span, ", ".join(parts))
        elements.note(span, notes)
        return
    if len(parts) == 1:
        elements.note(span, notes)
    remark = line_note(notes) if len(parts) > 1 else ""
    comma_first = bool(lead.strip())
    first = f"{parts[0]}{remark}" if comma_first else f"{parts[0]},{remark}" if len(parts) > 1 else parts[0]
    lines = [first, *(part if comma_first or part is parts[-1] else f"{part}," for part in parts[1:])]
    edits.replace(span, f"\n{lead}".join(lines))
