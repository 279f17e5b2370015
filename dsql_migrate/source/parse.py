"""The only door to PostgreSQL's grammar (pglast). Nothing else in the project imports pglast.

``parse`` reads one statement to the parse tree as plain dictionaries, with byte offsets; ``tokens`` gives its tokens.
DSQL's own syntax, which the grammar does not know, is blanked with spaces first and remembered, so that offsets hold:
``CREATE INDEX ASYNC …``, ``ALTER TABLE ASYNC …`` (Aurora DSQL user guide, "Asynchronous indexes" and "ALTER TABLE").
``AWS IAM GRANT role TO 'arn'`` and ``AWS IAM REVOKE role FROM 'arn'`` become an ``AwsIamStmt``.
"""

from __future__ import annotations

import json
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

from dsql_migrate.lazily import lazily
from dsql_migrate.record import Record
from dsql_migrate.source.nesting import shallow

with lazily("pglast.ast", "pglast.enums"):  # a Python class for each kind of node: 40 ms, and plain trees need none
    from pglast.parser import ParseError, parse_sql_json, scan

Node = dict[str, Any]
_decode = json.JSONDecoder().raw_decode  # json.loads less its checks: the parser's answer is one document
_HEAD = 2_000  # bytes: AWS IAM may stand behind a comment
_QUOTED = 60  # characters of a script that a message repeats


class Unparsable(ValueError):
    """The text is not a statement of PostgreSQL's grammar. ``at`` is the byte offset of the trouble."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.message = message
        self.at = at


class Parsed(Record):
    """One statement's parse tree: ``kind`` is the node's name (``CreateStmt``), ``node`` its fields."""

    kind: str
    node: Node
    asynchronous: bool = False


class Token(NamedTuple):
    """One token; ``start`` and ``end`` are byte offsets; ``word`` is its text, lower case unless it is quoted."""

    start: int
    end: int
    name: str  # of the grammar: IDENT, SCONST, ICONST, ASCII_40, CREATE, …
    word: str
    keyword: bool


def parse(text: bytes, deep: bool = False) -> Parsed:
    """Read exactly one statement (a trailing semicolon and comments are fine).

    ``deep``: a statement that nests hundreds of levels is read too, for callers that walk trees without recursion.
    Raises Unparsable, with a byte offset into ``text``, where the grammar refuses it, or where it holds no statement
    or several.
    """
    masked, asynchronous = _mask_async(text)
    if b"iam" in text[:_HEAD].lower():
        own = _aws_iam(text)
        if own is not None:
            return own
    statements = parse_many(masked, deep)
    if len(statements) != 1:
        raise Unparsable("no statement" if not statements else "more than one statement", 0)
    kind, node = statements[0]
    return Parsed(kind, node, asynchronous)


def parse_many(text: bytes, deep: bool = False) -> list[tuple[str, Node]]:
    """Read any number of statements, a function's body for example; ``deep`` as for ``parse``. Raises Unparsable."""
    text = shallow(text)
    try:
        source = text.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unparsable("not valid UTF-8", error.start) from None
    if "\0" in source:
        raise Unparsable("a NUL byte", text.index(b"\0"))
    try:
        document = parse_sql_json(source)
    except ParseError as error:
        at = error.args[1] if len(error.args) > 1 and isinstance(error.args[1], int) else 0
        message = _one_line(str(error.args[0]) if error.args else "syntax error")
        raise Unparsable(message, _byte_offset(source, at)) from None
    try:
        tree, _ = _decode(document)
    except RecursionError:
        if not deep:
            raise Unparsable("nested too deep", 0) from None
        from dsql_migrate.source import deep_json

        tree = deep_json.decode(document)
    found = []
    for statement in tree.get("stmts", ()):
        ((kind, node),) = statement["stmt"].items()
        found.append((kind, node))
    return found


def _aws_iam(text: bytes) -> Parsed | None:
    """DSQL's statement that lets an IAM role sign in as a database role; None where the text is none.

    ``node``: is_grant, role, arn. Raises Unparsable where it begins so and goes on otherwise.
    """
    try:
        found = [token for token in _tokens(text) if token.word != ";"]
    except Unparsable:
        return None
    words = [token.word for token in found]
    if words[:2] != ["aws", "iam"] or words[2:3] not in (["grant"], ["revoke"]):
        return None
    is_grant = words[2] == "grant"
    wanted = (None, None, None, _name, "to" if is_grant else "from", _string, None)
    read: list[str] = []
    for at, want in enumerate(wanted[3:], start=3):
        if at >= len(found):
            if want is not None:
                raise Unparsable("syntax error at end of input", len(text))
            continue
        token = found[at]
        value = want(token) if callable(want) else (token.word if token.word == want else None)
        if value is None:
            raise Unparsable(f'syntax error at or near "{text[token.start : token.end].decode()}"', token.start)
        read.append(value)
    return Parsed("AwsIamStmt", {"is_grant": is_grant, "role": read[0], "arn": read[2]})


