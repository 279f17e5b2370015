"""Keys that a script adds behind CREATE TABLE, put into it: DSQL takes a primary key there and nowhere else.

pg_dump writes them so, and so do many migrations. It is the same table in the end, so the fix is safe; where the
CREATE TABLE is one with IF NOT EXISTS, the table may be there already without the key, and it is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from dsql_migrate.lint.finding import Edit, Finding, Fix
from dsql_migrate.source.build import read
from dsql_migrate.source.facts import (
    AlterAction,
    AlterTable,
    Constraint,
    CreateTable,
    Drop,
    Fact,
    Name,
    Rename,
    SetSchema,
)
from dsql_migrate.source.migrations import Section
from dsql_migrate.source.open import source_of
from dsql_migrate.source.script import Piece, pieces

KEYS = frozenset({"primary-key-added", "unique-added"})

Statement = tuple[Piece, Fact]


def with_keys_collapsed(findings: Iterable[Finding], sections: Sequence[Section]) -> list[Finding]:
    """The findings of one file; those about added keys with a fix where the table is made in the same section."""
    found = list(findings)
    if not any(finding.name in KEYS for finding in found):
        return found
    for section in sections:
        statements = list(_statements(section.sql))
        for number, finding in enumerate(found):
            if finding.name in KEYS and (fix := _fix(finding, section, statements)) is not None:
                found[number] = replace(finding, fix=fix)
    return found


def _statements(sql: bytes) -> Iterable[Statement]:
    """What makes, changes, drops or renames a table; the rest is not read."""
    with source_of(sql) as source:
        for piece in pieces(source):
            if piece.kind == "sql" and piece.keyword in ("create", "alter", "drop"):
                yield piece, read(piece.sql)


def _fix(finding: Finding, section: Section, statements: Sequence[Statement]) -> Fix | None:
    for number, (piece, fact) in enumerate(statements):
        at = section.origin.place(piece.start + fact.span.start)
        if not isinstance(fact, AlterTable) or not at <= finding.start <= at + fact.span.end - fact.span.start:
            continue
        action = next((a for a in fact.actions if _is(a, finding, piece, section)), None)
        if action is None or action.constraint is None:
            return None
        made = _made(fact.name, action.constraint, statements[:number])
        if made is None:
            return None
        edits = [*_inserted(made, action.constraint, piece), _removed(action, fact, piece)]
        if not all(section.origin.verbatim(edit.start, edit.end) for edit in edits):
            return None
        place = section.origin.place
        exists = isinstance(made[1], CreateTable) and made[1].if_not_exists
        return Fix(
            "unsafe" if exists else "safe",
            tuple(Edit(place(e.start), place(e.start) + e.end - e.start, e.text) for e in edits),
        )
    return None


def _is(action: AlterAction, finding: Finding, piece: Piece, section: Section) -> bool:
    constraint = action.constraint
    return constraint is not None and section.origin.place(piece.start + constraint.span.start) == finding.start


def _made(name: Name, key: Constraint, before: Sequence[Statement]) -> Statement | None:
    """The CREATE TABLE of that table, where its columns are the key's and nothing else has become of it since."""
    if key.using_index is not None or key.without_overlaps or not key.columns:
        return None
    for piece, fact in reversed(before):
        if isinstance(fact, CreateTable) and _same(fact.name, name):
            columns = {column.name for column in fact.columns}
            whole = fact.elements and not (fact.inherits or fact.partition_of or fact.of_type or fact.foreign_server)
            return (piece, fact) if whole and columns.issuperset(key.columns) else None
        if isinstance(fact, Drop) and any(gone[-1:] == (name.name,) for gone in fact.names):
            return None
        if isinstance(fact, (Rename, SetSchema)) and name.name in (fact.name[-1], getattr(fact, "new_name", None)):
            return None
        if isinstance(fact, AlterTable) and _same(fact.name, name) and any(map(_drops, fact.actions)):
            return None  # perhaps a column of the key, which was added anew
    return None


def _drops(action: AlterAction) -> bool:
    return action.kind == "drop column"


def _same(some: Name, other: Name) -> bool:
    return some.name == other.name and (some.schema or "public") == (other.schema or "public")


def _inserted(made: Statement, key: Constraint, piece: Piece) -> list[Edit]:
    """The key as the last element of the table, laid out as the other elements are."""
    table, fact = made
    assert isinstance(fact, CreateTable)
    text, last = table.text, fact.elements[-1]
    said = key.span.of(piece.text)
    blanks = text[last.end : fact.body_span.end - 1]
    end = last.end + len(blanks.rstrip())
    line = text.rfind(b"\n", 0, last.start) + 1
    if line <= fact.body_span.start:
        joint = " "  # the table stands on one line
    else:
        indent = text[line : last.start]
        joint = "\n" + (indent.decode() if not indent.strip() else "    ")
    if end == last.end:
        return [Edit(table.start + end, table.start + end, f",{joint}{said}")]
    comma = Edit(table.start + last.end, table.start + last.end, ",")
    return [comma, Edit(table.start + end, table.start + end, f"\n{joint.strip(chr(10)) or ' '}{said}")]


def _removed(action: AlterAction, alter: AlterTable, piece: Piece) -> Edit:
    from dsql_migrate.lint.mending.statements import without

    if len(alter.actions) > 1:
        start, end = without(alter.actions, alter.actions.index(action))
    else:
        start, end = alter.span.start, max(piece.text.rfind(b";") + 1, alter.span.end)
    return Edit(piece.start + start, piece.start + end, "")
