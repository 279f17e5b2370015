"""INSERTs that were written for columns which the script renames or drops later: said for the columns of the end.

The bundle makes every table as it is at the end, before any row comes in.
"""

from __future__ import annotations

from dataclasses import replace

from dsql_migrate.rewrite.data.values_scan import Malformed, row_spans, value_spans
from dsql_migrate.rewrite.quoting import identifier
from dsql_migrate.schema.model import Table, TableColumn
from dsql_migrate.source.build import read
from dsql_migrate.source.facts import Insert
from dsql_migrate.source.script import Piece

Then = tuple[tuple[str, TableColumn], ...]  # the columns of a table as they were at a statement, with their names then


def columns_then(table: Table) -> Then:
    """The columns of a table as they are now, to be compared later."""
    return tuple(table.columns.items())


def changed(table: Table, then: Then) -> bool:
    """Whether an INSERT of that time says something else now, with a list of columns or without."""
    now = list(table.columns.items())[: len(then)]
    return any(
        name != name_now or column is not column_now
        for (name, column), (name_now, column_now) in zip(then, now, strict=False)
    ) or len(now) < len(then)


def said_now(piece: Piece, fact: Insert, table: Table, then: Then) -> tuple[Piece, Insert | None]:
    """The statement with the columns that are left of its own, under their last names.

    Its fact is None where that cannot be said: rows that are no list of values, for columns that are gone.
    """
    known = dict(then)
    names = fact.columns or tuple(name for name, _ in then)
    text = piece.text
    kept = [i for i, name in enumerate(names) if (c := known.get(name)) is None or table.columns.get(c.name) is c]
    if fact.values_span is None:
        if len(kept) < len(names) or (not fact.columns and fact.query is not None):
            return piece, None
        rows = text[fact.columns_span.end if fact.columns_span else fact.table.span.end :]
    else:
        try:
            rows = _rows(text, fact, kept)
        except Malformed:
            return piece, None
        if fact.overriding is not None:
            rows = f" OVERRIDING {fact.overriding.upper()} VALUE".encode() + rows
    shown = [known[names[i]].name if names[i] in known else names[i] for i in kept]
    if fact.values_span is not None and not fact.columns:
        shown = shown[: len(value_spans(text, row_spans(text, fact.values_span)[0]))]
    listed = f" ({', '.join(map(identifier, shown))})".encode("utf-8", "surrogateescape") if shown else b""
    if not shown:
        return piece, None
    new = text[: fact.table.span.end] + listed + rows
    found = read(new)
    made = replace(piece, text=new, stop=len(new), lines=new.count(b"\n"))
    return made, found if isinstance(found, Insert) else None


def _rows(text: bytes, fact: Insert, kept: list[int]) -> bytes:
    assert fact.values_span is not None
    written = []
    for row in row_spans(text, fact.values_span):
        values = value_spans(text, row)
        written.append(b"(" + b", ".join(text[values[i].start : values[i].end] for i in kept if i < len(values)) + b")")
    return b" VALUES " + b", ".join(written) + text[fact.values_span.end :]
