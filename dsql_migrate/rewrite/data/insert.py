"""INSERT … VALUES: values converted, columns added, cut into statements that one DSQL transaction takes.

Nothing but what has to change changes: the bytes of every other value, the blanks and comments between rows, and the
clauses before and behind VALUES (OVERRIDING, ON CONFLICT, RETURNING) stay, the clauses on every part.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from dsql_migrate.rewrite.data.elements import Apart
from dsql_migrate.rewrite.data.literals import Constant, NotConstant, constant, quoted
from dsql_migrate.rewrite.data.row_error import RowError
from dsql_migrate.rewrite.data.split import Split
from dsql_migrate.rewrite.data.split_literals import constructed, split_sql
from dsql_migrate.rewrite.data.values import Conversion
from dsql_migrate.rewrite.data.values_scan import Malformed, row_spans, trimmed, value_spans
from dsql_migrate.rewrite.quoting import identifier
from dsql_migrate.source.facts import Insert, Span

Supply = Callable[[], str]


@dataclass(frozen=True, slots=True)
class ElementPlan:
    """Where the elements of an array go. ``count``: the column that takes their number in the array's place.

    So go the parts of a large value; ``most``: what is written in so many bytes stays as it is, an expression too.

    ``keys``: the columns of the primary key; ``table`` and ``columns``: of the elements, as SQL. ``apart`` gives
    what stays in the column, and the elements.
    """

    count: str
    keys: tuple[str, ...]
    table: str
    columns: str
    apart: Apart
    most: int = -1


@dataclass(frozen=True, slots=True)
class InsertPlan:
    """What to do with the INSERT statements of one table.

    ``columns``: the names of the table's columns in order, for statements without a column list. ``converters``: by
    column name. ``splits``: by column name too, with the names of the columns that the values fall into. ``elements``:
    of arrays whose elements are rows of a table beside.
    ``add_columns``: columns that must get an explicit value, each with a function that gives the next
    value as SQL text; a statement that names the column keeps its values, DEFAULT apart. ``table``: the new name as
    SQL text. ``max_rows`` and ``max_bytes``: of one statement.
    """

    columns: tuple[str, ...]
    max_rows: int
    max_bytes: int
    table: str | None = None
    converters: Mapping[str, Conversion] = field(default_factory=dict)
    splits: Mapping[str, tuple[Split, tuple[str, ...]]] = field(default_factory=dict)
    elements: Mapping[str, ElementPlan] = field(default_factory=dict)
    add_columns: tuple[tuple[str, Supply], ...] = ()
    name_columns: bool = False  # a statement without a column list gets one: the new table has another order
    always: frozenset[str] = (
        frozenset()
    )  # GENERATED ALWAYS identity columns: a value for one needs OVERRIDING SYSTEM VALUE

    def targets(self, name: str) -> tuple[str, ...]:
        """The columns of the target that take the values of one."""
        if name in self.elements:
            return (self.elements[name].count,)
        return self.splits[name][1] if name in self.splits else (name,)


@dataclass(frozen=True, slots=True)
class Part:
    """One statement with its semicolon; the parts one after another are a script. ``rows`` is None for a SELECT."""

    sql: bytes
    rows: int | None
    elements: bool = False  # its rows are elements of arrays


def element_parts(
    plan: ElementPlan, rows: list[tuple[bytes, int, bytes | None]], max_rows: int, max_bytes: int
) -> Iterator[Part]:
    """INSERTs of the elements of arrays: (the key as SQL, the position, the value) of each."""
    head = f"\nINSERT INTO {plan.table} ({plan.columns}) VALUES\n    ".encode("utf-8", "surrogateescape")
    held: list[bytes] = []
    size = 0
    for key, position, value in rows:
        row = b"(%b, %d, %b)" % (key, position, b"NULL" if value is None else quoted(value))
        if held and (len(held) >= max_rows or size + len(row) > max_bytes):
            yield Part(head + b",\n    ".join(held) + b";", len(held), elements=True)
            held, size = [], 0
        held.append(row)
        size += len(row)
    if held:
        yield Part(head + b",\n    ".join(held) + b";", len(held), elements=True)


def leaves_rows(fact: Insert, width: int, plan: InsertPlan) -> bool:
    """Whether every statement like this, with one row of ``width`` values that are not DEFAULT, stays as it is."""
    named = fact.columns or plan.columns[:width]
    if plan.table is not None or width != len(named) or (plan.name_columns and not fact.columns):
        return False
    if any(name in named for name in (*plan.converters, *plan.splits, *plan.elements)):
        return False
    if any(name not in named for name, _ in plan.add_columns):
        return False
    return fact.overriding is not None or plan.always.isdisjoint(named)


def rewrite_insert(text: bytes, fact: Insert, plan: InsertPlan) -> Iterator[Part]:
    """The statements that take the place of the piece ``text``, comments before it included.

    Raises RowError where a value that must be converted is no constant or cannot be read (``column`` counts in the
    statement's own column list), or where rows are not of one length.
    """
    if fact.values_span is None:
        yield _without_values(text, fact, plan)
        return
    small = fact.rows is not None and fact.rows <= plan.max_rows and len(text) <= plan.max_bytes
    changed = bool(plan.converters or plan.splits or plan.elements or plan.add_columns or plan.always)
    untouched = plan.table is None and not changed
    if small and untouched and not (plan.name_columns and not fact.columns):
        yield Part(text, fact.rows)
        return
    try:
        rows = row_spans(text, fact.values_span)
        width = len(value_spans(text, rows[0]))
    except Malformed as error:
        raise RowError(1, None, str(error)) from None
    named = fact.columns or plan.columns[:width]
    if width != len(named):
        raise RowError(1, None, f"{width} values where {len(named)} columns are named")
    edit = _RowEdit(text, plan, named)
    edit.conflict = _CONFLICT.search(text, fact.values_span.end, fact.span.end) is not None
    if any(a.most < 0 for _, _, a in edit.arrays) and edit.conflict:
        raise RowError(1, None, "ON CONFLICT says which rows come in: elements of their arrays cannot follow")
    head = _head(text, fact, plan, named, edit.extra_names)
    yield from _parts(text, fact, plan, head, edit.pieces(rows, fact.values_span))
    for name, found in edit.elements.items():
        yield from element_parts(plan.elements[name], found, plan.max_rows, plan.max_bytes)


# --- cutting ---


def _parts(
    text: bytes, fact: Insert, plan: InsertPlan, head: bytes, rows: Iterable[tuple[bytes, bytes]]
) -> Iterator[Part]:
    """``rows``: (what stands between this row and the one before, the row)."""
    assert fact.values_span is not None
    tail = text[fact.values_span.end : fact.span.end]
    frame = len(head) + len(tail) + 1
    lead = text[: fact.span.start]
    held: list[bytes] = []
    size = frame
    count = 0
    for between, row in rows:
        if count and (count >= plan.max_rows or size + len(between) + len(row) > plan.max_bytes):
            yield Part(b"".join((lead, head, *held, tail, b";")), count)
            lead, held, size, count = b"\n", [], frame, 0
        held += (between, row) if count else (row,)
        size += len(between) + len(row)
        count += 1
    yield Part(b"".join((lead, head, *held, tail, text[fact.span.end :])), count)


def _head(text: bytes, fact: Insert, plan: InsertPlan, named: tuple[str, ...], extra: tuple[str, ...]) -> bytes:
    """INSERT INTO … VALUES, with the new table name and the columns that are added."""
    start, end = fact.span.start, fact.values_span.start if fact.values_span else fact.span.end
    edits = []
    if plan.table is not None:
        edits.append((fact.table.span.start, fact.table.span.end, plan.table))
    targets = [target for name in named for target in plan.targets(name)]
    if fact.columns_span and tuple(targets) != named:
        names = ", ".join(identifier(name) for name in (*targets, *extra))
        edits.append((fact.columns_span.start, fact.columns_span.end, f"({names})"))
    elif extra and fact.columns_span:
        at = fact.columns_span.end - 1
        edits.append((at, at, "".join(f", {identifier(name)}" for name in extra)))
    elif extra or (plan.name_columns and named and not fact.columns):
        at = _list_position(text, fact, end)
        edits.append((at, at, f"({', '.join(identifier(name) for name in (*targets, *extra))}) "))
    if fact.overriding is None and plan.always & {*named, *extra} and fact.values_span is not None:
        at = _values_position(text, fact, end)
        edits.append((at, at, "OVERRIDING SYSTEM VALUE "))
    written = bytearray()
    for first, last, new in sorted(edits):
        written += text[start:first] + new.encode()
        start = last
    return bytes(written + text[start:end])


_CONFLICT = re.compile(rb"\bon\s+conflict\b", re.IGNORECASE)
_VALUES = re.compile(rb"values\s*\Z", re.IGNORECASE)
_LIST_END = re.compile(rb"(?:overriding\s+(?:system|user)\s+value\s+)?(?:default\s+)?values\s*\Z", re.IGNORECASE)


def _list_position(text: bytes, fact: Insert, end: int) -> int:
    """Where a column list goes: before OVERRIDING or VALUES."""
    found = _LIST_END.search(text, fact.table.span.end, trimmed(text, fact.table.span.end, end).end)
    if found is None:
        raise RowError(1, None, "a comment stands where the column list has to go")
    return found.start()


def _values_position(text: bytes, fact: Insert, end: int) -> int:
    """Where the word VALUES stands."""
    found = _VALUES.search(text, fact.table.span.end, trimmed(text, fact.table.span.end, end).end)
    if found is None:
        raise RowError(1, None, "a comment stands where OVERRIDING SYSTEM VALUE has to go")
    return found.start()


def _without_values(text: bytes, fact: Insert, plan: InsertPlan) -> Part:
    """INSERT … DEFAULT VALUES, or INSERT … SELECT."""
    default = re.search(rb"\bdefault\s+values\b", text[fact.table.span.end : fact.span.end], re.IGNORECASE)
    if default is None:
        arrays = [name for name, array in plan.elements.items() if array.most < 0]
        changed = (*plan.converters, *plan.splits, *arrays, *(n for n, _ in plan.add_columns))
        wanted = [name for name in changed if _concerns(fact, plan, name)]
        if wanted:
            raise RowError(1, None, f"INSERT … SELECT: column {wanted[0]} needs values that are constants")
        return Part(text[: fact.span.start] + _head(text, fact, plan, (), ()) + text[fact.span.end :], None)
    start = fact.table.span.end + default.start()
    head, tail = text[: fact.table.span.end], text[fact.table.span.end + default.end() :]
    if plan.table is not None:
        head = text[: fact.table.span.start] + plan.table.encode()
    middle = text[fact.table.span.end : start]
    if not plan.add_columns:
        return Part(head + middle + default.group() + tail, 1)
    names = ", ".join(identifier(name) for name, _ in plan.add_columns)
    values = ", ".join(supply() for _, supply in plan.add_columns)
    override = re.search(rb"\boverriding\b", middle, re.IGNORECASE)
    at = override.start() if override else len(middle)
    return Part(head + middle[:at] + f"({names}) ".encode() + middle[at:] + f"VALUES ({values})".encode() + tail, 1)


def _concerns(fact: Insert, plan: InsertPlan, name: str) -> bool:
    if name in plan.splits or name in plan.elements:
        return not fact.columns or name in fact.columns
    conversion = plan.converters.get(name)
    if conversion is not None:
        return not conversion.unchanged and (not fact.columns or name in fact.columns)
    return bool(fact.columns) and name not in fact.columns


# --- rows ---


class _RowEdit:
    """Rewrites the rows of one statement."""

    def __init__(self, text: bytes, plan: InsertPlan, named: tuple[str, ...]) -> None:
        self.text = text
        self.width = len(named)
        index = {name: i for i, name in enumerate(named)}
        self.converters = sorted((index[n], c) for n, c in plan.converters.items() if n in index)
        self.splits = sorted(((index[n], s) for n, (s, _) in plan.splits.items() if n in index), key=lambda one: one[0])
        self.arrays = [(index[n], n, plan.elements[n]) for n in plan.elements if n in index]
        self.conflict = False
        self.elements: dict[str, list[tuple[bytes, int, bytes | None]]] = {name: [] for _, name, _ in self.arrays}
        self.named = named
        self.supplies = {index[name]: supply for name, supply in plan.add_columns if name in index}
        self.extra = tuple(supply for name, supply in plan.add_columns if name not in index)
        self.extra_names = tuple(name for name, _ in plan.add_columns if name not in index)

    def pieces(self, rows: list[Span], span: Span) -> Iterator[tuple[bytes, bytes]]:
        """(the text before a row, the row), for every row."""
        text, last = self.text, span.start
        looked_at = bool(self.converters or self.splits or self.arrays or self.supplies)
        for number, row in enumerate(rows, 1):
            between = text[last : row.start]
            written = self._row(row, number) if looked_at else text[row.start : row.end]
            extra = [supply() for supply in self.extra]
            if extra:
                written = written[:-1] + "".join(f", {value}" for value in extra).encode() + b")"
            self._gather(number, dict(zip(self.extra_names, extra, strict=True)))
            last = row.end
            yield between, written

    def _row(self, row: Span, number: int) -> bytes:
        text = self.text
        try:
            spans = value_spans(text, row)
        except Malformed as error:  # pragma: no cover - the row was found by the same scanner
            raise RowError(number, None, str(error)) from None
        if len(spans) != self.width:
            raise RowError(number, None, f"{len(spans)} values where the first row has {self.width}")
        edits = []
        for i, conversion in self.converters:
            try:
                new = converted(text, spans[i], conversion)
            except ValueError as error:
                raise RowError(number, i, str(error)) from None
            if new is not None:
                edits.append((spans[i], new))
        for i, split in self.splits:
            try:
                edits.append((spans[i], split_sql(text, spans[i], split)))
            except ValueError as error:
                raise RowError(number, i, str(error)) from None
        for i, supply in self.supplies.items():
            if text[spans[i].start : spans[i].end].lower() == b"default":
                edits.append((spans[i], supply().encode()))
        self._row_elements(text, spans, edits, number)
        if not edits:
            return text[row.start : row.end]
        written, at = bytearray(), row.start
        for span, new in sorted(edits, key=lambda edit: edit[0].start):
            written += text[at : span.start] + new
            at = span.end
        return bytes(written + text[at : row.end])


    def _row_elements(
        self, text: bytes, spans: tuple[Span, ...], edits: list[tuple[Span, bytes]], number: int
    ) -> None:
        """Put the number of elements in the place of each array; the elements wait for the row's key."""
        self._waiting: list[tuple[str, ElementPlan, list[tuple[int, bytes | None]]]] = []
        for i, name, plan in self.arrays:
            if spans[i].end - spans[i].start <= plan.most:
                continue
            try:
                found = constant(text, spans[i])
                left, rows = (None, None) if found.value is None else plan.apart(found.value)
            except NotConstant as error:
                if plan.most >= 0:
                    continue
                raise RowError(number, i, str(error)) from None
            except ValueError as error:
                raise RowError(number, i, str(error)) from None
            if rows is None or (plan.most >= 0 and not rows):
                continue
            if plan.most >= 0 and self.conflict:
                why = "ON CONFLICT says which rows come in: the parts of a large value cannot follow"
                raise RowError(number, i, why)
            count = plan.most < 0 and left is not None
            edits.append((spans[i], b"NULL" if left is None else left if count else quoted(left)))
            self._waiting.append((name, plan, rows))
        made = {span.start: new for span, new in edits}
        here = zip(self.named, spans, strict=True)
        self._values = {name: made.get(s.start, text[s.start : s.end]) for name, s in here} if self._waiting else {}

    def _gather(self, number: int, extra: dict[str, str]) -> None:
        """Enter the elements of the row with its key."""
        for name, plan, rows in self._waiting if self.arrays else ():
            values = self._values | {added: value.encode() for added, value in extra.items()}
            key = [values.get(column, b"DEFAULT") for column in plan.keys]
            if rows and any(value.lower() == b"default" for value in key):
                why = f"column {plan.keys[0]} has no value, by which elements of {name} find their row"
                raise RowError(number, None, why)
            self.elements[name] += [(b", ".join(key), position, value) for position, value in rows]


def converted(text: bytes, span: Span, conversion: Conversion) -> bytes | None:
    """The literal that takes the place of the value in ``span``; None: it stays. Raises ValueError."""
    try:
        found: Constant = constant(text, span)
    except NotConstant:
        value = constructed(text, span, conversion.name)
        if value is not None:
            return quoted((conversion.literal or conversion.convert)(value))
        if conversion.unchanged:  # any expression can be assigned to the new type: its text is the value
            return None
        raise
    if found.value is None:
        return None if found.plain else b"NULL"
    if found.kind == "number" and conversion.number is not None:
        number = conversion.number(found.value)
        return None if found.plain and number == found.value else number
    if conversion.unchanged:
        value = conversion.literal(found.value) if conversion.literal else found.value
        as_is = found.plain and found.kind in ("string", "number", "boolean") and value == found.value
        return None if as_is else quoted(value)
    return quoted((conversion.literal or conversion.convert)(found.value))


__all__ = ["InsertPlan", "NotConstant", "Part", "Supply", "converted", "rewrite_insert"]
