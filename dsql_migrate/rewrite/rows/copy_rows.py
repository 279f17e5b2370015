"""What becomes of the rows of one COPY: its new header, which fields are converted, which are added."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from dsql_migrate.rewrite.data.copy_format import CopySpec, spec_of
from dsql_migrate.rewrite.data.elements import sound_elements
from dsql_migrate.rewrite.data.greatest import field_ends
from dsql_migrate.rewrite.data.row_stream import Chunk, Rows, whole_rows
from dsql_migrate.rewrite.data.rows import RowPlan
from dsql_migrate.rewrite.plan import ColumnPlan, Plan, TablePlan
from dsql_migrate.rewrite.quoting import identifier, qualified
from dsql_migrate.rewrite.reading import CopyBlock
from dsql_migrate.rewrite.rows.element_files import ElementFiles
from dsql_migrate.rewrite.rows.row_checks import column_checks
from dsql_migrate.rewrite.sequences.numbers import Numbers, step
from dsql_migrate.schema.model import Table

_HEADER = re.compile(
    rb",?\s*\b(?:(?:header|freeze)\b(?:\s+(?:true|false|on|off|match|[01]))?|encoding\s+'[^']*')", re.I
)
_EMPTY_OPTIONS = re.compile(rb"\s+with\s*\(\s*,?\s*\)", re.I)


class CopyRows:
    """How the rows of one COPY go on: their new header, which fields are converted, which are added."""

    def __init__(
        self, plan: Plan, numbers: Numbers, table: Table, planned: TablePlan, block: CopyBlock, folder: str | None
    ) -> None:
        copy, text = block.copy, block.statement.piece.text
        source_columns = columns_of(plan, table, planned)
        names = copy.columns or tuple(n for n, c in source_columns.items() if c.column.generated is None)
        merge = plan.merges.get(table.key)
        converters, splits = {}, {}
        for i, name in enumerate(names):
            column = source_columns.get(name)
            if column is not None and column.choice.elements is not None and column.choice.facets:
                converters[i] = sound_elements(column.choice.elements.apart)
            elif column is not None and column.choice.split is not None:
                splits[i] = column.choice.split
            elif column is not None and column.choice.conversion is not None:
                converters[i] = column.choice.conversion
        added: list[str] = []
        constants: list[bytes | None] = []
        if merge is not None and merge.constant is not None and planned.discriminator:
            added.append(planned.discriminator)
            constants.append(merge.constant.encode("utf-8", "surrogateescape"))
        self._supplies = [
            (name, supply) for name, column in source_columns.items()
            if name not in names and (supply := numbers.supply(column)) is not None
        ]  # fmt: skip
        self.planned = planned
        self.names = names
        self.checks = column_checks(plan, {n: c for n, c in source_columns.items() if n in names}, table.key)
        self.supplied_columns = tuple(name for name, _ in self._supplies)
        self.spec: CopySpec = spec_of(copy)
        self._numbers, self._watched = numbers, numbers.watched(table.key, names)
        self.columns = len(names)
        self.row_plan = RowPlan(len(names) + len(self._supplies), converters, tuple(constants), splits=splits)
        changed = bool(splits) or any(not c.unchanged for c in converters.values())
        self.changed = "columns converted" if changed else ""
        extra = [name for name, _ in self._supplies] + added
        places = [source_columns[n].names if n in source_columns else (n,) for n in names]
        targets = tuple(name for found in places for name in found)
        self.written = (*targets, *extra)  # the target's columns of a row
        self.element_files = ElementFiles(plan.element_tables.get(planned.table.key, ()), self.written, folder)
        if self.element_files:
            self.changed = "columns converted"
            self.row_plan = replace(self.row_plan, after=self.element_files.take)
        self.header = _header(plan, table, planned, block, text, names, targets, extra)

    def supplied(self, chunks: Iterable[Chunk | Rows]) -> Iterable[Chunk | Rows]:
        """The rows with the numbers that their columns' sequences would have given; those that are there are noted."""
        chunks = self._noted(chunks) if self._watched else chunks
        if not self._supplies:
            return chunks
        return _numbered(chunks, self.spec.without_header(), [supply for _, supply in self._supplies])

    def _noted(self, chunks: Iterable[Chunk | Rows]) -> Iterator[Rows]:
        """The same rows; the numbers in columns of a sequence are told to it."""
        form = self.spec.without_header()
        for part in whole_rows(chunks, form):
            for index, sequence in self._watched:
                try:
                    ends = field_ends(part, form, index)
                except ValueError:
                    self._numbers.unseen(sequence)
                    continue
                if ends is not None:
                    self._numbers.used(sequence, ends[1] if step(sequence) > 0 else ends[0])
            yield part


def _numbered(chunks: Iterable[Chunk | Rows], spec: CopySpec, supplies: list[Callable[[], str]]) -> Iterator[bytes]:
    for part in whole_rows(chunks, spec):
        lines = []
        for line in part.lines():
            row = line.removesuffix(b"\r")
            lines.append(spec.delimiter.join([row, *(s().encode() for s in supplies)]) + b"\n")
        yield b"".join(lines)


def _header(
    plan: Plan,
    table: Table,
    planned: TablePlan,
    block: CopyBlock,
    text: bytes,
    names: tuple[str, ...],
    targets: tuple[str, ...],
    extra: list[str],
) -> bytes:
    copy = block.copy
    assert copy.table is not None
    start, end = block.statement.piece.body, block.statement.piece.stop
    head = text[start : copy.table.span.start]
    name = copy.table.span.of(text).encode("utf-8", "surrogateescape")
    place = plan.place(planned.table.key)
    if place != table.created_as:
        name = qualified(place).encode("utf-8", "surrogateescape")
    list_end = copy.columns_span.end if copy.columns_span else copy.table.span.end
    columns = text[copy.table.span.end : list_end]
    renamed = any(c.name != c.created_as for c in table.columns.values())
    split = bool(copy.columns) and names != targets
    other = planned.table.key != table.key or renamed or planned.added_key is not None
    if extra or split or (not copy.columns and other):
        columns = f" ({', '.join(identifier(n) for n in [*targets, *extra])})".encode("utf-8", "surrogateescape")
    tail = text[list_end:end]
    if copy.header or copy.encoding or b"freeze" in tail.lower():
        tail = _EMPTY_OPTIONS.sub(b"", _HEADER.sub(b"", tail))
    return head + name + columns + tail + b"\n"


def columns_of(plan: Plan, table: Table, planned: TablePlan) -> dict[str, ColumnPlan]:
    """The plan of each of a source table's own columns, wherever its rows go."""
    extra = {c.column.name: c for c, _ in planned.extra}
    found = {}
    for name in table.columns:
        column = planned.columns.get(name) or extra.get(name)
        if column is not None:
            found[name] = column
    return found


def unknown_columns(block: CopyBlock) -> list[str]:
    """Columns of a COPY that its table does not have, under its names now or before."""
    table = block.table
    if table is None:
        return []
    known = set(table.columns) | {c.created_as for c in table.columns.values()}
    known |= {c.name for c in table.fact.columns} if table.fact is not None else set(block.copy.columns)
    return [name for name in block.copy.columns if name not in known]
