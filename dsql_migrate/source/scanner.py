"""Where a statement ends: the lexical rules of psql (psqlscan.l, psqlscanslash.l) over a window of bytes.

Every function looks at ``buffer`` from an offset on and returns None where the window ends before the answer is
certain; the caller then asks again with a longer window. That makes the result independent of how the source is cut.
With ``final`` the window ends where the source ends, and there is always an answer.

Two things differ from psql on purpose, so that one broken statement does not take the rest of the script with it:
a ``;`` inside parentheses is part of the statement only in CREATE RULE, the one statement whose grammar has it
(RuleActionMulti), and a BEGIN inside CREATE FUNCTION opens a body only where ATOMIC follows.
"""

from __future__ import annotations

import re

from dsql_migrate.record import Record
from dsql_migrate.source import regex

_WORD = rb"[A-Za-z_\x80-\xff][A-Za-z0-9_$\x80-\xff]*+"  # {identifier}: $ inside a word opens no quote
_WORD_END = rb"(?![A-Za-z0-9_$\x80-\xff])"
_BLANKS = rb"(?:\s++|--[^\n\r]*+|/\*(?:[^*/]++|\*(?!/)|/(?!\*))*+\*/)*+"  # comments not nested: for lookahead only

# Everything that cannot end or hide the end of a statement, in one match: words, plain strings, quoted names,
# line comments, $1, operators, blanks.
_PLAIN = rb"""
    {other}++
  | {word}
  | {string}
  | "[^"]*+"
  | --[^\n\r]*+
  | -(?!-)
  | /(?!\*)
  | \$[0-9]++
"""
_OTHER = rb"[^A-Za-z_\x80-\xff'\"$;\\\-/]"
_OTHER_BUT_PARENTHESES = rb"[^A-Za-z_\x80-\xff'\"$;\\\-/()]"
_NOT_ESCAPE = rb"(?![eE]')" + _WORD
_NOT_BODY = rb"(?!(?i:begin|case|end)" + _WORD_END + rb")" + _NOT_ESCAPE


def _plain(standard: bool, other: bytes = _OTHER, word: bytes = _NOT_ESCAPE) -> bytes:
    """Where standard_conforming_strings is off, '' takes backslash escapes and is left to ESCAPED."""
    string = rb"'[^']*+'" if standard else rb"(?!)"
    return _PLAIN.replace(b"{other}", other).replace(b"{word}", word).replace(b"{string}", string)


_ANY, _RULE, _ROUTINE = range(3)
_SKIP = {
    (mode, standard): regex.compile(rb"(?:" + _plain(standard, other, word) + rb")*+", re.VERBOSE)
    for mode, other, word in (
        (_ANY, _OTHER, _NOT_ESCAPE),
        (_RULE, _OTHER_BUT_PARENTHESES, _NOT_ESCAPE),
        (_ROUTINE, _OTHER, _NOT_BODY),
    )
    for standard in (True, False)
}
_STANDARD_ONLY = {True: rb"[eE]", False: rb"[eE]?+"}  # what stands before a string that takes backslashes


def _simple(standard: bool) -> re.Pattern[bytes]:
    """A whole statement without surprises; group 1 is empty and stands before its first word. Most of a dump with
    --inserts is such. Not statements that start with C (bodies, COPY, CREATE RULE), S or R (settings), nor any with
    block comments or dollar quotes, or with a string that may go on after a line break."""
    escaped = _STANDARD_ONLY[standard] + rb"'(?:[^'\\]++|\\.|'')*+'(?!\s*+(?:'|--))"
    inside = _plain(standard) + rb"|" + escaped
    lead = rb"(?:\s++|--[^\n\r]*+)*+()(?=[ABD-QT-Zabd-qt-z_\x80-\xff])"
    return regex.compile(lead + rb"(?:" + inside + rb")*+;", re.VERBOSE | re.DOTALL)


SIMPLE = {standard: _simple(standard) for standard in (True, False)}

