"""What the script refers to and does not make: told once, with what to do."""

from __future__ import annotations

from collections.abc import Iterator

from dsql_migrate.rewrite.plan import Plan
from dsql_migrate.rewrite.reach import with_path
from dsql_migrate.schema.catalogue import SYSTEM
from dsql_migrate.source.facts import CreateExtension, Expression, Name

_WHAT_TO_DO = (
    "the script refers to {} and does not make {}: give the dump or the migrations that make {} too, or put something "
    "in its place by hand; what rests on it is left out"
)
_MOST_NAMED = 5


def outside(plan: Plan) -> None:
    """Enter each schema that is missing, and each table that is missing from a schema that is there."""
    schemas: dict[str, tuple[int, dict[str, None]]] = {}
    for schema, name, number in _references(plan):
        line = plan.statements[number].line if number in plan.statements else 1
        if schema in SYSTEM:
            continue
        if schema in plan.catalogue.schemas or schema == "public" or plan.ledger.get(f"schema:{schema}") is not None:
            id = f"outside:{schema}.{name}"
            if not name.endswith("()") and plan.ledger.get(id) is None:
                reason = _WHAT_TO_DO.format("it", "it", "it")
                plan.note("outside", f"{schema}.{name}", line, "application", reason, detail="outside")
            continue
        schemas.setdefault(schema, (line, {}))[1][name] = None
    for schema, (line, names) in schemas.items():
        listed = ", ".join(list(names)[:_MOST_NAMED]) + (" …" if len(names) > _MOST_NAMED else "")
        reason = _WHAT_TO_DO.format(f"{listed} in it", "it", "it")
        plan.note("schema", schema, line, "application", reason, detail="outside")


def _references(plan: Plan) -> Iterator[tuple[str, str, int]]:
    """(schema, name, statement) of what is not in the catalogue; functions with parentheses behind their name."""
    catalogue = plan.catalogue
    for table in catalogue.tables.values():
        for constraint in table.constraints.values():
            key = constraint.references if constraint.kind == "foreign" else None
            if key is not None and key not in catalogue.tables:
                yield key[0], key[1], constraint.place.statement
    for trigger in catalogue.triggers.values():
        if trigger.table not in catalogue.tables and trigger.table not in catalogue.views:
            yield *trigger.table, trigger.place.statement
    for view in catalogue.views.values():
        yield from _used(plan, view.query, view.place.statement)
    for table in catalogue.tables.values():
        for column in table.columns.values():
            yield from _used(plan, column.default, column.place.statement)
    for number, statement in plan.statements.items():
        fact = statement.fact
        if isinstance(fact, CreateExtension) and fact.schema not in (None, "public", *SYSTEM, *catalogue.schemas):
            yield fact.schema or "", f"extension {fact.name}", number


def _used(plan: Plan, uses: Expression | None, number: int) -> Iterator[tuple[str, str, int]]:
    if uses is None:
        return
    with_path(plan, number)
    for relation in uses.relations:
        system = relation.schema in SYSTEM or (relation.schema is None and relation.name.startswith("pg_"))
        if not system and plan.catalogue.relation_key(Name(relation.schema, relation.name)) is None:
            yield relation.schema or plan.catalogue.creation_schema(), relation.name, number
    for function in uses.functions:
        schema = function.schema
        if schema and schema not in SYSTEM and schema not in plan.catalogue.schemas and schema != "public":
            yield schema, f"{function.name}()", number
