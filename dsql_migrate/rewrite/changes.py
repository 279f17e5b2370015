"""Statements that read or change rows and stand among them: INSERT, UPDATE, DELETE, SELECT, COPY, TRUNCATE."""

from __future__ import annotations

from dsql_migrate.rewrite.ledger import Disposition
from dsql_migrate.rewrite.plan import Item, Plan, dotted
from dsql_migrate.rewrite.quoting import qualified
from dsql_migrate.rewrite.reading import Statement
from dsql_migrate.schema.model import Key
from dsql_migrate.source import facts


def select(plan: Plan, statement: Statement, fact: facts.Select) -> None:
    """Enter a SELECT: what moves a sequence is kept."""
    line = statement.line
    names = {c.name.name for c in fact.calls}
    if fact.calls and names in ({"setval"}, {"nextval"}):
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
        if known or (fact.calls and any(c.name.schema not in (None, "pg_catalog") for c in fact.calls)):
            leave_out(plan, statement, "SELECT", "it may do more than read: the application's to run")
        else:
            plan.note("statement", "SELECT", line, "dropped", "it only reads", suffix=f"@{line}")


def _moved_sequence(plan: Plan, statement: Statement, fact: facts.Select) -> None:
    """SELECT setval(…) and SELECT nextval(…): the sequence stands elsewhere afterwards."""
    function = fact.calls[0].name.name
    text = fact.calls[0].arguments[0] if fact.calls[0].arguments else None
    key = plan.catalogue.sequence_key(text) if text else None
    entry = plan.ledger.get(f"sequence:{dotted(key)}") if key else None
    carried = entry is not None and entry.disposition in ("kept", "rewritten")
    name = dotted(key) if key else text or function
    if not carried:
        plan.note(
            "statement",
            f"{function} {name}",
            statement.line,
            "dropped",
            "its sequence is not in the bundle",
            suffix=f"@{statement.line}",
        )
        return
    plan.note(
        "statement", f"{function} {name}", statement.line, "kept", into=("data.sql",), suffix=f"@{statement.line}"
    )
    plan.data[statement.number] = Item(
        statement.piece.sql, statement.number, (f"sequence:{name}",), statement.search_path
    )


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
