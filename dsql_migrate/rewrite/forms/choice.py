"""What a column of the source becomes: a column of another type, or several."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from dsql_migrate.rewrite.data.elements import Apart
from dsql_migrate.rewrite.data.split import Split, Sql
from dsql_migrate.rewrite.data.values import Conversion
from dsql_migrate.schema import Catalogue
from dsql_migrate.schema.model import Key
from dsql_migrate.target import Target


class Want(Protocol):
    """What was decided. ``id``: the ledger id that the decision is about; None is the column or domain at hand."""

    def __call__(self, key: str, id: str | None = None) -> str: ...


@dataclass(frozen=True, slots=True)
class Facet:
    """One of the columns that take a column's value together.

    ``suffix``: what stands behind the source column's name in its own. ``sql``: its type as DDL has it. ``internal``:
    PostgreSQL's name of its base type. ``shown``: as format_type prints it, where that is not ``sql``. ``not_null``:
    it never holds NULL where the source's column is NOT NULL. ``sorts``: an index on the column goes over it.
    ``user``: the type where it is one of the script's own.
    """

    suffix: str
    sql: str
    internal: str
    shown: str | None = None
    not_null: bool = False
    sorts: bool = True
    user: Key | None = None


@dataclass(frozen=True, slots=True)
class Elements:
    """The elements of an array as rows of a table beside: their column, and how one gets there.

    Also the parts of values beyond ``most`` bytes; the others stay in their column (-1: none stays).
    ``part``: characters of one of them, of bytea bytes.

    ``source_sql`` over an element of the source and ``target_sql`` over the column give equal values. ``checks``: as
    those of a TypeChoice, of the column.
    """

    facet: Facet
    apart: Apart
    source_sql: Sql
    target_sql: Sql
    checks: tuple[str, ...] = ()
    most: int = -1
    part: int = 0


@dataclass(frozen=True, slots=True)
class TypeChoice:
    """What a column becomes. ``sql``: what to write in place of the type, None where it stays.

    ``internal``: PostgreSQL's internal name of the base type that the column then has. ``facets``: the columns that
    take its place, and ``split`` how its values fall into them; ``sql`` is then not used. ``checks``: conditions of
    CHECKs that keep what the type kept; ``{}`` stands for the quoted name of the column, ``{0}``, ``{1}`` … for its
    facets' names.
    """

    internal: str
    sql: str | None = None
    conversion: Conversion | None = None
    rule: str | None = None
    reason: str = ""
    opaque: bool = False  # expressions over the column no longer mean what they meant
    shown: str | None = None  # how format_type prints the type on the target, where it is not the written one
    facets: tuple[Facet, ...] = ()
    split: Split | None = None
    elements: Elements | None = None  # rows of a table beside; ``facets`` is then their number, of an array
    checks: tuple[str, ...] = ()
    blocker: bool = False  # it was decided that the migration stops here
    references: Key | None = None  # the enum whose table of values the column refers to
    folded: bool = False  # keys and indexes are on lower(…) of the column

    @property
    def disposition(self) -> Literal["rewritten", "unknown"]:
        """Of the ledger's entry of what has this form."""
        return "unknown" if self.blocker else "rewritten"

    @property
    def converted(self) -> bool:
        """Whether the column has another type on the target, or is several columns there."""
        return self.sql is not None or bool(self.facets)

    @property
    def shape(self) -> str:
        """What the column is on the target, in words."""
        if self.facets:
            return "several columns" if len(self.facets) > 1 else "another column"
        return self.sql or self.internal


@dataclass(frozen=True, slots=True)
class NumericUse:
    """What the rows hold in a bare numeric column: digits before and behind the point, at most; an infinity."""

    integer_digits: int = 0
    scale: int = 0
    infinite: bool = False

    def __or__(self, other: NumericUse) -> NumericUse:
        """What holds both."""
        return NumericUse(
            max(self.integer_digits, other.integer_digits),
            max(self.scale, other.scale),
            self.infinite or other.infinite,
        )


NumericUses = Mapping[tuple[Key, str], NumericUse]  # by the key of a table and the name of its column


@dataclass(frozen=True, slots=True)
class Situation:
    """Where a type stands, for choosing its form.

    ``in_key``: a primary, unique or foreign key holds the column. ``whole``: it has to stay one column (a domain, an
    end of a range). ``no_rows``: why a table beside cannot hold parts of it; empty where it can. ``numeric``: what the
    rows hold in a bare numeric column. ``ignores_case``: its collation does. ``not_null``: it never holds NULL.
    """

    catalogue: Catalogue
    target: Target
    want: Want
    in_key: bool = False
    whole: bool = False
    no_rows: str = "its table is not known"
    numeric: NumericUse | None = None
    ignores_case: bool = False
    not_null: bool = False
