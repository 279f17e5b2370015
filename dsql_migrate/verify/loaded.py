"""What loading the source gave: what failed, what was left out on purpose, and what a stand-in took the place of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

_MEMBERS = frozenset(
    ("column", "default", "identity", "constraint", "trigger", "rule", "policy", "row security", "partition", "rows")
)


def place(line: int, file: str | None) -> str:
    """A line of the input in words; ``file`` is given where the input is several."""
    return f"line {line}" if file is None else f"{file}, line {line}"


@dataclass(frozen=True, slots=True)
class LoadFailure:
    """A statement that PostgreSQL refused. ``object``: the ledger id it would have made, else ``statement``."""

    line: int
    object: str
    sqlstate: str
    message: str
    file: str | None = None  # that ``line`` is of, where the input is several

    @property
    def where(self) -> str:
        """Its place in words."""
        return place(self.line, self.file)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A statement that was not run, and why: it concerns the cluster or its owners, not the database's contents."""

    line: int
    object: str
    reason: str
    file: str | None = None

    @property
    def where(self) -> str:
        """Its place in words."""
        return place(self.line, self.file)


@dataclass(frozen=True)
class LoadReport:
    """The result of a load. ``unproved``: (ledger id, reason) of what is there, but not as the source means it."""

    server: str  # version
    statements: int = 0
    copy_blocks: int = 0
    failures: tuple[LoadFailure, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    unproved: tuple[tuple[str, str], ...] = ()
    stand_ins: tuple[tuple[str, str], ...] = ()  # (extension, what took its place)
    made: tuple[tuple[str, int], ...] = ()  # (ledger id, line): made by code in a DO block or a function, not by DDL

    @cached_property
    def _reasons(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for failure in self.failures:
            answer = f"{failure.sqlstate} {failure.message}".strip()
            server = f"PostgreSQL {self.server}"
            found.setdefault(failure.object, f"{server} would not load it ({failure.where}): {answer}")
        for skipped in self.skipped:
            found.setdefault(skipped.object, f"not replayed ({skipped.where}): {skipped.reason}")
        for name, what in self.stand_ins:
            found.setdefault(f"extension:{name}", what)
        return found

    def why_missing(self, id: str) -> str | None:
        """Why the source database lacks an object, where the load knows: itself, its table or its rows failed."""
        return next((self._reasons[other] for other in _covering(id) if other in self._reasons), None)

    def rows_failed(self, table: str) -> str | None:
        """Why rows of a table (qualified) are not all in the source database."""
        return self.why_missing(f"rows:{table}")


def _covering(id: str) -> Iterator[str]:
    """The id itself, and those whose failure takes it with them."""
    yield id
    kind, _, name = id.partition(":")
    owner = name.rpartition(".")[0]
    if kind in _MEMBERS:
        yield f"table:{owner}"
    if kind == "rows":
        yield f"table:{name}"
    if kind == "constraint":
        yield f"constraint:{owner}.?"  # one that has no name in the script
        yield f"domain:{owner}"
    if kind in ("default", "identity"):
        yield f"column:{name}"
