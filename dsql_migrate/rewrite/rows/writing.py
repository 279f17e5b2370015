"""The bundle's rows.

COPY blocks and INSERTs in the source's order, streamed, cut to what one DSQL transaction takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from dsql_migrate.rewrite.data.copy import Block, copy_blocks
from dsql_migrate.rewrite.data.insert import InsertPlan, leaves_rows, rewrite_insert
from dsql_migrate.rewrite.data.plain_insert import singly
from dsql_migrate.rewrite.data.row_error import RowError
from dsql_migrate.rewrite.data.row_limits import SizeLimits, checked_rows
from dsql_migrate.rewrite.data.row_stream import Chunk, Rows
from dsql_migrate.rewrite.data.rows import converted_blocks
from dsql_migrate.rewrite.data.sound import sound_rows
from dsql_migrate.rewrite.plan import Item, Plan, TablePlan, dotted
from dsql_migrate.rewrite.quoting import identifier, one_line
from dsql_migrate.rewrite.reach import uses_lost, with_path
from dsql_migrate.rewrite.reading import CopyBlock, InsertRun, Statement, insert_pieces
from dsql_migrate.rewrite.rows.copy_rows import CopyRows, columns_of, unknown_columns
from dsql_migrate.rewrite.rows.element_files import parent_name
from dsql_migrate.rewrite.rows.insert_checks import Excess, InsertChecks, kept_bytes, long_values
from dsql_migrate.rewrite.rows.insert_plans import insert_plan
from dsql_migrate.rewrite.rows.left_out import LeftOut
from dsql_migrate.rewrite.rows.row_checks import KEY, LENGTH, NUMBER, column_checks, key_limits
from dsql_migrate.rewrite.rows.row_groups import Groups
from dsql_migrate.rewrite.rows.row_order import arranged_events
from dsql_migrate.rewrite.rows.troubles import Trouble, Troubles
from dsql_migrate.rewrite.sequences.insert_rows import note_plain, note_rows, spelled_out
from dsql_migrate.rewrite.sequences.numbers import Numbers
from dsql_migrate.rewrite.sequences.sequence_calls import CALLED
from dsql_migrate.rewrite.writing.remarks import above, remarked, rows_changed
from dsql_migrate.rewrite.writing.side_by_side import Phases
from dsql_migrate.schema.model import Key, Table
from dsql_migrate.source.facts import Insert, Select
from dsql_migrate.source.script import Piece

# Rules of rows that are damaged or too large for DSQL: the job is not done as long as there are any.
ROW_RULES = frozenset({"DSQL904", "DSQL905", "DSQL710", "DSQL711", KEY, NUMBER, LENGTH})


@dataclass(slots=True)
class Totals:
    """What was written: rows by source table, and what went wrong."""

    rows: dict[Key, int] = field(default_factory=dict)
    converted: dict[Key, str] = field(default_factory=dict)
    troubles: list[Trouble] = field(default_factory=list)
    blocks: int = 0

    def add(self, key: Key, rows: int) -> None:
        self.rows[key] = self.rows.get(key, 0) + rows


class RowWriter:
    """Writes data.sql. ``progress`` is told how many bytes of the source have been passed."""

    def __init__(self, plan: Plan, out: BinaryIO, progress: Callable[[int], None] | None = None) -> None:
        self._plan = plan
        self._out = Phases(plan, out)
        self._progress = progress or (lambda _: None)
        self._numbers = Numbers(plan)
        self._max_rows = plan.target.limit("transaction-rows")
        self._max_bytes = plan.target.limit("transaction-bytes") * 2 // 5  # keys and index entries count too
        path = getattr(out, "name", None)
        self._folder = str(Path(path).parent) if isinstance(path, str) else None  # where files may grow large
        self._limits = SizeLimits(plan.target.limit("value-bytes"), plan.target.limit("row-bytes"))
        self._groups = Groups(self._out, self._max_rows, self._max_bytes)
        self._search_path: tuple[str, ...] = ("public",)
        self._told: set[Key] = set()  # tables of a run above whose rows stands what changed
        self.totals = Totals()
        self._troubles = Troubles()

    def write(self) -> Totals:
        """All rows, in order."""
        restarts = self._numbers.restarts()
        for row_event in arranged_events(self._plan):
            event, number = row_event.what, row_event.number
            if isinstance(event, InsertRun):
                self._look_in(event.search_path)
                self._run(event)
                continue
            if isinstance(event, Statement) and number not in self._plan.data and number not in restarts:
                if isinstance(event.fact, Select) and CALLED.search(event.piece.sql):
                    self._numbers.follow(event)  # of a sequence that is not in the bundle: rows may draw on it
                continue
            values = self._plan.values_of.get(number)
            if values is not None:
                item = self._plan.data[number]
                self._look_in(item.search_path)
                self._groups.add(b"\n" + remarked(self._plan, item, set()) + b"\n", values)
                continue
            self._groups.flush()
            if isinstance(event, CopyBlock):
                self._look_in(event.statement.search_path)
                self._block(event)
            elif number in self._plan.data:
                self._statement(self._plan.data[number])
            else:
                for sequence, value in restarts[number]:
                    self._numbers.restart(sequence, value)
        self._groups.flush()
        for line in self._numbers.closing():
            self._out.alone(line)
        self._out.alone()
        self.totals.troubles = self._troubles.all()
        return self.totals

    def _statement(self, item: Item) -> None:
        """A statement of the source that stands among the rows."""
        statement = self._plan.statements[item.statement]
        for line in self._numbers.before(statement):
            self._out.alone(line)
        if CALLED.search(item.text) is not None and not isinstance(statement.fact, Select):
            with_path(self._plan, item.statement)
            item = replace(item, text=self._numbers.spelled(item.text, drawing=False))
        self._numbers.follow(statement)
        self._look_in(item.search_path)
        self._out.alone(b"\n" + remarked(self._plan, item, set()) + b"\n")

    def write_block(self, block: CopyBlock) -> Totals:
        """The rows of one block alone, which need not stand in the script."""
        self._block(block)
        self._out.alone()
        self.totals.troubles = self._troubles.all()
        return self.totals

    def _look_in(self, search_path: tuple[str, ...]) -> None:
        """Say where unqualified names are found, where that changes."""
        wanted = tuple(s for s in search_path if s != "pg_catalog")
        if wanted and wanted != self._search_path:
            self._groups.flush()
            self._out.alone(
                f"\nSET search_path = {', '.join(identifier(s) for s in wanted)};\n".encode("utf-8", "surrogateescape")
            )
            self._search_path = wanted

    # -- COPY -----------------------------------------------------------------------------------------------------

    def _block(self, block: CopyBlock) -> None:
        table = block.table
        planned = self._planned(table)
        missing = unknown_columns(block)
        if table is None or planned is None or missing:
            self._progress(block.end - block.start)
            if table is None or missing:
                self._homeless(block, missing)
            return
        self.totals.blocks += 1
        rows = CopyRows(self._plan, self._numbers, table, planned, block, self._folder)
        if rows.changed:
            self.totals.converted[table.key] = rows.changed
        piece = block.statement.piece
        lead = b"\n" + piece.text[: piece.body].lstrip()
        same = not rows.changed and rows.header.startswith(piece.sql[piece.body :].strip())
        if self._plan.decisions.remarks and not same:
            columns, line = columns_of(self._plan, table, planned), block.statement.line
            lead = above(lead, rows_changed(self._plan, table, columns, rows.supplied_columns, line))
        self._out.rows_of(planned.table.key)
        done = 0
        left = LeftOut(self._plan, block, self._troubles, rows.names)
        try:
            for part in self._parts(block, rows, left):
                self._write_block(planned.table.key, lead, rows.header, part)
                done += part.rows
                self._report_long(left, part, rows.written)
                lead = b"\n"
            if done == 0:
                self._out.step(planned.table.key, lead)
                self._out.write(rows.header + b"\\.\n")
        except ValueError as error:
            left.all_from(str(error))
        left.close(done)
        self._elements(rows, block)
        self.totals.add(table.key, done)

    def _elements(self, rows: CopyRows, block: CopyBlock) -> None:
        """The rows of the tables that hold the elements of arrays, behind those that they belong to."""
        for table, head, chunks in rows.element_files.rows():
            elements = table.column.choice.elements
            binary = {len(table.keys) + 1} if elements is not None and elements.facet.internal == "bytea" else set()
            limits = replace(self._limits, binary=frozenset(binary))
            parts = copy_blocks(chunks, max_rows=self._max_rows, max_bytes=self._max_bytes, limits=limits)
            for part in parts:
                self._write_block(table.key, b"\n", head, part)
                for size in (size for long in part.long_rows for _, size in long.values):
                    most = f"{self._limits.value:,}"
                    what = f"an element of {parent_name(table)} has {size:,} bytes: DSQL takes {most} in a value"
                    self._troubles.add(block.statement.line, "DSQL711", what)
        rows.element_files.close()

    def _parts(self, block: CopyBlock, rows: CopyRows, left: LeftOut) -> Iterator[Block]:
        sound = sound_rows(self._chunks(block), rows.spec, rows.columns, left.row, truncated=block.truncated)
        form = rows.spec.without_header()
        found = rows.planned.columns
        binary = frozenset(i for i, n in enumerate(rows.written) if n in found and found[n].choice.internal == "bytea")
        limits = replace(self._limits, keys=key_limits(self._plan, rows.planned, rows.written), binary=binary)
        yield from converted_blocks(
            self._checked(rows.supplied(sound), rows, left), form, rows.row_plan,
            max_rows=self._max_rows, max_bytes=self._max_bytes, limits=limits, refuse=left.value,
        )  # fmt: skip

    def _checked(self, chunks: Iterable[Chunk | Rows], rows: CopyRows, left: LeftOut) -> Iterable[Chunk | Rows]:
        """The rows, with the values looked at that may not fit their columns."""
        for check in rows.checks:
            at = {rows.names.index(check.column): check.check}

            def tell(row: int, column: int, why: str, rule: str = check.rule) -> None:
                left.say(left.original(row), rule, f"{left.column(column)} {why}")

            chunks = checked_rows(chunks, rows.spec.without_header(), at, tell)
        return chunks

    def _chunks(self, block: CopyBlock) -> Iterator[bytes]:
        for chunk in (block.file or self._plan.script.source).chunks(block.start, block.end):
            self._progress(len(chunk) if block.file is None else 0)
            yield bytes(chunk)

    def _write_block(self, table: Key, lead: bytes, header: bytes, part: Block) -> None:
        self._out.step(table, lead)
        self._out.write(header)
        for data in part.data:
            self._out.write(data)
        if not part.complete:
            self._out.write(part.newline)
        self._out.write(b"\\." + part.newline)

    def _report_long(self, left: LeftOut, part: Block, written: Sequence[str]) -> None:
        for long in part.long_rows:
            row = left.original(long.row)
            if long.size > self._limits.row:
                left.say(row, "DSQL710", f"{long.size:,} bytes: DSQL takes {self._limits.row:,} in a row")
            for column, size in long.values:
                name = written[column] if column < len(written) else column + 1
                most = f"{self._limits.value:,}"
                left.say(row, "DSQL711", f"column {name} has {size:,} bytes: DSQL takes {most} in a value")
            for key, size in long.keys:
                left.say(row, KEY, f"{key.name} has {size:,} bytes: DSQL takes {key.most:,} in it")

    def _homeless(self, block: CopyBlock, missing: list[str]) -> None:
        """Rows of a table that the input does not make, or of columns that it does not have."""
        copy, statement = block.copy, block.statement
        schema = (copy.table.schema if copy.table else None) or next(iter(statement.search_path), "public")
        name = f"{schema}.{copy.table.name if copy.table else ''}"
        why = f"the table has no column {', '.join(missing)}" if missing else "the input makes no such table"
        self._troubles.add(statement.line, "DSQL904", f"COPY {name}: {why}; its rows are not in the bundle")
        self._plan.note("rows", name, statement.line, "unknown", f"{why}: they are not in the bundle", rule="DSQL904",
                        suffix=f"@{statement.line}" if missing else "")  # fmt: skip

    # -- INSERT ---------------------------------------------------------------------------------------------------

    def _run(self, run: InsertRun) -> None:
        plans: dict[Key, tuple[InsertPlan, InsertChecks] | None] = {}
        self._told.clear()

        def plan_of(table: Table | None) -> tuple[InsertPlan, InsertChecks] | None:
            if table is None:
                return None
            if table.key not in plans:
                planned = self._planned(table)
                plans[table.key] = (
                    (self._insert_plan(table, planned), self._insert_checks(table, planned)) if planned else None
                )
            return plans[table.key]

        def together(fact: Insert, width: int) -> bool:
            plan = plan_of(run.tables.get((fact.table.schema, fact.table.name)))
            return plan is not None and leaves_rows(fact, width, plan[0])

        for piece, fact in insert_pieces(self._plan.script, run, together):
            self._progress(piece.end - piece.start)
            if fact is None:
                self._unreadable(piece, run.line + piece.body_line - 1)
                continue
            table = run.tables.get((fact.table.schema, fact.table.name))
            if table is not None and self._plan.catalogue.tables.get(table.key) is not table:
                self._gone(table, run)
                continue
            plan = plan_of(table)
            if table is None or plan is None:
                continue
            if piece.statements == 1:
                self._insert(table, fact, piece, *plan, run)
            else:
                self._inserts(table, fact, piece, plan[1], run)

    def _gone(self, table: Table, run: InsertRun) -> None:
        """Rows of a table that the script drops later: once a run."""
        name, reason = f"INSERT INTO {dotted(table.key)}", "the script drops its table later"
        if self._plan.ledger.get(f"statement:{name}@{run.line}") is None:
            self._plan.note("statement", name, run.line, "dropped", reason, suffix=f"@{run.line}")

    def _unreadable(self, piece: Piece, line: int) -> None:
        from dsql_migrate.source.build import read

        first = one_line(piece.text[piece.body :][:60].decode("utf-8", "replace"))
        message = getattr(read(piece.sql), "message", "it does not fit the columns that its table has at the end")
        self._plan.note(
            "statement",
            first,
            line,
            "unknown",
            f"not read: {message}",
            rule="DSQL901",
            suffix=f"@{line}",
            into=("quarantine.sql",),
        )
        self._plan.loose.append((piece.sql, line, message))

    def _inserts(self, table: Table, fact: Insert, piece: Piece, checks: InsertChecks, run: InsertRun) -> None:
        """Statements of one row each that go on as they are."""
        note_plain(self._numbers, table, fact, piece)
        self.totals.add(table.key, piece.statements)
        if checks.worth(piece.text):
            self._exceeds(table, checks.several(piece, fact), run.line + piece.line - 1)
        if self._groups.takes(piece.statements, len(piece.text)):
            self._groups.add(piece.text, piece.statements, piece.statements)
            return
        for single in singly(piece):
            self._groups.add(single.text, 1)

    def _insert(
        self, table: Table, fact: Insert, piece: Piece, plan: InsertPlan, checks: InsertChecks, run: InsertRun
    ) -> None:
        line, name = run.line + piece.body_line - 1, dotted(table.key)
        lost = uses_lost(self._plan, fact.query, run.number, run.search_path) if fact.query is not None else None
        if lost is not None:
            why = f"INSERT INTO {name}: {lost}; its rows are not in the bundle"
            self._troubles.tell(name, line, "DSQL904", why)
            self._plan.loose.append((piece.sql[piece.body :], line, one_line(why)))
            return
        if checks.worth(piece.text):
            self._exceeds(table, checks.look(piece.sql, fact.values_span, fact.columns), run.line + piece.line - 1)
        sql, fact = self._spelled_out(table, fact, piece.sql, run)
        note_rows(self._numbers, table, fact, sql)
        try:
            for part in rewrite_insert(sql, fact, plan):
                self._groups.add(self._remarked(part.sql, piece, plan, table, line), part.rows or 0)
                self.totals.add(table.key, 0 if part.elements else part.rows or 0)
        except RowError as error:
            self._troubles.tell(name, line, "DSQL904", f"INSERT INTO {name}: {error}")

    def _spelled_out(self, table: Table, fact: Insert, sql: bytes, run: InsertRun) -> tuple[bytes, Insert]:
        """The statement with the numbers that it draws by name, and what it says then."""
        planned = self._planned(table)
        if planned is None or CALLED.search(sql) is None:
            return sql, fact
        self._plan.catalogue.search_path = run.search_path or ("public",)
        found = spelled_out(self._plan, self._numbers, table, planned, fact, sql)
        if found is None or found == sql:
            return sql, fact
        from dsql_migrate.source.build import read

        again = read(found)
        return (found, again) if isinstance(again, Insert) else (sql, fact)

    def _exceeds(self, table: Table, found: Iterable[Excess], line: int) -> None:
        """Rows beyond DSQL's limits; they go into the bundle all the same."""
        name = dotted(table.key)
        for one in found:
            self._troubles.tell(name, line + one.line, one.rule, f"INSERT INTO {name}, row {one.row}: {one.what}")

    def _insert_checks(self, table: Table, planned: TablePlan) -> InsertChecks:
        columns = columns_of(self._plan, table, planned)
        names = tuple(table.columns)
        limits = replace(self._limits, keys=key_limits(self._plan, planned, names))
        conversions = {n: c.choice.conversion for n, c in columns.items() if c.choice.conversion is not None}
        changed = {n: c for n, c in conversions.items() if not c.unchanged}
        changed |= {n: kept for n, c in columns.items() if n not in changed and (kept := kept_bytes(c.choice))}
        checks = column_checks(self._plan, columns, table.key)
        return InsertChecks(names, limits, checks, changed, long_values(limits))

    def _remarked(self, sql: bytes, piece: Piece, plan: InsertPlan, table: Table, line: int) -> bytes:
        """An INSERT with a remark, where it is the first of its table in the run that changed."""
        planned = self._planned(table)
        if table.key in self._told or planned is None or not self._plan.decisions.remarks:
            return sql
        if sql.strip() == piece.sql.strip():
            return sql
        self._told.add(table.key)
        columns, added = columns_of(self._plan, table, planned), [name for name, _ in plan.add_columns]
        return above(sql, rows_changed(self._plan, table, columns, added, line))

    def _insert_plan(self, table: Table, planned: TablePlan) -> InsertPlan:
        found = insert_plan(self._plan, self._numbers, table, planned, (self._max_rows, self._max_bytes))
        if found.converters or found.splits or found.elements:
            self.totals.converted[table.key] = "columns converted"
        return found

    def _planned(self, table: Table | None) -> TablePlan | None:
        return self._plan.tables.get(self._plan.root(table.key)) if table is not None else None