def _name(token: Token) -> str | None:
    if token.word[:1] == '"':
        return token.word[1:-1].replace('""', '"')
    return token.word if token.name == "IDENT" or token.keyword else None


def _string(token: Token) -> str | None:
    return token.word[1:-1].replace("''", "'") if token.name == "SCONST" and token.word[:1] == "'" else None


def _one_line(message: str) -> str:
    """PostgreSQL's message; of what it quotes, the rest of a script perhaps, the first line and so much of it."""
    head, mark, quoted = message.partition('at or near "')
    if len(quoted) <= _QUOTED and "\n" not in quoted:
        return message
    lines = quoted.removesuffix('"').strip().splitlines()
    return f'{head}{mark}{(lines or [""])[0][:_QUOTED]}…"'


def tokens(text: bytes) -> list[Token]:
    """The tokens of one statement, comments left out. Raises Unparsable where the scanner gives up."""
    return list(_tokens(text))


@lru_cache(maxsize=8)
def _tokens(text: bytes) -> tuple[Token, ...]:
    text = shallow(text)
    try:
        source = text.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unparsable("not valid UTF-8", error.start) from None
    try:
        scanned = scan(source)
    except ParseError as error:
        raise Unparsable(str(error.args[0]), 0) from None
    offsets = None if len(source) == len(text) else _offsets(source)
    found = []
    for start, last, name, kind in scanned:
        if name in _COMMENTS:
            continue
        end = last + 1
        word = source[start:end]
        if word[0] not in _QUOTES:
            word = word.lower()
        if offsets is not None:
            start, end = offsets[start], offsets[end]
        found.append(Token(start, end, name, word, kind != "NO_KEYWORD"))
    return tuple(found)


_COMMENTS = frozenset({"SQL_COMMENT", "C_COMMENT"})
_QUOTES = frozenset("\"'$")


def _offsets(source: str) -> list[int]:
    """The byte offset of every character."""
    sizes = (1 if c < "\x80" else 2 if c < "\u0800" else 3 if c < "\U00010000" else 4 for c in source)
    return list(accumulate(sizes, initial=0))


def _byte_offset(source: str, at: int) -> int:
    return len(source[: max(at, 0)].encode("utf-8"))


# What may follow ALTER TABLE <name>: a table may itself be called async.
_ALTER_ACTIONS = frozenset({
    "add", "alter", "attach", "cluster", "detach", "disable", "drop", "enable", "force", "inherit", "no", "not", "of",
    "options", "owner", "rename", "replica", "reset", "set", "validate",
})  # fmt: skip


def without_async(text: bytes) -> bytes:
    """A message of any number of statements with DSQL's ASYNC blanked in each, as far as its tokens can be read."""
    try:
        ends = [0, *(token.end for token in _tokens(text) if token.word == ";"), len(text)]
    except Unparsable:
        ends = [0, len(text)]
    return b"".join(_mask_async(text[start:end])[0] for start, end in pairwise(ends))


def _mask_async(text: bytes) -> tuple[bytes, bool]:
    """Blank DSQL's ASYNC where it is the keyword; ``CREATE INDEX async ON t`` names an index in PostgreSQL,
    and DSQL reads it as an unnamed asynchronous build (cluster record: index/create_index_async_unnamed)."""
    if b"async" not in text.lower():
        return text, False
    try:
        found = _tokens(text)
    except Unparsable:
        return text, False
    words = [t.word for t in found[:6]]
    at = None
    if words[:1] == ["create"]:
        i = 2 if words[1:2] == ["unique"] else 1
        if words[i : i + 2] == ["index", "async"]:
            at = i + 1
    elif words[:3] == ["alter", "table", "async"] and words[3:4] and words[3] not in _ALTER_ACTIONS:
        at = 2
    if at is None:
        return text, False
    token = found[at]
    return text[: token.start] + b" " * (token.end - token.start) + text[token.end :], True
