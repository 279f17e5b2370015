"""The lexical side of JavaScript: blanks, strings, templates, brackets that match."""

from __future__ import annotations

import re

from dsql_migrate.source.migrations.hosts.sql import Part

_BLANK = re.compile(r"(?:\s|//[^\n]*|/\*.*?\*/)*", re.S)
_BLANK_IN_LINE = re.compile(r"(?:[^\S\n]|//[^\n]*|/\*.*?\*/)*", re.S)
_ESCAPE = re.compile(
    r"\\(?:u\{([0-9a-fA-F]+)\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(\r\n|\n|\r)|([0-7]{1,3})|(.))", re.S
)
_PLAIN = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v"}
_STOP = re.compile(r"[()\[\]{}'\"`]|//[^\n]*|/\*.*?\*/", re.S)


def blanks(text: str, at: int, lines: bool = True) -> int:
    """Behind blanks and comments; without ``lines`` a line's end stops it."""
    found = (_BLANK if lines else _BLANK_IN_LINE).match(text, at)
    return found.end() if found else at


def quoted_end(text: str, at: int) -> int:
    """Behind a string in single or double quotes that begins at a character."""
    mark = text[at]
    at += 1
    while at < len(text):
        char = text[at]
        if char == "\\":
            at += 2
        elif char == mark or char == "\n":
            return at + 1
        else:
            at += 1
    return at


def template_end(text: str, at: int) -> int:
    """Behind a template literal that begins at a character."""
    at += 1
    while at < len(text):
        char = text[at]
        if char == "\\":
            at += 2
        elif char == "`":
            return at + 1
        elif char == "$" and text.startswith("${", at):
            at = closing(text, at + 1)
        else:
            at += 1
    return at


def closing(text: str, at: int) -> int:
    """Behind the bracket, string or template that begins at a character."""
    char = text[at]
    if char == "`":
        return template_end(text, at)
    if char in "'\"":
        return quoted_end(text, at)
    depth = 0
    while found := _STOP.search(text, at):
        token = found.group()
        if token == "`":
            at = template_end(text, found.start())
            continue
        if token in "'\"":
            at = quoted_end(text, found.start())
            continue
        at = found.end()
        if token in "([{":
            depth += 1
        elif token in ")]}":
            depth -= 1
            if depth <= 0:
                return at
    return len(text)


def string(text: str, start: int, end: int, offset: int) -> list[Part]:
    """The characters from ``start`` to ``end`` with their escapes undone; ``offset``: bytes at ``start``."""
    parts: list[Part] = []
    run = start

    def flush(to: int) -> None:
        nonlocal offset
        if to > run:
            size = len(text[run:to].encode("utf-8", "surrogateescape"))
            parts.append(
                Part(
                    text[run:to].encode("utf-8", "surrogateescape").decode("utf-8", "replace"),
                    offset,
                    offset + size,
                    True,
                )
            )
            offset += size

    for found in _ESCAPE.finditer(text, start, end):
        if found.start() < run:
            continue
        flush(found.start())
        size = len(found.group().encode("utf-8", "surrogateescape"))
        value = _unescaped(found)
        if value:
            parts.append(Part(value, offset, offset + size, False))
        offset += size
        run = found.end()
    flush(end)
    return parts


def _unescaped(found: re.Match[str]) -> str:
    braced, four, two, line, octal, char = found.groups()
    digits = braced or four or two
    if digits:
        return chr(min(int(digits, 16), 0x10FFFF))
    if line:
        return ""
    if octal:
        return chr(int(octal, 8)) if octal != "0" else ""
    return _PLAIN.get(char, char)


def type_end(text: str, at: int, body: bool = False) -> int:
    """Behind a type of TypeScript; ``body``: a brace at its end begins the function's body."""
    depth = 0
    first = True
    while at < len(text):
        at = blanks(text, at)
        char = text[at : at + 1]
        if char == "<":
            depth += 1
        elif char == ">" and depth:
            depth -= 1
        elif char in "([" or (char == "{" and (first or depth or not body)):
            at = closing(text, at)
            first = False
            continue
        elif char in "'\"`":
            at = closing(text, at)
            continue
        elif text.startswith("=>", at):
            if not first and text[at - 2 : at].strip() != ")":
                return at
            at += 2
            continue
        elif not depth and (char in ",;=)]}{" or not char):
            return at
        at += 1
        first = False
    return at
