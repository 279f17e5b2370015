"""The first pass over a script: every statement's fact, the catalogue they build, and where the rows stand.

Rows are never held: a COPY block is remembered as a range of the source, runs of INSERT … VALUES as one range each.
So the
memory needed grows with the schema, not with the data.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from dsql_migrate.rewrite.data.plain_insert import Model, Repeated, is_utf8, model_of, plain_head, singly
from dsql_migrate.rewrite.rows.earlier_columns import Then, changed, columns_then, said_now
from dsql_migrate.rewrite.scope import Scope
from dsql_migrate.schema import Catalogue, split_qualified
from dsql_migrate.schema.model import Key, Table
from dsql_migrate.source.build import read
from dsql_migrate.source.client_copy import client_copy
from dsql_migrate.source.encoding import python_codec
from dsql_migrate.source.facts import Copy, CreateSchema, Fact, Insert, Name, Transaction
from dsql_migrate.source.nested import elements
from dsql_migrate.source.open import Source, open_source, source_of
from dsql_migrate.source.script import Piece, Several, pieces

_INSERT = re.compile(
    rb"insert\s+into\s+((?:\"(?:[^\"]|\"\")*\"|[^\s(.\"]+)(?:\s*\.\s*(?:\"(?:[^\"]|\"\")*\"|[^\s(.\"]+))?)", re.I
)
_VALUES = re.compile(rb"\bvalues\b", re.I)
_READS = re.compile(rb"\b(?:select|nextval|currval|lastval)\b", re.I)


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL statement or psql line of the script, with what it says."""

    number: int
    piece: Piece
    fact: Fact | None  # None for a psql line
    search_path: tuple[str, ...]  # as it was before the statement
    in_transaction: bool = False

    @property
    def line(self) -> int:
        """The line on which the statement's first word stands, from 1."""
        return self.piece.body_line


@dataclass(frozen=True, slots=True)
class CopyBlock:
    """The rows of one COPY … FROM stdin: bytes start to end of the source, the end marker included."""

    statement: Statement
    copy: Copy
    table: Table | None
    start: int
    end: int
    truncated: bool
    file: Source | None = None  # where the rows stand, if not in the script: the file of a \\copy


@dataclass(slots=True)
class Stretch:
    """Where the INSERTs of one table stand in a run: from the first to the last, others between them or not."""

    number: int  # of the first statement
    start: int
    end: int
    line: int  # of ``start``
    first: int  # the line of its first word
    reads: bool = False  # some of them are more than constants: they may read other tables and sequences


@dataclass(slots=True)
class InsertRun:
    """INSERT … VALUES statements that follow each other: bytes start to end of the source."""

    number: int
    start: int
    end: int
    line: int  # of ``start``, from 1
    search_path: tuple[str, ...]
    statements: int = 0
    tables: dict[tuple[str | None, str], Table] = field(default_factory=dict)  # by the name as written
    then: dict[tuple[str | None, str], Then] = field(default_factory=dict)  # their columns as they were
    stretches: dict[tuple[str | None, str], Stretch] = field(default_factory=dict)  # by the name as written
    last: Stretch | None = None  # that of the last statement


@dataclass(slots=True)
class Script:
    """What the first pass leaves."""

    source: Source
    catalogue: Catalogue
    statements: list[Statement] = field(default_factory=list)
    by_number: dict[int, Statement] = field(default_factory=dict)
    blocks: list[CopyBlock] = field(default_factory=list)
    runs: list[InsertRun] = field(default_factory=list)
    count: int = 0  # SQL statements, INSERTs included
    scope: Scope = field(default_factory=Scope)
    left_out: dict[int, str] = field(default_factory=dict)  # \\copy lines by statement: why their rows are missing
    stricter: dict[str, str] = field(default_factory=dict)  # constraints that came up from some partitions, not all
    incomplete: set[Key] = field(default_factory=set)  # tables that lack rows for it
    large: frozenset[tuple[Key, str]] | None = None  # columns with values beyond DSQL's limit, once looked for

    def tables_with_rows(self) -> list[Table]:
        """Every table that rows are put into, in order of its name."""
        found = {b.table.key: b.table for b in self.blocks if b.table is not None}
        for run in self.runs:
            found |= {t.key: t for t in run.tables.values()}
        return [found[key] for key in sorted(found)]


