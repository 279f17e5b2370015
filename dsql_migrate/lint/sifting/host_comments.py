"""Comments that ask for silence in migrations: in SQL files as a whole, and in other languages with SQL inside.

In a program a comment on a line of its own speaks of the statement that follows: its first line, the lines that are
indented deeper, the line that closes it, and the SQL that begins there.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from dsql_migrate.lint.sifting.ignores import MARK, Comments, Ignore, Selector, ignore
from dsql_migrate.source import regex
from dsql_migrate.source.migrations.model import Origin, Section
from dsql_migrate.source.open import source_of
from dsql_migrate.source.script import pieces
from dsql_migrate.source.text import SourceText

_STRINGS = rb"'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\""
_SCRIPT = rb"(?P<comment>//[^\n]*|/\*.*?\*/)|`(?:[^`\\]|\\.)*`|" + _STRINGS
_COMMENTS = {
    ".rb": regex.compile(
        rb"(?P<comment>#[^\n]*)|<<[~-]?[\"'`]?(?P<tag>[A-Za-z_]\w*)[^\n]*\n.*?^[ \t]*(?P=tag)\b|" + _STRINGS,
        re.DOTALL | re.MULTILINE,
    ),
    ".py": regex.compile(
        rb"(?P<comment>#[^\n]*)|\"\"\"(?:[^\\]|\\.)*?\"\"\"|'''(?:[^\\]|\\.)*?'''|" + _STRINGS, re.DOTALL
    ),
    ".xml": regex.compile(rb"(?P<comment><!--.*?-->)|<!\[CDATA\[.*?\]\]>", re.DOTALL),
    ".yaml": regex.compile(rb"(?:^|(?<=[ \t]))(?P<comment>#[^\n]*)", re.MULTILINE),
}
_ALIKE = {".yml": ".yaml"} | dict.fromkeys((".js", ".cjs", ".mjs", ".ts", ".cts", ".mts"), ".js")
_COMMENTS[".js"] = regex.compile(_SCRIPT, re.DOTALL)
_CLOSES = regex.compile(rb"[ \t]*(?:[)\]}`'\"]|end\b|</|[A-Z_]+\s*$)")
_BLANK = regex.compile(rb"[ \t]*(?:$|#|//|--|<!--)")
_OPENS = regex.compile(rb"<<[~-]?[\"'`]?[A-Za-z_]|(?:`|\"\"\"|''')\s*$")  # a text that begins below


def ignores_of(path: str, content: bytes, sections: Sequence[Section]) -> list[Ignore]:
    """The comments of one migration that ask to ignore something, with offsets and lines of its file."""
    if MARK not in content:
        return []
    suffix = os.path.splitext(path)[1].lower()
    pattern = _COMMENTS.get(_ALIKE.get(suffix, suffix))
    if pattern is None:
        return _of_script(content)
    found = list(_of_host(content, pattern, sections))
    text = SourceText(path, content)
    for section in sections:
        if MARK in section.sql:
            found += (_relocated(each, section.origin, text) for each in _of_script(section.sql))
    return sorted(found, key=lambda each: each.start)


def _of_script(sql: bytes) -> list[Ignore]:
    source = source_of(sql)
    comments = Comments(source)
    for piece in pieces(source):
        comments.seen(piece)
    return comments.found


def _of_host(content: bytes, pattern: re.Pattern[bytes], sections: Sequence[Section]) -> Iterator[Ignore]:
    lines = content.split(b"\n")
    source, text = source_of(content), SourceText("", content)
    for found in pattern.finditer(content):
        comment = found["comment"]
        if comment is None or MARK not in comment:
            continue
        start, end = found.span("comment")
        line, last = text.line_column(start)[0], text.line_column(end)[0]
        made = ignore(source, start, end, line)
        if made is None:
            continue
        if content[text.line_starts[line - 1] : start].strip():
            yield made.of_lines(line, line)
        else:
            yield made.of_lines(*_statement(lines, last, sections, text))


def _statement(lines: Sequence[bytes], after: int, sections: Sequence[Section], text: SourceText) -> tuple[int, int]:
    """First and last line of what stands behind line ``after``; lines count from 1."""
    first = next((n for n in range(after + 1, len(lines) + 1) if not _BLANK.match(lines[n - 1])), after)
    indent = _indent(lines[first - 1])
    last = first
    for number in range(first + 1, len(lines) + 1):
        line = lines[number - 1]
        if line.strip() and _indent(line) <= indent:
            if _indent(line) == indent and _CLOSES.match(line):
                last = number
            break
        if line.strip():
            last = number
    for pin in (pin for section in sections for pin in section.origin.pins):
        begins = text.line_column(pin.file)[0]
        if first <= begins <= last or (begins == last + 1 and _OPENS.search(lines[last - 1])):
            last = max(last, text.line_column(pin.file + pin.length)[0])
    return first, last


def _indent(line: bytes) -> int:
    expanded = line.expandtabs()
    return len(expanded) - len(expanded.lstrip())


def _relocated(found: Ignore, origin: Origin, text: SourceText) -> Ignore:
    """A comment of a section at its place in the file. What does not stand there as it is cannot be deleted."""
    if not origin.pins:
        return found
    place = origin.place
    start = place(found.start)
    line, column = text.line_column(start)
    frame = text.line_text(line)
    cut = max(column - 80, 0) if len(frame) > 160 else 0
    whole = found.gone is not None and origin.verbatim(*found.gone)
    below = found.lines[0] - found.line
    return replace(
        found,
        start=start,
        end=start + found.end - found.start,
        gone=(place(found.gone[0]), place(found.gone[0]) + found.gone[1] - found.gone[0])
        if whole and found.gone
        else None,
        line=line,
        column=column,
        frame=frame[cut : cut + 160],
        frame_offset=cut,
        selectors=tuple(Selector(s.text, place(s.start), place(s.start) + s.end - s.start) for s in found.selectors),
        lines=(line + below, line + below) if found.lines[1] else found.lines,
        span=(place(found.span[0]), place(found.span[1])) if found.span[1] else found.span,
    )
