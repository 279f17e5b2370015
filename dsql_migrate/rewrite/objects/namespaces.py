"""Schemas: made as the script makes them, or because it takes them for there."""

from __future__ import annotations

from dsql_migrate.rewrite.plan import Plan
from dsql_migrate.rewrite.quoting import identifier
from dsql_migrate.rewrite.reading import Statement
from dsql_migrate.rewrite.statements.taking import item_of
from dsql_migrate.schema.catalogue import SYSTEM
from dsql_migrate.source.facts import CreateSchema


def schema_item(plan: Plan, name: str, statement: Statement) -> None:
    """Enter a schema of the script."""
    fact = statement.fact
    assert isinstance(fact, CreateSchema)
    if name in plan.flattened:
        wanted = plan.decide("schemas", f"schema:{name}") == "prefix"
        why = "by decision" if wanted else f"DSQL takes {plan.target.limit('schemas')} schemas"
        reason = f"its objects are in public as {name}__…: {why}"
        plan.note("schema", name, statement.line, "rewritten", reason, rule="DSQL706")
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
    catalogue = plan.catalogue
    spaces = (catalogue.tables, catalogue.sequences, catalogue.views, catalogue.types)
    places = [(key[0], thing.place.statement) for space in spaces for key, thing in space.items()]
    places += [(schema, routine.place.statement) for (schema, _), routine in catalogue.routines.items()]
    for name, number in sorted(places, key=lambda p: p[1]):
        if (
            name == "public"
            or name in catalogue.schemas
            or name in SYSTEM
            or plan.ledger.get(f"schema:{name}") is not None
        ):
            continue
        statement = plan.statements[number]
        reason = "the script takes it for there: made here"
        plan.note("schema", name, statement.line, "rewritten", reason, into=("pre-data.sql",))
        sql = f"\n\nCREATE SCHEMA {identifier(name)};".encode("utf-8", "surrogateescape")
        plan.pre.append(item_of(statement, sql, (f"schema:{name}",), provides=f"schema:{name}", rank=0))