_HEAD = regex.compile(
    rb"(?i:create)" + _BLANKS + rb"(?:(?i:or)" + _BLANKS + rb"(?i:replace)" + _BLANKS + rb")?"
    rb"((?i:function|procedure|rule))" + _WORD_END
)
_LEAD = regex.compile(rb"(?:\s++|--[^\n\r]*+)*+")
_COMMENT_EDGE = regex.compile(rb"/\*|\*/")
_DOLLAR_TAG = regex.compile(rb"\$(?:[A-Za-z_\x80-\xff][A-Za-z0-9_\x80-\xff]*+)?+\$")
# A string that takes backslashes; it may go on after a line break ('a' newline 'b'), still taking them (quotecontinue).
ESCAPED = regex.compile(
    rb"'(?:[^'\\]++|\\.|''|'(?:[ \t\f\v]++|--[^\n\r]*+)*+[\n\r](?:\s++|--[^\n\r]*+[\n\r])*+')*+'", re.DOTALL
)
_ATOMIC = regex.compile(_BLANKS + rb"(?i:atomic)" + _WORD_END)
_BODY_WORD = regex.compile(rb"(?i:begin|case|end)")
_LABEL_BEFORE = regex.compile(rb"(?:(?<![A-Za-z0-9_$\x80-\xff])(?i:as)\s+|[^0-9\s]\.\s*)\Z")

_EMPTY = regex.compile(rb"(?:\s*+;)*+(?=(\s*+))")
_COMMAND = regex.compile(rb"\\([^\s\\'\"`]*)")
# Arguments of a backslash command: quotes of three kinds hide a backslash; an unclosed one hides the rest of the line.
_ARGUMENTS = regex.compile(
    rb"(?:[^\\\n'\"`]++|'(?:[^'\\\n]++|\\[^\n]?+)*+(?:'|(?=\n)|\Z)|\"[^\"\n]*+(?:\"|(?=\n)|\Z)|`[^`\n]*+(?:`|(?=\n)|\Z))*+"
)
# Commands that send the statement so far to the server and so end it. (\bind and the like only prepare for \g.)
_SENDING = frozenset(b"g gx gset gexec gdesc crosstabview watch parse sendpipeline".split())
_WHOLE_LINE = frozenset(b"copy ! h help ef ev sf sf+ sv sv+".split())


class End(Record):
    """Where a piece ends. ``stop`` is where its SQL ends, before a psql command that sends it."""

    end: int
    stop: int
    terminator: bytes = b""
    unterminated: bool = False


def skip_blanks(buffer: bytes, at: int, final: bool) -> int | None:
    """The offset of the first byte from ``at`` on that is neither space nor comment; len(buffer) where all is blank.

    An unclosed block comment is no blank: its offset is returned.
    """
    size = len(buffer)
    while True:
        found = _LEAD.match(buffer, at)
        at = found.end() if found else at
        if not final and at >= size - 1:
            return None
        if not buffer.startswith(b"/*", at):
            return at
        after = comment_end(buffer, at)
        if after is None:
            return at if final else None
        at = after


def statement_end(buffer: bytes, at: int, final: bool, standard: bool) -> End | None:
    """The end of the statement whose first word stands at ``at``. ``standard``: standard_conforming_strings is on."""
    mode = _mode(buffer, at)
    skip = _SKIP[mode, standard].match
    size = len(buffer)
    depth = 0  # of parentheses in CREATE RULE; of BEGIN and CASE in a routine's body
    while True:
        found = skip(buffer, at)
        at = found.end() if found else at
        if at >= size:
            return End(size, size) if final else None
        byte = buffer[at]
        if byte == 0x3B:  # ;
            at += 1
            if depth == 0:
                return End(at, at, b";")
            continue
        if byte == 0x5C:  # backslash
            met = _command_inside(buffer, at, final)
            if not isinstance(met, int):
                return met
            at = met
            continue
        if byte in b"()":
            depth = depth + 1 if byte == 0x28 else max(depth - 1, 0)
            at += 1
            continue
        after = _after_quote(buffer, at)
        if after is not None:
            at = after
        elif mode == _ROUTINE and (word := _BODY_WORD.match(buffer, at)):
            depth = _body_depth(buffer, at, word.end(), depth)
            at = word.end()
        else:
            return End(size, size, unterminated=True) if final else None


def _mode(buffer: bytes, at: int) -> int:
    head = _HEAD.match(buffer, at)
    if head is None:
        return _ANY
    return _RULE if head.group(1).lower() == b"rule" else _ROUTINE


