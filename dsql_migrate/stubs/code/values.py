"""Values: expressions whose meaning is exactly the same in every language, and ``Asked`` for all others.

Every value follows SQL: NULL is a value of every kind, comparisons and AND, OR, NOT have three results. How a language
says that (guards, a helper of its runtime) is the business of its printer; ``nullable`` tells it where no guard is
needed. What is not among these classes is evaluated by the database, with bound parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Family = Literal[
    "boolean", "integer", "numeric", "float", "text", "uuid", "bytea", "json",
    "date", "time", "timestamp", "timestamptz", "interval", "record", "array", "other",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kind:
    """A type. ``sql`` is what a bound value of it is cast to; ``bits`` is 16, 32 or 64 for integers, else 0."""

    sql: str
    family: Family
    bits: int = 0


@dataclass(frozen=True, slots=True)
class Name:
    """A variable or a parameter, by its name in the source; printers choose the one that is written."""

    name: str
    kind: Kind
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class Part:
    """A column of a row (NEW.price), or a field of a record."""

    of: Name
    column: str
    kind: Kind
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class Constant:
    """NULL, true, 12, 'text'. A numeric constant is its text, so that no digit is lost."""

    value: str | int | bool | None
    kind: Kind


@dataclass(frozen=True, slots=True)
class Not:
    value: Value


@dataclass(frozen=True, slots=True)
class Logic:
    """AND or OR of two and more."""

    op: Literal["and", "or"]
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Compare:
    """Of two values of one family that all languages compare alike; ``<`` and its kind only where they order alike."""

    op: Literal["=", "<>", "<", "<=", ">", ">="]
    left: Value
    right: Value


@dataclass(frozen=True, slots=True)
class Distinct:
    """IS [NOT] DISTINCT FROM; of two whole rows too."""

    left: Value
    right: Value
    negated: bool = False


@dataclass(frozen=True, slots=True)
class IsNull:
    value: Value
    negated: bool = False


@dataclass(frozen=True, slots=True)
class OneOf:
    """value [NOT] IN (…)."""

    value: Value
    options: tuple[Value, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Of integers. A result that ``kind`` does not hold is an error, 22003."""

    op: Literal["+", "-", "*"]
    left: Value
    right: Value
    kind: Kind


@dataclass(frozen=True, slots=True)
class Joined:
    """Texts one behind the other (``||``): NULL where one of them is."""

    parts: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Formatted:
    """A message of RAISE: texts and values in turn, a NULL shown as <NULL>."""

    parts: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Coalesce:
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """CASE WHEN … THEN … ELSE …: the first condition that is true."""

    branches: tuple[tuple[Value, Value], ...]
    otherwise: Value


@dataclass(frozen=True, slots=True)
class Now:
    """now(), CURRENT_TIMESTAMP: when the transaction began, the same value all through it."""

    kind: Kind


@dataclass(frozen=True, slots=True)
class Call:
    """Another translated function, by the id of its ledger entry."""

    routine: str
    arguments: tuple[Value, ...]
    kind: Kind


@dataclass(frozen=True, slots=True)
class Query:
    """SQL with values in it: pieces of SQL text, and values that are bound where they stand.

    A text piece is SQL to the byte (a language doubles what its driver takes for a mark). A bound value whose type the
    context does not give away stands inside a cast: ``("SELECT CAST(", Name("n", …), " AS integer) + 1")``.
    """

    pieces: tuple[str | Value, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """An expression that the database evaluates: a query of one row and one column."""

    query: Query
    kind: Kind
    nullable: bool = True


Value: TypeAlias = (
    Name | Part | Constant | Not | Logic | Compare | Distinct | IsNull | OneOf | Arithmetic
    | Joined | Formatted | Coalesce | Choice | Now | Call | Asked
)  # fmt: skip
