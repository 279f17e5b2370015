"""What the gateway knows of a statement's text: the policy's verdict, and what it means for the transaction."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from dsql_migrate.engine.databases.catalog import DatabaseCatalog
from dsql_migrate.engine.endpoint import Result
from dsql_migrate.engine.policy import Allow, Effect, Refuse, judge, unreadable
from dsql_migrate.engine.policy.verdict import Name
from dsql_migrate.source.parse import Node, Parsed, Unparsable, parse, tokens, without_async
from dsql_migrate.target import Target

_KEPT = 20_000  # texts; a client that writes its values into its statements sends each text once
_LONG = 10_000  # bytes: rows in VALUES lists are sent once, and would fill the memory


class Control(Enum):
    """What a statement does to the transaction itself."""

    NONE = ""
    BEGIN = "begin"
    COMMIT = "commit"
    ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, judged. ``sql`` is what the server is to run; ``refused`` DSQL's answer where it is not taken."""

    text: bytes
    sql: bytes
    refused: Refuse | None = None
    at: int | None = None  # the character, from 1, that a syntax error is at
    effect: Effect = Effect.READ
    control: Control = Control.NONE
    chain: bool = False
    parsed: Parsed | None = None  # of ASYNC statements, and of what the gateway itself answers
    allowed: Allow | None = None
    tables: tuple[Name, ...] = ()  # that it changes
    locks: tuple[Name, ...] = ()  # whose rows it locks
    for_update: bool = False  # and not only FOR KEY SHARE
    kind: str = ""
    calls: bool = False  # it calls a function that may change something
    bound: tuple[bytes | None, ...] = ()  # of a CALL: the values of its parameters
    before: int = 0  # characters of the message before it: places in errors are the message's
    unread: bytes | None = None  # a whole message that cannot be read, as PostgreSQL is to see it
    unjudged: bool = False  # it stands in a failed transaction block, and may be behind its end
    plain: bool = False  # a query that changes and locks nothing: it can be passed on as it is
    single: bool = False  # a change of rows that can be passed on as it is where nobody else has a block open

    @property
    def writes(self) -> bool:
        """Whether it may change or lock rows, or objects; or check rows again."""
        checks = self.kind == "ConstraintsSetStmt"
        return self.effect in (Effect.DDL, Effect.DML) or bool(self.locks) or self.calls or checks


class Question(Exception):
    """The policy wants to know something of the database: ``sql`` is the query whose answer it needs."""

    def __init__(self, sql: str) -> None:
        super().__init__(sql)
        self.sql = sql


class Answered:
    """Answers to the policy's questions that are known so far; asks for the next by raising ``Question``."""

    def __init__(self, answers: Mapping[str, Result]) -> None:
        self.answers = answers
        self.asked = False

    def execute(self, sql: str) -> Result:
        """The answer to one query. Raises Question where it is not known."""
        self.asked = True
        if sql not in self.answers:
            raise Question(sql)
        return self.answers[sql]


class Judged:
    """Verdicts by text. What depends on the database's content is judged each time."""

    def __init__(self, target: Target, builtins: frozenset[bytes]) -> None:
        """``builtins``: names of PostgreSQL's own functions; all others may change rows."""
        self.target = target
        self._builtins = builtins
        self._known: OrderedDict[bytes, tuple[Statement, ...]] = OrderedDict()

    def known(self, text: bytes) -> tuple[Statement, ...] | None:
        """The statements of a message if they were judged before and the verdict holds for ever."""
        return self._known.get(text)

    def judge(self, text: bytes, answers: Mapping[str, Result]) -> tuple[Statement, ...]:
        """The statements of a message, each with its verdict. Raises Question."""
        known = self._known.get(text)
        if known is not None:
            return known
        catalog = Answered(answers)
        try:
            parts = split(text)
            found = tuple(self._one(part, before, catalog) for before, part in parts)
        except Unparsable as error:
            return (_unreadable(text, error),)
        if not catalog.asked and len(text) <= _LONG:
            self._known[text] = found
            if len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return found

    def judge_apart(self, text: bytes) -> tuple[Statement, ...]:
        """The same without a look at the database: what needs one comes back unjudged."""
        try:
            parts = split(text)
        except Unparsable as error:
            return (_unreadable(text, error),)
        found = []
        for before, part in parts:
            try:
                found.append(self._one(part, before, Answered({})))
            except Question:
                found.append(Statement(part, part, before=before, unjudged=True))
            except Unparsable as error:
                return (_unreadable(text, error),)
        return tuple(found)

    def _one(self, text: bytes, before: int, catalog: Answered) -> Statement:
        parsed = parse(text, deep=True)
        verdict = judge(parsed, text, self.target, DatabaseCatalog(catalog))
        control = _CONTROL.get(str(parsed.node.get("kind", "TRANS_STMT_BEGIN")), Control.NONE)
        control = control if parsed.kind == "TransactionStmt" else Control.NONE
        if isinstance(verdict, Refuse):
            return Statement(text, text, verdict, control=control, before=before)
        special = verdict.job is not None or verdict.tag is not None or parsed.kind in _SPECIAL or resets(parsed)
        ordinary = not (special or verdict.locks)
        calls = verdict.effect is Effect.READ and self._calls(text)
        return Statement(
            text,
            verdict.sql,
            plain=ordinary and verdict.effect is Effect.READ and not calls,
            single=ordinary and verdict.effect is Effect.DML,
            effect=verdict.effect,
            control=control,
            chain=bool(parsed.node.get("chain")),
            parsed=parsed if special else None,
            allowed=verdict if special else None,
            tables=verdict.tables,
            locks=verdict.locks,
            for_update=bool(verdict.locks) and _FOR_UPDATE.search(text) is not None,
            kind=parsed.kind if special else "",
            calls=calls,
            before=before,
        )

    def _calls(self, text: bytes) -> bool:
        """Whether a function may be called that is not one of PostgreSQL's own: by the words before parentheses."""
        words = {word.lower() for word in _CALLED.findall(text)}
        return b"set_config" in words or not (words - _NO_CALLS) <= self._builtins


