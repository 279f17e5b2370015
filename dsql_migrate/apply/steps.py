r"""A bundle's scripts cut into steps: what is sent as one transaction, and so is done or not done as a whole.

The scripts are written for psql. Of its commands only those that a bundle holds are understood: a job's ``\gset``, and
the ``CALL sys.wait_for_job(:'job_id')`` and ``\if … \endif`` after it, which are skipped: apply waits for jobs itself;
and ``\gexec`` behind the query that fills the table of a materialized view: each row it gives is a transaction.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from dsql_migrate.errors import InputError
from dsql_migrate.marks import marked
from dsql_migrate.rewrite.objects.refreshing import is_refresh
from dsql_migrate.source.open import Source
from dsql_migrate.source.script import Piece, leading_words, pieces

Kind = Literal["setting", "statement", "group", "copy", "made"]

_HARMLESS = frozenset({"\\echo", "\\qecho", "\\set", "\\unset", "\\restrict", "\\unrestrict", "\\timing", "\\pset"})
FIRST = "pre-data.sql"
_BEGINS = frozenset({"begin", "start"})
_ENDS = frozenset({"commit", "end", "rollback", "abort"})


@dataclass(frozen=True, slots=True)
class Step:
    """One transaction of a script. ``start`` and ``end`` are byte offsets in the file; ``line`` is where it begins."""

    file: str
    start: int
    end: int
    line: int
    kind: Kind
    statements: tuple[bytes, ...]  # of a group: BEGIN first, COMMIT last; else one
    data: tuple[int, int] = (0, 0)  # of a COPY: its rows, without the line that ends them
    phase: int | None = None  # steps of one phase may run at the same time (see marks.py)
    lane: int | None = None  # those of one lane of it one after another

    @property
    def sql(self) -> bytes:
        """The statement, or a group's first one after BEGIN."""
        return self.statements[1] if self.kind == "group" and len(self.statements) > 1 else self.statements[0]


def scripts(folder: Path) -> list[Path]:
    """The files of a bundle, in the order in which they are applied. Raises InputError where it is no bundle."""
    first = folder / FIRST
    if not first.is_file():
        raise InputError(f"{folder} is not a bundle: it has no pre-data.sql", "dsql-migrate rewrite makes a bundle")
    data = [folder / "data.sql"] if (folder / "data.sql").is_file() else sorted((folder / "data").glob("*.sql"))
    last = folder / "post-data.sql"
    return [first, *data, *([last] if last.is_file() else [])]


def steps(source: Source, file: str) -> Iterator[Step]:
    """The steps of one script, in order. Raises InputError where it is cut off, or asks for what psql alone can do."""
    found = _Reader(source, file)
    for piece in found:
        if piece.kind == "sql":
            step = found.step(piece)
            if step is not None:
                yield step
        elif piece.kind == "psql":
            found.command(piece)
        elif piece.kind == "copy":
            raise found.trouble(piece, "COPY data without its statement")


class _Reader:
    """The pieces of one script, and what belongs together."""

    def __init__(self, source: Source, file: str) -> None:
        self.source = source
        self.file = file
        self._pieces = pieces(source)

    def __iter__(self) -> Iterator[Piece]:
        return self._pieces

    def step(self, piece: Piece) -> Step | None:
        """The step that begins with this statement; None where apply does by itself what it asks for."""
        if piece.unterminated:
            raise self.trouble(piece, "cut off in the middle of a statement")
        made = piece.terminator == b"\\gexec" and is_refresh(piece.sql[piece.body :])
        if not made and piece.terminator not in (b";", b"", b"\\g", b"\\gset"):
            raise self.trouble(piece, f"{piece.terminator.decode('utf-8', 'replace')} is psql's own")
        word = piece.keyword
        if word == "call" and b"sys.wait_for_job" in piece.text and b":'" in piece.text:
            return None
        if word in _BEGINS:
            return self._group(piece)
        if word == "copy":
            return self._copy(piece)
        kind: Kind = "setting" if word in ("set", "reset") else "statement"
        if made:
            kind = "made"
        phase, lane = self._marked(piece) if word in ("create", "alter") else (None, None)
        return Step(
            self.file, piece.start, piece.end, piece.body_line, kind, (piece.sql,), phase=phase, lane=lane
        )

    def _marked(self, piece: Piece) -> tuple[int | None, int | None]:
        """Phase and lane of a statement that may have them: rows, indexes and keys, behind the schema."""
        words = leading_words(piece, 3)
        behind = words[:1] == ("copy",) or words[:2] in (("create", "index"), ("alter", "table"))
        if self.file == FIRST or not (behind or words == ("create", "unique", "index")):
            return None, None
        return marked(piece.text[: piece.body]) or (None, None)

    def _group(self, first: Piece) -> Step:
        statements = [first.sql]
        for piece in self._pieces:
            if piece.kind == "blank":
                continue
            if piece.kind != "sql" or piece.unterminated:
                raise self.trouble(piece, "only statements can stand between BEGIN and COMMIT")
            statements.append(piece.sql)
            if piece.keyword in _ENDS:
                return Step(self.file, first.start, piece.end, first.body_line, "group", tuple(statements))
        raise self.trouble(first, "BEGIN without COMMIT: the file is cut off")

    def _copy(self, piece: Piece) -> Step:
        data = next(self._pieces, None)
        if data is None or data.kind != "copy":
            raise self.trouble(piece, "COPY without data in the script")
        if data.truncated:
            raise self.trouble(data, "COPY data without its end: the file is cut off")
        span = (data.start, data.end - self._end_line(data))
        phase, lane = self._marked(piece)
        return Step(self.file, piece.start, data.end, piece.body_line, "copy", (piece.sql,), span, phase, lane)

    def _end_line(self, data: Piece) -> int:
        r"""How many bytes the line ``\.`` takes; in the protocol the end of the data is a message of its own."""
        tail = self.source.read(max(data.start, data.end - 4), data.end)
        return len(tail) - tail.rindex(b"\\.") if b"\\." in tail else 0

    def command(self, piece: Piece) -> None:
        r"""Skip what is harmless, and everything from an ``\if`` to its ``\endif``."""
        if piece.keyword in _HARMLESS:
            return
        if piece.keyword != "\\if":
            raise self.trouble(piece, f"{piece.keyword} is psql's own")
        depth = 1
        for inner in self._pieces:
            if inner.kind == "psql":
                depth += {"\\if": 1, "\\endif": -1}.get(inner.keyword, 0)
            if depth == 0:
                return
        raise self.trouble(piece, "\\if without \\endif: the file is cut off")

    def trouble(self, piece: Piece, what: str) -> InputError:
        return InputError(f"{self.file}:{piece.body_line}: {what}")
