"""quarantine.sql: the source of what is not carried, with its ledger entry, its reason and what takes its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from dsql_migrate.rewrite.plan import Plan
from dsql_migrate.rewrite.quoting import commented, one_line
from dsql_migrate.rewrite.tables.author_comments import left_comments
from dsql_migrate.rewrite.writing.ledger import Entry

FILE = "quarantine.sql"

_COMMENT = "a comment; its statement is part of another one or left out, as the ledger says"
_GONE = frozenset({"application", "dropped", "unknown"})
_PLACE = re.compile(r"\{([a-z_.-]+)\}")


def quarantine_text(plan: Plan, source_name: str) -> bytes:
    """The file's content. Marks the entries of what stands in it (``into``, ``instead``)."""
    entries = _entries(plan)
    parts = [
        f"-- What could not be carried to Aurora DSQL, as it stands in {one_line(source_name)}. Nothing here runs.\n"
    ]
    seen: set[int] = set()
    for statement, reason in sorted(plan.quarantine, key=lambda q: q[0].number):
        if statement.number in seen:
            continue
        seen.add(statement.number)
        text = statement.piece.text.decode("utf-8", "replace").strip()  # with the author's comments before it
        told = list(_told(plan, entries.get(statement.line, [])))
        parts.append(f"\n-- {plan.where(statement.line)}: {one_line(reason)}\n{''.join(told)}{commented(text)}\n")
    for sql, line, reason in plan.loose:
        text = sql.decode("utf-8", "replace").strip()
        parts.append(f"\n-- {plan.where(line)}: {one_line(reason)}\n{commented(text)}\n")
    for entry, text in plan.untranslated:
        parts.append(f"\n-- {one_line(entry.where)}: {one_line(entry.reason)}\n{commented(text.strip())}\n")
    for statement, comments in left_comments(plan):
        words = one_line(statement.piece.text[statement.piece.body :][:200].decode("utf-8", "replace").strip())
        text = f"{comments.decode('utf-8', 'replace')}\n{words[:100]}{' …' if len(words) > 100 else ''}"
        parts.append(f"\n-- {plan.where(statement.line)}: {_COMMENT}\n{commented(text)}\n")
    for entry in plan.ledger.entries.values():
        if FILE in entry.into:
            entry.instead = entry.instead or _instead(plan, entry)
    return "".join(parts).encode("utf-8", "replace")


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
        entry.instead = entry.instead or _instead(plan, entry)
        if entry.instead and entry.instead not in said:
            said.add(entry.instead)
            yield f"-- Instead: {one_line(entry.instead)}\n"


@cache
def _advice() -> dict[str, str]:
    """What each rule says to do instead, by its code."""
    from dsql_migrate.lint.rule import load_rules

    return {rule.code: rule.instead for rule in load_rules()}


def _instead(plan: Plan, entry: Entry) -> str:
    """What the entry's rule says to do; empty where no rule is about it."""

    def filled(found: re.Match[str]) -> str:
        what = found[1]
        if what.startswith("limit."):
            return f"{plan.target.limit(what.removeprefix('limit.')):,}"
        return entry.name if what == "name" else "…"

    return _PLACE.sub(filled, _advice().get(entry.rule or "", ""))
