"""Statements that read or change rows and stand among them: INSERT, UPDATE, DELETE, SELECT, COPY, TRUNCATE."""

from __future__ import annotations

from dsql_migrate.rewrite.objects.refreshing import FILL, is_refresh
from dsql_migrate.rewrite.plan import Item, Plan, dotted
from dsql_migrate.rewrite.quoting import qualified
from dsql_migrate.rewrite.reach import uses_lost, with_path
from dsql_migrate.rewrite.reading import Statement
from dsql_migrate.rewrite.sequences.sequence_calls import followed, sequence_calls
from dsql_migrate.rewrite.writing.ledger import Disposition
from dsql_migrate.schema.model import Key
from dsql_migrate.source import facts

_MOVERS = frozenset({"setval", "nextval"})
_BUILT_IN = frozenset({"set_config", "setval", "nextval", "pg_get_serial_sequence", "max", "count", "coalesce"})
_CARRIED = ("kept", "rewritten")


def select(plan: Plan, statement: Statement, fact: facts.Select) -> None:
    """Enter a SELECT: what moves a sequence is kept."""
    line = statement.line
    if statement.piece.terminator == b"\\gexec":
        _gives_statements(plan, statement, fact)
        return
    names = {c.name.name for c in fact.calls}
    if _moves_sequences(plan, fact):
        _moved_sequence(plan, statement, fact)
    elif fact.calls and names == {"set_config"}:
        plan.note(
            "setting",
            f"set_config {fact.calls[0].arguments[0] if fact.calls[0].arguments else ''}",
            line,
            "dropped",
            "names in the bundle are qualified or their search_path is set",
            rule="DSQL602",
            suffix=f"@{line}",
        )
    else:
        known = any(plan.catalogue.routines_named(f.schema, f.name) for f in fact.query.functions)
        known = known or any(c.name.schema not in (None, "pg_catalog") for c in fact.calls)
        if known or _once_made(plan, fact):
            leave_out(plan, statement, "SELECT", "it may do more than read: the application's to run")
        else:
            plan.note("statement", "SELECT", line, "dropped", "it only reads", suffix=f"@{line}")


def _once_made(plan: Plan, fact: facts.Select) -> bool:
    """Whether it calls a function that the script makes, and may have dropped since."""
    names = {f.name for f in fact.query.functions} - _BUILT_IN
    return bool(names) and any(
        isinstance(s.fact, facts.CreateFunction) and s.fact.name.name in names for s in plan.script.statements
    )


def _gives_statements(plan: Plan, statement: Statement, fact: facts.Select) -> None:
    r"""SELECT … \gexec: psql runs what it gives. Known is only what a bundle fills a materialized view's table with."""
    label, why = "SELECT … \\gexec", uses_lost(plan, fact.query, statement.number)
    if not is_refresh(statement.piece.sql[statement.piece.body :]) or why is not None:
        reason = why or "psql runs what it gives, which nobody knows before"
        leave_out(plan, statement, label, reason)
        return
    line = statement.line
    entry = plan.note("statement", label, line, "kept", into=("post-data.sql",), suffix=f"@{line}")
    text = statement.piece.sql.rstrip() + b" \\gexec"
    plan.post.append(Item(text, statement.number, (entry.id,), statement.search_path, rank=FILL))


def _moves_sequences(plan: Plan, fact: facts.Select) -> bool:
    """Whether a SELECT is there for its setval or nextval: nothing else in it does anything."""
    called = {f.name for f in fact.query.functions if f.schema in (None, "pg_catalog")}
    own = any(plan.catalogue.routines_named(f.schema, f.name) for f in fact.query.functions)
    return bool(called & {"setval", "nextval"}) and not own


def _moved_sequence(plan: Plan, statement: Statement, fact: facts.Select) -> None:
    """SELECT setval(…) and SELECT nextval(…): the sequence stands elsewhere afterwards."""
    with_path(plan, statement.number)
    calls = [c for c in sequence_calls(plan, statement.piece.sql[statement.piece.body :]) if c.function in _MOVERS]
    named = {dotted(c.sequence.key): c.sequence for c in calls if c.sequence is not None}
    entries = [plan.ledger.get(f"sequence:{name}") for name in named]
    lost = next((n for n, e in zip(named, entries, strict=True) if e is None or e.disposition not in _CARRIED), None)
    unknown = not calls or any(c.sequence is None for c in calls)
    label = f"{calls[0].function if calls else 'setval'} {', '.join(named) or (calls[0].text if calls else '')}".strip()
    why = uses_lost(plan, fact.query, statement.number)
    if unknown or lost is not None or why is not None:
        reason = why if why is not None and not unknown and lost is None else "its sequence is not in the bundle"
        plan.note("statement", label, statement.line, "dropped", reason, suffix=f"@{statement.line}")
        return
    text = followed(plan, statement.piece.sql)
    changed = text != statement.piece.sql
    entry = plan.note(
        "statement", label, statement.line, "rewritten" if changed else "kept",
        "the sequence under its name on DSQL" if changed else "", into=("data.sql",), suffix=f"@{statement.line}",
    )  # fmt: skip
    ids = (entry.id, *(f"sequence:{name}" for name in named))
    plan.data[statement.number] = Item(statement.piece.sql, statement.number, ids, statement.search_path)


