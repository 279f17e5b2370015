"""What loading the source gave: what failed, what was left out on purpose, and what a stand-in took the place of."""

from __future__ import annotations

from dataclasses import dataclass

_MEMBERS = frozenset(
    ("column", "default", "identity", "constraint", "trigger", "rule", "policy", "row security", "partition", "rows")
)


@dataclass(frozen=True, slots=True)
class LoadFailure:
    """A statement that PostgreSQL refused. ``object``: the ledger id it would have made, else ``statement``."""

    line: int
    object: str
    sqlstate: str
    message: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A statement that was not run, and why: it concerns the cluster or its owners, not the database's contents."""

    line: int
    object: str
    reason: str


@dataclass(frozen=True, slots=True)
class LoadReport:
    """The result of a load. ``unproved``: (ledger id, reason) of what is there, but not as the source means it."""

    server: str  # version
    statements: int = 0
    copy_blocks: int = 0
    failures: tuple[LoadFailure, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    unproved: tuple[tuple[str, str], ...] = ()
    stand_ins: tuple[tuple[str, str], ...] = ()  # (extension, what took its place)

    def why_missing(self, id: str) -> str | None:
        """Why the source database lacks an object, where the load knows: itself, its table or its rows failed."""
        for failure in self.failures:
            if _covers(failure.object, id):
                return f"PostgreSQL {self.server} would not load it (line {failure.line}): {failure.sqlstate} {failure.message}"
        for skipped in self.skipped:
            if _covers(skipped.object, id):
                return f"not replayed (line {skipped.line}): {skipped.reason}"
        for name, what in self.stand_ins:
            if id == f"extension:{name}":
                return what
        return None

    def rows_failed(self, table: str) -> str | None:
        """Why rows of a table (qualified) are not all in the source database."""
        return self.why_missing(f"rows:{table}")


def _covers(failed: str, id: str) -> bool:
    if failed == id:
        return True
    kind, _, name = failed.partition(":")
    wanted_kind, _, wanted = id.partition(":")
    if kind == "constraint" and name.endswith(".?"):  # a constraint without a name: any of its table
        return wanted_kind == "constraint" and wanted.startswith(name[:-1])
    if kind == "table":
        return (wanted_kind in _MEMBERS and wanted.startswith(name + ".")) or id == f"rows:{name}"
    if kind == "domain":
        return wanted_kind == "constraint" and wanted.startswith(name + ".")
    if kind == "column":
        return wanted_kind in ("default", "identity") and wanted == name
    return False