def read_script(source: Source, *, progress: Callable[[int], None] | None = None) -> Script:
    """Read the source once. ``progress`` is told how many bytes have been read since the last call."""
    return _Reader(source, progress or (lambda _: None)).read()


class _Reader:
    """One pass over a source."""

    def __init__(self, source: Source, progress: Callable[[int], None]) -> None:
        self._source = source
        self._progress = progress
        self._script = Script(source, Catalogue())
        self._number = 0
        self._in_transaction = False
        self._header: Statement | None = None
        self._run: InsertRun | None = None
        self._repeated = Repeated()  # INSERTs of the run that are written as the last one was

    def read(self) -> Script:
        for piece in pieces(self._source, several=self._repeated):
            self._progress(piece.end - piece.start)
            if piece.kind == "copy":
                _block(self._script, self._header, piece)
            elif piece.kind != "blank":
                self._piece(piece)
        return self._script

    def _piece(self, piece: Piece) -> None:
        if piece.statements > 1 and self._run is not None:
            self._more(piece, self._run)
            return
        self._number += 1
        if piece.kind == "sql":
            self._script.count += 1
            into = _inserted(self._script.catalogue, piece)
            if into is not None:
                self._run = _extend(self._script, self._run, piece, self._number, *into)
                plain = plain_head(piece)
                self._repeated.follow(plain)
                if plain is None and self._run.last is not None and _READS.search(piece.text, piece.body):
                    self._run.last.reads = True
                return
        self._run = None
        self._repeated.forget()
        if piece.keyword == "\\copy" and self._client_copy(piece):
            return
        fact = read(piece.sql) if piece.kind == "sql" else None
        if isinstance(fact, CreateSchema) and fact.nested:
            self._nested(piece, fact.name)
        else:
            self._statement(piece, fact)

    def _client_copy(self, piece: Piece) -> bool:
        """A \\copy line becomes the COPY it stands for, its file the rows; False where its rows are not to be had."""
        found = client_copy(piece.text[piece.body :], self._source.base)
        fact = read(found.statement) if found.statement is not None else None
        if found.why is not None or found.statement is None or not isinstance(fact, Copy):
            self._script.left_out[self._number] = found.why or "it cannot be read"
            table = self._script.catalogue.table(fact.table) if isinstance(fact, Copy) and fact.table else None
            if table is not None:
                self._script.incomplete.add(table.key)
            return False
        text = piece.text[: piece.body] + found.statement
        made = Piece("sql", piece.start, piece.end, piece.line, text, piece.body, piece.lines, b";", len(text))
        self._statement(made, read(text))
        if found.path is not None and self._header is not None:
            rows = _rows_of(found.path, fact.encoding)
            block = Piece("copy", 0, rows.size, 1, b"")
            _block(self._script, self._header, block, rows)
        return True

    def _more(self, piece: Piece, run: InsertRun) -> None:
        """INSERTs that say what the one before them says, with other rows."""
        self._number += piece.statements
        self._script.count += piece.statements
        run.statements += piece.statements
        run.end = piece.end
        if run.last is not None:
            run.last.end = piece.end

    def _nested(self, piece: Piece, schema: str) -> None:
        catalogue = self._script.catalogue
        outer = catalogue.search_path
        for i, part in enumerate(elements(piece)):
            if i:
                self._number += 1
                catalogue.search_path = (schema, *outer)
            self._statement(part, read(part.sql))
        catalogue.search_path = outer

    def _statement(self, piece: Piece, fact: Fact | None) -> None:
        script = self._script
        statement = Statement(self._number, piece, fact, script.catalogue.search_path, self._in_transaction)
        script.statements.append(statement)
        script.by_number[self._number] = statement
        if fact is None:
            return
        self._header = statement
        if isinstance(fact, Transaction):
            self._in_transaction = fact.kind in ("begin", "start")
        script.scope.before(script.catalogue, fact, self._number)
        script.catalogue.apply(fact, self._number, statement.line)
        script.scope.after(script.catalogue, fact, self._number)


