"""Placeholders of templates in SQL: ``${x}``, ``{{ x }}``, ``:x``, ``@x@``, ``%s`` and their kin.

A statement that the grammar refuses because of them is read with something of the same length in each one's place: a
name, a number, a string or blanks, whichever makes it a statement. So offsets hold, and the rest of it is looked at.
A statement that PostgreSQL reads as it is has no placeholders, whatever it looks like (``a[1:n]``, ``data ? 'key'``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from dsql_migrate.record import Record
from dsql_migrate.source import regex
from dsql_migrate.source.build import build
from dsql_migrate.source.facts import Fact, Hole, Span, Unreadable
from dsql_migrate.source.parse import Parsed, Unparsable, parse

_MAYBE = regex.compile(rb"[${%@:?#]|<%")
_LONGEST = 60  # bytes of a filler that is a name: PostgreSQL cuts names at 63
_ATTEMPTS = 240  # of one statement, in all


class _Hole(NamedTuple):
    """One placeholder: where it stands, and what may stand in its place, best first."""

    start: int
    end: int
    fillers: tuple[bytes, ...]
    value: bool  # it stands for something; false: it only steers the template (if, for, a comment)


class Filled(Record):
    """A statement read with its placeholders filled.

    ``text`` is as long as the original; ``spans`` are the placeholders, ``names`` maps what was put in to what stood
    there, for all that is shown to people.
    """

    fact: Fact
    text: bytes
    spans: tuple[Span, ...]
    names: Mapping[str, str]

    def restored(self, shown: str) -> str:
        """A text for people, with the placeholders as they were written."""
        for name, written in self.names.items():
            shown = shown.replace(name, written)
        return shown


def filled(text: bytes) -> Filled | None:
    """One statement's text, which the grammar refused, with its placeholders filled; None where it has none, or where
    nothing that could stand in their place makes it a statement. The fact is a ``Hole`` where they are all there is.
    """
    if _MAYBE.search(text) is None:
        return None
    holes = _holes(text)
    if not holes:
        return None
    if not _without(text, holes).strip(b"; \t\r\n"):
        hole = Hole(Span(holes[0].start, holes[-1].end), any(met.value for met in holes))
        return Filled(hole, text, _spans(holes), {})
    found = _read(text, holes)
    if found is None:
        return None
    parsed, masked, chosen = found
    try:
        fact: Fact = build(parsed, masked)
    except Unparsable as error:
        fact = Unreadable(Span(0, len(text)), error.message, error.at)
    names = {
        put.decode(): text[hole.start : hole.end].decode("utf-8", "replace")
        for hole, put in zip(holes, chosen, strict=True)
        if put.startswith(b"_") and len(put) > 2
    }
    return Filled(fact, masked, _spans(holes), names)


def _spans(holes: list[_Hole]) -> tuple[Span, ...]:
    return tuple(Span(hole.start, hole.end) for hole in holes)


def _read(text: bytes, holes: list[_Hole]) -> tuple[Parsed, bytes, list[bytes]] | None:
    """The first filling that PostgreSQL reads. Where it stops, the placeholder before that place is filled anew."""
    choice = [0] * len(holes)
    for _ in range(min(_ATTEMPTS, 8 * len(holes) + 8)):
        chosen = [hole.fillers[at] for hole, at in zip(holes, choice, strict=True)]
        masked = _put(text, holes, chosen)
        try:
            return parse(masked), masked, chosen
        except Unparsable as error:
            at = error.at
        index = max((i for i, hole in enumerate(holes) if hole.start <= at), default=0)
        while index >= 0 and choice[index] == len(holes[index].fillers) - 1:
            choice[index] = 0
            index -= 1
        if index < 0:
            return None
        choice[index] += 1
    return None


def _put(text: bytes, holes: list[_Hole], chosen: list[bytes]) -> bytes:
    parts, at = [], 0
    for hole, put in zip(holes, chosen, strict=True):
        parts += [text[at : hole.start], put]
        at = hole.end
    return b"".join([*parts, text[at:]])


def _without(text: bytes, holes: list[_Hole]) -> bytes:
    """The text with blanks for placeholders and comments."""
    return _COMMENT.sub(b" ", _put(text, holes, [b" " * (hole.end - hole.start) for hole in holes]))


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[bytes]:
    """Placeholders, and before them what hides one: strings, quoted names, dollar quotes, comments."""
    word = rb"[A-Za-z_][\w.\-]*"
    return regex.compile(
        rb"(?P<steer>\{%.*?%\}|\{\#.*?\#\}|<%(?!=).*?%>"
        rb"|\{\{-?\s*(?:[\#/^!]|(?:if|else|end|range|with|define|template|block)\b).*?\}\})"
        rb"|(?P<value>\$\{[^}\n]*\}|\$\([^)\n]*\)|\{\{.*?\}\}|\#\{[^}\n]*\}|<%=.*?%>"
        rb"|@" + word + rb"@|%\([^)\n]*\)[a-z]|%[sd](?!\w)|\{(?:" + word + rb")?\}"
        rb"|(?<![:\w]):(?:[A-Za-z_]\w*|'[^'\n]*'|\"[^\"\n]*\")(?!:)|\?(?![?|&\w]))"
        rb"|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$",
        re.DOTALL,
    )


_COMMENT = regex.compile(rb"--[^\n]*|/\*.*?\*/", re.DOTALL)


def _holes(text: bytes) -> list[_Hole]:
    found = []
    for met in _pattern().finditer(text):
        if met.lastgroup not in ("steer", "value"):
            continue
        steers = met.lastgroup == "steer"
        fillers = _fillers(met.group(), text[met.start() - 1 : met.start()])
        found.append(_Hole(met.start(), met.end(), fillers[::-1] if steers else fillers, not steers))
    return found


def _fillers(written: bytes, before: bytes) -> tuple[bytes, ...]:
    """What may stand for a placeholder, as long as it is: a name, a number, a string, itself, blanks."""
    size = len(written)
    inner = b"_".join(re.findall(rb"\w+", written, re.ASCII)).lower()
    name = (b"_" + inner)[: min(size, _LONGEST)].ljust(min(size, _LONGEST), b"_").ljust(size)
    number = b"1".ljust(size)
    string = (b"'" + b"_" * (size - 2) + b"'") if size > 1 else b"1"
    if before.isalnum() or before == b"_":  # a part of a longer name
        return (name, written, b" " * size)
    return (name, number, string, written, b" " * size)
