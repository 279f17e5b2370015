"""Range columns that are three columns now: lower, upper and bounds."""

from __future__ import annotations

from dsql_migrate.rewrite.following.site import Site, Unfollowed
from dsql_migrate.rewrite.plan import ColumnPlan
from dsql_migrate.rewrite.quoting import identifier
from dsql_migrate.source.terms import Term

_SUFFIXES = ("_lower", "_upper", "_bounds")


def range_use(site: Site, term: Term) -> str | None:
    """What a use of such a column becomes; None where the term is none."""
    if term.kind == "call" and len(term.terms) == 1 and term.name in ("lower", "upper", "isempty"):
        found = _ends(site, term.terms[0])
        if found is not None:
            site.note("DSQL101", _said(found[0]))
            lower, upper, bounds = found[1]
            return {"lower": lower, "upper": upper}.get(term.name, f"({bounds} = 'empty')")
    if term.kind == "test" and term.name in ("is null", "is not null"):
        found = _ends(site, term.terms[0])
        if found is not None:
            site.note("DSQL101", _said(found[0]))
            return f"{found[1][2]} {term.name.upper()}"
    found = _ends(site, term)
    return None if found is None else _again(site, *found)


def _ends(site: Site, term: Term) -> tuple[ColumnPlan, tuple[str, str, str]] | None:
    """A range column and its three columns, as the text has to call them there."""
    found = site.column(term)
    if found is None or tuple(f.suffix for f in found.choice.facets) != _SUFFIXES:
        return None
    words = site.words(term)
    lead = words[: words.rfind(".") + 1] if len(term.parts) > 1 else ""
    lower, upper, bounds = (lead + identifier(name) for name in found.facets)
    return found, (lower, upper, bounds)


def _again(site: Site, found: ColumnPlan, ends: tuple[str, str, str]) -> str:
    """The range that the columns hold. Raises Unfollowed where DSQL does not have its type."""
    base = site.plan.catalogue.resolve_type(found.column.type).base
    if base.kind != "base" or base.name in site.plan.target.expressions_refused:
        raise Unfollowed(_said(found))
    site.note("DSQL101", _said(found))
    lower, upper, bounds = ends
    made = f"{base.name}({lower}, {upper}, {bounds})"
    return f"CASE WHEN {bounds} = 'empty' THEN 'empty'::{base.name} WHEN {bounds} IS NOT NULL THEN {made} END"


def _said(found: ColumnPlan) -> str:
    return f"column {found.column.name} is {', '.join(found.facets[:-1])} and {found.facets[-1]} on DSQL"
