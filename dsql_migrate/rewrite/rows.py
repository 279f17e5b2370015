"""The bundle's rows: COPY blocks and INSERTs in the source's order, streamed, cut to what one DSQL transaction takes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from dsql_migrate.rewrite.data.copy import Block, SizeLimits
from dsql_migrate.rewrite.data.copy_format import CopySpec, spec_of
from dsql_migrate.rewrite.data.insert import InsertPlan, rewrite_insert
from dsql_migrate.rewrite.data.row_error import RowError
from dsql_migrate.rewrite.data.rows import RowPlan, converted_blocks
from dsql_migrate.rewrite.numbers import Numbers
from dsql_migrate.rewrite.plan import ColumnPlan, Plan, TablePlan, dotted
from dsql_migrate.rewrite.quoting import identifier, one_line, qualified
from dsql_migrate.rewrite.reading import CopyBlock, InsertRun, insert_pieces
from dsql_migrate.schema.model import Key, Table
from dsql_migrate.source.facts import Insert
from dsql_migrate.source.script import Piece

_HEADER = re.compile(
    rb",?\s*\b(?:(?:header|freeze)\b(?:\s+(?:true|false|on|off|match|[01]))?|encoding\s+'[^']*')", re.I
)
# Rules of rows that are damaged or too large for DSQL: the job is not done as long as there are any.
ROW_RULES = frozenset({"DSQL904", "DSQL710", "DSQL711"})
_EMPTY_OPTIONS = re.compile(rb"\s+with\s*\(\s*,?\s*\)", re.I)


@dataclass(slots=True)
class Totals:
    """What was written: rows by source table, and what went wrong."""

    rows: dict[Key, int] = field(default_factory=dict)
    converted: dict[Key, str] = field(default_factory=dict)
    troubles: list[tuple[int, str, str]] = field(default_factory=list)  # (line, rule, message)
    blocks: int = 0

    def add(self, key: Key, rows: int) -> None:
        self.rows[key] = self.rows.get(key, 0) + rows


class RowWriter:
    """Writes data.sql. ``progress`` is told how many bytes of the source have been passed."""

    def __init__(self, plan: Plan, out: BinaryIO, progress: Callable[[int], None] | None = None) -> None:
        self._plan = plan
        self._out = out
        self._progress = progress or (lambda _: None)
        self._numbers = Numbers(plan)
        self._max_rows = plan.target.limit("transaction-rows")
        self._max_bytes = plan.target.limit("transaction-bytes") * 2 // 5  # keys and index entries count too
        self._limits = SizeLimits(plan.target.limit("value-bytes"), plan.target.limit("row-bytes"))
        self._groups = _Groups(out, self._max_rows, self._max_bytes)
        self.totals = Totals()

    def write(self) -> Totals:
        """All rows, in order."""
        script = self._plan.script
        events: list[tuple[int, object]] = [(b.statement.number, b) for b in script.blocks]
        events += [(r.number, r) for r in script.runs]
        events += list(self._plan.data.items())
        for _, event in sorted(events, key=lambda e: e[0]):
            if isinstance(event, InsertRun):
                self._run(event)
                continue
            self._groups.flush()
            if isinstance(event, CopyBlock):
                self._block(event)
            else:
                item = self._plan.data[event.statement]  # type: ignore[attr-defined]
                self._numbers.follow(self._plan.statements[item.statement].fact)
                self._out.write(item.text.rstrip() + b"\n")
        self._groups.flush()
        for line in self._numbers.closing():
            self._out.write(line)
        return self.totals

    # -- COPY -----------------------------------------------------------------------------------------------------

    def _block(self, block: CopyBlock) -> None:
        table = block.table
        planned = self._planned(table)
        if table is None or planned is None:
            self._progress(block.end - block.start)
            return
        self.totals.blocks += 1
        rows = _BlockPlan(self._plan, self._numbers, table, planned, block)
        if rows.changed:
            self.totals.converted[table.key] = rows.changed
        lead = block.statement.piece.text[: block.statement.piece.body]
        done = 0
        try:
            for part in self._parts(block, rows):
                self._write_block(lead, rows.header, part)
                done += part.rows
                self._report_long(block, part)
                lead = b"\n"
            if done == 0:
                self._out.write(lead + rows.header + b"\\.\n")
        except RowError as error:
            line = block.statement.line + 1
            message = f"COPY {dotted(table.key)}, row {error.row}: {error}"
            self.totals.troubles.append((line + max(error.row - 1, 0), "DSQL904", one_line(message)))
        except ValueError as error:
            self.totals.troubles.append((block.statement.line, "DSQL904", f"COPY {dotted(table.key)}: {one_line(str(error))}"))
        if block.truncated:
            message = f"COPY {dotted(table.key)}: the input ends inside its rows; {done} whole rows were taken"
            self.totals.troubles.append((block.statement.line, "DSQL904", message))
        self.totals.add(table.key, done)

    def _parts(self, block: CopyBlock, rows: _BlockPlan) -> Iterator[Block]:
        chunks = self._chunks(block)
        parts = converted_blocks(
            rows.supplied(chunks), rows.spec, rows.row_plan, max_rows=self._max_rows, max_bytes=self._max_bytes, limits=self._limits
        )
        for part in parts:
            if part.complete or not block.truncated:
                yield part
            elif part.rows > 1:  # the input was cut inside the last row: it is no row
                data = b"".join(part.data)
                whole = data[: data.rfind(b"\n") + 1]
                yield Block(part.rows - 1, (whole,), len(whole), part.newline)

    def _chunks(self, block: CopyBlock) -> Iterator[bytes]:
        for chunk in (block.file or self._plan.script.source).chunks(block.start, block.end):
            self._progress(len(chunk) if block.file is None else 0)
            yield bytes(chunk)

    def _write_block(self, lead: bytes, header: bytes, part: Block) -> None:
        self._out.write(lead + header)
        for data in part.data:
            self._out.write(data)
        if not part.complete:
            self._out.write(part.newline)
        self._out.write(b"\\." + part.newline)

    def _report_long(self, block: CopyBlock, part: Block) -> None:
        for long in part.long_rows:
            line = block.statement.line + long.row
            name = dotted(block.table.key) if block.table else ""
            if long.size > self._limits.row:
                message = f"row {long.row} of {name} has {long.size} bytes: DSQL takes {self._limits.row} in a row"
                self.totals.troubles.append((line, "DSQL710", message))
            for column, size in long.values:
                message = f"row {long.row} of {name}, column {column + 1}: {size} bytes; DSQL takes {self._limits.value} in a value"
                self.totals.troubles.append((line, "DSQL711", message))

    # -- INSERT ---------------------------------------------------------------------------------------------------

    def _run(self, run: InsertRun) -> None:
        plans: dict[Key, InsertPlan | None] = {}
        for piece, fact in insert_pieces(self._plan.script, run):
            self._progress(piece.end - piece.start)
            table = run.tables.get((fact.table.schema, fact.table.name)) if fact else None
            planned = self._planned(table)
            line = run.line + piece.body_line - 1
            if fact is None:
                self._unreadable(piece, line)
            elif table is not None and planned is not None:
                if table.key not in plans:
                    plans[table.key] = self._insert_plan(table, planned)
                self._insert(table, fact, piece, plans[table.key], line)

    def _unreadable(self, piece: Piece, line: int) -> None:
        from dsql_migrate.source.build import read

        first = one_line(piece.text[piece.body :][:60].decode("utf-8", "replace"))
        message = getattr(read(piece.sql), "message", "not an INSERT")
        self._plan.note("statement", first, line, "unknown", f"not read: {message}", rule="DSQL901", suffix=f"@{line}", into=("quarantine.sql",))
        self._plan.loose.append((piece.sql, line, message))

    def _insert(self, table: Table, fact: Insert, piece: Piece, plan: InsertPlan | None, line: int) -> None:
        if plan is None:
            self._groups.add(piece.sql, fact.rows or 0)
            self.totals.add(table.key, fact.rows or 0)
            return
        try:
            for part in rewrite_insert(piece.sql, fact, plan):
                self._groups.add(part.sql, part.rows or 0)
                self.totals.add(table.key, part.rows or 0)
        except RowError as error:
            self.totals.troubles.append((line, "DSQL904", f"INSERT INTO {dotted(table.key)}: {one_line(str(error))}"))

    def _insert_plan(self, table: Table, planned: TablePlan) -> InsertPlan:
        conversions, added = {}, []
        for name, column in _columns_of(self._plan, table, planned).items():
            conversion = column.choice.conversion
            if conversion is not None and (column.choice.sql is not None or not conversion.unchanged):
                conversions[name] = conversion  # literals of the old type may need another form
            supply = self._numbers.supply(column)
            if supply is not None:
                added.append((name, supply))
        merge = self._plan.merges.get(table.key)
        if merge is not None and merge.constant is not None and planned.discriminator:
            from dsql_migrate.rewrite.quoting import literal

            text = literal(merge.constant).strip()
            added.append((planned.discriminator, lambda: text))
        if conversions:
            self.totals.converted[table.key] = "columns converted"
        moved = self._plan.place(planned.table.key) != table.created_as
        return InsertPlan(
            columns=tuple(c.name for c in table.columns.values() if c.generated is None),
            max_rows=self._max_rows,
            max_bytes=self._max_bytes,
            table=qualified(self._plan.place(planned.table.key)) if moved else None,
            converters=conversions,
            add_columns=tuple(added),
        )

    def _planned(self, table: Table | None) -> TablePlan | None:
        return self._plan.tables.get(self._plan.root(table.key)) if table is not None else None


class _Groups:
    """INSERT statements in transactions of a bounded size."""

    def __init__(self, out: BinaryIO, max_rows: int, max_bytes: int) -> None:
        self._out = out
        self._max_rows = max_rows
        self._max_bytes = max_bytes
        self._held: list[bytes] = []
        self._rows = self._size = 0

    def add(self, sql: bytes, rows: int) -> None:
        if self._held and (self._rows + rows > self._max_rows or self._size + len(sql) > self._max_bytes):
            self.flush()
        self._held.append(sql)
        self._rows += rows
        self._size += len(sql)

    def flush(self) -> None:
        if len(self._held) > 1:
            self._out.write(b"\nBEGIN;" + b"".join(self._held).rstrip() + b"\nCOMMIT;\n")
        elif self._held:
            self._out.write(self._held[0].rstrip() + b"\n")
        self._held = []
        self._rows = self._size = 0


class _BlockPlan:
    """How the rows of one COPY go on: their new header, which fields are converted, which are added."""

    def __init__(self, plan: Plan, numbers: Numbers, table: Table, planned: TablePlan, block: CopyBlock) -> None:
        copy, text = block.copy, block.statement.piece.text
        source_columns = _columns_of(plan, table, planned)
        names = copy.columns or tuple(n for n, c in source_columns.items() if c.column.generated is None)
        merge = plan.merges.get(table.key)
        converters = {}
        for i, name in enumerate(names):
            column = source_columns.get(name)
            if column is not None and column.choice.conversion is not None:
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
        self.spec: CopySpec = spec_of(copy)
        self.row_plan = RowPlan(len(names) + len(self._supplies), converters, tuple(constants))
        self.changed = "columns converted" if any(not c.unchanged for c in converters.values()) else ""
        extra = [name for name, _ in self._supplies] + added
        self.header = _header(plan, table, planned, block, text, names, extra)

    def supplied(self, chunks: Iterable[bytes]) -> Iterable[bytes]:
        """The rows with the numbers that their columns' sequences would have given."""
        if not self._supplies:
            return chunks
        return _numbered(chunks, self.spec, [supply for _, supply in self._supplies])


