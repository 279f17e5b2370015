"""The remark above a statement that changed: what changed, by which rule, where it stands in the source."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from dsql_migrate.rewrite.plan import ColumnPlan, Item, Plan, dotted
from dsql_migrate.rewrite.quoting import one_line
from dsql_migrate.rewrite.reading import Statement
from dsql_migrate.rewrite.writing.ledger import Entry
from dsql_migrate.schema.model import Table
from dsql_migrate.source.scanner import skip_blanks

_SAME_BEHIND = re.compile(rb"\s*;?\s*(?:--[^\n]*)?\Z|\s*\\gset\n")  # what may follow a statement that stayed as it was


def remarked(plan: Plan, item: Item, told: set[str]) -> bytes:
    """The text of an item with its remark; ``told``: ledger ids that have one already, which grows."""
    sql = item.sql
    if not plan.decisions.remarks:
        return sql
    lines = [line for id in item.tells if id not in told and (line := _told(plan, id)) is not None]
    told.update(item.tells)
    main = item.ids[0] if item.ids else None
    if main is not None and main not in told:
        told.add(main)
        statement = plan.statements.get(item.statement)
        if statement is None or not _as_it_was(statement, sql):
            line = _told(plan, main, named=False)
            lines = [line, *lines] if line is not None else lines
    return above(sql, lines)


def above(sql: bytes, lines: list[str]) -> bytes:
    """The statement with comment lines between the comments before it and its first word."""
    if not lines:
        return sql
    at = skip_blanks(sql, 0, True) or 0
    lead, body = sql[:at], sql[at:]
    indent = lead[lead.rfind(b"\n") + 1 :]
    if indent.strip():  # a comment on the statement's own line
        lead, indent = lead.rstrip() + b"\n", b""
    text = "".join(f"-- {one_line(line)}\n" for line in lines).encode("utf-8", "surrogateescape")
    return lead + text.replace(b"\n", b"\n" + indent) + body if indent else lead + text + body


def said(rule: str | None, what: str, where: str) -> str:
    """``DSQL301: built asynchronously (line 410)``."""
    return f"{f'{rule}: ' if rule else ''}{what} ({where})"


def rows_changed(
    plan: Plan, table: Table, columns: Mapping[str, ColumnPlan], added: Iterable[str], line: int
) -> list[str]:
    """What to say above rows that do not go on as they came. ``added``: columns that the source left to a sequence."""
    where = plan.where(line)
    changed = {
        n: c.choice
        for n, c in columns.items()
        if c.facets
        or c.choice.elements is not None
        or (c.choice.conversion is not None and not c.choice.conversion.unchanged)
    }
    rules = sorted({choice.rule for choice in changed.values() if choice.rule is not None})
    said_of = [said(", ".join(rules), f"{', '.join(changed)} converted", where)] if changed else []
    merge = plan.merges.get(table.key)
    if merge is not None:
        rule = "DSQL104" if merge.constant is None else "DSQL105"
        said_of.append(said(rule, f"rows of {dotted(table.key)}", where))
    elif plan.place(table.key) != table.key:
        said_of.append(said("DSQL706", f"was in schema {table.key[0]}", where))
    numbers = [name for name in added if name in columns]
    if numbers:
        said_of.append(said("DSQL401", f"the numbers of {', '.join(numbers)} are written out", where))
    return said_of or [said(None, "under the names of the bundle", where)]


def _told(plan: Plan, id: str, *, named: bool = True) -> str | None:
    """What the ledger says of an entry that changed; None for one that did not."""
    entry = plan.ledger.get(id)
    if entry is None or not entry.reason:
        return _moved(plan, entry) if entry is not None else None
    if entry.disposition == "kept":
        return _moved(plan, entry)
    return said(entry.rule, _named(entry) if named else entry.reason, entry.where)


def _named(entry: Entry) -> str:
    """The reason; of what is no longer part of its statement with its name."""
    if entry.kind == "constraint":
        return f"{entry.detail or 'constraint'} {entry.name.rpartition('.')[2]}: {entry.reason}"
    return entry.reason


def _moved(plan: Plan, entry: Entry) -> str | None:
    schema = entry.name.partition(".")[0]
    if schema not in plan.flattened or entry.kind == "schema":
        return None
    return said("DSQL706", f"was in schema {schema}", entry.where)


def _as_it_was(statement: Statement, sql: bytes) -> bool:
    """Whether an item says what its statement said, a wait for its job aside."""
    piece = statement.piece
    before = piece.text[piece.body : piece.stop].strip().rstrip(b";").rstrip()
    now = sql[skip_blanks(sql, 0, True) or 0 :]
    return now.startswith(before) and _SAME_BEHIND.match(now, len(before)) is not None
