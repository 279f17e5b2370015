"""Queries and expressions as trees with places: what stands where in the text, and what its names may mean.

Facts say what an expression refers to; a rewrite that changes an expression has to know where. ``term_reader`` gives
each part that a rewrite may look at with the bytes it takes up. PostgreSQL's parser notes only where a part begins; its
end follows from its parts and from brackets, and is right for the kinds that are named below. Of ``other`` it may be
short.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from dsql_migrate.record import Record
from dsql_migrate.source.facts import NOWHERE, Name, Span, TypeName

Kind = Literal[
    "column", "constant", "parameter", "cast", "call", "operation", "any", "all", "array", "test", "boolean", "query",
    "other",
]  # fmt: skip


class Term(Record):
    """One part of an expression. ``span``: its bytes, brackets around it left out.

    ``terms``: its parts in order: of a call its arguments, of a cast what is cast, of an operation, ANY and ALL both
    sides (one where it stands before its operand), of an array its elements, of a query all that stands in it.
    ``parts``: the name of a column ("*" for a star) or of a function, or the sign of an operation; "not", "and", "or"
    of a boolean; "is null", "is not null" … of a test; of another one PostgreSQL's name of its kind.
    ``head``: where a function's name or an operation's sign stands.
    """

    kind: Kind
    span: Span
    terms: tuple[Term, ...] = ()
    parts: tuple[str, ...] = ()
    head: Span = NOWHERE
    type: TypeName | None = None  # of a cast
    value: str | None = None  # of a constant (None: NULL), the number of a parameter
    scope: int = -1  # the number of the query it stands in
    plain: bool = True  # of a call: no DISTINCT, ORDER BY, FILTER, OVER, VARIADIC
    outputs: tuple[tuple[str | None, Term], ...] = ()  # of a query: its columns by name, as far as the text says it
    unnamed: tuple[Term, ...] = ()  # of a query: those outputs that the text gives no name
    filters: tuple[Term, ...] = ()  # of a query: its WHERE and the conditions of its joins
    apart: tuple[Term, ...] = ()  # of a query: what tells its rows apart, in GROUP BY, DISTINCT and UNION

    @property
    def name(self) -> str:
        """The last part of its name."""
        return self.parts[-1] if self.parts else ""

    def walk(self) -> Iterator[Term]:
        """The term and all in it, a term before its parts."""
        stack = [self]
        while stack:
            found = stack.pop()
            yield found
            stack += reversed(found.terms)


class Relation(Record):
    """An entry of FROM, or the table that a statement changes. ``name`` is None for a query or a function."""

    name: Name | None
    alias: str | None
    columns: tuple[str, ...]  # as the alias calls them
    scope: int
    query: Term | None = None  # of a query in FROM or WITH
    function: Term | None = None
    only: bool = False
    only_span: Span | None = None
    written: bool = False  # INSERT INTO, UPDATE, DELETE FROM
    span: Span = NOWHERE  # of the name

    @property
    def called(self) -> str:
        """The name that columns are qualified with."""
        return self.alias or (self.name.name if self.name else "")


class Terms(Record):
    """What a text holds. ``outer``: by number of a query, the query around it (-1: none)."""

    roots: tuple[Term, ...]
    relations: tuple[Relation, ...]
    outer: tuple[int, ...]
    types: tuple[TypeName, ...]  # wherever a type is named

    def walk(self) -> Iterator[Term]:
        """Every term, those around others first."""
        for root in self.roots:
            yield from root.walk()

    def seen_from(self, scope: int) -> Iterator[list[Relation]]:
        """What a column's name may mean in a query: the entries of its FROM, then those of the query around it …"""
        while scope >= 0:
            yield [r for r in self.relations if r.scope == scope]
            scope = self.outer[scope]
