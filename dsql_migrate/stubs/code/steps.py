"""Steps: what a translated body does, one after the other. PL/pgSQL's control flow, with values for its expressions.

``line`` is the line of the source that a step comes from, 0 where it comes from none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from dsql_migrate.stubs.code.values import Kind, Name, Part, Query, Value

Target: TypeAlias = Name | Part
Body: TypeAlias = "tuple[Step, ...]"


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment of the source, kept; text without its signs."""

    text: str


@dataclass(frozen=True, slots=True)
class Declare:
    """A local variable with its first value (NULL where the source gives none)."""

    name: Name
    value: Value
    line: int = 0


@dataclass(frozen=True, slots=True)
class Set:
    target: Target
    value: Value
    line: int = 0


@dataclass(frozen=True, slots=True)
class If:
    """The first branch whose condition is true (NULL is not)."""

    branches: tuple[tuple[Value, Body], ...]
    otherwise: Body = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class While:
    """``condition`` None: LOOP."""

    condition: Value | None
    body: Body
    label: str | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Count:
    """FOR name IN [REVERSE] first..last BY by: the bounds are evaluated once."""

    name: Name
    first: Value
    last: Value
    by: Value | None
    reverse: bool
    body: Body
    label: str | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Rows:
    """FOR target IN query: one round a row. One target of family "record" takes whole rows."""

    targets: tuple[Target, ...]
    query: Query | Dynamic
    body: Body
    label: str | None = None
    found: Name | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Each:
    """FOREACH target IN ARRAY value."""

    target: Target
    array: Value
    body: Body
    label: str | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Leave:
    """EXIT or CONTINUE (``again``) of the loop or block ``label``, of the innermost loop where it is None."""

    again: bool = False
    label: str | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Block:
    """A block with a label that some EXIT names."""

    label: str
    body: Body


@dataclass(frozen=True, slots=True)
class Give:
    """RETURN. ``value`` None: nothing is returned (a procedure), the set is complete, or, in a function with results
    that gives no set, the variables of its results are what it gives."""

    value: Value | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class GiveRow:
    """RETURN NEXT: one more row of the result."""

    values: tuple[Value, ...]
    line: int = 0


@dataclass(frozen=True, slots=True)
class GiveRows:
    """RETURN QUERY [EXECUTE]: these rows are added to the result."""

    query: Query | Dynamic
    found: Name | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Dynamic:
    """EXECUTE text USING values: the text is a statement with $1, $2 … in it."""

    text: Value
    using: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """A statement. ``into``: its first row goes there, NULLs where there is none; ``strict``: P0002 and P0003.

    ``found`` and ``count`` are set where the body reads FOUND and ROW_COUNT after it.
    """

    query: Query | Dynamic
    into: tuple[Target, ...] = ()
    strict: bool = False
    found: Name | None = None
    count: Name | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Evaluate:
    """A call whose result nobody takes: PERFORM f(x), CALL p(x)."""

    value: Value
    line: int = 0


@dataclass(frozen=True, slots=True)
class Write:
    """A statement that writes a table whose module must do it, because the table has obligations of its own.

    ``insert``: ``columns`` and ``values``; ``update``: the rows of ``where`` get ``values`` in ``columns``, which may
    read the row's own columns only where they are pieces of ``assignments``; ``delete``: the rows of ``where``.
    ``where`` is the condition as SQL over the bare table name.
    """

    command: Literal["insert", "update", "delete"]
    table: tuple[str, str]
    columns: tuple[str, ...] = ()
    values: tuple[Value, ...] = ()
    assignments: Query | None = None
    where: Query | None = None
    into: tuple[Target, ...] = ()
    returning: tuple[str, ...] = ()
    found: Name | None = None
    count: Name | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Fail:
    """RAISE EXCEPTION. ``state`` is an SQLSTATE; ``details``: detail, hint, constraint, column, table …

    A bare RAISE in a handler has no ``message``: the same error goes on.
    """

    state: str
    message: Value | None
    details: tuple[tuple[str, Value], ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class Tell:
    """RAISE NOTICE, WARNING, INFO, LOG, DEBUG: a message that goes to a log."""

    level: Literal["debug", "log", "info", "notice", "warning"]
    message: Value
    line: int = 0


@dataclass(frozen=True, slots=True)
class Handler:
    """WHEN states THEN body. ``states``: SQLSTATEs, or classes of two characters; empty: OTHERS (PostgreSQL's takes
    neither 57014 nor P0004). In ``body``, the names ``sqlstate`` and ``sqlerrm`` are the error's state and message."""

    states: tuple[str, ...]
    body: Body


@dataclass(frozen=True, slots=True)
class Try:
    """A block with EXCEPTION whose body writes nothing that would have to be undone: no savepoint is needed."""

    body: Body
    handlers: tuple[Handler, ...]
    line: int = 0


Step: TypeAlias = (
    Remark | Declare | Set | If | While | Count | Rows | Each | Leave | Block | Give | GiveRow | GiveRows
    | Run | Evaluate | Write | Fail | Tell | Try
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Function:
    """A translated body with its head. ``parameters`` are its inputs, ``results`` its OUT columns (or one, unnamed).

    A function that answers with a set gives a list of rows. ``reads_only``: neither it nor what it calls writes.
    """

    id: str  # of its ledger entry
    name: str
    line: int
    parameters: tuple[Name, ...]
    defaults: tuple[Value | None, ...]  # one a parameter
    returns: Kind | None
    results: tuple[Name, ...]
    is_set: bool
    body: Body
    reads_only: bool = False
    comment: str = ""


@dataclass(frozen=True, slots=True)
class TriggerBody:
    """A trigger's function, made for this trigger and this event: TG_OP, TG_ARGV and the like are constants in it.

    NEW and OLD are ``Name`` of family "record"; the function gives NEW back (changed or not), or NULL, which leaves the
    row out. ``when`` is the trigger's WHEN; ``columns`` those of UPDATE OF (empty: any).
    """

    id: str
    name: str
    function: str
    line: int
    event: Literal["insert", "update", "delete", "truncate"]
    timing: Literal["before", "after", "instead of"]
    row: bool
    body: Body
    when: Value | None = None
    columns: tuple[str, ...] = ()
    old_table: str | None = None  # REFERENCING OLD TABLE AS
    new_table: str | None = None
    deferred: bool = False
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Untranslated:
    """What cannot be said in steps: ``reason`` names the construct, ``line`` the line of the source."""

    id: str
    name: str
    reason: str
    line: int
