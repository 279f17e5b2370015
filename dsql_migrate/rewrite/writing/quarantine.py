"""quarantine.sql: the source of what is not carried, with its ledger entry, its reason and what takes its place."""

from __future__ import annotations

from collections.abc import Iterator

from dsql_migrate.rewrite.plan import Plan
from dsql_migrate.rewrite.quoting import commented, one_line
from dsql_migrate.rewrite.tables.author_comments import left_comments
from dsql_migrate.rewrite.writing.instead import instead_of
from dsql_migrate.rewrite.writing.ledger import Entry

FILE = "quarantine.sql"

_COMMENT = "a comment; its statement is part of another one or left out, as the ledger says"
_GONE = frozenset({"application", "dropped", "unknown"})


def quarantine_text(plan: Plan, source_name: str) -> bytes:
    """The file's content. Marks the entries of what stands in it (``into``, ``instead``)."""
    entries = _entries(plan)
    parts: list[tuple[int, str]] = []  # by the line that each stands on in the source
    seen: set[int] = set()
    for statement, reason in sorted(plan.quarantine, key=lambda q: q[0].number):
        if statement.number in seen:
            continue
        seen.add(statement.number)
        text = statement.piece.text.decode("utf-8", "replace").strip()  # with the author's comments before it
        told = "".join(_told(plan, entries.get(statement.line, [])))
        parts.append((statement.line, f"{plan.where(statement.line)}: {one_line(reason)}\n{told}{commented(text)}"))
    for sql, line, reason in plan.loose:
        text = sql.decode("utf-8", "replace").strip()
        parts.append((line, f"{plan.where(line)}: {one_line(reason)}\n{commented(text)}"))
    for statement, comments in left_comments(plan):
        words = one_line(statement.piece.text[statement.piece.body :][:200].decode("utf-8", "replace").strip())
        text = f"{comments.decode('utf-8', 'replace')}\n{words[:100]}{' …' if len(words) > 100 else ''}"
        parts.append((statement.line, f"{plan.where(statement.line)}: {_COMMENT}\n{commented(text)}"))
    head = f"-- What could not be carried to Aurora DSQL, as it stands in {one_line(source_name)}. Nothing here runs.\n"
    shown = [part for _, part in sorted(parts, key=lambda part: part[0])]
    shown += [f"{one_line(e.where)}: {one_line(e.reason)}\n{commented(text.strip())}" for e, text in plan.untranslated]
    for entry in plan.ledger.entries.values():
        if FILE in entry.into:
            entry.instead = entry.instead or instead_of(plan, entry)
    return (head + "".join(f"\n-- {part}\n" for part in shown)).encode("utf-8", "replace")


def _entries(plan: Plan) -> dict[int, list[Entry]]:
    """What is not carried, by its line."""
    found: dict[int, list[Entry]] = {}
    for entry in plan.ledger.entries.values():
        if entry.disposition in _GONE:
            found.setdefault(entry.line, []).append(entry)
    return found


def _told(plan: Plan, entries: list[Entry]) -> Iterator[str]:
    """What takes the place of a statement, in remarks; each sentence once."""
    said: set[str] = set()
    for entry in entries:
        if FILE not in entry.into:
            entry.into.append(FILE)
        entry.instead = entry.instead or instead_of(plan, entry)
        if entry.instead and entry.instead not in said:
            said.add(entry.instead)
            yield f"-- Instead: {one_line(entry.instead)}\n"
