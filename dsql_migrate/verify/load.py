"""Loads the source script into a plain PostgreSQL, statement by statement, as psql would without stopping at errors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from dsql_migrate.source import facts as f
from dsql_migrate.source.build import read
from dsql_migrate.source.client_copy import ClientCopy, client_copy
from dsql_migrate.source.open import CHUNK, Source
from dsql_migrate.source.script import Piece, copies_from_stdin, leading_words, pieces
from dsql_migrate.verify import access, skip, structure, substitute
from dsql_migrate.verify.inventory import items
from dsql_migrate.verify.loaded import LoadReport
from dsql_migrate.verify.replay import Replay

Progress = Callable[[int, int], None]  # bytes done, bytes in all

_MOST_WATCHED = 50  # statements whose code may make objects; each costs a reading of the catalogue before and after
_GROUP_STATEMENTS, _GROUP_BYTES = 500, 1 << 18  # INSERTs that go to the server together


def load(source: Source, dsn: str, *, progress: Progress | None = None, code: bool = True) -> LoadReport:
    """Load a script into an empty database. ``dsn`` is the superuser's; the script runs as an ordinary role.

    A statement that fails is noted and the rest goes on, inside transactions too. Includes are followed before
    (``source.include.expand``). Without ``code``, nothing runs that DSQL could not: no trigger or rule is made, no
    function called for its effect. Raises Failure where the database cannot be reached, psycopg.OperationalError where
    the server dies.
    """
    admin = access.connect(dsn)
    try:
        role = access.replay_role(admin)
        with access.connect(dsn, role) as session:
            loader = _Loader(source, Replay(session, admin if role else None), code=code)
            loader.run(progress)
            return loader.report()
    finally:
        admin.close()


def wanted_version(head: bytes) -> int:
    """The major version of the server to load a dump into, from its first kilobytes.

    16, as DSQL's, unless a newer server wrote the dump: then 18, which reads what 17 and 18 write.
    """
    marker = b"-- Dumped from database version "
    at = head.find(marker)
    digits = head[at + len(marker) :].split(b".")[0].split()[:1] if at >= 0 else []
    return 18 if digits and digits[0].isdigit() and int(digits[0]) > 16 else 16


class _Loader:
    def __init__(self, source: Source, replay: Replay, *, code: bool) -> None:
        self._source = source
        self._code = code
        self._replay = replay
        self._inserts: list[Piece] = []
        self._size = 0
        self._reading: Piece | ClientCopy | None = None  # what the next copy piece belongs to
        self._statements = self._blocks = self._watched = 0
        self._made: dict[str, int] = {}  # ledger id -> line of the code that made the object

    def run(self, progress: Progress | None) -> None:
        for piece in pieces(self._source):
            if piece.kind == "sql":
                self._statements += 1
                self._sql(piece)
            elif piece.kind == "copy":
                self._blocks += 1
                self._data(piece)
            elif piece.kind == "psql":
                self._psql(piece)
            if progress is not None:
                progress(piece.end, self._source.size)
        self._flush()
        self._replay.finish()

    def report(self) -> LoadReport:
        version = self._replay.session.info.server_version
        return LoadReport(
            f"{version // 10000}.{version % 10000}",
            self._statements,
            self._blocks,
            tuple(replace(failure, **self._place(failure.line)) for failure in self._replay.failures),
            tuple(replace(skipped, **self._place(skipped.line)) for skipped in self._replay.skipped),
            tuple(self._replay.unproved),
            tuple(sorted(self._replay.extensions.stand_ins.items())),
            tuple(sorted(self._made.items())),
        )

    def _place(self, line: int) -> dict[str, Any]:
        """The line in the input's own file, and that file where the input is several."""
        file, own = self._source.at_line(line)
        return {"line": own, "file": file if file != self._source.label else None}

    def _sql(self, piece: Piece) -> None:
        words = leading_words(piece, 6)
        if words[:1] == ("insert",) and piece.terminator == b";":
            self._inserts.append(piece)
            self._size += len(piece.text)
            if len(self._inserts) >= _GROUP_STATEMENTS or self._size >= _GROUP_BYTES:
                self._flush()
            return
        self._flush()
        if words[:1] == ("copy",) and copies_from_stdin(piece.sql[piece.body :]):
            self._reading = piece
            return
        self._one(piece, words)

    def _one(self, piece: Piece, words: tuple[str, ...]) -> None:
        text = substitute.before_parsing(piece.sql[piece.body :])
        line = piece.body_line
        fact = read(text)
        reason = skip.by_words(words) or skip.by_fact(fact)
        if reason is None and piece.terminator == b"\\gexec":
            reason = "psql would run its results as statements"
        if (
            reason is None
            and not self._code
            and (_may_make_objects(fact) or isinstance(fact, f.CreateTrigger | f.CreateRule))
        ):
            reason = "code of the script is left out of this load"
        if reason is not None:
            self._replay.skip(line, fact, reason)
        elif isinstance(fact, f.Transaction):
            self._replay.control(text, line, fact)
        elif isinstance(fact, f.CreateExtension):
            self._extension(line, fact)
        elif words[:2] in (("alter", "extension"), ("drop", "extension")) and self._plays(fact, text):
            self._replay.skip(line, fact, "the extension is played by a stand-in")
        else:
            if isinstance(fact, f.CreateSchema):
                text = substitute.without_authorization(text)
            if _may_make_objects(fact) and self._watched < _MOST_WATCHED:
                self._watched += 1
                before = self._ids()
                self._replay.run(text, line, fact)
                self._made |= dict.fromkeys(self._ids() - before, line)
            else:
                self._replay.run(text, line, fact)

    def _ids(self) -> set[str]:
        return {item.id for item in items(structure.read(self._replay.session))}

    def _extension(self, line: int, fact: f.CreateExtension) -> None:
        import psycopg

        replay = self._replay
        inside = replay.in_transaction
        try:
            if inside:
                replay.session.execute(b"SAVEPOINT dsql_migrate_extension")
            replay.extensions.create(fact.name, fact.schema)
        except psycopg.Error as error:
            if replay.session.closed:
                raise
            if inside:
                replay.session.execute(b"ROLLBACK TO SAVEPOINT dsql_migrate_extension")
            replay.fail(line, fact, error)

    def _plays(self, fact: f.Fact, text: bytes) -> bool:
        names = {part for name in fact.names for part in name} if isinstance(fact, f.Drop) else set()
        written = text.decode("utf-8", "replace")
        return any(name in names or (not names and name in written) for name in self._replay.extensions.stand_ins)

    def _flush(self) -> None:
        """The INSERTs gathered so far: together, and one by one where one of them fails."""
        waiting, self._inserts, self._size = self._inserts, [], 0
        if len(waiting) > 1 and self._replay.attempt(b"\n".join(piece.sql for piece in waiting)) is None:
            return
        for piece in waiting:
            text = piece.sql[piece.body :]
            error = self._replay.attempt(text)
            if error is not None:
                self._replay.fail(piece.body_line, read(text), error)

    def _psql(self, piece: Piece) -> None:
        self._flush()
        if piece.keyword != "\\copy":
            return
        found = client_copy(piece.text[piece.body :], self._source.base)
        line = piece.body_line
        if found.inline:
            self._reading = found
        elif found.statement is None or found.path is None:
            fact = read(found.statement) if found.statement else None
            self._replay.skip(line, fact, found.why or "its data is not there")
        else:
            self._replay.copy(found.statement, line, _file(found.path), 1)

    def _data(self, piece: Piece) -> None:
        reading, self._reading = self._reading, None
        if isinstance(reading, Piece):
            self._replay.copy(reading.sql[reading.body :], reading.body_line, self._rows(piece), piece.line)
        elif reading is not None and reading.statement is not None:
            self._replay.copy(reading.statement, piece.line, self._rows(piece), piece.line)

    def _rows(self, piece: Piece) -> Iterable[bytes]:
        r"""The data without its ``\.`` line: it is psql's, and a server of version 18 takes it for a row of a CSV."""
        end = piece.end
        if piece.truncated:
            end = self._last_line_end(piece)  # a row that is cut is no row
        else:
            tail = self._source.read(max(piece.start, end - 4), end)
            end -= len(tail) - tail.rindex(b"\\.")
        return self._source.chunks(piece.start, end)

    def _last_line_end(self, piece: Piece) -> int:
        end = piece.end
        while end > piece.start:
            start = max(piece.start, end - CHUNK)
            found = self._source.read(start, end).rfind(b"\n")
            if found >= 0:
                return start + found + 1
            end = start
        return piece.start


def _may_make_objects(fact: f.Fact) -> bool:
    """A DO block, a CALL, a SELECT of a function of the script's: code, whose DDL no statement shows."""
    if isinstance(fact, f.Select):
        return any(call.name.schema != "pg_catalog" and call.name.name not in _HARMLESS for call in fact.calls)
    return isinstance(fact, f.Other) and fact.node in ("Do", "Call")


_HARMLESS = frozenset(("setval", "set_config", "nextval", "now", "version"))


def _file(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
