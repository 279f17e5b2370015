"""What the application takes over: collected from the plan, written as code in ``app/`` and queries in ``audit/``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dsql_migrate.rewrite.application.keys import deferred_keys, exclusions, foreign_keys, native_keys, owners_of
from dsql_migrate.rewrite.application.programs import owed_routines, owed_triggers
from dsql_migrate.rewrite.application.shapes import table_shapes
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
        exclusions=exclusions(plan),
        deferred_keys=deferred_keys(plan),
        native_keys=native_keys(plan, stubs),
    )


def write_application(plan: Plan, stubs: list[TableConstraint], folder: Path) -> None:
    """Write what the application takes over.

    Enters the files in the ledger. Nothing is written where there is nothing.
    """
    if not stubs:
        return
    from dsql_migrate.stubs.audit import write_audits
    from dsql_migrate.stubs.python import write_python

    obligations = obligations_of(plan, stubs)
    written = write_python(obligations, folder, plan.target)
    audits = write_audits(obligations, folder)
    owners = owners_of(plan)
    for key, constraint in zip(obligations.foreign_keys, stubs, strict=True):
        files = [*written.get(key.id, []), *([audits[key.id]] if key.id in audits else [])]
        for entry_id in (key.id, *_of_partitions(plan, owners[id(constraint)], constraint)):
            entry = plan.ledger.get(entry_id)
            if entry is not None:
                entry.into = files


def _of_partitions(plan: Plan, root: Key, constraint: TableConstraint) -> list[str]:
    """The entries of the partitions' foreign keys that the table's one stands for."""
    found = []
    for child in children_of(plan, root):
        found += [f"constraint:{dotted(child.key)}.{c.name}" for c in child.constraints.values() if same(c, constraint)]
    return found
