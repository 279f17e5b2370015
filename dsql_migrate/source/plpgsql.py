"""PL/pgSQL read for what it would run: its statements, its expressions, and what the language does by itself.

PostgreSQL's own reader of the language gives neither offsets nor an answer for a body whose types it cannot look up
(pglast: "LookupExplicitNamespace only supports pg_catalog and public"), so this one reads the tokens. It follows
pl_gram.y: structure by keywords, SQL up to the semicolon, INTO taken out of it.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from dsql_migrate.source.parse import Token, Unparsable, tokens
from dsql_migrate.source.words import Words

StepKind = Literal[
    "statement", "perform", "expression", "arguments", "execute", "commit", "rollback", "exception", "cursor", "trouble"
]


class Step(NamedTuple):
    """One thing that a body does. Offsets are bytes of the body.

    ``statement``, ``perform``, ``expression``: SQL (``blanks``: its INTO clause, which is none of SQL's);
    ``arguments``: those of a cursor, which may have names; ``execute``: an expression that gives the text of a
    statement; ``trouble``: it cannot be read on from here.
    """

    kind: StepKind
    start: int
    end: int
    blanks: tuple[tuple[int, int], ...] = ()
    message: str = ""


_QUERY = frozenset({"select", "with", "values", "table", "insert", "update", "delete", "merge", "explain", "show", "("})


def steps(body: bytes) -> list[Step]:
    """What a body does, in the order of its text. Never raises: where it cannot be read, the last step says so."""
    try:
        found = tokens(body)
    except Unparsable as error:
        return [Step("trouble", 0, len(body), message=error.message)]
    reader = _Reader(found)
    reader.run()
    return reader.steps


class _Reader(Words):
    """One body while it is read. ``open`` has the constructs that wait for their END."""

    def __init__(self, found: list[Token]) -> None:
        super().__init__(found)
        self.open: list[str] = []
        self.steps: list[Step] = []

    def run(self) -> None:
        """Read the whole body."""
        while self.word() == "#":  # #variable_conflict use_column
            self.i += 3
        began = False
        while self.i < len(self.words):
            if began and not self.open and self.word() != ";":
                self.trouble("nothing may follow the END of a body")
                return
            if not self.open and self.word() not in (";", "<<", "declare", "begin"):
                self.trouble("a body starts with DECLARE or BEGIN")
                return
            began = began or self.word() == "begin"
            if not self.one():
                return
        if self.open or not began:
            self.trouble("END is missing" if began else "there is no BEGIN")

    def one(self) -> bool:
        """Read one statement, or the head of one that holds others. False where it cannot be read."""
        word = self.word()
        sign = self.assignment()
        if sign is not None:
            return self.simple(sign + 1)
        handler = _HANDLERS.get(word)
        return self.statement() if handler is None else handler(self)

    # -- what is found ----------------------------------------------------------------------------------------------

    def add(self, kind: StepKind, first: int, behind: int, blanks: tuple[tuple[int, int], ...] = ()) -> None:
        """A step from token ``first`` to the one before ``behind``; nothing where there are none."""
        if first < behind:
            self.steps.append(Step(kind, self.tokens[first].start, self.tokens[behind - 1].end, blanks))

    def trouble(self, message: str) -> bool:
        """It cannot be read on from the token at hand."""
        at = min(self.i, len(self.tokens) - 1)
        start, end = (self.tokens[at].start, self.tokens[at].end) if self.tokens else (0, 0)
        self.steps.append(Step("trouble", start, end, message=message))
        return False

    def ends(self, at: int, what: str = "a semicolon") -> bool:
        """Go behind the token ``at``; trouble where the body ends before it."""
        if at >= len(self.words):
            return self.trouble(f"{what} is missing")
        self.i = at + 1
        return True

    # -- statements -------------------------------------------------------------------------------------------------

    def statement(self) -> bool:
        """An SQL statement. INTO and its targets are taken out of it."""
        end = self.semicolon(self.i)
        self.add("statement", self.i, end, self.into(self.i, end))
        return self.ends(end)

    def into(self, first: int, behind: int) -> tuple[tuple[int, int], ...]:
        """Where INTO [STRICT] target, … stands: the INTO that follows neither INSERT nor MERGE (make_execsql_stmt)."""
        found = []
        for at in range(first + 1, behind):
            if self.words[at] != "into" or self.words[at - 1] in ("insert", "merge") or self.words[first] == "import":
                continue
            last = at + 1 + (self.words[at + 1 : at + 2] == ["strict"])
            last = self.target(last)
            while last + 1 < behind and self.words[last + 1] == ",":
                last = self.target(last + 2)
            if last < behind:
                found.append((self.tokens[at].start, self.tokens[last].end))
        return tuple(found)

    def target(self, at: int) -> int:
        """The number of the last token of a variable: name, name.field, name[1]."""
        while at + 1 < len(self.words):
            if self.words[at + 1] == ".":
                at += 2
            elif self.words[at + 1] == "[":
                at = self.closing(at + 1)
            else:
                break
        return at

    def simple(self, first: int) -> bool:
        """An expression from a token to the semicolon."""
        end = self.semicolon(first)
        self.add("expression", first, end)
        return self.ends(end)

    def skip(self) -> bool:
        """A statement that runs no SQL."""
        return self.ends(self.semicolon(self.i))

    def label(self) -> bool:
        return self.ends(self.until(self.i, ">>"), ">>")

    def perform(self) -> bool:
        end = self.semicolon(self.i)
        self.add("perform", self.i, end)
        return self.ends(end)

    def execute(self, first: int, behind: int) -> None:
        """The expression behind EXECUTE, and what USING hands over."""
        at = min(self.until(first, "into", "using"), behind)
        self.add("execute", first, at)
        using = min(self.until(at, "using"), behind)
        self.add("expression", using + 1, min(self.until(using + 1, "into"), behind))

    def execute_statement(self) -> bool:
        end = self.semicolon(self.i)
        self.execute(self.i + 1, end)
        return self.ends(end)

    def finish(self) -> bool:
        """COMMIT or ROLLBACK of a procedure."""
        if self.word(1) not in (";", "and"):
            return self.statement()
        end = self.semicolon(self.i)
        self.add("commit" if self.word() == "commit" else "rollback", self.i, end)
        return self.ends(end)

    def return_(self) -> bool:
        end = self.semicolon(self.i)
        if self.word(1) == "query":
            if self.word(2) == "execute":
                self.execute(self.i + 3, end)
            else:
                self.add("statement", self.i + 2, end)
        else:
            self.add("expression", self.i + 1 + (self.word(1) == "next"), end)
        return self.ends(end)

    def raise_(self) -> bool:
        """RAISE level 'format', expression, … USING option = expression, …"""
        end = self.semicolon(self.i)
        using = min(self.until(self.i, "using"), end)
        comma = min(self.until(self.i, ","), using)
        self.add("expression", comma + 1, using)
        at = using
        while (sign := min(self.until(at + 1, "=", ":="), end)) < end:
            at = min(self.until(sign + 1, ","), end)
            self.add("expression", sign + 1, at)
        return self.ends(end)

    def leave(self) -> bool:
        """EXIT or CONTINUE [label] [WHEN condition]."""
        end = self.semicolon(self.i)
        when = min(self.until(self.i, "when"), end)
        self.add("expression", when + 1, end)
        return self.ends(end)

    def open_cursor(self) -> bool:
        end = self.semicolon(self.i)
        at = min(self.until(self.i, "for"), end)
        if at < end and self.words[at + 1] == "execute":
            self.execute(at + 2, end)
        elif at < end:
            self.add("statement", at + 1, end)
        elif self.word(2) == "(":
            self.add("arguments", self.i + 3, end - 1)
        if at < end:
            self.add("cursor", self.i, self.i + 1)
        return self.ends(end)

    # -- structure --------------------------------------------------------------------------------------------------

    def declare(self) -> bool:
        """The declarations up to BEGIN: defaults, and the queries of cursors."""
        self.i += 1
        while self.word() not in ("begin", "<<", ""):
            if self.word() == "declare":
                self.i += 1
                continue
            end = self.semicolon(self.i)
            cursor = min(self.until(self.i + 1, "cursor"), end)
            sign = min(self.until(self.i + 1, ":=", "=", "default"), end)
            if cursor < sign and cursor <= self.i + 3:
                query = min(self.until(cursor + 1, "for", "is"), end)
                self.add("cursor", cursor, cursor + 1)
                self.add("statement", query + 1, end)
            else:
                self.add("expression", sign + 1, end)
            if not self.ends(end):
                return False
        return True

    def begin(self) -> bool:
        self.open.append("block")
        self.i += 1
        return True

    def exception(self) -> bool:
        if self.open[-1:] != ["block"] or self.word(1) != "when":
            return self.trouble("EXCEPTION stands outside a block")
        self.add("exception", self.i, self.i + 1)
        self.open[-1] = "handlers"
        self.i += 1
        return True

    def when(self) -> bool:
        if self.open[-1:] not in (["case"], ["handlers"]):
            return self.trouble("WHEN stands outside CASE and EXCEPTION")
        return self.head("then", expression=self.open[-1] == "case")

    def head(self, stop: str, expression: bool = True) -> bool:
        """A condition from behind the word at hand to THEN or LOOP."""
        end = self.until(self.i + 1, stop)
        if end >= len(self.words):
            return self.trouble(f"{stop.upper()} is missing")
        if expression:
            self.add("expression", self.i + 1, end)
        return self.ends(end)

    def if_(self) -> bool:
        self.open.append("if")
        return self.head("then")

    def elsif(self) -> bool:
        return self.head("then") if self.open[-1:] == ["if"] else self.trouble("ELSIF stands outside IF")

    def else_(self) -> bool:
        if self.open[-1:] not in (["if"], ["case"]):
            return self.trouble("ELSE stands outside IF and CASE")
        self.i += 1
        return True

    def case(self) -> bool:
        self.open.append("case")
        end = self.until(self.i + 1, "when")
        self.add("expression", self.i + 1, end)
        self.i = end
        return end < len(self.words) or self.trouble("WHEN is missing")

    def loop(self) -> bool:
        self.open.append("loop")
        self.i += 1
        return True

    def while_(self) -> bool:
        self.open.append("loop")
        return self.head("loop")

    def foreach(self) -> bool:
        self.open.append("loop")
        self.i = min(self.until(self.i, "array"), len(self.words) - 1)
        return self.head("loop")

    def for_(self) -> bool:
        """FOR over numbers, a query, a text that is executed, or a cursor."""
        end = self.until(self.i, "loop")
        first = self.until(self.i, "in") + 1
        if end >= len(self.words) or first > end:
            return self.trouble("LOOP is missing")
        first += self.words[first] == "reverse"
        dots = self.until(first, "..")
        if self.words[first] == "execute":
            self.execute(first + 1, end)
        elif dots < end:
            by = min(self.until(dots, "by"), end)
            self.add("expression", first, dots)
            self.add("expression", dots + 1, by)
            self.add("expression", by + 1, end)
        elif self.words[first] in _QUERY:
            self.add("statement", first, end)
        elif self.words[first + 1] == "(":  # the arguments of a cursor
            self.add("arguments", first + 2, end - 1)
        self.open.append("loop")
        return self.ends(end)

    def end(self) -> bool:
        if not self.open:
            return self.trouble("END ends nothing")
        kind = self.open.pop()
        if kind in ("if", "loop", "case") and self.word(1) != kind:
            return self.trouble(f"END {kind.upper()} is missing")
        at = self.semicolon(self.i)
        if at >= len(self.words) and self.open:
            return self.trouble("a semicolon is missing")
        self.i = at + 1
        return True


_HANDLERS = {
    ";": _Reader.skip,
    "<<": _Reader.label,
    "declare": _Reader.declare,
    "begin": _Reader.begin,
    "exception": _Reader.exception,
    "when": _Reader.when,
    "if": _Reader.if_,
    "elsif": _Reader.elsif,
    "elseif": _Reader.elsif,
    "else": _Reader.else_,
    "case": _Reader.case,
    "loop": _Reader.loop,
    "while": _Reader.while_,
    "for": _Reader.for_,
    "foreach": _Reader.foreach,
    "end": _Reader.end,
    "null": _Reader.skip,
    "return": _Reader.return_,
    "raise": _Reader.raise_,
    "assert": lambda reader: reader.simple(reader.i + 1),
    "execute": _Reader.execute_statement,
    "perform": _Reader.perform,
    "get": _Reader.skip,
    "open": _Reader.open_cursor,
    "fetch": _Reader.skip,
    "move": _Reader.skip,
    "close": _Reader.skip,
    "commit": _Reader.finish,
    "rollback": _Reader.finish,
    "exit": _Reader.leave,
    "continue": _Reader.leave,
}
