"""The statements of a PL/pgSQL body, as pl_gram.y has them. Every one knows its line: 1 is the body's first.

SQL in it (expressions, queries, statements) stays text: ``Sql``. Names are as PostgreSQL stores them: folded to lower
case, quotes taken off.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Statements: TypeAlias = "tuple[Statement, ...]"
Conflict = Literal["error", "use_variable", "use_column"]


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of SQL as it stands in the body; of a statement, what is left when INTO and its targets are out."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Place:
    """What can be assigned to: a variable, a field of a record, an element of an array.

    ``names``: the parts of its name. ``elements``: its subscripts in order, each an index or the bounds of a slice.
    ``field``: a field behind the subscripts.
    """

    names: tuple[str, ...]
    elements: tuple[tuple[Sql | None, ...], ...] = ()
    field: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Variable:
    """``type``: as written, "integer", "film.title%TYPE", "record"."""

    name: str
    type: str
    line: int
    constant: bool = False
    not_null: bool = False
    collation: str | None = None
    default: Sql | None = None


@dataclass(frozen=True, slots=True)
class Alias:
    """name ALIAS FOR of. ``of``: "$1", or a variable."""

    name: str
    of: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Cursor:
    """name [NO SCROLL | SCROLL] CURSOR (arguments) FOR query. ``arguments``: names with their types."""

    name: str
    arguments: tuple[tuple[str, str], ...]
    query: Sql
    line: int
    scroll: bool | None = None


Declaration: TypeAlias = Variable | Alias | Cursor


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment that stands before a statement, without its signs."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Handler:
    """WHEN conditions THEN body. A condition is a name, or "SQLSTATE xxxxx"."""

    conditions: tuple[str, ...]
    body: Statements
    line: int


@dataclass(frozen=True, slots=True)
class Block:
    line: int
    body: Statements
    label: str | None = None
    declarations: tuple[Declaration, ...] = ()
    handlers: tuple[Handler, ...] = ()


@dataclass(frozen=True, slots=True)
class Assign:
    line: int
    target: Place
    value: Sql


@dataclass(frozen=True, slots=True)
class If:
    line: int
    branches: tuple[tuple[Sql, Statements], ...]
    otherwise: Statements = ()


@dataclass(frozen=True, slots=True)
class Case:
    """``values`` of a branch are conditions where there is no subject. ``otherwise`` None: CASE_NOT_FOUND (20000)."""

    line: int
    subject: Sql | None
    branches: tuple[tuple[tuple[Sql, ...], Statements], ...]
    otherwise: Statements | None


@dataclass(frozen=True, slots=True)
class Loop:
    """LOOP, or WHILE with a condition."""

    line: int
    condition: Sql | None
    body: Statements
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """FOR name IN [REVERSE] first..last [BY by]."""

    line: int
    name: str
    reverse: bool
    first: Sql
    last: Sql
    by: Sql | None
    body: Statements
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """The text of a statement that EXECUTE runs, and what USING binds."""

    text: Sql
    using: tuple[Sql, ...] = ()


@dataclass(frozen=True, slots=True)
class Open:
    """What a cursor that is declared gives, with its arguments (by name, or None)."""

    cursor: str
    arguments: tuple[tuple[str | None, Sql], ...] = ()


@dataclass(frozen=True, slots=True)
class Rows:
    """FOR targets IN query | EXECUTE text | cursor."""

    line: int
    targets: tuple[Place, ...]
    source: Sql | Text | Open
    body: Statements
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Each:
    """FOREACH targets [SLICE slice] IN ARRAY array."""

    line: int
    targets: tuple[Place, ...]
    slice: int
    array: Sql
    body: Statements
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Leave:
    """EXIT or CONTINUE (``again``)."""

    line: int
    again: bool
    label: str | None
    condition: Sql | None


@dataclass(frozen=True, slots=True)
class Return:
    line: int
    value: Sql | None


@dataclass(frozen=True, slots=True)
class ReturnNext:
    line: int
    value: Sql | None


@dataclass(frozen=True, slots=True)
class ReturnQuery:
    line: int
    source: Sql | Text


@dataclass(frozen=True, slots=True)
class Raise:
    """``format`` is the text of its literal; ``condition`` a name, "SQLSTATE xxxxx" or None; all None: RAISE;"""

    line: int
    level: str
    format: str | None = None
    values: tuple[Sql, ...] = ()
    condition: str | None = None
    options: tuple[tuple[str, Sql], ...] = ()


@dataclass(frozen=True, slots=True)
class Assert:
    line: int
    condition: Sql
    message: Sql | None


@dataclass(frozen=True, slots=True)
class Perform:
    """PERFORM rest: ``query`` is SELECT rest."""

    line: int
    query: Sql


@dataclass(frozen=True, slots=True)
class Run:
    """An SQL statement, CALL among them."""

    line: int
    query: Sql
    into: tuple[Place, ...] = ()
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Execute:
    line: int
    source: Text
    into: tuple[Place, ...] = ()
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Diagnostics:
    """GET [STACKED] DIAGNOSTICS target = item, …"""

    line: int
    stacked: bool
    items: tuple[tuple[Place, str], ...]


@dataclass(frozen=True, slots=True)
class OpenCursor:
    """``source`` None: a cursor that is declared, with its ``arguments``."""

    line: int
    cursor: Place
    source: Sql | Text | None
    arguments: tuple[tuple[str | None, Sql], ...] = ()
    scroll: bool | None = None


@dataclass(frozen=True, slots=True)
class Fetch:
    """FETCH or MOVE (no targets). ``direction`` as written, "" for the next row."""

    line: int
    direction: str
    cursor: Place
    targets: tuple[Place, ...] = ()
    move: bool = False


@dataclass(frozen=True, slots=True)
class Close:
    line: int
    cursor: Place


@dataclass(frozen=True, slots=True)
class Null:
    line: int


@dataclass(frozen=True, slots=True)
class Finish:
    """COMMIT or ROLLBACK of a procedure. ``text``: all of it."""

    line: int
    text: str


Statement: TypeAlias = (
    Remark | Block | Assign | If | Case | Loop | Count | Rows | Each | Leave | Return | ReturnNext | ReturnQuery | Raise
    | Assert | Perform | Run | Execute | Diagnostics | OpenCursor | Fetch | Close | Null | Finish
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Body:
    """A whole body, with its #variable_conflict."""

    block: Block
    conflict: Conflict = "error"
