"""Comments of the author that stand before statements which are no statements of the bundle any more.

One before a key that goes into CREATE TABLE stands above it there; the others go into quarantine.sql with their
statement. What pg_dump writes above each of its statements is a table of contents and goes with them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dsql_migrate.rewrite.plan import Plan
from dsql_migrate.rewrite.reading import CopyBlock, Statement
from dsql_migrate.rewrite.tables.elements import INDENT
from dsql_migrate.schema.model import TableConstraint
from dsql_migrate.source.facts import AlterTable

_DUMP = re.compile(
    rb"--[ \t]*\r?\n(?:-- (?:TOC entry|Dependencies:)[^\n]*\n)*"
    rb"-- (?:(?:Data for )?Name: [^\n]*; Type: [^\n]*|PostgreSQL database (?:cluster )?dump(?: complete)?)\r?\n"
    rb"--[ \t]*(?:\r?\n|\Z)"
    rb"|-- (?:Dumped (?:from database|by pg_dump) version |Started on |Completed on )[^\n]*(?:\n|\Z)"
    rb"|-- dsql-migrate: [^\n]*(?:\n|\Z)"
)


def comments_of(statement: Statement) -> bytes:
    """The author's comments before a statement, without blanks around them; nothing where there are none."""
    piece = statement.piece
    return _DUMP.sub(b"", piece.text[: piece.body].lstrip()).strip()


def above_key(plan: Plan, constraint: TableConstraint) -> str:
    """The comments to stand above a key that ALTER TABLE brings into CREATE TABLE, each line ended.

    Nothing where the statement says more, or its comments stand somewhere already.
    """
    if constraint.origin != "alter":
        return ""
    statement = plan.statements[constraint.place.statement]
    fact = statement.fact
    if not isinstance(fact, AlterTable) or len(fact.actions) != 1 or statement.number in plan.commented:
        return ""
    lines = comments_of(statement).decode("utf-8", "surrogateescape").splitlines()
    plan.commented.add(statement.number)
    return "".join(f"{line.strip()}\n{INDENT}" for line in lines if line.strip())


def left_comments(plan: Plan) -> Iterator[tuple[Statement, bytes]]:
    """Statements whose comments would be nowhere in the bundle, with the comments."""
    there = {item.statement for item in (*plan.pre, *plan.post, *plan.data.values())} | plan.commented
    there |= {statement.number for statement, _ in plan.quarantine}
    there |= {block.statement.number for block in plan.script.blocks if _loaded(plan, block)}
    for statement in plan.script.statements:
        if statement.number not in there and (comments := comments_of(statement)):
            yield statement, comments


def _loaded(plan: Plan, block: CopyBlock) -> bool:
    return block.table is not None and plan.root(block.table.key) in plan.tables
