"""Whether converting back gives the source's values: the target's rows, read as text and converted back in Python.

It shares nothing with the digests, which convert the source's side by SQL: here the source's server prints its own
values, and the target's are turned into what it would print. The sum of the rows' hashes is compared, so that neither
sorting nor memory is needed; only where it differs are rows looked for, by their key, in a few parts of the table.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from dsql_migrate.rewrite.data.copy_format import escape, unescape
from dsql_migrate.rewrite.quoting import one_line
from dsql_migrate.verify.backs import same_number
from dsql_migrate.verify.digest import quoted
from dsql_migrate.verify.expect import Back, Part, TableExpectation
from dsql_migrate.verify.outcome import Check, Comparison
from dsql_migrate.verify.rows import relation, why_not

_MODULO = 1 << 128
_BUCKETS = 4096  # parts of a table, by the hash of the key, that differing rows are looked for in
_LOOKED_IN = 16  # parts read again for it
_SHOWN_ROWS = 3
_SHOWN = 80  # characters of a value
_NULL = b"\\N"
_REFUSED = b"\\?"  # before the reason why a value cannot be converted back: no field of PostgreSQL begins like this

# What money looks like, beside what a connection that reads is set to already.
_SESSION = b"SET lc_monetary = 'C'"

_Read = Callable[[bytes], list[bytes]]  # a line of COPY -> the fields of the row as the source prints them


def compare_back(comparison: Comparison, source: Any, target: Any) -> Check:
    """Every table with converted columns. ``source``, ``target``: reading connections (``access.reader``).

    Columns without a way back are named in the check's notes, with what they lose. Tables whose rows cannot be compared
    anyway are left out: the check of the rows says why.
    """
    check = Check("converted back")
    source.execute(_SESSION)
    for table in sorted(comparison.expectations.tables, key=lambda one: one.qualified):
        if table.qualified not in comparison.target.tables or f"rows:{table.qualified}" in comparison.unproved:
            continue
        _note_losses(check, table)
        plan = _plan(comparison, table)
        if plan is None or why_not(comparison, table) is not None:
            continue
        check.count("tables")
        check.count("columns", len(plan.columns))
        _compare(check, plan, source, target)
    return check


def _note_losses(check: Check, table: TableExpectation) -> None:
    for back in table.backs:
        if back.back is None:
            check.notes.append(f"column:{table.qualified}.{back.source} has no way back: {back.loss or 'not said'}")


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is read of one table: ``key`` names its rows, ``columns`` are compared."""

    table: TableExpectation
    key: tuple[Back, ...]
    columns: tuple[Back, ...]

    @property
    def all(self) -> tuple[Back, ...]:
        return (*self.key, *self.columns)


def _plan(comparison: Comparison, table: TableExpectation) -> _Plan | None:
    """None where there is nothing to convert back."""
    backs = {back.source: back for back in table.backs}
    key = tuple(backs.get(name) or Back(name, (name,), _first) for name in table.key) or _others(table)
    named = {back.source for back in key}
    columns = tuple(
        back for back in table.backs
        if back.back is not None and back.source not in named and not _excused(comparison, table, back)
    )  # fmt: skip
    key = tuple(back for back in key if back.back is not None and not _excused(comparison, table, back))
    if not columns and not any(back in table.backs for back in key):
        return None
    return _Plan(table, key, columns)


def _others(table: TableExpectation) -> tuple[Back, ...]:
    """What tells rows apart where there is no key: all columns that are not converted."""
    converted = {name for back in table.backs for name in back.columns}
    others = [c for c in table.columns if c.name not in converted and c.source_sql != "NULL"]
    names = [(c.source_name or c.name, c.name, c.type) for c in others]
    return tuple(Back(s, (n,), _first, "", same_number if t.startswith("numeric") else None) for s, n, t in names)


def _first(values: tuple[bytes | None, ...]) -> bytes | None:
    return values[0]


def _excused(comparison: Comparison, table: TableExpectation, back: Back) -> bool:
    """Whether the values are known to differ, or to be a stand-in's."""
    ids = {f"column:{table.qualified}.{name}" for name in (back.source, *back.columns)}
    ids |= {f"column:{name}.{back.source}" for name in comparison.sources.get(table.qualified, ())}
    return not ids.isdisjoint(comparison.unproved)


def _compare(check: Check, plan: _Plan, source: Any, target: Any) -> None:
    import psycopg

    try:
        rows, there = _sum(_of_source(plan, source))
        check.count("rows", rows)
        if (rows, there) != _sum(_of_target(plan, target)):
            for sentence in _differences(plan, source, target):
                check.differ(plan.table.id, sentence)
    except psycopg.Error as error:
        check.differ(plan.table.id, f"cannot be read: {str(error).partition(chr(10))[0]}")


def _sum(rows: Iterator[list[bytes]]) -> tuple[int, int]:
    """How many rows, and the sum of their hashes."""
    count = total = 0
    for row in rows:
        count += 1
        total += int.from_bytes(blake2b(b"\t".join(row), digest_size=16).digest())
    return count, total % _MODULO


def _of_source(plan: _Plan, connection: Any) -> Iterator[list[bytes]]:
    """The fields of every row as the source's server prints them."""
    plain = [i for i, back in enumerate(plan.all) if back.canonical is not None]
    for part in plan.table.parts:
        for line in _lines(connection, [_source_sql(part, back) for back in plan.all], relation(part)):
            fields = line.split(b"\t")
            for i in plain:
                canonical = plan.all[i].canonical
                if fields[i] != _NULL and canonical is not None:
                    fields[i] = escape(canonical(unescape(fields[i])))
            yield fields


