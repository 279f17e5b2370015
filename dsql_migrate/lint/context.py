"""What a check may look at besides its subject: target, catalogue so far, the statement's text, the transaction."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import replace
from typing import TYPE_CHECKING

from dsql_migrate.record import Record
from dsql_migrate.source import facts
from dsql_migrate.source.facts import Fact, Span
from dsql_migrate.source.lexemes import Lexemes, every_lexeme
from dsql_migrate.source.parse import Token, Unparsable, tokens
from dsql_migrate.target import Target

if TYPE_CHECKING:
    from dsql_migrate.schema import Catalogue
    from dsql_migrate.source.migrations.model import Wrap


class Runner(Record):
    """What runs a script: ``title`` as people write it, ``sends`` what it sends as one transaction, in words."""

    title: str
    sends: str
    escape: str = ""  # how to have it run without a transaction
    records: bool = False  # it writes down in the same transaction that the migration has run


class TransactionState(Record):
    """The transaction around the statement at hand: one that the script has opened itself, or its runner's."""

    open: bool = False
    ddl: int = 0
    dml: int = 0
    rows: int = 0  # that INSERT has written, as far as the text says so
    runner: Runner | None = None  # who opened it; None: the script itself
    query: bool = False  # all of the script is one simple query: behind a COMMIT the next implicit transaction begins

    @staticmethod
    def around(wrap: Wrap, runner: Runner | None) -> TransactionState:
        """The state at the beginning of a section that its runner sends in this way."""
        if wrap == "statement":
            return TransactionState()
        return TransactionState(open=True, runner=runner, query=wrap == "query")

    def after(self, fact: Fact) -> TransactionState:
        """The state once the statement has run."""
        if isinstance(fact, facts.Transaction):
            if fact.kind in ("begin", "start"):
                # Inside a transaction BEGIN is a warning; in a simple query it makes the implicit block explicit.
                return self if self.open else TransactionState(open=True, query=self.query)
            if fact.kind not in ("commit", "rollback", "prepare"):
                return self
            return TransactionState(open=True, runner=self.runner, query=True) if self.query else TransactionState()
        if not self.open:
            return self
        if is_ddl(fact):
            return TransactionState(True, self.ddl + 1, self.dml, self.rows, self.runner, self.query)
        if not is_dml(fact):
            return self
        rows = fact.rows or fact.generated or 0 if isinstance(fact, facts.Insert) else 0
        return replace(self, dml=self.dml + 1, rows=self.rows + rows)


# GRANT and REVOKE count as DDL (AWS troubleshooting reference, measured 2026-10-01).
_DDL = frozenset({
    facts.CreateTable, facts.AlterTable, facts.CreateIndex, facts.CreateSequence, facts.AlterSequence, facts.CreateView,
    facts.CreateTableAs, facts.CreateFunction, facts.CreateTrigger, facts.CreateEnum, facts.AlterEnum,
    facts.CreateComposite, facts.CreateRange, facts.CreateDomain, facts.AlterDomain, facts.CreateExtension,
    facts.CreateSchema, facts.CreateRule, facts.CreatePolicy, facts.CreateRole, facts.CreateObject, facts.CommentOn,
    facts.Grant, facts.ChangeOwner, facts.Rename, facts.SetSchema, facts.Drop,
})  # fmt: skip


_DDL_NODES = frozenset({"AlterObjectDepends", "AlterRole", "AlterRoleSet", "AlterStats", "DropRole"})
_WRITES = frozenset({"insert", "update", "delete"})


def is_ddl(fact: Fact) -> bool:
    """Whether DSQL counts the statement as DDL."""
    return type(fact) in _DDL or (isinstance(fact, facts.Other) and fact.node in _DDL_NODES)


def is_dml(fact: Fact) -> bool:
    """Whether the statement writes rows."""
    if isinstance(fact, facts.Select):  # WITH gone AS (DELETE …) SELECT
        return not _WRITES.isdisjoint(fact.query.clauses)
    return isinstance(fact, (facts.Insert, facts.Change)) or (isinstance(fact, facts.Copy) and not fact.to)


class Context:
    """Made anew for each statement; ``schema`` is what the statements before it have built."""

    __slots__ = ("_lexemes", "_tokens", "fact", "schema", "target", "terminator", "text", "transaction")

    def __init__(
        self,
        target: Target,
        schema: Catalogue,
        text: bytes,  # of the piece
        fact: Fact,
        transaction: TransactionState,
        terminator: bytes = b";",
    ) -> None:
        self.target = target
        self.schema = schema
        self.text = text
        self.fact = fact
        self.transaction = transaction
        self.terminator = terminator
        self._tokens: tuple[Token, ...] | None = None
        self._lexemes: Lexemes | None = None

    @property
    def tokens(self) -> tuple[Token, ...]:
        """The tokens of the statement; empty where the scanner gives up."""
        if self._tokens is None:
            try:
                self._tokens = tuple(tokens(self.text))
            except Unparsable:
                self._tokens = ()
        return self._tokens

    @property
    def lexemes(self) -> Lexemes:
        """Texts, starts and ends of the tokens, which costs less than the tokens; empty where the scanner gives up."""
        if self._lexemes is None:
            try:
                self._lexemes = every_lexeme(self.text)
            except Unparsable:
                self._lexemes = [], [], []
        return self._lexemes

    def head(self, words: int) -> Span:
        """The first words of the statement."""
        _, starts, ends = self.lexemes
        return Span(starts[0], ends[: max(words, 1)][-1]) if starts else self.fact.span

    def find(self, phrase: str, within: Span | None = None) -> Span | None:
        """Where the words of a phrase stand one behind the other, inside a span; the first place."""
        wanted = phrase.lower().split()
        words, starts, ends = self.lexemes
        first = 0 if within is None else bisect_left(starts, within.start)
        last = len(words) if within is None else bisect_right(ends, within.end)
        for i in range(first, last - len(wanted) + 1):
            if words[i] == wanted[0] and words[i : i + len(wanted)] == wanted:
                return Span(starts[i], ends[i + len(wanted) - 1])
        return None
