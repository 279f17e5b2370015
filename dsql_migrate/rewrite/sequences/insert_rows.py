"""Sequences and the rows of INSERT statements: the numbers they hold, and those that they draw."""

from __future__ import annotations

from dsql_migrate.rewrite.data.greatest import Ends, ends_of
from dsql_migrate.rewrite.data.literals import NotConstant, constant
from dsql_migrate.rewrite.data.plain_insert import column_values
from dsql_migrate.rewrite.data.values_scan import Malformed, row_spans, value_spans
from dsql_migrate.rewrite.edits import Edits
from dsql_migrate.rewrite.plan import Plan, TablePlan
from dsql_migrate.rewrite.rows.copy_rows import columns_of
from dsql_migrate.rewrite.sequences.numbers import Numbers, step
from dsql_migrate.rewrite.sequences.sequence_calls import CALLED
from dsql_migrate.schema.model import Sequence, Table
from dsql_migrate.source.facts import Insert, Span
from dsql_migrate.source.script import Piece


def note_plain(numbers: Numbers, table: Table, fact: Insert, piece: Piece) -> None:
    """Tell the sequences which numbers stand in plain statements of one row each."""
    for index, sequence in numbers.watched(table.key, fact.columns or tuple(table.columns)):
        try:
            _tell(numbers, sequence, ends_of(column_values(piece, index)))
        except ValueError:
            numbers.unseen(sequence)


def note_rows(numbers: Numbers, table: Table, fact: Insert, text: bytes) -> None:
    """Tell the sequences which numbers stand in the VALUES of one statement."""
    watched = numbers.watched(table.key, fact.columns or tuple(table.columns))
    if not watched:
        return
    found: dict[int, set[bytes]] = {index: set() for index, _ in watched}
    unread: set[int] = set()
    try:
        rows = row_spans(text, fact.values_span) if fact.values_span is not None else []
        for row in rows:
            spans = value_spans(text, row)
            for index in found:
                if index < len(spans):
                    _read(text, spans[index], found[index], unread, index)
    except Malformed:
        return
    for index, sequence in watched:
        try:
            _tell(numbers, sequence, ends_of(found[index]))
        except ValueError:
            unread.add(index)
        if index in unread:
            numbers.unseen(sequence)


def _read(text: bytes, span: Span, found: set[bytes], unread: set[int], index: int) -> None:
    if text[span.start : span.end].lower() == b"default":
        return
    try:
        value = constant(text, span).value
    except NotConstant:
        unread.add(index)
        return
    if value is not None:
        found.add(value)


def _tell(numbers: Numbers, sequence: Sequence, ends: Ends | None) -> None:
    if ends is not None:
        numbers.used(sequence, ends[1] if step(sequence) > 0 else ends[0])


def spelled_out(
    plan: Plan, numbers: Numbers, table: Table, planned: TablePlan, fact: Insert, text: bytes
) -> bytes | None:
    """The statement with numbers in place of nextval, currval and lastval in its rows; None where it has none.

    PostgreSQL fills the columns of a single row in the table's order, so a serial column that is left out may be drawn
    before an expression behind it; of several rows the expressions come first.
    """
    if fact.values_span is None or CALLED.search(text, fact.values_span.start, fact.values_span.end) is None:
        return None
    try:
        rows = [(row, value_spans(text, row)) for row in row_spans(text, fact.values_span)]
    except Malformed:
        return None
    own = columns_of(plan, table, planned)
    named = fact.columns or tuple(own)
    edits = Edits()
    for _, spans in rows:
        called = [i for i, s in enumerate(spans) if CALLED.search(text, s.start, s.end)]
        if len(rows) == 1 and called:
            order = list(own)
            places = [order.index(named[i]) for i in called if i < len(named) and named[i] in own]
            left = [n for n in order if n not in named and order.index(n) < min(places, default=0)]
            numbers.before_row(own[name] for name in left)
        for i in sorted(called, key=lambda i: list(own).index(named[i]) if i < len(named) and named[i] in own else i):
            old = text[spans[i].start : spans[i].end]
            new = numbers.spelled(old)
            if new != old:
                edits.replace(spans[i], new.decode("utf-8", "surrogateescape"))
    return edits.apply(text)