_CONTROL = {
    "TRANS_STMT_BEGIN": Control.BEGIN,
    "TRANS_STMT_START": Control.BEGIN,
    "TRANS_STMT_COMMIT": Control.COMMIT,
    "TRANS_STMT_ROLLBACK": Control.ROLLBACK,
    # Refused, but in an aborted transaction too: there the server would go back to a savepoint of ours.
    "TRANS_STMT_ROLLBACK_TO": Control.ROLLBACK,
}
# The gateway itself has to do something about these.
# Never twice over the same letters: a literal may be ten megabytes of them.
_CALLED = re.compile(rb'((?<![\w$\x80-\xff])[\w$\x80-\xff]++|")\s*+\(')
_FOR_UPDATE = re.compile(rb"\bfor\s+update\b", re.IGNORECASE)
# Words that stand before a parenthesis without calling anything. One that is missing costs time, no more.
_NO_CALLS = frozenset(
    b"all and any array as between by case cast coalesce cube distinct else except exists extract filter from greatest"
    b" grouping group having in intersect is join least like not nullif offset on or over over over position returning"
    b" rollup row select sets some substring table then trim union using values when where with"
    b" varchar char numeric decimal timestamp interval time bit".split()
)
_SPECIAL = frozenset({"VariableShowStmt", "CallStmt", "CopyStmt", "DeallocateStmt"})


def split(text: bytes) -> list[tuple[int, bytes]]:
    """The statements of a message, without their semicolons, and how many characters stand before each.

    Comments and blanks alone are none. Raises Unparsable.
    """
    body = text.rstrip(b" \t\r\n;")
    if b";" not in body:
        return [(0, body)] if body and _holds_words(body) else []
    found, start, depth = [], 0, 0
    for token in tokens(body):
        # A body in BEGIN ATOMIC … END has semicolons of its own.
        if token.keyword and (token.word == "atomic" or (depth and token.word == "case")):
            depth += 1
        elif token.keyword and token.word == "end" and depth:
            depth -= 1
        elif token.word == ";" and not depth:
            found.append((start, body[start : token.start]))
            start = token.end
    found.append((start, body[start:]))
    kept = [(at, part) for at, part in found if part.strip() and _holds_words(part)]
    return [(len(body[:at].decode("utf-8", "replace")), part) for at, part in kept]


def _holds_words(text: bytes) -> bool:
    start = text.lstrip()[:2]
    return bool(tokens(text)) if start in (b"--", b"/*") else bool(start)


def _unreadable(text: bytes, error: Unparsable) -> Statement:
    refused = unreadable(error, text)
    at = len(text[: error.at].decode("utf-8", "replace")) + 1 if refused.sqlstate == "42601" else None
    return Statement(text, text, refused, at=at, unread=without_async(text))


def resets(parsed: Parsed) -> bool:
    """Whether it is RESET ALL, which forgets our own settings of the session as well."""
    return parsed.kind == "VariableSetStmt" and parsed.node.get("kind") == "VAR_RESET_ALL"


def copies_in(node: Node) -> bool:
    """Whether a COPY reads from the client."""
    return bool(node.get("is_from"))
