"""The rows of INSERT statements, held against DSQL's limits before they are loaded."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dsql_migrate.rewrite.data.bytea import to_hex
from dsql_migrate.rewrite.data.insert import NotConstant
from dsql_migrate.rewrite.data.literals import constant
from dsql_migrate.rewrite.data.plain_insert import plain_head, singly
from dsql_migrate.rewrite.data.row_limits import SizeLimits
from dsql_migrate.rewrite.data.values import Conversion
from dsql_migrate.rewrite.data.values_scan import Malformed, row_spans, value_spans
from dsql_migrate.rewrite.forms import TypeChoice
from dsql_migrate.rewrite.rows.row_checks import KEY, ColumnCheck
from dsql_migrate.source import regex
from dsql_migrate.source.facts import Insert, Span
from dsql_migrate.source.script import Piece


@dataclass(frozen=True, slots=True)
class Excess:
    """Something too large. ``line``: line feeds before its row in the text; ``row``: of its statement, from 1."""

    line: int
    row: int
    rule: str
    what: str


@dataclass(frozen=True, slots=True)
class InsertChecks:
    """What the INSERTs of one table are held against. ``columns``: the table's, for statements without a list.

    The fields of the limits' keys count in ``columns``.
    """

    columns: tuple[str, ...]
    limits: SizeLimits
    checks: Sequence[ColumnCheck]
    conversions: dict[str, Conversion]
    long: re.Pattern[bytes]  # a string long enough to exceed something

    def worth(self, text: bytes) -> bool:
        """Whether any statement in the text may exceed something: most texts are told by one search."""
        if self.checks or len(text) > self.limits.row or b"$$" in text:
            return True
        return len(text) > self.limits.smallest // 2 and self.long.search(text.replace(b"''", b"  ")) is not None

    def several(self, piece: Piece, fact: Insert) -> Iterator[Excess]:
        """``look`` for a piece of statements of one row each, of which ``fact`` is one."""
        line = piece.line
        for single in singly(piece):
            head = plain_head(single)
            if head is not None:
                values = Span(single.body + len(head), single.text.rindex(b";"))
                for found in self.look(single.text, values, fact.columns):
                    yield Excess(single.line - line + found.line, found.row, found.rule, found.what)

    def look(self, text: bytes, values: Span | None, named: tuple[str, ...]) -> Iterator[Excess]:
        """What exceeds a limit in the VALUES of one statement; ``named``: its column list, where it has one."""
        if values is None:
            return
        start = values.start
        while start < values.end and text[start : start + 1].isspace():
            start += 1
        try:
            rows = row_spans(text, Span(start, values.end))
        except Malformed:
            return  # converting the rows says so
        for number, row in enumerate(rows, 1):
            size = row.end - row.start
            if self.checks or size > self.limits.smallest:
                for at, rule, what in self._row(text, row, named or self.columns):
                    yield Excess(text.count(b"\n", 0, at), number, rule, what)

    def _row(self, text: bytes, row: Span, named: tuple[str, ...]) -> Iterator[tuple[int, str, str]]:
        """(where it stands, the rule, what is wrong)."""
        spans = dict(zip(named, value_spans(text, row), strict=False))
        values = self._values(text, spans)
        total = sum(len(value) for value in values.values())
        if total > self.limits.row:
            yield row.start, "DSQL710", f"{total:,} bytes: DSQL takes {self.limits.row:,} in a row"
        for name, value in values.items():
            if len(value) > self.limits.value:
                what = f"column {name} has {len(value):,} bytes: DSQL takes {self.limits.value:,} in a value"
                yield spans[name].start, "DSQL711", what
        by_place = {i: values[name] for i, name in enumerate(self.columns) if name in values}
        for key in self.limits.keys:
            size = key.size(by_place)
            if size > key.most:
                yield row.start, KEY, f"{key.name} has {size:,} bytes: DSQL takes {key.most:,} in it"
        for check in self.checks:
            why = check.check(values[check.column]) if check.column in values else None
            if why is not None:
                yield spans[check.column].start, check.rule, f"column {check.column} {why}"

    def _values(self, text: bytes, spans: Mapping[str, Span]) -> dict[str, bytes]:
        """The values that are constants, as the target gets them; NULLs are left out."""
        found = {}
        for name, span in spans.items():
            try:
                value = constant(text, span).value
                conversion = self.conversions.get(name)
                if value is not None:
                    found[name] = conversion.convert(value) if conversion is not None else value
            except (NotConstant, ValueError):
                continue  # an expression, or a value that its conversion refuses and tells
        return found


def kept_bytes(choice: TypeChoice) -> Conversion | None:
    """What a literal leaves in its column: the bytes of a bytea, nothing of a value that goes in parts."""
    elements, binary = choice.elements, choice.internal == "bytea"
    if not binary and (elements is None or not elements.part):
        return None

    def left(value: bytes) -> bytes:
        kept = elements.apart(value)[0] or b"" if elements is not None and elements.part else value
        return bytes.fromhex(to_hex(kept).decode()) if binary else kept

    return Conversion("kept bytes", left, None)


def long_values(limits: SizeLimits) -> re.Pattern[bytes]:
    """Finds a string or number that is long enough to exceed something, alone or with the other columns of a key."""
    shares = [key.safe // max(1, len(key.texts) + len(key.numbers)) for key in limits.keys]
    most = max(1, min([limits.value, limits.row // 8, *shares]) // 2)  # half: a conversion may double it (bytea to hex)
    number = rb"|[0-9]{%d}" % most if any(key.numbers for key in limits.keys) else b""
    return regex.compile(rb"'[^']{%d}" % most + number)
