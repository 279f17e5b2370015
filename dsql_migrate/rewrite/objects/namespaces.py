"""Schemas: made as the script makes them, or because it takes them for there."""

from __future__ import annotations

from dsql_migrate.rewrite.objects.schemas import assumed, why_flattened
from dsql_migrate.rewrite.plan import Plan
from dsql_migrate.rewrite.quoting import identifier
from dsql_migrate.rewrite.reading import Statement
from dsql_migrate.rewrite.statements.taking import item_of
from dsql_migrate.source.facts import CreateSchema


def schema_item(plan: Plan, name: str, statement: Statement) -> None:
    """Enter a schema of the script."""
    fact = statement.fact
    assert isinstance(fact, CreateSchema)
    if name in plan.flattened:
        plan.note("schema", name, statement.line, "rewritten", why_flattened(plan, name), rule="DSQL706")
        return
    if name == "public":
        plan.note("schema", name, statement.line, "kept", "DSQL has it already")
        return
    text = statement.piece.text
    changed = fact.nested == 0 and b"authorization" in text.lower()
    if changed:
        guard = "IF NOT EXISTS " if fact.if_not_exists else ""
        sql = text[: statement.piece.body] + f"CREATE SCHEMA {guard}{identifier(name)};".encode(
            "utf-8", "surrogateescape"
        )
    else:
        sql = statement.piece.sql
    plan.note(
        "schema",
        name,
        statement.line,
        "rewritten" if changed else "kept",
        "without its owner" if changed else "",
        rule="DSQL522" if changed else None,
        into=("pre-data.sql",),
    )
    plan.pre.append(item_of(statement, sql, (f"schema:{name}",), provides=f"schema:{name}", rank=0))


def missing_schemas(plan: Plan) -> None:
    """Schemas that the script takes for there, as the dump of one table does."""
    for name, number in assumed(plan).items():
        if plan.ledger.get(f"schema:{name}") is not None:
            continue
        statement = plan.statements[number]
        if name in plan.flattened:
            plan.note("schema", name, statement.line, "rewritten", why_flattened(plan, name), rule="DSQL706")
            continue
        reason = "the script takes it for there: made here"
        plan.note("schema", name, statement.line, "rewritten", reason, into=("pre-data.sql",))
        sql = f"\n\nCREATE SCHEMA {identifier(name)};".encode("utf-8", "surrogateescape")
        plan.pre.append(item_of(statement, sql, (f"schema:{name}",), provides=f"schema:{name}", rank=0))
