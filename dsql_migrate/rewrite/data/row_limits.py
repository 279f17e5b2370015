"""What DSQL takes of one row, and rows that exceed it: values, the row as a whole, keys.

A row is looked at only where it is long enough to exceed something, so that rows of the usual size cost nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from dsql_migrate.rewrite.data.copy_format import CopySpec, escaped_delimiter, split_csv, split_text, unescape, unquote
from dsql_migrate.rewrite.data.row_stream import Chunk, Rows, whole_rows
from dsql_migrate.rewrite.data.shapes import shape_of
from dsql_migrate.rewrite.data.value_parts import value_bytes

Check = Callable[[bytes], str | None]  # a value, never NULL -> what is wrong with it

_NUMBER_HEAD = 12  # bytes of a numeric beside its digits, at most


@dataclass(frozen=True, slots=True)
class KeyLimit:
    """A key of a table, whose values may take ``most`` bytes in a row. Fields count from 0.

    ``fixed``: what the columns take whose type says how much. ``texts``: fields that take what their value is long.
    ``numbers``: fields of numeric.
    """

    name: str  # in words: "the key orders_pkey"
    most: int
    fixed: int
    texts: tuple[int, ...]
    numbers: tuple[int, ...] = ()

    @property
    def safe(self) -> int:
        """No row of so few bytes, written as text, has too large a key."""
        return max(1, self.most - self.fixed - _NUMBER_HEAD * len(self.numbers))

    def size(self, values: Mapping[int, bytes]) -> int:
        """The bytes of the key with these values by field; a NULL is not among them."""
        texts = sum(len(values.get(i, b"")) for i in self.texts)
        return self.fixed + texts + sum(number_bytes(values[i]) for i in self.numbers if i in values)


@dataclass(frozen=True, slots=True)
class SizeLimits:
    """What DSQL stores at most, in bytes (limits ``value-bytes`` and ``row-bytes`` of the target), and the keys.

    ``binary``: fields of bytea, which take half of what they are written in.
    """

    value: int
    row: int
    keys: tuple[KeyLimit, ...] = ()
    binary: frozenset[int] = frozenset()

    @property
    def smallest(self) -> int:
        """A row of so many bytes exceeds nothing."""
        return min(self.value, self.row, *(key.safe for key in self.keys))


@dataclass(frozen=True, slots=True)
class LongRow:
    """A row that exceeds a limit; ``row`` counts from 1.

    ``values``: (column from 0, bytes) of the values that exceed theirs. ``keys``: (limit, bytes) of such keys."""

    row: int
    size: int
    values: tuple[tuple[int, int], ...]
    keys: tuple[tuple[KeyLimit, int], ...] = ()


def long_row(number: int, row: bytes, spec: CopySpec, limits: SizeLimits) -> LongRow | None:
    """What a row of COPY data (without its line end) exceeds; None: nothing."""
    keys = [key for key in limits.keys if len(row) > key.safe]
    wide = len(row) > limits.value
    if not keys and not wide and len(row) <= limits.row:
        return None
    fields = _fields(row, spec)
    total, values = len(row), []
    for i, field in enumerate(fields) if wide else ():
        size = _bytes(field, spec, binary=i in limits.binary)
        total -= len(field) - size
        if size > limits.value:
            values.append((i, size))
    wanted = {i for key in keys for i in (*key.texts, *key.numbers)}
    known = {i: _value(fields[i], spec) for i in wanted if i < len(fields) and fields[i] != spec.null}
    large = tuple((key, size) for key in keys if (size := key.size(known)) > key.most)
    return LongRow(number, total, tuple(values), large) if values or large or total > limits.row else None


def _bytes(field: bytes, spec: CopySpec, *, binary: bool) -> int:
    """What the value of a field takes."""
    value = _value(field, spec)
    try:
        return value_bytes(value, binary=binary)
    except ValueError:
        return len(value)  # no bytea: PostgreSQL itself refuses it


def _fields(row: bytes, spec: CopySpec) -> list[bytes]:
    """The fields as they stand; a row that cannot be taken apart is one field."""
    try:
        return split_csv(row, spec.csv, spec.delimiter) if spec.csv else split_text(row, spec.delimiter)
    except ValueError:
        return [row]


def _value(field: bytes, spec: CopySpec) -> bytes:
    if spec.csv is None:
        return unescape(field)
    return unquote(field, spec.csv) if spec.csv.quote in field else field


def number_bytes(value: bytes) -> int:
    """What a number takes in a key, as PostgreSQL stores numeric: two bytes for four digits (numeric.c)."""
    try:
        shape = shape_of((value,))
    except ValueError:
        return len(value)
    groups = -(-shape.integer_digits // 4) - (-shape.scale // 4)
    return 2 * groups + (3 if groups < 60 else 8)


# --- single values ---


def fits_numeric(precision: int, scale: int) -> Check:
    """Finds numbers that numeric(precision, scale) does not take."""

    def check(value: bytes) -> str | None:
        shape = _shape(value)
        if shape is None:
            return None  # no number: PostgreSQL itself refuses it
        digits, infinite = shape
        if infinite:
            return f"is {value.strip().decode()}, which no numeric with a precision takes"
        most = precision - scale
        if digits > most:
            return f"has {digits:,} digits before the point: numeric({precision},{scale}) takes {max(0, most):,}"
        return None

    return check


def keeps_digits(scale: int) -> Check:
    """Finds numbers that a scale rounds."""

    def check(value: bytes) -> str | None:
        if len(value) <= scale:
            return None
        try:
            shape = shape_of((value.rstrip(b"0") if b"." in value and b"e" not in value.lower() else value,))
        except ValueError:
            return None
        return f"has {shape.scale:,} digits behind the point: {scale:,} are kept" if shape.scale > scale else None

    return check


def fits_length(most: int, convert: Callable[[bytes], bytes]) -> Check:
    """Finds values that have more than ``most`` characters once they are converted."""

    def check(value: bytes) -> str | None:
        try:
            size = len(convert(value).decode())
        except ValueError:
            return None  # the conversion itself says so
        return f"has {size:,} characters: the column takes {most:,}" if size > most else None

    return check


def _shape(value: bytes) -> tuple[int, bool] | None:
    try:
        shape = shape_of((value,))
    except ValueError:
        return None
    return shape.integer_digits, shape.infinite


def checked_rows(
    chunks: Iterable[Chunk | Rows],
    spec: CopySpec,
    checks: Mapping[int, Check],
    tell: Callable[[int, int, str], None],
) -> Iterator[Rows]:
    """The rows as they came, without a header. ``tell`` gets (row from 1, field from 0, what is wrong with its value).

    Values repeat: in each piece of rows a value is looked at once, and rows only where one is wrong.
    """
    done = 0
    for part in whole_rows(chunks, spec):
        lines = part.lines()
        rows = _split(lines, spec, part.data)
        for i, check in checks.items():
            wrong = {}
            for field in {row[i] for row in rows if len(row) > i} - {spec.null}:
                why = check(_value(field, spec))
                if why is not None:
                    wrong[field] = why
            if wrong:
                for number, row in enumerate(rows, done + 1):
                    if len(row) > i and row[i] in wrong:
                        tell(number, i, wrong[row[i]])
        done += len(lines)
        yield part


def _split(lines: list[bytes], spec: CopySpec, data: bytes) -> list[list[bytes]]:
    if data.endswith(b"\r\n"):
        lines = [line.removesuffix(b"\r") for line in lines]
    careful = spec.csv.quote in data if spec.csv else escaped_delimiter(spec.delimiter).search(data) is not None
    return [_fields(line, spec) if careful else line.split(spec.delimiter) for line in lines]