def _numbered(chunks: Iterable[bytes], spec: CopySpec, supplies: list[Callable[[], str]]) -> Iterator[bytes]:
    from dsql_migrate.rewrite.data.row_stream import whole_rows

    for part in whole_rows(chunks, spec):
        lines = []
        for line in part.lines():
            row = line.removesuffix(b"\r")
            lines.append(spec.delimiter.join([row, *(s().encode() for s in supplies)]) + b"\n")
        yield b"".join(lines)


def _header(
    plan: Plan, table: Table, planned: TablePlan, block: CopyBlock, text: bytes, names: tuple[str, ...], extra: list[str]
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
    if extra or (not copy.columns and (planned.table.key != table.key or renamed)):
        columns = f" ({', '.join(identifier(n) for n in [*names, *extra])})".encode("utf-8", "surrogateescape")
    tail = text[list_end:end]
    if copy.header or copy.encoding or b"freeze" in tail.lower():
        tail = _EMPTY_OPTIONS.sub(b"", _HEADER.sub(b"", tail))
    return head + name + columns + tail + b"\n"


def _columns_of(plan: Plan, table: Table, planned: TablePlan) -> dict[str, ColumnPlan]:
    """The plan of each of a source table's own columns, wherever its rows go."""
    extra = {c.column.name: c for c, _ in planned.extra}
    found = {}
    for name in table.columns:
        column = planned.columns.get(name) or extra.get(name)
        if column is not None:
            found[name] = column
    return found
