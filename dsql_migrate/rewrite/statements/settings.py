"""Settings of a session, and where transactions begin and end."""

from __future__ import annotations

from dsql_migrate.rewrite.plan import Item, Plan
from dsql_migrate.rewrite.reading import Statement
from dsql_migrate.source import facts


def set_parameter(plan: Plan, statement: Statement, fact: facts.SetParameter) -> None:
    """Enter a SET: kept among the rows where DSQL takes it."""
    name, line = fact.name.lower(), statement.line
    if name == "search_path":
        plan.note("setting", name, line, "kept", "said again where names need it", suffix=f"@{line}")
    elif name == "client_encoding":
        plan.note(
            "setting", name, line, "rewritten", "the bundle is UTF-8, and says so", rule="DSQL601", suffix=f"@{line}"
        )
    elif name in plan.target.settable and not fact.local:
        plan.note("setting", name, line, "kept", into=("data.sql",), suffix=f"@{line}")
        plan.data[statement.number] = Item(statement.piece.sql, statement.number, (), statement.search_path)
    else:
        plan.note(
            "setting",
            name,
            line,
            "dropped",
            f"DSQL does not let a session set {name}",
            rule="DSQL601",
            suffix=f"@{line}",
        )


def transaction(plan: Plan, statement: Statement, fact: facts.Transaction) -> None:
    """Enter a BEGIN, COMMIT and the like."""
    reason = "DSQL takes one DDL statement a transaction; rows go in their own transactions"
    plan.note("setting", fact.kind, statement.line, "dropped", reason, rule="DSQL618", suffix=f"@{statement.line}")
