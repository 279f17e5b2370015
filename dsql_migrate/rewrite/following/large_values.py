"""Columns whose large values stand in parts in a table beside: a query puts them together where it reads them."""

from __future__ import annotations

from dsql_migrate.rewrite.following.site import Site, Unfollowed
from dsql_migrate.rewrite.plan import ColumnPlan, ElementTable, dotted
from dsql_migrate.rewrite.quoting import identifier, qualified
from dsql_migrate.source.terms import Relation, Term

_RULE = "DSQL711"


def large_value(site: Site, term: Term) -> str | None:
    """What the use of such a column becomes; None of all else. Raises Unfollowed where a star stands for it."""
    if term.kind != "column" or term.scope < 0 or not site.subqueries or not site.plan.element_tables:
        return None
    if term.name == "*":
        _star(site, term)
        return None
    found = site.column(term)
    relation = _read_here(site, term) if found is not None and _in_parts(found) else None
    table = _table(site, relation, found) if relation is not None and found is not None else None
    if table is None or relation is None or table.column.choice.elements is None:
        return None
    called, type = identifier(relation.called), table.column.choice.elements.facet.sql
    keys = " AND ".join(f"p.{identifier(name)} = {called}.{identifier(name)}" for name in table.keys)
    value = f"string_agg(p.{identifier(table.value)}, ''::{type} ORDER BY p.{identifier(table.position)})"
    site.note(_RULE, f"large values of {term.name} are put together from {dotted(table.key)}")
    parts = f"(SELECT {value} FROM {qualified(table.key)} p WHERE {keys})"
    return f"coalesce({parts}, {called}.{identifier(term.name)})"


def _in_parts(column: ColumnPlan) -> bool:
    return column.choice.elements is not None and column.choice.elements.part > 0


def _read_here(site: Site, term: Term) -> Relation | None:
    """The table's entry of FROM that a column is read from; None where a view or a query hands it on."""
    for level in site.terms.seen_from(term.scope):
        near = [r for r in level if len(term.parts) == 1 or r.called == term.parts[-2]]
        for relation in near:
            if relation.query is not None or relation.name is None or relation.columns:
                if relation.query is not None and any(name == term.name for name, _ in relation.query.outputs):
                    return None
                continue
            key = site.key(relation.name)
            planned = site.plan.tables.get(site.plan.root(key)) if key is not None else None
            if planned is not None and term.name in planned.columns:
                return relation
            if key is not None and key in site.plan.catalogue.views:
                view = site.plan.catalogue.views[key]
                if term.name in (view.columns or view.outputs):
                    return None
        if near and len(term.parts) > 1:
            return None
    return None


def _table(site: Site, relation: Relation, column: ColumnPlan) -> ElementTable | None:
    key = site.key(relation.name) if relation.name is not None else None
    tables = site.plan.element_tables.get(site.plan.root(key), ()) if key is not None else ()
    return next((table for table in tables if table.column is column), None)


def _star(site: Site, term: Term) -> None:
    query = site.around(term)
    around = site.around(query) if query is not None else None
    if around is not None and around.name == "exists query":
        return
    for relation in site.terms.relations:
        if relation.name is None or relation.scope != term.scope:
            continue
        key = site.key(relation.name)
        for table in site.plan.element_tables.get(site.plan.root(key), ()) if key is not None else ():
            wanted = len(term.parts) == 1 or relation.called == term.parts[-2]
            if wanted and _in_parts(table.column):
                name = table.column.column.name
                raise Unfollowed(f"its * stands for {name} too, whose large values are in parts in {dotted(table.key)}")