def _source_sql(part: Part, back: Back) -> str:
    constant = (part.constants or {}).get(back.source)
    return quoted(back.source) if constant is None else constant


def _of_target(plan: _Plan, connection: Any) -> Iterator[list[bytes]]:
    """The fields of every row of the target, converted back."""
    names = [back.sql or quoted(name) for back in plan.all for name in back.columns]
    steps = []
    at = 0
    for back in plan.all:
        steps.append(_step(back, at))
        at += len(back.columns)
    for line in _lines(connection, names, quoted(plan.table.schema, plan.table.name)):
        fields = line.split(b"\t")
        yield [step(fields) for step in steps]


def _step(back: Back, at: int) -> Callable[[list[bytes]], bytes]:
    """Makes one field of the source from the fields of the target that begin at ``at``."""
    convert, canonical, width = back.back, back.canonical, len(back.columns)
    if back.sql or (convert is _first and canonical is None):
        return lambda fields: fields[at]
    memory: dict[bytes, bytes] = {}

    def step(fields: list[bytes]) -> bytes:
        raw = fields[at] if width == 1 else b"\t".join(fields[at : at + width])
        found = memory.get(raw)
        if found is None:
            if len(memory) > 10_000:  # values repeat, but not all do
                memory.clear()
            found = memory[raw] = _back(raw, convert, canonical)
        return found

    return step


def _back(raw: bytes, convert: Any, canonical: Callable[[bytes], bytes] | None) -> bytes:
    values = tuple(None if field == _NULL else unescape(field) for field in raw.split(b"\t"))
    try:
        value = convert(values)
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError) as error:  # a damaged value
        return _REFUSED + escape(str(error).encode("utf-8", "replace"))
    if value is None:
        return _NULL
    return escape(canonical(value) if canonical is not None else value)


def _lines(connection: Any, expressions: list[str], relation: str) -> Iterator[bytes]:
    """The rows as COPY writes them, without line ends."""
    sql = f"COPY (SELECT {', '.join(expressions)} FROM {relation}) TO STDOUT"
    with connection.cursor().copy(sql.encode()) as copy:
        for block in copy:  # PostgreSQL sends a row a message
            yield bytes(block)[:-1]


# --- which rows ---


def _differences(plan: _Plan, source: Any, target: Any) -> Iterator[str]:
    """In words, which rows differ and in which column; a few of them."""
    width = len(plan.key)
    parts = [_by_bucket(rows, width) for rows in (_of_source(plan, source), _of_target(plan, target))]
    guilty = {n for n in range(_BUCKETS) if parts[0][n] != parts[1][n]}
    looked_in = set(sorted(guilty)[:_LOOKED_IN])
    was = _in_buckets(_of_source(plan, source), width, looked_in)
    now = _in_buckets(_of_target(plan, target), width, looked_in)
    shown = 0
    for key in sorted(set(was) | set(now)):
        if was.get(key) == now.get(key):
            continue
        if shown == _SHOWN_ROWS:
            yield f"has more such rows ({len(guilty):,} of {_BUCKETS:,} parts of the table differ)"
            return
        shown += 1
        yield _difference(plan, key, was.get(key), now.get(key))
    if not shown:
        yield "does not give the source's values when it is converted back"


def _bucket(row: list[bytes], width: int) -> int:
    return zlib.crc32(b"\t".join(row[:width])) % _BUCKETS


def _by_bucket(rows: Iterator[list[bytes]], width: int) -> list[int]:
    sums = [0] * _BUCKETS
    for row in rows:
        hashed = int.from_bytes(blake2b(b"\t".join(row), digest_size=16).digest())
        at = _bucket(row, width)
        sums[at] = (sums[at] + hashed) % _MODULO
    return sums


def _in_buckets(rows: Iterator[list[bytes]], width: int, wanted: set[int]) -> dict[bytes, list[list[bytes]]]:
    found: dict[bytes, list[list[bytes]]] = {}
    for row in rows:
        if _bucket(row, width) in wanted:
            found.setdefault(b"\t".join(row[:width]), []).append(row[width:])
    return {key: sorted(values) for key, values in found.items()}


def _difference(plan: _Plan, key: bytes, was: list[list[bytes]] | None, now: list[list[bytes]] | None) -> str:
    fields = key.split(b"\t") if plan.key else []
    named = ", ".join(f"{back.source} = {_show(field)}" for back, field in zip(plan.key, fields, strict=False))
    row = f"row ({named})" if named else "a row"
    if was is None or now is None:
        return f"{row} is not on the {'target' if now is None else 'source'}"
    for old, new in zip(was, now, strict=False):
        for back, one, other in zip(plan.columns, old, new, strict=True):
            if one != other:
                said = f"comes back as {_show(other)}"
                if other.startswith(_REFUSED):
                    said = f"cannot be converted back ({one_line(other[2:].decode('utf-8', 'replace'))})"
                return f"{row}: column {back.source} {said}, the source has {_show(one)}"
    return f"{row} is there {len(now)} times, in the source {len(was)} times"


def _show(field: bytes) -> str:
    if field == _NULL:
        return "NULL"
    text = one_line(unescape(field).decode("utf-8", "replace"))
    return f"'{text[:_SHOWN]}…'" if len(text) > _SHOWN else f"'{text}'"
