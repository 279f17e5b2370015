"""What a server lacks is taken out of a statement, by spans, so that the rest of it still loads.

Each function returns the mended text and what was changed, as (ledger id, reason); the same text where nothing fits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from dsql_migrate.source import facts as f
from dsql_migrate.source.parse import Unparsable, tokens

Edit = tuple[int, int, bytes]


@dataclass(frozen=True, slots=True)
class Mended:
    text: bytes
    notes: tuple[tuple[str, str], ...] = ()


def apply(text: bytes, edits: Iterable[Edit]) -> bytes:
    """Edits on the text; of overlapping ones the first (outer) wins."""
    parts, at = [], 0
    for start, end, new in sorted(edits, key=lambda e: (e[0], -e[1])):
        if start >= at:
            parts += [text[at:start], new]
            at = end
    return b"".join((*parts, text[at:]))


def types(text: bytes, fact: f.Fact, table: str, known: Callable[[f.TypeName], str | None]) -> Mended:
    """Columns of types that cannot be had become text.

    ``known``: None for a type that the server has not, "" for one to leave as it stands, else SQL in its place: a
    stand-in takes no modifiers.
    """
    edits: list[Edit] = []
    notes: list[tuple[str, str]] = []
    for column in columns(fact):
        replaced = _replacement(text, column.type, known)
        if replaced is not None:
            edits.append(replaced)
            written = column.type.span.of(text)
            notes.append((f"column:{table}.{column.name}", f"type {written} cannot be had: replayed as text"))
    for expression in expressions(fact):
        for type in expression.types:
            replaced = _replacement(text, type, known)
            if replaced is not None:
                edits.append(replaced)
    return Mended(apply(text, edits), tuple(notes))


def columns(fact: f.Fact) -> Iterator[f.Column]:
    """The columns that a statement makes."""
    if isinstance(fact, f.CreateTable | f.CreateComposite):
        yield from fact.columns
    elif isinstance(fact, f.AlterTable):
        yield from (action.column for action in fact.actions if action.column is not None)


def expressions(fact: f.Fact) -> Iterator[f.Expression]:
    """Defaults, generation expressions and checks in a statement's columns and constraints."""
    for column in columns(fact):
        yield from (e for e in (column.default, column.generated) if e is not None)
        yield from (c.expression for c in column.constraints if c.expression is not None)
    if isinstance(fact, f.CreateTable | f.CreateDomain):
        yield from (c.expression for c in fact.constraints if c.expression is not None)
    if isinstance(fact, f.AlterTable):
        for action in fact.actions:
            yield from (e for e in (action.default, action.using) if e is not None)
            if action.constraint is not None and action.constraint.expression is not None:
                yield action.constraint.expression


def _replacement(text: bytes, type: f.TypeName, known: Callable[[f.TypeName], str | None]) -> Edit | None:
    if type.schema == "pg_catalog" or type.span.end <= type.span.start:
        return None
    had = known(type)
    array = "[]" * type.dimensions
    if had is None:
        return (type.span.start, type.span.end, ("text" + array).encode())
    return (type.span.start, type.span.end, (had + array).encode()) if had and type.modifiers else None


def collations(text: bytes, fact: f.Fact, table: str) -> Mended:
    """Without COLLATE: the server has no ICU, and few locales. The order of the texts differs, not the texts."""
    edits: list[Edit] = []
    notes: list[tuple[str, str]] = []
    for column in columns(fact):
        if column.collation_span is not None:
            edits.append((column.collation_span.start, column.collation_span.end, b""))
            notes.append(
                (f"column:{table}.{column.name}", f"collation {column.collation} cannot be had: replayed without")
            )
    if isinstance(fact, f.CreateDomain) and fact.collation_span is not None:
        edits.append((fact.collation_span.start, fact.collation_span.end, b""))
        notes.append((f"domain:{table}", "its collation cannot be had: replayed without"))
    if isinstance(fact, f.CreateIndex):
        for key in fact.keys:
            if key.collation_span is not None:
                edits.append((key.collation_span.start, key.collation_span.end, b""))
                notes.append(
                    (f"index:{table.partition('.')[0]}.{fact.name}", f"collation {key.collation} cannot be had")
                )
    return Mended(apply(text, edits), tuple(notes))


def storage(text: bytes, fact: f.Fact) -> Mended:
    """Without tablespace, access method, storage options: where rows are kept, not which."""
    spans: list[f.Span | None] = []
    if isinstance(fact, f.CreateTable):
        spans = [fact.access_method_span, fact.tablespace_span, fact.options_span]
        spans += [s for c in fact.constraints for s in (c.tablespace_span, c.options_span)]
        spans += [s for k in fact.columns for s in (k.compression_span, k.storage_span)]
    elif isinstance(fact, f.CreateIndex):
        spans = [fact.tablespace_span, fact.options_span]
    elif isinstance(fact, f.AlterTable):
        spans = [
            s for a in fact.actions if a.constraint for s in (a.constraint.tablespace_span, a.constraint.options_span)
        ]
    return Mended(apply(text, [(s.start, s.end, b"") for s in spans if s is not None]))


_OIDS = re.compile(rb"\bWITH\s+OIDS\b", re.IGNORECASE)


def before_parsing(text: bytes) -> bytes:
    """WITH OIDS behind a table (PostgreSQL before 12) is no grammar any more."""
    return _OIDS.sub(lambda m: b" " * len(m.group()), text) if _OIDS.search(text[-200:]) else text


def newer_syntax(text: bytes, fact: f.Fact, version: int) -> bytes:
    """PostgreSQL 18's forms for an older server: virtual columns are stored, NOT NULL constraints lose their names."""
    if version >= 180000:
        return text
    edits: list[Edit] = []
    for column in columns(fact):
        if column.generated is not None and column.virtual and column.generated_span is not None:
            written = column.generated_span.of(text)
            span = column.generated_span
            if re.search(r"\bvirtual\s*$", written, re.IGNORECASE):
                edits.append((span.end - len("virtual"), span.end, b"STORED"))
            else:
                edits.append((span.end, span.end, b" STORED"))
        if (
            column.not_null_span is not None
            and b"NULL" in text[column.not_null_span.start : column.not_null_span.end].upper()
        ):
            edits.append((column.not_null_span.start, column.not_null_span.end, b"NOT NULL"))
    if isinstance(fact, f.CreateTable):
        for constraint in fact.constraints:
            if constraint.kind == "not null" and constraint.columns:
                name = constraint.columns[0].replace('"', '""')
                edits.append((constraint.span.start, constraint.span.end, f'CHECK ("{name}" IS NOT NULL)'.encode()))
    return apply(text, edits)


def without_authorization(text: bytes) -> bytes:
    """CREATE SCHEMA [name] AUTHORIZATION role: ownership is not replayed; a lone role names the schema."""
    try:
        words = tokens(text)
    except Unparsable:
        return text
    for number, token in enumerate(words[:8]):
        if token.word == "authorization" and number + 1 < len(words):
            before = words[number - 1].word
            end = token.end if before in ("schema", "exists") else words[number + 1].end
            return text[: token.start] + b" " * (end - token.start) + text[end:]
    return text
