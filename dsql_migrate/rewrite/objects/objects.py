"""Everything the catalogue holds beside tables, keys and indexes.

Entered once each, with an item where DSQL can have it.
"""

from __future__ import annotations

from dsql_migrate.rewrite.objects.namespaces import missing_schemas, schema_item
from dsql_migrate.rewrite.objects.outside import outside
from dsql_migrate.rewrite.objects.routines import routine_item
from dsql_migrate.rewrite.objects.row_security import plan_row_security
from dsql_migrate.rewrite.objects.user_types import type_item
from dsql_migrate.rewrite.objects.views import view_item
from dsql_migrate.rewrite.plan import Plan, dotted
from dsql_migrate.rewrite.reading import Statement
from dsql_migrate.rewrite.sequences.sequences import sequence_item
from dsql_migrate.rewrite.statements.taking import item_of, take_out
from dsql_migrate.rewrite.writing.ledger import Disposition

_RULES = {
    "event trigger": "DSQL513",
    "rule": "DSQL506",
    "policy": "DSQL507",
    "cast": "DSQL515",
    "collation": "DSQL514",
    "publication": "DSQL517",
    "subscription": "DSQL517",
    "server": "DSQL516",
    "foreign data wrapper": "DSQL516",
    "user mapping": "DSQL516",
    "database": "DSQL523",
    "tablespace": "DSQL523",
    "language": "DSQL502",
    "statistics": None,
}
_GUARANTEES = frozenset({"rule", "policy", "event trigger"})


def plan_objects(plan: Plan) -> None:
    """Enter schemas, types, sequences, routines, views, triggers, extensions and the rest."""
    for name, number in plan.catalogue.schemas.items():
        schema_item(plan, name, plan.statements[number])
    missing_schemas(plan)
    outside(plan)
    for name, number in plan.catalogue.extensions.items():
        take_out(plan, "extension", name, plan.statements[number], "dropped", "DSQL has no extensions", "DSQL504")
    for user in plan.catalogue.types.values():
        type_item(plan, user)
    for sequence in plan.catalogue.sequences.values():
        sequence_item(plan, sequence)
    for routine in plan.catalogue.routines.values():
        routine_item(plan, routine)
    for view in plan.catalogue.views.values():
        view_item(plan, view)
    for trigger in plan.catalogue.triggers.values():
        name = f"{dotted(trigger.table)}.{trigger.name}"
        take_out(
            plan,
            "trigger",
            name,
            plan.statements[trigger.place.statement],
            "application",
            "DSQL has no triggers",
            "DSQL501",
        )
    plan_row_security(plan)
    for thing in plan.catalogue.things:
        _thing(
            plan,
            thing.kind,
            f"{dotted(thing.table)}.{thing.name}" if thing.table else thing.name,
            plan.statements[thing.place.statement],
        )


def _thing(plan: Plan, kind: str, name: str, statement: Statement) -> None:
    if kind == "policy" and plan.ledger.get(f"policy:{name}") is not None:
        return  # entered with the row security of its table
    if kind == "statistics" and plan.target.has("extended-statistics"):
        plan.note(kind, name, statement.line, "kept", into=("post-data.sql",))
        plan.post.append(item_of(statement, statement.piece.sql, (f"{kind}:{name}",), rank=60))
        return
    disposition: Disposition = "application" if kind in _GUARANTEES else "dropped"
    words = "row-level security policies" if kind == "policy" else f"{kind}s" if not kind.endswith("s") else kind
    take_out(plan, kind, name, statement, disposition, f"DSQL has no {words}", _RULES.get(kind, "DSQL512"))
