"""Renames that a script makes after the statement: the bundle gives everything its last name from the start.

PostgreSQL keeps constraints and indexes by the numbers of their columns: RENAME COLUMN changes what their text says.
"""

from __future__ import annotations

from dsql_migrate.rewrite.edits import Edits
from dsql_migrate.rewrite.quoting import identifier
from dsql_migrate.schema.model import Table, TableConstraint
from dsql_migrate.source.facts import Span
from dsql_migrate.source.parse import Token, Unparsable, tokens


def rename_columns(edits: Edits, text: bytes, span: Span, table: Table) -> None:
    """Edits that give the columns named within a span the names they have at the end of the script."""
    renamed = {
        c.created_as: c.name
        for c in table.columns.values()
        if c.created_as != c.name and c.created_as not in table.columns
    }
    if not renamed:
        return
    inner = text[span.start : span.end]
    try:
        found = tokens(inner)
    except Unparsable:
        return
    for token, after in zip(found, [*found[1:], None], strict=True):
        new = renamed.get(_name(token, inner))
        if new is not None and token.name != "SCONST" and (after is None or after.word != "("):
            edits.replace(Span(span.start + token.start, span.start + token.end), identifier(new))


def _name(token: Token, text: bytes) -> str:
    word = text[token.start : token.end].decode("utf-8", "surrogateescape")
    return word[1:-1].replace('""', '"') if word.startswith('"') else word.lower()


def name_constraint(edits: Edits, text: bytes, table: Table, constraint: TableConstraint) -> None:
    """Say the name of a constraint that PostgreSQL would now name differently, or that was renamed."""
    fact = constraint.fact
    moved = table.created_as[1] != table.key[1] or any(
        table.columns[c].created_as != c for c in constraint.columns if c in table.columns
    )
    if fact.name is None and moved:
        edits.insert(fact.span.start, f"CONSTRAINT {identifier(constraint.name)} ")
    elif fact.name is not None and fact.name != constraint.name:
        found = tokens(text[fact.span.start : fact.span.end])
        if len(found) > 1 and found[0].word == "constraint":
            edits.replace(
                Span(fact.span.start + found[1].start, fact.span.start + found[1].end), identifier(constraint.name)
            )
