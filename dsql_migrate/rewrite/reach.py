"""What cannot come along: types, routines and views that DSQL has no place for, and all that rests on them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from dsql_migrate.rewrite.families.inheritance import heirs_of
from dsql_migrate.rewrite.families.partition_views import missing_partition
from dsql_migrate.rewrite.following import Followed, follow_body, follow_query
from dsql_migrate.rewrite.keys.constraints import lost_function
from dsql_migrate.rewrite.objects.plain_functions import OTHER_RESULT, UNPROVED, as_sql, uses_of
from dsql_migrate.rewrite.plan import Plan, dotted
from dsql_migrate.rewrite.reading import Statement
from dsql_migrate.rewrite.tables.kept_tables import not_made
from dsql_migrate.schema.catalogue import SYSTEM
from dsql_migrate.schema.model import Key, Routine, Table, View
from dsql_migrate.source.facts import Expression, TypeName

_READABLE = frozenset({"sql"})


def find_lost(plan: Plan) -> None:
    """Fill ``plan.lost``: the ledger id of everything that is not carried, with the reason."""
    catalogue = plan.catalogue
    for key, user in catalogue.types.items():
        if user.kind in ("composite", "range", "base"):
            plan.lost[f"type:{dotted(key)}"] = f"DSQL has no {user.kind} types"
        elif user.kind == "enum":
            if plan.decide("enums", f"type:{dotted(key)}") != "domain":
                plan.lost[f"type:{dotted(key)}"] = "its columns are text now"
        elif not plan.target.has("domains"):
            plan.lost[f"type:{dotted(key)}"] = "DSQL has no domains on this day"
    for table in catalogue.tables.values():
        if table.key in plan.merges:
            plan.lost[f"table:{dotted(table.key)}"] = "its rows are in its parent"
        elif table.key in plan.barred:
            plan.lost[f"table:{dotted(table.key)}"] = plan.barred[table.key][0]
        elif table.key in plan.views:
            why = missing_partition(plan, table.key)
            if why is not None:
                plan.lost[f"table:{dotted(table.key)}"] = why
        elif table.key not in plan.tables:
            plan.lost[f"table:{dotted(table.key)}"] = _no_table(plan, table)
    for routine in catalogue.routines.values():
        reason = _routine(plan, routine)
        if reason is not None:
            plan.lost[routine_id(routine)] = reason
    for view in catalogue.views.values():
        if view.temporary:
            plan.lost[view_id(view)] = "DSQL has no temporary views"
        elif view.materialized and plan.decide("materialized-views", view_id(view)) == "quarantine":
            plan.lost[view_id(view)] = "DSQL has no materialized views"
    _follow_bodies(plan)
    for id, why in plan.excluded.items():
        if not id.startswith("constraint:"):
            plan.lost[id] = why if why.startswith((OTHER_RESULT, UNPROVED)) else f"the engine refuses it: {why}"
    _follow(plan)


def _follow_bodies(plan: Plan) -> None:
    """Let views and functions follow what was rewritten; those that cannot are lost."""
    for view in plan.catalogue.views.values():
        _followed(plan, view_id(view), follow_query, view.place.statement)
    for routine in plan.catalogue.routines.values():
        if uses_of(plan, routine_id(routine), routine) is not None:
            _followed(plan, routine_id(routine), follow_body, routine.place.statement)


def _followed(plan: Plan, id: str, follow: Callable[[Plan, Statement], Followed], number: int) -> None:
    if id in plan.lost:
        return
    found = plan.followed[id] = follow(plan, plan.in_sql.get(id, plan.statements[number]))
    if found.why is not None:
        plan.lost[id] = found.why


def _no_table(plan: Plan, table: Table) -> str:
    found = not_made(plan, table)
    return found.reason if found is not None else "it is not in the bundle"


def routine_id(routine: Routine) -> str:
    """function:public.f(integer), as the ledger has it."""
    return f"{routine.kind}:{routine.key[0]}.{routine.signature}"


def view_id(view: View) -> str:
    """view:public.v, as the ledger has it."""
    return f"{'materialized view' if view.materialized else 'view'}:{dotted(view.key)}"


def _routine(plan: Plan, routine: Routine) -> str | None:
    if routine.kind == "aggregate":
        return "DSQL has no aggregates of one's own"
    if routine.kind == "procedure":
        return "DSQL has no procedures"
    if routine.language == "plpgsql":
        statement = plan.statements[routine.place.statement]
        why = as_sql(plan, routine_id(routine), routine, statement)
        if why is not None:
            return why
    elif routine.language not in _READABLE:
        return f"DSQL has no functions in {routine.language}"
    elif routine.uses is None:
        return "its body cannot be read"
    types = [a.type for a in routine.arguments] + ([routine.returns] if routine.returns else [])
    for type in types:
        reason = _type(plan, type)
        if reason is not None:
            return reason
    return None


def _type(plan: Plan, type: TypeName, *, in_body: bool = False) -> str | None:
    if type.schema == "pg_catalog":
        return None
    user = plan.catalogue.user_type(type.schema, type.name)
    if user is not None and user.kind == "enum" and in_body:
        return None  # text stands in its place
    if user is not None and f"type:{dotted(user.key)}" in plan.lost:
        return f"it uses the type {user.key[1]}, which DSQL cannot have"
    if (
        user is None
        and type.name in plan.target.extension_types
        and plan.catalogue.row_of(type) is None
    ):
        return f"it uses the type {type.name} of an extension"
    return None


def _follow(plan: Plan) -> None:
    """Whatever uses something lost is lost too; until nothing more falls."""
    changed = True
    while changed:
        changed = False
        for id, statement, uses in _users(plan):
            if id in plan.lost or uses is None:
                continue
            reason = uses_lost(plan, uses, statement)
            if reason is not None:
                plan.lost[id] = reason
                changed = True


def _users(plan: Plan) -> Iterator[tuple[str, int, Expression | None]]:
    for routine in plan.catalogue.routines.values():
        id = routine_id(routine)
        yield id, routine.place.statement, uses_of(plan, id, routine)
    for view in plan.catalogue.views.values():
        yield view_id(view), view.place.statement, view.query


def uses_lost(plan: Plan, uses: Expression, statement: int, path: tuple[str, ...] | None = None) -> str | None:
    """Why an expression or query cannot stand: what it uses is not carried.

    ``path``: the search_path, of a statement that is one of a run.
    """
    with_path(plan, statement)
    if path:
        plan.catalogue.search_path = path
    for function in uses.functions:
        reason = lost_function(plan, function.schema, function.name)
        if reason is not None:
            return reason
    for type in uses.types:
        reason = _type(plan, type, in_body=True)
        if reason is not None:
            return reason
    for relation in uses.relations:
        if relation.schema in SYSTEM or (relation.schema is None and relation.name.startswith("pg_")):
            continue
        key = plan.catalogue.relation_key(relation)
        if key is None:
            return f"it reads {relation}, which the script does not make"
        reason = _relation(plan, key)
        if reason is not None:
            return f"it reads {relation}: {reason}"
    return None


def _relation(plan: Plan, key: Key) -> str | None:
    name = dotted(key)
    if key in plan.merges:
        return None  # its rows are picked out of its parent's
    for kind in ("table", "view", "materialized view"):
        if f"{kind}:{name}" in plan.lost:
            return plan.lost[f"{kind}:{name}"]
    if heirs_of(plan, key):
        return "rows of its inheritance children are in tables of their own"
    return None


def with_path(plan: Plan, statement: int) -> None:
    """Let names mean what they meant at a statement; an empty search_path (pg_dump's) counts as public."""
    found = plan.statements.get(statement)
    path = found.search_path if found is not None else ()
    plan.catalogue.search_path = path or ("public",)


def needs_of(plan: Plan, uses: Expression | None, statement: int) -> frozenset[str]:
    """What an item needs before it: relations and functions by name."""
    if uses is None:
        return frozenset()
    with_path(plan, statement)
    found = set()
    for relation in uses.relations:
        key = plan.catalogue.relation_key(relation)
        if key is not None:
            found.add(f"relation:{dotted(plan.root(key))}")
    for function in uses.functions:
        for routine in plan.catalogue.routines_named(function.schema, function.name):
            found.add(f"function:{dotted(routine.key)}")
    for text in uses.sequences:
        key = plan.catalogue.sequence_key(text)
        if key is not None:
            found.add(f"relation:{dotted(key)}")
    return frozenset(found) | needs_of_types(plan, uses.types)


def needs_of_default(plan: Plan, expression: Expression | None) -> set[str]:
    """The sequences, functions and types that a default or a check of a table or domain needs before it."""
    found: set[str] = set()
    if expression is None:
        return found
    for text in expression.sequences:
        key = plan.catalogue.sequence_key(text)
        if key is not None:
            found.add(f"relation:{dotted(key)}")
    for function in expression.functions:
        for routine in plan.catalogue.routines_named(function.schema, function.name):
            found.add(f"function:{dotted(routine.key)}")
    return found | needs_of_types(plan, expression.types)


def needs_of_types(plan: Plan, types: Iterable[TypeName]) -> frozenset[str]:
    """What has to be there before types are named: those of the script, and tables whose rows they are."""
    found = set()
    for type in types:
        user = plan.catalogue.user_type(type.schema, type.name) if type.schema != "pg_catalog" else None
        table = plan.catalogue.row_of(type) if user is None else None
        if user is not None:
            found.add(f"type:{dotted(user.key)}")
        elif table is not None:
            found.add(f"relation:{dotted(plan.root(table))}")
    return frozenset(found)
