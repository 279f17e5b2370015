"""Strings of Ruby: escapes undone, interpolations as expressions, the indentation of squiggly heredocs taken off."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dsql_migrate.source.migrations.hosts.languages.tree import Call, Member, Name, Node, Text, Value
from dsql_migrate.source.migrations.hosts.sql import Part

if TYPE_CHECKING:
    from dsql_migrate.source.migrations.hosts.languages.ruby import Parser

_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F ]+)\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{1,2})|([0-7]{1,3})|(\r?\n)|(.))", re.S)
_PLAIN = {"n": "\n", "t": "\t", "r": "\r", "s": " ", "0": "\0", "e": "\x1b", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


def pieces_of(
    p: Parser, start: int, end: int, interpolates: bool, squiggly: bool, closed: str = ""
) -> tuple[Part | Node, ...]:
    """The pieces of the characters from ``start`` to ``end``."""
    pieces: list[Part | Node] = []
    indent = _indent(p.text[start:end]) if squiggly else 0
    at = run = start

    def flush(to: int) -> None:
        if to > run:
            text = p.text[run:to].encode("utf-8", "surrogateescape").decode("utf-8", "replace")
            pieces.append(Part(text, p.byte(run), p.byte(to), True))

    fresh = True  # at the beginning of a line
    while at < end:
        if fresh and indent:
            taken = 0
            while taken < indent and at < end and p.text[at] in " \t":
                taken += 1
                at += 1
            run = at
        fresh = False
        if at >= end:
            break
        char = p.text[at]
        if char == "\n":
            at += 1
            fresh = True
            if indent:
                flush(at)
                run = at
        elif char == "\\":
            found = _ESCAPE.match(p.text, at, end)
            value = _unescaped(found, interpolates, closed) if found else None
            if found is not None and value is not None:
                flush(at)
                if value:
                    pieces.append(Part(value, p.byte(at), p.byte(found.end()), False))
                at = run = found.end()
            else:
                at += 1
        elif interpolates and p.text.startswith("#{", at):
            flush(at)
            at, node = _inner(p, at)
            pieces.append(node)
            run = at
        else:
            at += 1
    flush(min(at, end))
    return tuple(pieces)


def _inner(p: Parser, at: int) -> tuple[int, Node]:
    """(behind the closing brace, the expression) of an interpolation; placed at the whole of it."""
    from dsql_migrate.source.migrations.hosts.languages.ruby import closing

    kept, end = p.at, closing(p.text, at + 1)
    p.at = at + 2
    node = p.expression()
    p.at = kept
    first, last = p.byte(at), p.byte(end)
    match node:
        case Name(name=name):
            return end, Name(first, last, name)
        case Member(on=on, name=name):
            return end, Member(first, last, on, name)
        case Value(value=value):
            return end, Value(first, last, value)
        case Text(pieces=pieces):
            return end, Text(first, last, pieces)
        case Call():
            return end, Call(first, last, node.on, node.name, node.args, node.named, node.block)
    return end, Node(first, last)


def _unescaped(found: re.Match[str], interpolates: bool, closed: str) -> str | None:
    braced, four, two, octal, line, char = found.groups()
    if not interpolates:
        return char if char in ("\\", closed) and char else None
    if braced:
        return "".join(chr(min(int(digits, 16), 0x10FFFF)) for digits in braced.split())
    if four or two:
        return chr(int(four or two, 16))
    if octal:
        return chr(int(octal, 8))
    return "" if line else _PLAIN.get(char, char)


def _indent(text: str) -> int:
    """The least indentation of the lines that are not blank."""
    sizes = [len(line) - len(line.lstrip(" \t")) for line in text.split("\n") if line.strip()]
    return min(sizes, default=0)
