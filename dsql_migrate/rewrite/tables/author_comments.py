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
_EMPTY = re.compile(rb"\n[ \t\r]*\n\s*")


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
    lines = _parted(comments_of(statement), statement)[1].decode("utf-8", "surrogateescape").splitlines()
    plan.commented.add(statement.number)
    return "".join(f"{line.strip()}\n{INDENT}" for line in lines if line.strip())


def left_comments(plan: Plan) -> Iterator[tuple[Statement, bytes]]:
    """Statements whose comments would be nowhere in the bundle, with the comments."""
    there = {item.statement for item in (*plan.pre, *plan.post, *plan.data.values())}
    there |= {statement.number for statement, _ in plan.quarantine}
    there |= {block.statement.number for block in plan.script.blocks if _loaded(plan, block)}
    for statement in plan.script.statements:
        comments = comments_of(statement)
        if statement.number in plan.commented:
            comments = _parted(comments, statement)[0]
        elif statement.number in there:
            continue
        if comments:
            yield statement, comments


def _parted(comments: bytes, statement: Statement) -> tuple[bytes, bytes]:
    """Comments about what comes, a heading say, and those right above the statement: an empty line parts them."""
    piece = statement.piece
    blank = piece.text[: piece.body]
    if _EMPTY.fullmatch(blank[len(blank.rstrip()) :]):
        return comments, b""
    apart = list(_EMPTY.finditer(comments))
    return (comments[: apart[-1].start()], comments[apart[-1].end() :]) if apart else (b"", comments)


def _loaded(plan: Plan, block: CopyBlock) -> bool:
    return block.table is not None and plan.root(block.table.key) in plan.tables
