"""What the policy answers, and what it may ask about the database: the shapes shared by its parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

from dsql_migrate.source.parse import Node
from dsql_migrate.target import Target

Name = tuple[str, ...]  # of an object: ("film",) or ("public", "film")


class JobKind(Enum):
    """The background jobs that an ASYNC statement starts; the values stand in sys.jobs.job_type."""

    INDEX_BUILD = "INDEX_BUILD"
    VALIDATE_CONSTRAINT = "VALIDATE_CONSTRAINT"


class Effect(Enum):
    """What a statement means for its transaction (one DDL statement, and no DML beside it)."""

    DDL = "ddl"
    DML = "dml"
    READ = "read"
    SETTING = "setting"
    TRANSACTION = "transaction"


@dataclass(frozen=True, slots=True)
class Allow:
    """DSQL takes the statement. ``sql`` is what the PostgreSQL behind the policy is to run for it.

    ``tables`` are those whose rows an INSERT, UPDATE, DELETE or COPY changes, wherever it stands in the statement;
    ``locks`` those whose rows a FOR UPDATE or FOR KEY SHARE locks. Both as the statement names them: a name may mean a
    view, or a WITH query. ``tag``: the command tag to answer with instead of PostgreSQL's, and without its rows.
    """

    sql: bytes
    job: JobKind | None = None
    effect: Effect = Effect.READ
    tables: tuple[Name, ...] = ()
    locks: tuple[Name, ...] = ()
    tag: str | None = None


@dataclass(slots=True)
class Taken:
    """A statement found acceptable: what the parts of the policy hand back, before it becomes an ``Allow``."""

    effect: Effect
    changes: list[Splice] = field(default_factory=list)
    job: JobKind | None = None
    tables: list[Name] = field(default_factory=list)
    locks: list[Name] = field(default_factory=list)
    tag: str | None = None
    instead: bytes | None = None  # other SQL altogether


@dataclass(frozen=True, slots=True)
class Refuse:
    """DSQL's answer to a statement it does not take; ``message`` without the ``ERROR:`` that psql adds."""

    sqlstate: str
    message: str


class Refusal(Exception):
    """Raised inside the policy, and turned into a ``Refuse`` at its door."""

    def __init__(self, message: str, sqlstate: str = "0A000") -> None:
        super().__init__(message)
        self.verdict = Refuse(sqlstate, message)


# Answers that do not follow the pattern "unsupported statement: <node's name>".
_SPOKEN = {
    "CreateTrigStmt": "CREATE TRIGGER not supported",
    "CreateEnumStmt": "CREATE TYPE not supported",
    "AlterEnumStmt": "ALTER TYPE not supported",
    "AlterTypeStmt": "ALTER TYPE not supported",
    "MergeStmt": "unsupported statement type: MERGE",
}


def unsupported(kind: str) -> Refusal:
    """The refusal of a whole statement, by the kind of its node (``TruncateStmt``)."""
    return Refusal(_SPOKEN.get(kind) or f"unsupported statement: {kind.removesuffix('Stmt')}")


@dataclass(frozen=True, slots=True)
class KnownType:
    """A type that exists in the database: its name as format_type prints it; ``base`` what a domain is made of."""

    display: str
    base: str | None = None  # PostgreSQL's internal name (int4); None where it is no domain


class Catalog(Protocol):
    """What the policy asks about the database that the statement is for. All names as the statement has them."""

    def type(self, name: Name) -> KnownType | None:
        """The type of that name; None where there is none."""

    def columns(self, table: Name) -> Mapping[str, tuple[str, int | None]]:
        """Each column's type (internal name, a domain's base type) and declared length; empty for an unknown table."""

    def primary_key(self, table: Name) -> tuple[str, frozenset[str]] | None:
        """The primary key's constraint name and its columns."""

    def indexes(self, table: Name) -> int:
        """How many indexes the table has, those of constraints too."""

    def statistics(self, table: Name) -> int:
        """How many extended statistics the table has."""

    def takes_index_at_once(self, table: Name) -> bool:
        """Whether disable_sync_create_index is off in the session, and the table empty (session parameters page)."""

    def count(self, what: str) -> int:
        """How many schemas, tables, views or sequences the database has, the system's left out."""


class Nothing:
    """The catalogue of an empty database."""

    def type(self, name: Name) -> KnownType | None:
        return None

    def columns(self, table: Name) -> Mapping[str, tuple[str, int | None]]:
        return {}

    def primary_key(self, table: Name) -> tuple[str, frozenset[str]] | None:
        return None

    def indexes(self, table: Name) -> int:
        return 0

    def statistics(self, table: Name) -> int:
        return 0

    def takes_index_at_once(self, table: Name) -> bool:
        return False

    def count(self, what: str) -> int:
        return 0


@dataclass(frozen=True, slots=True)
class Case:
    """One statement before the policy: its text, what DSQL can do on the day, what the database holds."""

    text: bytes
    target: Target
    catalog: Catalog

    def need(self, capability: str, otherwise: str) -> None:
        """Refuse, with the message ``otherwise``, where DSQL cannot do this on the day."""
        if not self.target.has(capability):
            raise Refusal(otherwise)

    def within(self, limit: str, value: int, **words: object) -> None:
        """Refuse where ``value`` is over the limit of that name, with the limit's own SQLSTATE and message.

        Where a cluster took more than the documentation says, so does the engine.
        """
        bound = self.target.limits[limit]
        if value > (bound.value if bound.observed is None else bound.observed):
            message = bound.message or f"more than {bound.value}: {limit}"
            raise Refusal(message.format(value=bound.value, **words), bound.sqlstate or "54000")


@dataclass(frozen=True, slots=True)
class Splice:
    """A change of the statement's text, in bytes, where PostgreSQL has to be told what DSQL does by itself."""

    start: int
    end: int
    text: bytes


def spliced(text: bytes, changes: list[Splice]) -> bytes:
    """The text with the changes made; they do not overlap."""
    for change in sorted(changes, key=lambda one: one.start, reverse=True):
        text = text[: change.start] + change.text + text[change.end :]
    return text


def inside(wrapped: Any) -> tuple[str, Node]:
    """The one kind and node of a wrapped tree item: ``{"ColumnDef": {…}}``."""
    ((kind, node),) = wrapped.items()
    return kind, node


def words(items: Any) -> Name:
    """A name of the tree: a list of String items, or a List of them."""
    if isinstance(items, dict):
        kind, node = inside(items)
        if kind == "String":
            return (str(node.get("sval", "")),)
        items = node.get("items", node.get("names", ()))
    return tuple(str(item["String"].get("sval", "")) for item in items if "String" in item)


def relation(node: Node) -> Name:
    """The name of a RangeVar."""
    schema = node.get("schemaname")
    return (str(schema), str(node["relname"])) if schema else (str(node["relname"]),)


def options(items: Any) -> Iterator[tuple[str, Any]]:
    """Name and argument of each DefElem."""
    for item in items or ():
        node = item.get("DefElem")
        if node is None:  # SET TRANSACTION SNAPSHOT has a constant there
            continue
        yield str(node["defname"]), node.get("arg")


def integer(argument: Any) -> int | None:
    """The value of an integer constant of the tree; None for anything else."""
    if not isinstance(argument, dict):
        return None
    kind, node = inside(argument)
    if kind == "A_Const":
        if "ival" in node:
            return int(node["ival"].get("ival", 0))
        node = node.get("fval", {})
        kind = "Float"
    if kind == "Integer":
        return int(node.get("ival", 0))
    text = str(node.get("fval", ""))
    return int(text) if text.lstrip("+-").isdigit() else None
