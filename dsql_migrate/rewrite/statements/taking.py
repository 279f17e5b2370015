"""What a rewrite does with one object: a statement of the bundle, or its source in quarantine.sql."""

from __future__ import annotations

from dsql_migrate.rewrite.plan import Item, Plan
from dsql_migrate.rewrite.reading import Statement
from dsql_migrate.rewrite.writing.ledger import Disposition


def take_out(
    plan: Plan, kind: str, name: str, statement: Statement, disposition: Disposition, reason: str, rule: str | None
) -> None:
    """Enter an object that DSQL cannot have; its source goes into quarantine.sql."""
    into = ("quarantine.sql",)
    plan.note(kind, name, statement.line, disposition, reason, rule=rule, into=into)
    plan.quarantine.append((statement, reason))


def item_of(
    statement: Statement,
    text: bytes,
    ids: tuple[str, ...],
    *,
    provides: str = "",
    needs: frozenset[str] = frozenset(),
    rank: int = 5,
) -> Item:
    """A statement of the bundle in place of one of the source, under the names of that place.

    ``ids``: ledger entries that fall with it; ``provides``, ``needs``: as in Item.
    """
    return Item(
        text, statement.number, ids, statement.search_path, frozenset({provides} if provides else ()), needs, rank
    )
