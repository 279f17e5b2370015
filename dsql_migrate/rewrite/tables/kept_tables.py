"""Which tables the bundle makes, and why it makes the others not: foreign, temporary, unlogged, CREATE TABLE AS."""

from __future__ import annotations

from dataclasses import dataclass

from dsql_migrate.rewrite.plan import Plan, dotted
from dsql_migrate.rewrite.writing.ledger import Disposition
from dsql_migrate.schema.model import Table

_MEMBERS = ("column", "default", "identity", "constraint")


@dataclass(frozen=True, slots=True)
class NotMade:
    """Why a table is left out, what the ledger says of it and of all in it, and the rule."""

    reason: str
    rule: str
    disposition: Disposition


def not_made(plan: Plan, table: Table) -> NotMade | None:
    """Why the bundle does not make a table; None where it does. Of a table that is merged, its root is to be asked."""
    if table.foreign:
        return NotMade("DSQL has no foreign tables", "DSQL516", "application")
    if table.fact is None:
        return NotMade("DSQL has no CREATE TABLE AS", "DSQL519", "application")
    id = f"table:{dotted(table.key)}"
    if table.fact.persistence == "temporary" and plan.decide("temporary-tables", id) == "drop":
        return NotMade("DSQL has no temporary tables", "DSQL108", "dropped")
    if table.fact.persistence == "unlogged" and plan.decide("unlogged-tables", id) == "drop":
        return NotMade("an unlogged table, left out by decision", "DSQL106", "dropped")
    return None


def temporary(table: Table) -> bool:
    """Whether the source has the table for one session only."""
    return table.fact is not None and table.fact.persistence == "temporary"


def mark_temporary(plan: Plan) -> None:
    """Say of everything in a temporary table that the source itself shows it no longer."""
    for key, table in plan.catalogue.tables.items():
        if not temporary(table):
            continue
        name = dotted(key)
        ids = {f"table:{name}", *(f"index:{dotted(index.key)}" for index in plan.catalogue.indexes_of(key))}
        ids |= {f"sequence:{dotted(s.key)}" for s in plan.catalogue.sequences.values() if _owner(s.owned_by) == key}
        members = tuple(f"{kind}:{name}." for kind in _MEMBERS)
        for entry in plan.ledger.entries.values():
            about = entry.name.partition(" ")[2] if entry.kind == "comment" else ""
            if entry.id in ids or entry.id.startswith(members) or about == name or about.startswith(f"{name}."):
                entry.detail = "temporary"


def _owner(owned: tuple[tuple[str, str], str] | None) -> tuple[str, str] | None:
    return owned[0] if owned is not None else None