def leave_out(
    plan: Plan,
    statement: Statement,
    label: str,
    reason: str,
    disposition: Disposition = "application",
    rule: str | None = None,
) -> None:
    """Enter a statement that does not run on DSQL; its source goes into quarantine.sql."""
    plan.note(
        "statement",
        label,
        statement.line,
        disposition,
        reason,
        rule=rule,
        suffix=f"@{statement.line}",
        into=("quarantine.sql",),
    )
    plan.quarantine.append((statement, reason))


def change(plan: Plan, statement: Statement, fact: facts.Change | facts.Insert) -> None:
    """Enter an INSERT that reads, UPDATE, DELETE, TRUNCATE or MERGE."""
    kind = fact.kind.upper() if isinstance(fact, facts.Change) else "INSERT"
    label = f"{kind} {fact.table}"
    id = f"statement:{label}@{statement.line}"
    if kind == "MERGE":
        leave_out(plan, statement, label, "DSQL has no MERGE", rule="DSQL614")
        return
    gone = _columns_gone(plan, statement, fact)
    if gone:
        reason = f"it fills only columns that the script drops: {', '.join(gone)}"
        plan.note("statement", label, statement.line, "dropped", reason, suffix=f"@{statement.line}")
        return
    if id in plan.excluded:
        leave_out(plan, statement, label, f"the engine refuses it: {plan.excluded[id]}")
        return
    table = plan.catalogue.table(fact.table)
    if table is None or table.key not in plan.tables:
        lost = table is None and kind == "INSERT"
        reason = "the input makes no table of that name" if lost else "its table is not in the bundle under that name"
        leave_out(plan, statement, label, reason, "unknown" if lost else "application", "DSQL904" if lost else None)
        return
    if kind == "TRUNCATE":
        _truncate(plan, statement, label, table.key)
        return
    plan.note("statement", label, statement.line, "kept", into=("data.sql",), suffix=f"@{statement.line}")
    plan.data[statement.number] = Item(statement.piece.sql, statement.number, (id,), statement.search_path)


def _columns_gone(plan: Plan, statement: Statement, fact: facts.Change | facts.Insert) -> tuple[str, ...]:
    """The columns that an UPDATE sets, where none of them is there at the end; nothing where it does more."""
    table = plan.catalogue.table(fact.table)
    if not isinstance(fact, facts.Change) or fact.kind != "update" or table is None:
        return ()
    there = {name for column in table.columns.values() for name in (column.name, column.created_as)}
    words = statement.piece.sql[statement.piece.body :].lower()
    more = b"insert" in words or b"delete" in words or words.count(b"update") > 1
    return () if more or not there.isdisjoint(fact.columns) else fact.columns


def _truncate(plan: Plan, statement: Statement, label: str, table: Key) -> None:
    """TRUNCATE of one table becomes DELETE, which takes as many rows as a transaction may change."""
    words = statement.piece.sql[statement.piece.body :].lower()
    if b"," in words or b"restart" in words or b"cascade" in words:
        leave_out(plan, statement, label, "DSQL has no TRUNCATE", rule="DSQL605")
        return
    lead = statement.piece.text[: statement.piece.body]
    sql = f"DELETE FROM {qualified(plan.place(table))};".encode("utf-8", "surrogateescape")
    plan.note("statement", label, statement.line, "rewritten", "DELETE instead of TRUNCATE", rule="DSQL605",
              suffix=f"@{statement.line}", into=("data.sql",))  # fmt: skip
    plan.data[statement.number] = Item(lead + sql, statement.number, (), statement.search_path)


def copy(plan: Plan, statement: Statement, fact: facts.Copy) -> None:
    """Enter a COPY that brings no rows of the input."""
    if fact.where == "stdin" and fact.table is not None:
        return  # its rows are entered with their table
    reason = "it reads or writes a file of the server" if fact.where in ("file", "program") else "it only reads"
    plan.note(
        "statement",
        f"COPY {fact.table or ''}".strip(),
        statement.line,
        "dropped",
        reason,
        rule="DSQL617",
        suffix=f"@{statement.line}",
    )
