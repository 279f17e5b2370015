"""Comments that ask for silence, found where they stand: ``-- dsql: ignore[DSQL304,truncate] reason``.

At the end of a line they speak of that line, on a line of their own of the statement that follows (inside a statement:
of the next line); ``ignore-file`` speaks of the whole file. Without brackets they speak of every rule. In strings,
dollar quotes and the rows of a COPY there are no comments; the bodies of functions and DO blocks have them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from dsql_migrate.record import Record
from dsql_migrate.source import regex, scanner
from dsql_migrate.source.open import Source
from dsql_migrate.source.script import Piece, leading_words

MARK = b"dsql:"
_WIDTH = 160  # characters of a line that a frame shows
_CHUNK = 4 * _WIDTH
_ASKED = regex.compile(
    rb"(?P<open>--|#|//|/\*|<!--|^)[ \t*!-]*dsql:[ \t]*(?P<word>[A-Za-z][A-Za-z-]*)[ \t]*(?P<rest>[^\r\n]*)",
    re.MULTILINE,
)
_CODE = regex.compile(r"(?:[A-Z]{2,8}\d{1,4}|[a-z]+(?:-[a-z0-9]+)+)(?=[\s,;]|$)")
_OTHER_WORDS = frozenset(("noqa", "disable", "nolint", "suppress", "skip-file", "ignore-line", "ignore-next-line"))
_PROSE = frozenset(("ignored", "ignores", "ignoring"))


class Selector(Record):
    """One word between the brackets, and the bytes of the file that name it."""

    text: str
    start: int
    end: int


class Ignore(Record):
    """One such comment. Offsets are bytes of the file, lines count from 1; ``frame`` as in a Finding."""

    start: int  # what a finding about it points at
    end: int
    gone: tuple[int, int] | None  # what to delete to be rid of the comment; None: it is not to be edited
    line: int
    column: int
    frame: str
    frame_offset: int
    selectors: tuple[Selector, ...] = ()  # none: every rule
    everywhere: bool = False  # in the whole file
    lines: tuple[int, int] = (1, 0)  # those it speaks of, both included
    span: tuple[int, int] = (0, 0)  # the statement it speaks of
    trouble: str | None = None  # why it is not understood

    def of_lines(self, first: int, last: int) -> Ignore:
        """The same, speaking of these lines."""
        return replace(self, lines=(first, last))

    def of_span(self, start: int, end: int) -> Ignore:
        """The same, speaking of what begins between two offsets."""
        return replace(self, span=(start, end))


class Comments:
    """Collects from the pieces of a script; ``seen`` is the hook of ``lint_source``."""

    def __init__(self, source: Source) -> None:
        self.found: list[Ignore] = []
        self._source = source
        self._before: Piece | None = None

    def seen(self, piece: Piece) -> None:
        """Look at a piece."""
        if MARK in piece.text:
            before = self._before
            fresh = before is None or before.kind == "copy" or before.text.endswith(b"\n")
            self.found += self._ignores(piece, fresh)
        self._before = piece

    def _ignores(self, piece: Piece, fresh: bool) -> Iterator[Ignore]:
        text = piece.text if piece.kind != "psql" else piece.text[: piece.body]
        for start, end in sql_comments(text, _holds_body(piece)):
            if MARK not in text[start:end]:
                continue
            line = piece.line + text.count(b"\n", 0, start)
            made = ignore(self._source, piece.start + start, piece.start + end, line)
            if made is None:
                continue
            alone = not text[text.rfind(b"\n", 0, start) + 1 : start].strip() and (fresh or b"\n" in text[:start])
            if not alone:
                yield made.of_lines(line, line)
            elif start < piece.body or piece.kind == "blank":
                yield made.of_span(piece.start + piece.body, piece.end)
            else:
                below = line + text.count(b"\n", start, end) + _skipped(text, end)
                yield made.of_lines(below, below)


def ignore(source: Source, start: int, end: int, line: int) -> Ignore | None:
    """What a comment between two offsets asks for, not yet of what; None where it asks for nothing."""
    comment = source.read(start, end)
    asked = _ASKED.search(comment)
    if asked is None:
        return None
    word = asked["word"].decode().lower()
    rest = asked["rest"].rstrip().removesuffix(b"*/").removesuffix(b"-->").rstrip()
    trouble = _trouble(word, rest.decode("utf-8", "replace"))
    if word not in ("ignore", "ignore-file") and trouble is None:
        return None
    at = start + asked.start() + asked.group().index(MARK)
    selectors = () if trouble else tuple(_selectors(rest, start + asked.start("rest")))
    until = start + asked.start("rest") + rest.index(b"]") + 1 if selectors else start + asked.end("word")
    line += comment.count(b"\n", 0, asked.start("word"))
    column, frame, cut = _frame(source, at)
    first = start + asked.start() if asked["open"] and not comment.startswith(b"/*") else start
    gone = _whole(source, first, end)
    return Ignore(at, until, gone, line, column, frame, cut, selectors, word == "ignore-file", trouble=trouble)


def _trouble(word: str, rest: str) -> str | None:
    """Why a comment is not understood; None where it is, or where it is prose."""
    if word not in ("ignore", "ignore-file"):
        import difflib

        near = word in _OTHER_WORDS or difflib.get_close_matches(word, ["ignore", "ignore-file"], 1, 0.75)
        return f"{word} is not understood: write ignore[…]" if near and word not in _PROSE else None
    if rest.startswith("["):
        inside, closed, _ = rest[1:].partition("]")
        if not closed:
            return "the bracket is not closed"
        return None if all(part.strip() for part in inside.split(",")) else "a rule is missing between the brackets"
    if rest[:1] in (":", "=", "("):
        return f"write {word}[…]"
    found = _CODE.match(rest)
    return f"write {word}[{found.group()}]" if found and (found.group()[0].isupper() or rest == found.group()) else None


def _selectors(rest: bytes, at: int) -> Iterator[Selector]:
    if not rest.startswith(b"["):
        return
    at += 1
    for part in rest[1:].partition(b"]")[0].split(b","):
        word = part.strip()
        start = at + part.index(word)
        yield Selector(word.decode("utf-8", "replace"), start, start + len(word))
        at += len(part) + 1


def _whole(source: Source, start: int, end: int) -> tuple[int, int]:
    """What has to go with a comment: its whole line where nothing else is on it, else the blanks before it."""
    before = source.read(max(start - _CHUNK, 0), start)
    head = before[before.rfind(b"\n") + 1 :]
    after = source.read(end, end + _CHUNK)
    line_end = after.find(b"\n")
    tail = after[: line_end + 1] if line_end >= 0 else after
    if not head.strip() and not tail.strip() and (len(head) < len(before) or start == len(before)):
        return start - len(head), end + len(tail)
    return start - (len(head) - len(head.rstrip(b" \t"))), end


def _frame(source: Source, offset: int) -> tuple[int, str, int]:
    """Column, the line around an offset, and how many characters of it were cut off in front."""
    before, at = b"", offset
    while at > 0:
        part = source.read(max(at - _CHUNK, 0), at)
        before = part[part.rfind(b"\n") + 1 :] + before
        if b"\n" in part:
            break
        at -= len(part)
    left = before.decode("utf-8", "replace")
    right = source.read(offset, offset + _CHUNK).partition(b"\n")[0].rstrip(b"\r").decode("utf-8", "replace")
    if len(left) + len(right) <= _WIDTH:
        return len(left) + 1, left + right, 0
    shown = left[-_WIDTH // 2 :] if len(left) > _WIDTH // 2 else left
    return len(left) + 1, shown + right[: _WIDTH - len(shown)], len(left) - len(shown)


# -- comments of SQL --------------------------------------------------------------------------------------------------

_TOKEN = regex.compile(
    rb"(?P<comment>--[^\n\r]*)|(?P<block>/\*)"
    rb"|(?<![A-Za-z0-9_$\x80-\xff])[eE]'(?:[^'\\]|\\.)*+(?:'|\Z)|'[^']*(?:'|\Z)|\"[^\"]*(?:\"|\Z)"
    rb"|(?<![A-Za-z0-9_$\x80-\xff])\$(?P<tag>[A-Za-z_\x80-\xff][A-Za-z0-9_\x80-\xff]*|)\$(?:.*?\$(?P=tag)\$|.*\Z)",
    re.DOTALL,
)


def sql_comments(text: bytes, bodies: bool = False) -> Iterator[tuple[int, int]]:
    """Where the comments of a statement begin and end; with ``bodies`` those in dollar quotes as well."""
    at = 0
    while found := _TOKEN.search(text, at):
        at = found.end()
        if found["comment"] is not None:
            yield found.start(), at
        elif found["block"] is not None:
            at = scanner.comment_end(text, found.start()) or len(text)
            yield found.start(), at
        elif bodies and (tag := found["tag"]) is not None:
            first = found.start() + len(tag) + 2
            for start, end in sql_comments(text[first : at - len(tag) - 2]):
                yield first + start, first + end


def _holds_body(piece: Piece) -> bool:
    """Whether what stands in dollar quotes is the body of a function or block."""
    words = leading_words(piece, 4)
    return words[:1] == ("do",) or (words[:1] == ("create",) and bool({"function", "procedure"} & set(words)))


def _skipped(text: bytes, at: int) -> int:
    """How many lines below an offset the next one stands that is neither blank nor a comment."""
    below = text[at:].split(b"\n")[1:]
    for number, line in enumerate(below, 1):
        if line.strip() and not line.lstrip().startswith((b"--", b"#", b"//")):
            return number
    return 1