def _rows_of(path: Path, encoding: str | None) -> Source:
    """The file of a \\copy as UTF-8."""
    name = python_codec(encoding) if encoding else None
    if name in (None, "utf-8"):
        return open_source(path)
    return source_of(path.read_bytes().decode(name or "utf-8").encode("utf-8"), str(path))


def _block(script: Script, header: Statement | None, piece: Piece, file: Source | None = None) -> None:
    fact = header.fact if header else None
    if header is None or not isinstance(fact, Copy):
        return
    table = script.catalogue.table(fact.table) if fact.table is not None else None
    script.blocks.append(CopyBlock(header, fact, table, piece.start, piece.end, piece.truncated, file))


def _inserted(catalogue: Catalogue, piece: Piece) -> tuple[tuple[str | None, str], Table] | None:
    """The table of an INSERT … VALUES, told without the parser: there may be millions of them."""
    found = _INSERT.match(piece.text, piece.body)
    if found is None or piece.unterminated or _VALUES.search(piece.text, found.end()) is None:
        return None
    parts = _parts(found.group(1))
    name = (parts[0] if len(parts) > 1 else None, parts[-1])
    table = catalogue.table(Name(*name))
    return (name, table) if table is not None else None


def _parts(text: bytes) -> list[str]:
    return split_qualified(re.sub(rb"\s*\.\s*", b".", text).decode("utf-8", "surrogateescape"))


def _extend(
    script: Script, run: InsertRun | None, piece: Piece, number: int, name: tuple[str | None, str], table: Table
) -> InsertRun:
    if run is None:
        run = InsertRun(number, piece.start, piece.end, piece.line, script.catalogue.search_path)
        script.runs.append(run)
    run.end = piece.end
    run.statements += 1
    if name not in run.tables:
        run.then[name] = columns_then(table)
    run.tables[name] = table
    found = run.stretches.get(name)
    if found is None:
        found = run.stretches[name] = Stretch(number, piece.start, piece.end, piece.line, piece.body_line)
    found.end = piece.end
    run.last = found
    if table.first_data is None:
        table.first_data = number
    return run


def insert_pieces(
    script: Script, run: InsertRun, together: Callable[[Insert, int], bool] | None = None
) -> Iterator[tuple[Piece, Insert | None]]:
    """The statements of a run again, each with its fact; None where the grammar refuses it.

    ``together``: whether plain one-row statements like this one, of so many values, may come several in one piece
    (``Piece.statements``), with the fact of one of them.
    """
    changes = {n: (t, run.then[n]) for n, t in run.tables.items() if n in run.then and changed(t, run.then[n])}
    models: dict[bytes, Model] = {}
    repeated = Repeated()
    model = None
    for piece in pieces_of(script.source, run.start, run.end, repeated):
        if piece.kind != "sql":
            continue
        if piece.statements > 1 and model is not None and is_utf8(piece.text):
            yield piece, model.fact
            continue
        for single in singly(piece) if piece.statements > 1 else (piece,):
            head = plain_head(single)
            model = models.get(head) if head is not None else None
            fact = model.read(single.sql, single.body) if model is not None else None
            if fact is None:
                found = read(single.sql)
                fact = found if isinstance(found, Insert) else None
                model = model_of(single, fact) if fact is not None else None
                if model is not None:
                    models[model.head] = model
            name = (fact.table.schema, fact.table.name) if fact is not None else None
            if fact is not None and name in changes:
                yield said_now(single, fact, *changes[name])
            else:
                yield single, fact
        if changes:
            continue
        if model is not None and together is not None and together(model.fact, model.width):
            repeated.follow(model.head, model.width)
        else:
            repeated.forget()


class Part(Source):
    """A range of a source, read as if it were the whole."""

    def __init__(self, whole: Source, start: int, end: int) -> None:
        self.label = whole.label
        self.path = whole.path
        self.base = whole.base
        self.encoding = whole.encoding
        self.segments = ()
        self.size = end - start
        self._whole = whole
        self._start = start

    def read(self, start: int, end: int) -> bytes:
        return self._whole.read(start + self._start, min(end, self.size) + self._start)


def pieces_of(source: Source, start: int, end: int, several: Several | None = None) -> Iterator[Piece]:
    """The pieces of one range of the source; their offsets count from ``start``, their lines from 1."""
    yield from pieces(Part(source, start, end), several=several)
