"""Materialized views that become tables: their columns, the view that keeps their query, the table, its first rows.

A table needs the types of its columns, which the source need not show. The trial asks the engine for them; without an
engine they are taken from the text, where it says them (``output_types``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dsql_migrate.rewrite.forms import TypeChoice
from dsql_migrate.rewrite.forms.sizes import NUMERIC_PRECISION, NUMERIC_SCALE
from dsql_migrate.rewrite.objects.output_types import Shown, output_types
from dsql_migrate.rewrite.objects.refreshing import FILL, Refresh, refresh_steps
from dsql_migrate.rewrite.plan import ColumnPlan, Item, Plan, TablePlan, dotted
from dsql_migrate.rewrite.quoting import identifier, one_line, qualified
from dsql_migrate.rewrite.reading import Statement
from dsql_migrate.schema.model import Index, Key, Table, TableColumn, View
from dsql_migrate.schema.naming import choose
from dsql_migrate.source.facts import CreateView, Other, TypeName
from dsql_migrate.stubs.naming import file_names

RULE = "DSQL505"


@dataclass(frozen=True, slots=True)
class StoredColumn:
    """``sql``: its type in the table. ``shown``: that type as format_type prints it. ``as_stored``: SQL that makes a
    value of the query (``{}``) one of it."""

    name: str
    sql: str
    shown: str
    internal: str
    as_stored: str = "{}"
    domain: bool = False
    said: str = ""  # what the ledger says of it


@dataclass(frozen=True, slots=True)
class StoredView:
    """A materialized view that is a table now. ``query``: where the view with its query stands on the target."""

    view: View
    query: Key
    columns: tuple[StoredColumn, ...]
    filled: bool  # it holds rows in the source
    planned: TablePlan  # the table, as indexes see it


def find_stored(plan: Plan) -> None:
    """Fill ``plan.stored`` and ``plan.unstored``: what was decided to be a table, and why some of it cannot be one."""
    taken: set[Key] = set()
    for view in plan.catalogue.views.values():
        id = f"materialized view:{dotted(view.key)}"
        if not view.materialized or id in plan.lost or plan.decide("materialized-views", id) != "table":
            continue
        shown = plan.shown.get(id) or output_types(plan, view)
        why = _why_not(plan, view, shown)
        if why or shown is None:
            plan.unstored[view.key] = why
            continue
        columns = tuple(_column(plan, *one) for one in shown)
        plan.stored[view.key] = StoredView(
            view, _query_name(plan, view, taken), columns, _filled(plan, view), _as_table(view, columns)
        )


def _why_not(plan: Plan, view: View, shown: Shown | None) -> str:
    if f"table:{dotted(plan.place(view.key))}" in plan.excluded:
        return f"the engine refuses the table: {plan.excluded[f'table:{dotted(plan.place(view.key))}']}"
    if shown is None:
        return "the types of its columns are known only from a run, which `migrate` does"
    if not shown:
        return "it has no columns"
    if len(shown) > plan.target.limit("columns-per-table"):
        return f"DSQL takes {plan.target.limit('columns-per-table')} columns in a table"
    return ""


def _column(plan: Plan, name: str, sql: str, internal: str) -> StoredColumn:
    """What a column of the query is in the table: DSQL stores fewer types than its queries may have."""
    if internal == "numeric" and sql == "numeric":
        widest = plan.target.limit("numeric-precision")
        wide = f"numeric({min(NUMERIC_PRECISION, widest)},{NUMERIC_SCALE})"
        return StoredColumn(name, wide, wide, internal, f"{{}}::{wide}", said=f"{name} is {wide}")
    if internal in plan.target.types and sql != "bpchar":
        return StoredColumn(name, sql, sql, internal, domain="." in sql)
    near = plan.target.nearest.get("[]" if sql.endswith("[]") else internal, "text").split("(")[0]
    if sql.endswith("[]") and near in ("json", "jsonb"):
        return StoredColumn(name, near, near, near, f"to_jsonb({{}})::{near}", said=f"{name} is {near}, not {sql}")
    near = near if near == "bigint" else "text"
    kind = "int8" if near == "bigint" else near
    return StoredColumn(name, near, near, kind, f"{{}}::{near}", said=f"{name} is {near}, not {sql}")


def as_stored(plan: Plan, stored: StoredView) -> str:
    """What the ledger says of it."""
    said = [c.said for c in stored.columns if c.said]
    first = "its first rows come behind the load" if stored.filled else "it has no rows, as in the source"
    return "; ".join([f"a table, stale between refreshes: its query is in {dotted(stored.query)}; {first}", *said])


def into_of(plan: Plan, stored: StoredView) -> tuple[str, ...]:
    """The files of the bundle that it is in; the script that brings it up to date comes last."""
    script = f"refresh/{refresh_files(plan)[stored.view.key]}"
    return ("pre-data.sql", *(("post-data.sql",) if stored.filled else ()), script)


def refresh_files(plan: Plan) -> dict[Key, str]:
    """The name of each script in refresh/, by the key of the materialized view."""
    names = file_names(plan.place(key) for key in plan.stored)
    return {key: f"{names[plan.place(key)]}.sql" for key in plan.stored}


def _query_name(plan: Plan, view: View, taken: set[Key]) -> Key:
    schema, name = plan.place(view.key)

    def used(found: str) -> bool:
        return plan.catalogue.is_relation(schema, found) or (schema, found) in taken | set(plan.prefixed.values())

    key = (schema, choose(name, None, "query", used))
    taken.add(key)
    return key


def _filled(plan: Plan, view: View) -> bool:
    """Whether it holds rows at the end of the script: made with them, or refreshed."""
    fact = plan.statements[view.place.statement].fact
    if isinstance(fact, CreateView) and fact.with_data:
        return True
    last = None
    for statement in plan.script.statements:
        other = statement.fact
        if isinstance(other, Other) and other.view is not None and refreshed(plan, statement, other) == view.key:
            last = statement
    return last is not None and not without_data(last)


def refreshed(plan: Plan, statement: Statement, fact: Other) -> Key | None:
    """The materialized view that a REFRESH is about."""
    if fact.view is None:
        return None
    plan.catalogue.search_path = statement.search_path or ("public",)
    found = plan.catalogue.relation_key(fact.view)
    if found is None:  # it was renamed since
        made = {key: plan.statements[view.place.statement].fact for key, view in plan.catalogue.views.items()}
        found = next((k for k, m in made.items() if isinstance(m, CreateView) and m.name.name == fact.view.name), None)
    return found


def without_data(statement: Statement) -> bool:
    """REFRESH … WITH NO DATA: it is empty afterwards."""
    words = statement.piece.sql.lower().rstrip().rstrip(b";").split()
    return words[-3:] == [b"with", b"no", b"data"]


def _as_table(view: View, columns: tuple[StoredColumn, ...]) -> TablePlan:
    """The table as those who plan its indexes see it."""
    planned = TablePlan(Table(view.key, view.place, None))
    for one in columns:
        size = one.sql.rpartition("(")[2].rstrip(")") if "(" in one.sql else ""
        modifiers = tuple(part.strip() for part in size.split(",")) if size else ()
        type = TypeName("pg_catalog", one.internal, modifiers)
        column = TableColumn(one.name, type, view.place, view.place, one.name)
        planned.columns[one.name] = ColumnPlan(column, TypeChoice(one.internal))
        planned.table.columns[one.name] = column
    return planned


def key_columns(plan: Plan, view: View) -> tuple[tuple[str, ...], bool]:
    """The columns by which its rows are told apart, () where nothing says so; whether other columns are unique too."""
    unique = [i for i in plan.catalogue.indexes_of(view.key) if i.fact.unique]
    plain = [i for i in unique if _tells_rows_apart(i)]
    names = plan.stored[view.key].planned.columns
    keys = [i.columns for i in plain if all(name in names for name in i.columns)]
    return (keys[0] if keys else ()), len(unique) > 1


def _tells_rows_apart(index: Index) -> bool:
    return index.fact.where is None and all(key.column is not None for key in index.fact.keys)


def stored_items(plan: Plan, stored: StoredView, query: Item) -> Iterator[Item]:
    """The items of the schema: the view with the query, as it was made of the author's text, and the table."""
    yield query
    statement = plan.statements[stored.view.place.statement]
    id, key = f"table:{dotted(plan.place(stored.view.key))}", plan.place(stored.view.key)
    plan.extra.add(f"view:{dotted(stored.query)}")
    lines = ",\n    ".join(f"{identifier(c.name)} {c.sql}" for c in stored.columns)
    remark = f"-- {RULE}: the rows of {one_line(dotted(stored.view.key))} (line {stored.view.place.line})\n"
    sql = f"\n\n{remark if plan.decisions.remarks else ''}CREATE TABLE {qualified(key)} (\n    {lines}\n);"
    yield Item(
        sql.encode("utf-8", "surrogateescape"), statement.number, (id,), statement.search_path,
        frozenset({f"relation:{dotted(stored.view.key)}"}), frozenset({f"relation:{dotted(stored.query)}"}), rank=5,
    )  # fmt: skip
    if stored.filled:
        plan.post.append(_fill(plan, stored, statement, id))


def refresh_of(plan: Plan, stored: StoredView) -> Refresh:
    """What brings its table up to date."""
    keys, others = key_columns(plan, stored.view)
    columns = tuple((c.name, c.as_stored) for c in stored.columns)
    return Refresh(plan.place(stored.view.key), stored.query, columns, keys, apart=others)


def _fill(plan: Plan, stored: StoredView, statement: Statement, id: str) -> Item:
    """The first rows, at the end of the load."""
    refresh = refresh_of(plan, stored)
    (sql,) = refresh_steps(refresh if not refresh.apart else refresh.at_once(), plan.target)
    remark = f"-- {RULE}: the first rows of {one_line(dotted(stored.view.key))}, as refresh/ brings them up to date\n"
    text = f"\n\n{remark if plan.decisions.remarks else ''}{sql}"
    needs = frozenset({f"relation:{dotted(stored.view.key)}"})
    return Item(text.encode("utf-8", "surrogateescape"), statement.number, (id,), statement.search_path,
                needs=needs, rank=FILL)  # fmt: skip


def in_order(plan: Plan) -> list[StoredView]:
    """Those that read others behind them: as they were made, which is the order in which they can be refreshed."""
    return sorted(plan.stored.values(), key=lambda stored: stored.view.place.statement)
