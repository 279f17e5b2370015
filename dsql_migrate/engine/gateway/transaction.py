"""What a session keeps of its open transaction block."""

from __future__ import annotations

from dataclasses import dataclass, field

from dsql_migrate.engine.gateway.statements import Statement
from dsql_migrate.engine.occ.effects import Effect as Change
from dsql_migrate.engine.occ.footprint import Lock
from dsql_migrate.engine.policy import Effect
from dsql_migrate.engine.policy.verdict import Name
from dsql_migrate.target import Target


class Refused(Exception):
    """An answer of ours instead of the server's. ``aborts``: an open transaction is aborted by it."""

    def __init__(self, sqlstate: str, message: str, detail: str | None = None, aborts: bool = True) -> None:
        super().__init__(message)
        self.sqlstate = sqlstate
        self.message = message
        self.detail = detail
        self.aborts = aborts
        self.at: int | None = None


def conflict() -> Refused:
    """The loser's answer (runtime sheet, 3.1)."""
    return Refused("40001", "change conflicts with another transaction (OC000)")


def schema_conflict() -> Refused:
    """The answer to a transaction that began before a change of the catalogue (runtime sheet, 3.1)."""
    return Refused("40001", "schema has been updated by another transaction (OC001)")


@dataclass(frozen=True, slots=True)
class Text:
    """A statement that is run again as it was: DDL, settings."""

    sql: bytes


@dataclass(slots=True, eq=False)
class Transaction:
    """One transaction block: the client's own, or (``hidden``) one that several statements of a message share."""

    mark: int  # in the registry of commits, when it began
    catalog_version: int
    begun: float  # the loop's time, in seconds
    hidden: bool = False
    log: list[Change | Text] = field(default_factory=list)
    rows: int = 0
    size: int = 0
    ddl: bool = False
    dml: bool = False
    lock_tables: set[Name] = field(default_factory=set)  # an explicit locking clause named them
    unread: set[Name] = field(default_factory=set)  # locked FOR UPDATE since the locks were read
    update_tables: set[Name] = field(default_factory=set)  # changed with locks on them that were not read
    updated: set[int] | None = None  # their oids, where they were asked for
    locks: list[tuple[int, str, bool]] = field(default_factory=list)  # while parked: table, place, shared
    held: list[Lock] = field(default_factory=list)  # all rows locked so far, for the footprint
    touched: bool = False  # a statement ran, or was prepared: it has a snapshot
    parked: bool = False  # its work is rolled back and stands in the log only
    apart: bool = False  # another's commit got in its way: it goes on with private copies until its own COMMIT
    copied: frozenset[int] = frozenset()  # the tables with newer commits of which it has such copies
    replayed: bool = False
    number: int | None = None  # in the registry, once its COMMIT is announced there
    jobs: list[str] = field(default_factory=list)

    def note(self, change: Change) -> None:
        """A statement has changed these rows."""
        self.log.append(change)
        self.rows += change.rows
        self.size += change.size

    @property
    def changes(self) -> list[Change]:
        """The changes of rows among the log."""
        return [entry for entry in self.log if not isinstance(entry, Text)]

    @property
    def straight(self) -> bool:
        """Its work stands in the server as it was done, and no lock of its own has to be looked up."""
        return not (self.parked or self.apart or self.replayed or self.ddl or self.lock_tables or self.jobs)

    @property
    def clean(self) -> bool:
        """Nothing was changed or locked: nothing can conflict."""
        return not (self.log or self.lock_tables or self.locks or self.apart or self.parked)


def require_order(transaction: Transaction, statement: Statement, target: Target) -> None:
    """One DDL statement a transaction, and no DML beside it. Raises Refused with the recorded messages."""
    if statement.effect is Effect.DDL and transaction.ddl:
        raise _limit(target, "transaction-ddl")
    if (statement.effect is Effect.DDL and transaction.dml) or (statement.effect is Effect.DML and transaction.ddl):
        raise Refused("0A000", "ddl and dml are not supported in the same transaction")


def require_age(transaction: Transaction, now: float, seconds: float, target: Target) -> None:
    """Refuse a transaction that is older than it may be; checked at each statement and at COMMIT."""
    age = now - transaction.begun
    if age > seconds:
        raise _limit(target, "transaction-seconds", f"Current transaction age {int(age)}s exceeds {seconds:g}s")


def require_size(transaction: Transaction, target: Target) -> None:
    """Refuse, at COMMIT, a transaction that wrote too many bytes."""
    if transaction.size > target.limit("transaction-bytes"):
        shown = f"Current transaction size {transaction.size >> 20}mb > {target.limit('transaction-bytes') >> 20}mb"
        raise _limit(target, "transaction-bytes", shown)


def _limit(target: Target, name: str, detail: str | None = None) -> Refused:
    limit = target.limits[name]
    return Refused(limit.sqlstate or "54000", limit.message or name, detail)
