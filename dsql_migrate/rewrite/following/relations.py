"""Names of relations and types that stand elsewhere now: schemas folded into public, partitions, children, enums."""

from __future__ import annotations

from dsql_migrate.rewrite.edits import Edit
from dsql_migrate.rewrite.families.partitions import DISCRIMINATOR
from dsql_migrate.rewrite.following.bounds import condition_of
from dsql_migrate.rewrite.following.site import Site, Unfollowed
from dsql_migrate.rewrite.plan import dotted
from dsql_migrate.rewrite.quoting import identifier, literal, qualified
from dsql_migrate.schema.model import Key
from dsql_migrate.source.facts import Span
from dsql_migrate.source.terms import Relation, Term


def follow_names(site: Site) -> None:
    """Fill ``site.flat``. Raises Unfollowed."""
    for relation in site.terms.relations:
        if relation.name is not None:
            _relation(site, relation)
    _types(site)


def _relation(site: Site, relation: Relation) -> None:
    plan = site.plan
    assert relation.name is not None
    key = site.key(relation.name)
    if key is None:
        return
    root = plan.root(key)
    planned = plan.tables.get(root)
    if key in plan.merges or (planned is not None and planned.discriminator and _shows_more(site, relation)):
        _part(site, relation, key)
    elif plan.place(key) != key:
        name = "" if relation.alias else f" AS {identifier(key[1])}"
        _put(site, relation.name.span, qualified(plan.place(key)) + name)
        site.note("DSQL706", f"{dotted(key)} is {dotted(plan.place(key))} now")


def _shows_more(site: Site, relation: Relation) -> bool:
    """Whether a parent's query would show what the merged table has beside it: by ONLY, or by a star."""
    if relation.only:
        return True
    return any(
        t.kind == "column" and t.name == "*" and t.scope == relation.scope
        and (len(t.parts) == 1 or t.parts[-2] == relation.called)
        for t in site.terms.walk()
    )  # fmt: skip


def _part(site: Site, relation: Relation, key: Key) -> None:
    """A merged table: the parent's rows that were its own, under the columns it had."""
    plan, name = site.plan, relation.name
    assert name is not None
    if relation.written:
        raise Unfollowed(f"it changes {name}, whose rows are in {dotted(plan.root(key))} now")
    if not site.subqueries:
        raise Unfollowed(f"it reads {name}, whose rows are in {dotted(plan.root(key))} now")
    columns = ", ".join(identifier(c) for c in plan.catalogue.tables[key].columns)
    where = _rows_of(site, key, relation.only)
    sql = f"(SELECT {columns} FROM {qualified(plan.place(plan.root(key)))}{where})"
    start = relation.only_span.start if relation.only_span else name.span.start
    if relation.only_span is not None and site.text[relation.only_span.end : name.span.start].strip():
        raise Unfollowed(f"it reads ONLY ({name})")
    _put(site, Span(start, name.span.end), sql if relation.alias else f"{sql} AS {identifier(key[1])}")
    rule = "DSQL104" if plan.catalogue.tables[key].partition_of is not None else "DSQL105"
    site.note(rule, f"reads the rows of {dotted(key)} in {dotted(plan.root(key))}")


def _rows_of(site: Site, key: Key, only: bool) -> str:
    """The WHERE that picks the rows of a merged table, or of the parent alone."""
    plan = site.plan
    table = plan.catalogue.tables[key]
    if table.partition_by is not None and only:
        return " WHERE false"
    if table.partition_of is not None:
        return f" WHERE {condition_of(plan, key)}"
    planned = plan.tables[plan.root(key)]
    column = identifier(planned.discriminator or DISCRIMINATOR)
    if key == planned.table.key:
        return f" WHERE {column} IS NULL" if only else ""
    names = [dotted(key)]
    if not only:
        below = [key]
        while below:
            for child in plan.catalogue.children(below.pop()):
                below.append(child.key)
                names.append(dotted(child.key))
    values = ", ".join(literal(n).strip() for n in names)
    return f" WHERE {column} = {values}" if len(names) == 1 else f" WHERE {column} IN ({values})"


def _types(site: Site) -> None:
    plan = site.plan
    for type in site.terms.types:
        if type.schema == "pg_catalog" or type.span.end <= type.span.start:
            continue
        user = plan.catalogue.user_type(type.schema, type.name)
        if user is None:
            continue
        brackets = "[]" * type.dimensions
        if user.kind == "enum" and f"type:{dotted(user.key)}" in plan.lost:
            _put(site, type.span, f"text{brackets}")
            site.note("DSQL107", f"{user.key[1]} is text now")
        elif type.schema is None and plan.place(user.key) != user.key:
            _put(site, type.span, f"{qualified(plan.place(user.key))}{brackets}")


def column_of_moved(site: Site, term: Term) -> str | None:
    """schema.table.column of a table that stands elsewhere: its entry of FROM keeps the table's name."""
    if term.kind != "column":
        return None
    if site.routine is not None and len(term.parts) == 2 and term.parts[0] == site.routine[1]:
        now = site.plan.place(site.routine)[1]
        return f"{identifier(now)}.{identifier(term.name)}" if now != term.parts[0] else None
    if len(term.parts) < 3:
        return None
    words = site.words(term)
    return words if words != term.span.of(site.text) else None


def _put(site: Site, span: Span, text: str) -> None:
    site.flat.append(Edit(span.start, span.end, text))
