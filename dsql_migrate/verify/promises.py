"""What a plan promises of the target, in the words of the comparison."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dsql_migrate.rewrite.families.partition_views import view_targets
from dsql_migrate.rewrite.following import follow_expression
from dsql_migrate.rewrite.keys.letter_case import folded
from dsql_migrate.rewrite.objects.schemas import member
from dsql_migrate.rewrite.plan import ColumnPlan, Plan, TablePlan, dotted
from dsql_migrate.rewrite.quoting import literal
from dsql_migrate.rewrite.reach import routine_id, view_id
from dsql_migrate.rewrite.tables.columns import is_null
from dsql_migrate.rewrite.tables.facets import facet_default, facet_not_null, first_facet
from dsql_migrate.rewrite.tables.generated import filled_by_application
from dsql_migrate.rewrite.tables.kept_tables import temporary
from dsql_migrate.schema.model import Index, Key, Table, TableConstraint
from dsql_migrate.source.facts import display
from dsql_migrate.verify.backs import backs
from dsql_migrate.verify.digest import quoted
from dsql_migrate.verify.element_promises import elements_of, put_together
from dsql_migrate.verify.expect import (
    OBJECT_KINDS,
    ColumnExpectation,
    Expectations,
    Part,
    TableExpectation,
    from_ledger,
)
from dsql_migrate.verify.shown_type import shown_facet, shown_type
from dsql_migrate.verify.stored_promises import stored_table


def promises(plan: Plan, ledger: dict[str, Any]) -> Expectations:
    """Tables with their columns and parts, every entry with what must be there because of it."""
    tables = tuple(_table(plan, planned) for _, planned in sorted(plan.tables.items()))
    tables += tuple(elements_of(plan, table) for _, found in sorted(plan.element_tables.items()) for table in found)
    tables += tuple(stored_table(plan, stored) for _, stored in sorted(plan.stored.items()))
    targets, changed = _targets(plan), _changed(plan)
    for entry in ledger["entries"]:
        moved = _flattened(plan, entry) if plan.flattened else None
        if moved is not None and entry["id"] not in targets:
            targets[entry["id"]] = moved
    return Expectations(tables, from_ledger(ledger["entries"], tables, targets, changed), frozenset(plan.extra))


def _table(plan: Plan, planned: TablePlan) -> TableExpectation:
    key = planned.table.key
    columns = [found for c in planned.columns.values() for found in _columns(plan, planned, c)]
    columns += [found for c, _ in planned.extra for found in _columns(plan, planned, c, nullable=True)]
    if planned.discriminator:
        columns.append(ColumnExpectation(planned.discriminator, "text", source_sql="NULL"))
    if planned.added_key is not None:
        own, option = planned.added_key
        columns.append(ColumnExpectation(
            own, "uuid" if option == "uuid" else "bigint", source_name=own, not_null=True, default=option == "uuid",
            identity=option == "identity", source_sql="NULL", target_sql="NULL",
        ))  # fmt: skip
    schema, name = plan.place(key)
    primary = planned.table.primary_key
    return TableExpectation(
        schema,
        name,
        _parts(plan, planned),
        tuple(columns),
        unproved="temporary in the source: its session is over" if temporary(planned.table) else None,
        key=primary.columns if primary is not None else (),
        backs=tuple(backs(plan, planned)),
    )


def _parts(plan: Plan, planned: TablePlan) -> tuple[Part, ...]:
    key = planned.table.key
    if planned.discriminator is None:
        return (Part(key[0], key[1], only=key in plan.apart),)
    inherited = [m for m in plan.merges.values() if m.root == key and m.constant is not None]
    own = {c.column.name for c, _ in planned.extra}
    parts = [Part(key[0], key[1], True, {planned.discriminator: "NULL", **dict.fromkeys(own, "NULL")})]
    for merge in inherited:
        child: Table = plan.catalogue.tables[merge.child]
        constants = {planned.discriminator: f"{literal(merge.constant or '').strip()}::text"}
        constants |= {name: "NULL" for name in own if name not in child.columns}
        parts.append(Part(child.key[0], child.key[1], True, constants))
    return tuple(parts)


def _columns(
    plan: Plan, table: TablePlan, planned: ColumnPlan, *, nullable: bool = False
) -> list[ColumnExpectation]:
    split = planned.choice.split
    elements = planned.choice.elements
    if elements is not None and elements.part:
        whole = _column(plan, planned, nullable=nullable)
        return [replace(whole, source_sql=quoted(whole.name), target_sql=put_together(plan, table, planned))]
    if split is None:
        return [_column(plan, planned, nullable=nullable)]
    source, found = quoted(planned.column.name), []
    for i, (name, facet) in enumerate(zip(planned.facets, planned.choice.facets, strict=True)):
        source_sql = split.source_sql[i]
        found.append(
            ColumnExpectation(
                name=name,
                type=shown_facet(plan, facet),
                source_name=planned.column.name,
                not_null=facet_not_null(planned, i) and not nullable,
                default=facet_default(planned, i) is not None and not nullable,
                source_sql=source_sql(source) if source_sql else "NULL",
                target_sql=split.target_sql[i](quoted(name)) if source_sql else "NULL",
            )
        )
    return found


def _column(plan: Plan, planned: ColumnPlan, *, nullable: bool = False) -> ColumnExpectation:
    source, choice = planned.column, planned.choice
    conversion = choice.conversion
    name = quoted(source.name)
    identity = planned.identity is not None
    source_sql, target_sql = ("NULL", "") if planned.empty else ("", "")
    if conversion is not None and conversion.source_sql is not None and not planned.empty:
        source_sql, target_sql = conversion.source_sql(name), conversion.target_sql(name)
    return ColumnExpectation(
        name=source.name,
        type=shown_type(plan, planned),
        not_null=(source.not_null or identity) and not nullable and not planned.empty,
        default=(source.default is not None or planned.drawn is not None)
        and not is_null(source.default)
        and planned.keep_default
        and not identity
        and not nullable,
        identity=identity,
        generated=source.generated is not None and not filled_by_application(planned),
        source_sql=source_sql,
        target_sql=target_sql,
    )


def _targets(plan: Plan) -> dict[str, tuple[str, ...]]:
    """Entries whose object has another id on the target."""
    found: dict[str, tuple[str, ...]] = {}
    for planned in plan.tables.values():
        for column in [*planned.columns.values(), *(c for c, _ in planned.extra)]:
            _taken_apart(plan, planned, column, found)
            if column.identity is not None:
                made = f"identity:{dotted(plan.place(planned.table.key))}.{column.column.name}"
                found[f"sequence:{dotted(column.identity.key)}"] = (made,)
                if column.column.identity is None:
                    found[f"default:{dotted(planned.table.key)}.{column.column.name}"] = (made,)
    for merge in plan.merges.values():
        _merged(plan, merge.child, found)
    for routine in plan.catalogue.routines.values():
        if routine.kind == "aggregate":  # at most its calls come along, as those of a built-in one
            found[routine_id(routine)] = ()
    found.update(plan.moved)
    found.update(view_targets(plan))
    for user in plan.catalogue.types.values():
        if user.kind == "enum" and f"type:{dotted(user.key)}" not in plan.lost:
            found[f"type:{dotted(user.key)}"] = (f"domain:{dotted(plan.place(user.key))}",)
    for view in plan.catalogue.views.values():
        if view.materialized and view_id(view) not in plan.lost:
            kind, place = "table" if view.key in plan.stored else "view", dotted(plan.place(view.key))
            found[view_id(view)] = (f"{kind}:{place}",)
            found[f"comment:materialized view {dotted(view.key)}"] = (f"comment:{kind} {place}",)
    for key in ("public", *plan.flattened):
        found[f"schema:{key}"] = ()
    return found


def _taken_apart(plan: Plan, planned: TablePlan, column: ColumnPlan, found: dict[str, tuple[str, ...]]) -> None:
    """A column that has become several, its default and its comment."""
    if not column.facets:
        return
    key, place = dotted(planned.table.key), dotted(plan.place(planned.table.key))
    name = column.column.name
    found[f"column:{key}.{name}"] = tuple(f"column:{place}.{facet}" for facet in column.facets)
    for table in plan.element_tables.get(planned.table.key, ()):
        if table.column is column:
            found[f"column:{key}.{name}"] += (f"table:{dotted(table.key)}",)
    made = tuple(f"default:{place}.{n}" for i, n in enumerate(column.facets) if facet_default(column, i) is not None)
    found[f"default:{key}.{name}"] = made
    if (entry := plan.ledger.get(f"comment:column {key}.{name}")) is not None and entry.disposition == "rewritten":
        found[entry.id] = (f"comment:column {place}.{column.facets[0]}",)


def _merged(plan: Plan, child: Key, found: dict[str, tuple[str, ...]]) -> None:
    """A merged child's constraints and indexes live on in the parent's, or not at all."""
    table = plan.catalogue.tables[child]
    for name in table.constraints:
        found[f"constraint:{dotted(child)}.{name}"] = ()
    root = plan.tables.get(plan.root(child))
    if root is None:
        return
    into = dotted(plan.place(root.table.key))
    found[f"table:{dotted(child)}"] = (f"table:{into}",)
    extra = {c.column.name: c for c, _ in root.extra}
    for column in table.columns.values():
        planned = root.columns.get(column.name) or extra.get(column.name)
        if column.name in extra:
            found[f"default:{dotted(child)}.{column.name}"] = ()
        if planned is not None and planned.facets:
            found[f"column:{dotted(child)}.{column.name}"] = tuple(f"column:{into}.{name}" for name in planned.facets)
            found[f"default:{dotted(child)}.{column.name}"] = ()
        for kind in ("column", "default", "identity"):
            found.setdefault(f"{kind}:{dotted(child)}.{column.name}", (f"{kind}:{into}.{column.name}",))
        if planned is not None and planned.identity is not None:
            found[f"default:{dotted(child)}.{column.name}"] = (f"identity:{into}.{column.name}",)
            continue
        if (
            column.default is not None
            and planned is not None
            and (planned.column.default is None or not planned.keep_default)
        ):
            found[f"default:{dotted(child)}.{column.name}"] = ()
        if column.identity is not None and (planned is None or planned.identity is None):
            found[f"identity:{dotted(child)}.{column.name}"] = ()
    for index in plan.catalogue.indexes_of(child):
        entry = plan.ledger.get(f"index:{dotted(index.key)}")
        made = any(f"index:{dotted(index.key)}" in item.ids for item in plan.post)
        if entry is not None and not made:
            found[entry.id] = ()


def _changed(plan: Plan) -> dict[str, tuple[str, ...]]:
    """Differences that the plan made on purpose, by ledger id."""
    found: dict[str, tuple[str, ...]] = {}
    for planned in plan.tables.values():
        opaque = any(c.choice.converted for c in planned.columns.values())
        for constraint in planned.table.constraints.values():
            id = f"constraint:{dotted(planned.table.key)}.{constraint.name}"
            if constraint.kind in ("primary", "unique") and constraint.fact.deferrable:
                found[id] = ("deferrable",)
            elif constraint.kind == "foreign" and {planned.table.key, constraint.references} & plan.script.incomplete:
                found[id] = ("validated",)
            elif constraint.kind == "foreign":
                found[id] = ("references",) if plan.flattened or constraint.references in plan.merges else ()
            elif constraint.kind == "check" and (opaque or plan.flattened or _anew(plan, planned, constraint)):
                found[id] = ("expression",)
            if constraint.origin == "promoted" and constraint.kind in ("primary", "unique"):
                found[id] = ("kind", "columns")
    for user in plan.catalogue.types.values():
        for check in user.checks if user.kind == "domain" else ():
            its = check.fact.expression
            if its is not None and follow_expression(plan, None, its, check.place.statement, domain=user).changes:
                found[f"constraint:{dotted(user.key)}.{check.name}"] = ("expression",)
    for view in plan.catalogue.views.values():
        found[f"view:{dotted(view.key)}"] = ()
    for index in plan.catalogue.indexes.values():
        found[f"index:{dotted(index.key)}"] = _index_changed(plan, index)
    return found | plan.altered


def _anew(plan: Plan, planned: TablePlan, constraint: TableConstraint) -> bool:
    """Whether a CHECK says in other words what it said."""
    its = constraint.fact.expression
    return its is not None and bool(follow_expression(plan, planned, its).changes)


def _index_changed(plan: Plan, index: Index) -> tuple[str, ...]:
    """What of an index says it in other words now, as its columns are of other types or stand elsewhere."""
    planned = plan.tables.get(plan.root(index.table))
    keys = [k.expression for k in index.fact.keys if k.expression is not None]
    split = any(
        _is_split(plan, index.table, k.column) or (planned is not None and folded(planned, k.column))
        for k in index.fact.keys
    )
    found = ["keys"] if split or (plan.flattened and keys) else []
    if any(follow_expression(plan, planned, key).edits for key in keys):
        found.append("keys")
    where = index.fact.where
    if where is not None and (plan.flattened or follow_expression(plan, planned, where, is_filter=True).edits):
        found.append("predicate")
    return tuple(found)


def _flattened(plan: Plan, entry: dict[str, Any]) -> tuple[str, ...] | None:
    """Where an object of a schema that was folded into public is expected; None where it has not moved."""
    kind, name = str(entry["kind"]), str(entry["name"])
    word = ""
    if kind == "comment":
        word, _, name = name.partition(" ")
        word += " "
    schema, _, rest = name.partition(".")
    if (
        kind not in OBJECT_KINDS
        or schema not in plan.flattened
        or entry["disposition"] not in ("kept", "rewritten")
        or not rest
        or not entry["into"]
    ):
        return None
    if (kind if kind != "comment" else word.strip()) in ("column", "default", "identity", "constraint", "trigger"):
        table, _, own = rest.rpartition(".")
        if kind == "constraint" or word == "constraint ":
            own = _constraint_name(plan, (schema, table), own)
        return (f"{kind}:{word}{dotted(plan.place((schema, table)))}.{own}",)
    if "(" in rest:
        rest = _signature(plan, schema, rest)
    place = plan.place((schema, rest)) if "(" not in rest else ("public", f"{schema}__{rest}")
    return (f"{kind}:{word}{dotted(place)}",)


def _signature(plan: Plan, schema: str, signature: str) -> str:
    """name(types) with types that have moved under their new names."""
    routine = plan.catalogue.routines.get((schema, signature))
    if routine is None:
        return signature
    types = []
    for argument in routine.arguments:
        if argument.mode in ("in", "inout", "variadic"):
            found = next(
                (
                    k
                    for k in plan.catalogue.candidates(argument.type.schema, argument.type.name)
                    if k in plan.catalogue.types or k in plan.catalogue.tables
                ),
                None,
            )
            shown = display(argument.type)
            types.append(shown.replace(argument.type.name, plan.place(found)[1]) if found else shown)
    return f"{routine.key[1]}({', '.join(types)})"


def _constraint_name(plan: Plan, table: Key, name: str) -> str:
    """Keys are renamed with their table; a check that PostgreSQL named is named anew after its table."""
    found = plan.catalogue.tables.get(table)
    constraint = found.constraints.get(name) if found else None
    domain = plan.catalogue.types.get(table)
    if constraint is None and domain is not None:
        constraint = next((check for check in domain.checks if check.name == name), None)
        return member(plan, table, name) if constraint is not None and constraint.fact.name is None else name
    if constraint is None:
        return name
    unnamed = constraint.kind == "check" and constraint.fact.name is None and constraint.origin in ("column", "table")
    return member(plan, table, name) if constraint.kind in ("primary", "unique") or unnamed else name


def _is_split(plan: Plan, table: Key, name: str | None) -> bool:
    return name is not None and first_facet(plan, table, name) is not None