def _body_depth(buffer: bytes, at: int, end: int, depth: int) -> int:
    """How deep in BEGIN ATOMIC … CASE … END … END we are after the word at ``at``."""
    if _LABEL_BEFORE.search(buffer, max(at - 64, 0), at):
        return depth  # SELECT a AS end, t.case: reserved words may be labels
    word = buffer[at:end].lower()
    if word == b"begin":
        return 1 if depth == 0 and _ATOMIC.match(buffer, end) else depth
    if depth == 0:
        return 0
    return depth + 1 if word == b"case" else depth - 1


def _after_quote(buffer: bytes, at: int) -> int | None:
    """The offset after the quote, comment or lone dollar at ``at``; None where it is not closed or is none of these."""
    byte = buffer[at]
    if byte == 0x27 or byte in b"eE":
        found = ESCAPED.match(buffer, at if byte == 0x27 else at + 1)
        return found.end() if found else None
    if byte == 0x24:  # $
        tag = _DOLLAR_TAG.match(buffer, at)
        if tag is None:
            return at + 1
        close = buffer.find(tag.group(), tag.end())
        return close + len(tag.group()) if close >= 0 else None
    return comment_end(buffer, at) if byte == 0x2F else None


def comment_end(buffer: bytes, at: int) -> int | None:
    """The offset after the block comment at ``at``; block comments nest in PostgreSQL."""
    depth = 0
    for edge in _COMMENT_EDGE.finditer(buffer, at):
        depth += 1 if buffer[edge.start()] == 0x2F else -1
        if depth == 0:
            return edge.end()
    return None


def line_end(buffer: bytes, at: int, final: bool) -> int | None:
    """The offset of the line feed that ends the line, or the end of the source."""
    found = buffer.find(b"\n", at)
    if found >= 0:
        return found
    return len(buffer) if final else None


def command_name(buffer: bytes, at: int) -> bytes:
    """The name of the backslash command at ``at``, without the backslash."""
    found = _COMMAND.match(buffer, at)
    return found.group(1) if found else b""


def command_line_end(buffer: bytes, at: int, final: bool) -> int | None:
    r"""The end of the backslash line at ``at``: before its line end, or after a ``\\``, behind which SQL may follow."""
    while buffer.startswith(b"\\", at):
        if buffer.startswith(b"\\\\", at):
            return at + 2
        after = _after_command(buffer, at, final)
        if after is None:
            return None
        at = after
    return _without_return(buffer, at)


def empty_statements_end(buffer: bytes, at: int, final: bool) -> int | None:
    """The end of a run of semicolons with nothing between them."""
    found = _EMPTY.match(buffer, at)
    if found is None or (found.end(1) == len(buffer) and not final):
        return None  # another may follow the blanks
    return found.end()


def _command_inside(buffer: bytes, at: int, final: bool) -> int | End | None:
    r"""A backslash in the middle of a statement: the End of it (\gset), or the offset where the statement goes on."""
    following = buffer[at + 1 : at + 2]
    if following == b";":  # \; adds a semicolon without sending; to this tool they are two statements
        return End(at + 2, at, b"\\;")
    if following == b":":
        return at + 2
    after = _after_command(buffer, at, final)
    if after is None:
        return None
    name = command_name(buffer, at)
    return End(_without_return(buffer, after), at, b"\\" + name) if name in _SENDING else after


def _after_command(buffer: bytes, at: int, final: bool) -> int | None:
    """The end of a command with its arguments: the line feed, the next command, or the end of the source."""
    if command_name(buffer, at) in _WHOLE_LINE:
        return line_end(buffer, at, final)
    after = _after_arguments(buffer, at)
    return after if final or after < len(buffer) else None


def _after_arguments(buffer: bytes, at: int) -> int:
    found = _COMMAND.match(buffer, at)
    at = max(found.end() if found else 0, at + 1)
    arguments = _ARGUMENTS.match(buffer, at)
    return arguments.end() if arguments else at


def _without_return(buffer: bytes, stop: int) -> int:
    return stop - 1 if buffer[stop - 1 : stop] == b"\r" else stop
