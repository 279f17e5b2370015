"""From a script to a plan: what becomes of every object, in one pass over the finished catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from dsql_migrate.rewrite.decisions import Decisions
from dsql_migrate.rewrite.families.inheritance import keep_apart
from dsql_migrate.rewrite.families.partition_views import find_views
from dsql_migrate.rewrite.families.partitions import find_merges, promote
from dsql_migrate.rewrite.forms import NumericUses
from dsql_migrate.rewrite.indexes.create_index import plan_indexes
from dsql_migrate.rewrite.keys.foreign_keys import plan_foreign_keys
from dsql_migrate.rewrite.keys.key_indexes import plan_key_indexes
from dsql_migrate.rewrite.keys.key_places import place_keys
from dsql_migrate.rewrite.objects.objects import plan_objects
from dsql_migrate.rewrite.objects.output_types import Shown
from dsql_migrate.rewrite.objects.schemas import find_flattened, flatten_items
from dsql_migrate.rewrite.objects.stored_views import find_stored
from dsql_migrate.rewrite.plan import Item, Plan, dotted
from dsql_migrate.rewrite.quoting import identifier, qualified
from dsql_migrate.rewrite.reach import find_lost
from dsql_migrate.rewrite.reading import Script
from dsql_migrate.rewrite.sequences.sequence_calls import follow_sequences
from dsql_migrate.rewrite.statements.statements import plan_statements
from dsql_migrate.rewrite.statements.untranslated import enter_untranslated
from dsql_migrate.rewrite.tables.absent import plan_absent
from dsql_migrate.rewrite.tables.added_keys import plan_added_keys, tell_keyless
from dsql_migrate.rewrite.tables.barred import bar_tables
from dsql_migrate.rewrite.tables.columns import plan_tables
from dsql_migrate.rewrite.tables.create_table import create_table
from dsql_migrate.rewrite.tables.element_tables import element_tables, find_element_tables
from dsql_migrate.rewrite.tables.kept_tables import mark_temporary
from dsql_migrate.rewrite.tables.large_values import choose_large_values
from dsql_migrate.rewrite.tables.lookup_tables import plan_lookup_keys
from dsql_migrate.schema.model import Key, TableConstraint
from dsql_migrate.source.facts import AlterTable
from dsql_migrate.target import Target


def make_plan(
    script: Script,
    target: Target,
    decisions: Decisions,
    *,
    excluded: Mapping[str, str] | None = None,
    numeric: NumericUses | None = None,
    shown: Mapping[str, Shown] | None = None,
) -> tuple[Plan, list[TableConstraint]]:
    """The plan, and the foreign keys that the application takes over. The script is not changed in meaning.

    ``excluded``: ledger ids that a trial on the engine refused, with its answer. ``numeric``: what bare numeric
    columns hold. ``shown``: the columns of views on the engine, by ledger id.
    """
    plan = Plan(script, target, decisions, excluded or {}, numeric or {}, shown or {})
    plan.flattened = find_flattened(plan)
    find_views(plan)
    find_merges(plan)
    keep_apart(plan)
    promote(plan)
    plan_tables(plan)
    choose_large_values(plan)
    find_element_tables(plan)
    bar_tables(plan)
    find_lost(plan)
    plan_added_keys(plan)
    find_stored(plan)
    place_keys(plan)
    for key, planned in list(plan.tables.items()):
        statement = plan.statements[planned.table.place.statement]
        plan.pre.append(create_table(plan, planned, statement))
        plan.pre += element_tables(plan, key)
        _late_checks(plan, key)
    tell_keyless(plan)
    plan_absent(plan)
    plan_objects(plan)
    stubs = plan_foreign_keys(plan)
    plan_indexes(plan)
    plan_key_indexes(plan)
    plan_lookup_keys(plan)
    plan_statements(plan)
    enter_untranslated(plan)
    follow_sequences(plan)
    mark_temporary(plan)
    flatten_items(plan)
    return plan, stubs


def _late_checks(plan: Plan, key: Key) -> None:
    """CHECK … NOT VALID of the source.

    DSQL takes it on the table behind the load, and does not look at old rows either.
    """
    for constraint in plan.tables[key].late_checks:
        statement = plan.statements[constraint.place.statement]
        body = constraint.fact.expression.text if constraint.fact.expression else "true"
        check = f"CONSTRAINT {identifier(constraint.name)} CHECK ({body})"
        sql = f"ALTER TABLE {qualified(key)}\n    ADD {check} NOT VALID;".encode("utf-8", "surrogateescape")
        id = f"constraint:{dotted(key)}.{constraint.name}"
        alone = isinstance(statement.fact, AlterTable) and len(statement.fact.actions) == 1
        lead = statement.piece.text[: statement.piece.body] if alone else b""
        plan.post.append(Item(lead + sql, statement.number, (id,), statement.search_path, rank=25))
