"""BEGIN and COMMIT that a script has written itself around several DDL statements."""

from __future__ import annotations

from collections.abc import Iterable

from dsql_migrate.lint.context import is_ddl
from dsql_migrate.lint.finding import Edit
from dsql_migrate.lint.fixing.edits import spliced, whole_lines, with_comments
from dsql_migrate.source.build import read
from dsql_migrate.source.facts import Fact, Transaction
from dsql_migrate.source.migrations import Section
from dsql_migrate.source.open import source_of
from dsql_migrate.source.script import Piece, pieces


def without_own_transactions(sections: Iterable[Section], content: bytes) -> bytes | None:
    """A file without the BEGIN and COMMIT around DDL; None where there are none, or a ROLLBACK ends one."""
    edits: list[Edit] = []
    for section in sections:
        for edit in _around_ddl(section):
            if not section.origin.verbatim(edit.start, edit.end):
                return None
            start = section.origin.place(edit.start)
            moved = with_comments(Edit(start, start + edit.end - edit.start, ""), content)
            edits.append(whole_lines(moved, content))
    return spliced(content, edits) if edits else None


def _around_ddl(section: Section) -> list[Edit]:
    found: list[Edit] = []
    opened: tuple[Piece, Fact] | None = None
    ddl = writes = 0
    with source_of(section.sql) as source:
        for piece in pieces(source):
            if piece.kind != "sql":
                continue
            fact = read(piece.sql)
            if not isinstance(fact, Transaction):
                ddl += is_ddl(fact)
                writes += 1
            elif fact.kind in ("begin", "start"):
                opened, ddl, writes = (piece, fact), 0, 0
            elif opened is not None:
                if fact.kind == "commit" and ddl and writes > 1:
                    found += [_whole(*opened), _whole(piece, fact)]
                opened = None
    return found


def _whole(piece: Piece, fact: Fact) -> Edit:
    end = max(piece.text.rfind(b";") + 1, fact.span.end) if piece.terminator == b";" else fact.span.end
    return Edit(piece.start + fact.span.start, piece.start + end, "")
