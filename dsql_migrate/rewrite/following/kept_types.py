"""Columns that another type holds now, and that an expression goes on using as what they were.

DSQL has many types in expressions that it does not have in columns (inet, tsvector, ranges): a cast makes the value
again from the text that the column holds. Where DSQL does not have the type at all, only what means the same on every
type stays.
"""

from __future__ import annotations

from dsql_migrate.rewrite.following.arrays import RULE as ARRAYS
from dsql_migrate.rewrite.following.site import Site, Unfollowed
from dsql_migrate.rewrite.plan import ColumnPlan
from dsql_migrate.source.terms import Term

# What an expression may do with a column whatever holds its value.
_ANY_TYPE = ("test", "call:count", "query", "", "ResTarget")


def kept_type(site: Site, term: Term) -> str | None:
    """A use of a column whose type is another one now; None where nothing has to change."""
    found = site.column(term)
    if found is not None and found.facets:
        raise Unfollowed(f"column {found.column.name} is {' and '.join(_listed(found.facets))} on DSQL")
    if found is None or found.choice.sql is None or not found.choice.opaque or found.choice.rule == ARRAYS:
        return None
    if site.is_output(term) or site.role(term) in _ANY_TYPE or _alike(site, term, found):
        return None
    base = site.plan.catalogue.resolve_type(found.column.type).base
    target = site.plan.target
    usable = base.kind == "base" and base.name not in target.extension_types | target.expressions_refused
    reason = f"column {found.column.name} is {found.choice.sql} on DSQL, so the expression no longer means the same"
    if not usable or found.choice.internal != "text" or base.name not in target.nearest:
        raise Unfollowed(reason)
    site.note(found.choice.rule or "DSQL101", f"{found.column.name} is {found.choice.sql} now")
    return f"{site.words(term)}::{base.name}"


def _listed(names: tuple[str, ...]) -> tuple[str, ...]:
    """a, b and c."""
    return (", ".join(names[:-1]), names[-1]) if len(names) > 1 else names


def _alike(site: Site, term: Term, found: ColumnPlan) -> bool:
    """Whether it is only held against another column that became what it became: equal values stayed equal."""
    around = site.around(term)
    if around is None or around.kind != "operation" or around.name not in ("=", "<>"):
        return False
    others = [site.column(t) for t in around.terms if t is not term]
    if len(others) != 1 or others[0] is None or others[0].choice.sql != found.choice.sql:
        return False
    if found.choice.sql == "uuid":  # keys that became UUIDs together
        return others[0].choice.conversion is found.choice.conversion
    resolve = site.plan.catalogue.resolve_type
    return resolve(others[0].column.type).base == resolve(found.column.type).base
