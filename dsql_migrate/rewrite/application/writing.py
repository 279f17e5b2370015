"""What the application takes over: collected from the plan, written as code in ``app/`` and queries in ``audit/``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dsql_migrate.rewrite.application.exclusions import exclusions
from dsql_migrate.rewrite.application.keys import deferred_keys, foreign_keys, native_keys, owners_of
from dsql_migrate.rewrite.application.programs import owed_routines, owed_triggers, why_no_trigger
from dsql_migrate.rewrite.application.shapes import table_shapes
from dsql_migrate.rewrite.application.types import type_shapes
from dsql_migrate.rewrite.families.partitions import children_of, same
from dsql_migrate.rewrite.plan import Plan, dotted
from dsql_migrate.schema.model import Key, TableConstraint
from dsql_migrate.stubs.obligations import Obligations


def obligations_of(plan: Plan, stubs: Sequence[TableConstraint]) -> Obligations:
    """Everything that the bundle of a finished plan owes. ``stubs``: the foreign keys that it leaves out."""
    return Obligations(
        source=Path(plan.script.source.label).name,
        tables=table_shapes(plan),
        foreign_keys=foreign_keys(plan, stubs),
        triggers=owed_triggers(plan),
        routines=owed_routines(plan),
        exclusions=exclusions(plan)[0],
        deferred_keys=deferred_keys(plan),
        native_keys=native_keys(plan, stubs),
        types=type_shapes(plan),
    )


def write_application(
    plan: Plan, stubs: list[TableConstraint], folder: Path, languages: Sequence[str] = ("python",)
) -> None:
    """Write what the application takes over, in these languages.

    Enters the files in the ledger, and why something has none. Nothing is written where there is nothing.
    """
    obligations = obligations_of(plan, stubs)
    _tell_unwritable(plan, obligations, languages)
    if not obligations.foreign_keys and not obligations.exclusions and not obligations.triggers:
        return
    from dsql_migrate.stubs.audit import write_audits
    from dsql_migrate.stubs.guards import write_guards
    from dsql_migrate.stubs.languages import write_stubs

    written = write_stubs(languages, obligations, folder, plan.target)
    guards = write_guards(obligations, folder) if "python" in languages else {}
    for owed, path in [*guards.items(), *write_audits(obligations, folder).items()]:
        written.setdefault(owed, []).append(path)
    owners = owners_of(plan)
    for key, constraint in zip(obligations.foreign_keys, stubs, strict=True):
        for entry_id in (key.id, *_of_partitions(plan, owners[id(constraint)], constraint)):
            entry = plan.ledger.get(entry_id)
            if entry is not None:
                entry.into = written.get(key.id, [])
    for id_ in [*(one.id for one in obligations.exclusions), *(one.id for one in obligations.triggers)]:
        entry = plan.ledger.get(id_)
        if entry is not None:
            entry.into = [*written.get(id_, []), *entry.into]


def _tell_unwritable(plan: Plan, obligations: Obligations, languages: Sequence[str]) -> None:
    """Why there is no code for an obligation, in its ledger entry."""
    reasons = exclusions(plan)[1]
    if "python" in languages and obligations.triggers:
        from dsql_migrate.stubs.python.triggers import tables_with_triggers

        reasons |= tables_with_triggers(obligations)[1]
    for trigger in plan.catalogue.triggers.values():
        why = why_no_trigger(plan, trigger)
        if why is not None:
            reasons[f"trigger:{dotted(trigger.table)}.{trigger.name}"] = why
    for id, why in reasons.items():
        entry = plan.ledger.get(id)
        if entry is not None and entry.disposition == "application":
            entry.reason += f"; no code is written: {why}"


def _of_partitions(plan: Plan, root: Key, constraint: TableConstraint) -> list[str]:
    """The entries of the partitions' foreign keys that the table's one stands for."""
    found = []
    for child in children_of(plan, root):
        found += [f"constraint:{dotted(child.key)}.{c.name}" for c in child.constraints.values() if same(c, constraint)]
    return found
