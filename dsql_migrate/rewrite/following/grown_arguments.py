"""Columns that grew to bigint and are given to the script's own functions, which take smaller numbers.

PostgreSQL finds no function then: a bigint becomes an integer by a cast that is written, and by no other.
"""

from __future__ import annotations

from dsql_migrate.rewrite.following.relations import column_of_moved
from dsql_migrate.rewrite.following.site import Site
from dsql_migrate.rewrite.plan import ColumnPlan
from dsql_migrate.source.terms import Term

_SMALL = {"int2": "smallint", "int4": "integer"}
_SERIAL = {"serial": "int4", "serial4": "int4", "smallserial": "int2", "serial2": "int2"}


def cast_back(site: Site, term: Term) -> str | None:
    """A column as the type that it had, where it is an argument of a function that takes nothing greater."""
    call = site.around(term) if term.kind == "column" else None
    if call is None or call.kind != "call" or not any(term is argument for argument in call.terms):
        return None
    site.with_path()
    routines = site.plan.catalogue.routines_named(call.parts[-2] if len(call.parts) > 1 else None, call.name)
    at = next(i for i, argument in enumerate(call.terms) if argument is term)
    taken = set()
    for routine in routines:
        types = [a.type for a in routine.arguments if a.mode not in ("out", "table")]
        if at >= len(types) or types[at].dimensions:
            return None
        taken.add(site.plan.catalogue.resolve_type(types[at]).base.name)
    small = next(iter(taken)) if len(taken) == 1 else ""
    if small not in _SMALL or (column := site.column(term)) is None or not _grew(site, column, small):
        return None
    site.note("DSQL403", f"{term.name}::{_SMALL[small]}: it is bigint now, and {call.name} takes {_SMALL[small]}")
    return f"{column_of_moved(site, term) or term.span.of(site.text)}::{_SMALL[small]}"


def _grew(site: Site, column: ColumnPlan, small: str) -> bool:
    """Whether a column that fitted the argument is bigint now."""
    was = site.plan.catalogue.resolve_type(column.column.type)
    name = _SERIAL.get(was.base.name, was.base.name)
    fits = was.kind in ("base", "serial") and name in (small, "int2")
    return fits and not was.dimensions and (column.identity is not None or column.choice.internal == "int8")
