"""COPY rows with some columns converted, and rows read for what their columns hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import repeat

from dsql_migrate.rewrite.data import copy_format
from dsql_migrate.rewrite.data.copy import Block, copy_blocks
from dsql_migrate.rewrite.data.copy_format import CopySpec
from dsql_migrate.rewrite.data.row_error import RowError
from dsql_migrate.rewrite.data.row_limits import SizeLimits
from dsql_migrate.rewrite.data.row_stream import Chunk, Rows, whole_rows
from dsql_migrate.rewrite.data.split import Split
from dsql_migrate.rewrite.data.values import Conversion


@dataclass(frozen=True, slots=True)
class RowPlan:
    """What to do with the rows of one COPY.

    ``columns``: how many fields a row has. ``converters``: by field index from 0. ``splits``: by field index too, for
    fields that become several, in place. ``after``: what is done with the converted rows. ``append``: values,
    unescaped, added to every row behind its own fields (None: NULL). ``drop``: indexes of fields to leave out.
    """

    columns: int
    converters: Mapping[int, Conversion] = field(default_factory=dict)
    append: tuple[bytes | None, ...] = ()
    drop: frozenset[int] = frozenset()
    splits: Mapping[int, Split] = field(default_factory=dict)
    after: Callable[[Iterable[bytes], CopySpec], Iterator[bytes]] | None = None

    @property
    def idle(self) -> bool:
        """Whether rows stay as they are."""
        nothing = not self.append and not self.drop and not self.splits and self.after is None
        return nothing and all(c.unchanged for c in self.converters.values())


def converted_blocks(
    chunks: Iterable[Chunk | Rows],
    spec: CopySpec,
    plan: RowPlan,
    *,
    max_rows: int,
    max_bytes: int,
    limits: SizeLimits | None = None,
    refuse: Callable[[RowError], None] | None = None,
) -> Iterator[Block]:
    """``convert_rows``, cut into blocks as ``copy_blocks`` does; without anything to do it is ``copy_blocks``."""
    if plan.idle:
        yield from copy_blocks(chunks, spec, max_rows=max_rows, max_bytes=max_bytes, limits=limits)
        return
    converted = convert_rows(chunks, spec, plan, refuse)
    if plan.after is not None:
        converted = plan.after(converted, spec.without_header())
    yield from copy_blocks(converted, spec.without_header(), max_rows=max_rows, max_bytes=max_bytes, limits=limits)


def convert_rows(
    chunks: Iterable[Chunk | Rows], spec: CopySpec, plan: RowPlan, refuse: Callable[[RowError], None] | None = None
) -> Iterator[bytes]:
    r"""The converted rows in the same form, in pieces of whole rows; header and ``\.`` line are left out.

    Fields that are not converted keep their bytes. Raises RowError at the first row that has another number of fields
    or a value that its conversion cannot read, once all rows before it have been yielded; with ``refuse``, that gets
    the error instead, and the row is left out.
    """
    form = form_of(spec)
    convert = _converter(plan, form, spec)
    done = 0
    newline: bytes | None = None
    for part in whole_rows(chunks, spec):
        lines, newline = plain_lines(part, newline)
        careful = form.careful(part.data)
        while lines:
            converted, error = convert(lines, done, careful)
            if converted:
                text = newline.join(converted)
                yield text + newline if error or part.data.endswith(b"\n") else text
            if error is None:
                done += len(lines)
                break
            if refuse is None:
                raise error
            refuse(error)
            done += len(converted) + 1
            lines = lines[len(converted) + 1 :]


def plain_lines(part: Rows, newline: bytes | None) -> tuple[list[bytes], bytes]:
    """The rows without line ends, and the line end of the data: that of its first row."""
    lines = part.lines()
    if newline is None:
        newline = b"\r\n" if lines[0].endswith(b"\r") and part.data.endswith(b"\n") else b"\n"
    if newline == b"\r\n":
        lines = [line.removesuffix(b"\r") for line in lines]
    return lines, newline


def form_of(spec: CopySpec) -> Form:
    """How rows of this form are read and written."""
    return _csv(spec) if spec.csv else _text(spec)


@dataclass(frozen=True, slots=True)
class Form:
    """How one form of COPY data is read and written."""

    careful: Callable[[bytes], bool]  # may a delimiter in these rows belong to a value?
    split: Callable[[bytes], list[bytes]]  # the fields of such a row
    read: Callable[[bytes], bytes]  # a field that is not NULL -> its value
    write: Callable[[bytes], bytes]  # a value -> a field
    bare: Callable[[bytes], bool]  # are fields, put together like this, their own values?
    clean: Callable[[bytes], bool]  # are values, put together like this, their own fields?


def _text(spec: CopySpec) -> Form:
    delimiter, null = spec.delimiter, spec.null
    special = copy_format.special(delimiter)
    escaped = copy_format.escaped_delimiter(delimiter)

    def write(value: bytes) -> bytes:
        field = value if special.search(value) is None else copy_format.escape(value, delimiter)
        if field == null:
            raise ValueError(f"the value is {null.decode()!r}, which stands for NULL in this COPY")
        return field

    return Form(
        careful=lambda data: escaped.search(data) is not None,
        split=lambda row: copy_format.split_text(row, delimiter),
        read=copy_format.unescape,
        write=write,
        bare=lambda fields: b"\\" not in fields,
        clean=lambda values: special.search(values) is None and special.search(null) is not None,
    )


def _csv(spec: CopySpec) -> Form:
    csv = spec.csv or copy_format.CsvOptions()
    return Form(
        careful=lambda data: csv.quote in data,
        split=lambda row: copy_format.split_csv(row, csv, spec.delimiter),
        read=lambda field: copy_format.unquote(field, csv) if csv.quote in field else field,
        write=lambda value: copy_format.quote(value, spec),
        bare=lambda fields: csv.quote not in fields,
        clean=lambda values: False,
    )


def _converted(form: Form, convert: _One, fields: Iterable[bytes]) -> dict[bytes, bytes]:
    """What takes the place of each field. Raises ValueError where one cannot be converted."""
    old = list(fields)
    values = old if form.bare(b" ".join(old)) else [form.read(field) for field in old]
    if isinstance(convert, _Several):
        return dict(zip(old, convert.all(values), strict=True))
    one, found = convert.convert, convert.many(values) if convert.many is not None else None
    if found is None:
        new = [one(value) for value in values]
    else:
        new = [one(value) if made is None else made for value, made in zip(values, found, strict=True)]
    return dict(zip(old, new if form.clean(b" ".join(new)) else map(form.write, new), strict=True))


class _Several:
    """Makes of one value the fields that take its place, put together as they stand in the row."""

    def __init__(self, split: Split, form: Form, spec: CopySpec) -> None:
        self._convert = split.convert
        self._many = split.many
        self._write = form.write
        self._clean = form.clean
        self._spec = spec

    def __call__(self, value: bytes | None) -> bytes:
        write, null = self._write, self._spec.null
        return self._spec.delimiter.join([null if v is None else write(v) for v in self._convert(value)])

    def all(self, values: list[bytes]) -> list[bytes]:
        """Those of many values; where none has anything to escape, they go together as they are."""
        delimiter, null = self._spec.delimiter, self._spec.null
        one, quick = self._convert, self._many(values) if self._many is not None else None
        found = [one(value) for value in values] if quick is None else [
            one(value) if made is None else made for value, made in zip(values, quick, strict=True)
        ]  # fmt: skip
        if self._clean(b" ".join([part for parts in found for part in parts if part is not None])):
            return [delimiter.join([null if part is None else part for part in parts]) for parts in found]
        write = self._write
        return [delimiter.join([null if part is None else write(part) for part in parts]) for parts in found]


_One = Conversion | _Several
_Lines = Callable[[list[bytes], int, bool], tuple[list[bytes], RowError | None]]


def _converter(plan: RowPlan, form: Form, spec: CopySpec) -> _Lines:
    """A function (rows, rows before them, careful) -> (converted rows, what is wrong with the row behind them)."""
    columns, delimiter, null = plan.columns, spec.delimiter, spec.null
    converters: list[tuple[int, _One]] = [(i, c) for i, c in plan.converters.items() if not c.unchanged]
    converters += [(i, _Several(split, form, spec)) for i, split in plan.splits.items()]
    converters.sort(key=lambda one: one[0])
    nothing = {i: one(None) if isinstance(one, _Several) else null for i, one in converters}
    kept = [i for i in range(columns) if i not in plan.drop] if plan.drop else None
    append = [null if value is None else form.write(value) for value in plan.append]
    read, write, split = form.read, form.write, form.split

    def at_once(lines: list[bytes]) -> list[bytes] | None:
        """All rows, column by column; None where anything is wrong with one."""
        if kept == []:
            return None
        try:
            table: list[Iterable[bytes]] = list(zip(*[line.split(delimiter) for line in lines], strict=True))
            if len(table) != columns:
                return None
            for i, one in converters:
                memory = _converted(form, one, set(table[i]) - {null})
                memory[null] = nothing[i]
                table[i] = map(memory.__getitem__, table[i])
        except ValueError:
            return None
        if kept is not None:
            table = [table[k] for k in kept]
        table += [repeat(value) for value in append]
        return list(map(delimiter.join, zip(*table, strict=False)))

    def convert(lines: list[bytes], done: int, careful: bool) -> tuple[list[bytes], RowError | None]:
        if not careful and (all_rows := at_once(lines)) is not None:
            return all_rows, None
        # Values of a column repeat: each is converted once a piece. NULL is known from the start.
        plans = [(i, one, {null: nothing[i]}) for i, one in converters]
        converted: list[bytes] = []
        i = -1
        for line in lines:
            try:
                i = -1
                fields = split(line) if careful else line.split(delimiter)
                if len(fields) != columns:
                    raise ValueError(f"{len(fields)} fields where the table has {columns}")
                for i, one, memory in plans:
                    raw = fields[i]
                    field = memory.get(raw)
                    if field is None:
                        value = read(raw)
                        made = one(value) if isinstance(one, _Several) else write(one.convert(value))
                        field = memory[raw] = made
                    fields[i] = field
            except ValueError as error:
                return converted, RowError(done + len(converted) + 1, None if i < 0 else i, str(error))
            if kept is not None:
                fields = [fields[k] for k in kept]
            fields += append
            converted.append(delimiter.join(fields))
        return converted, None

    return convert
