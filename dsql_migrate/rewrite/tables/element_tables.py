"""Tables of the target that hold the elements of array columns: which there are, and their DDL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dsql_migrate.rewrite.forms import Situation
from dsql_migrate.rewrite.forms import choose as choose_form
from dsql_migrate.rewrite.keys.constraints import fate
from dsql_migrate.rewrite.plan import ColumnPlan, ElementTable, Item, Plan, TablePlan, dotted
from dsql_migrate.rewrite.quoting import identifier, one_line, qualified
from dsql_migrate.rewrite.tables.columns import key_columns, set_default, situation, type_text
from dsql_migrate.rewrite.tables.facets import name_facets
from dsql_migrate.rewrite.writing.jobs import waited
from dsql_migrate.schema.model import Key
from dsql_migrate.schema.naming import choose, cut


def why_no_table(plan: Plan, planned: TablePlan, column: ColumnPlan) -> str:
    """Why the elements of a column cannot have a table; empty where they can."""
    primary = planned.table.primary_key
    if planned.discriminator is not None:
        return "rows of several tables are in its own"
    if primary is None or fate(plan, planned, primary).where == "out":
        return "its table has no primary key on DSQL"
    if len(primary.columns) + 1 > plan.target.limit("key-columns"):
        return f"DSQL takes {plan.target.limit('key-columns')} columns in a key"
    if column.column.generated is not None:
        return "its values are generated"
    if column.facets and column.column.default is not None and column.defaults not in (("0",), (None,)):
        return "its default is an array with elements"
    if f"table:{dotted(_key(plan, planned, column))}" in plan.excluded:
        return "the engine refuses the table"
    return ""


def find_element_tables(plan: Plan) -> None:
    """Give every array column whose elements become rows its table, or another form where they cannot."""
    arrays = {k: c for k, p in plan.tables.items() if (c := [c for c in p.columns.values() if c.choice.elements])}
    keyed = key_columns(plan) if arrays else set()
    taken: set[Key] = set()
    for key, columns in arrays.items():
        planned = plan.tables[key]
        for column in columns:
            why = why_no_table(plan, planned, column)
            if why:
                _without_table(plan, planned, column, replace(situation(plan, key, column.column, keyed), no_rows=why))
                continue
            found = _table(plan, planned, column, taken)
            plan.element_tables.setdefault(key, []).append(found)
            reason = f"array: its elements are rows of {dotted(found.key)}, this is their number"
            if not column.facets:
                empty = "''" if column.column.not_null else "NULL"
                reason = f"values too large for DSQL are in parts in {dotted(found.key)}, and {empty} here"
            column.choice = replace(column.choice, reason=reason)


def _without_table(plan: Plan, planned: TablePlan, column: ColumnPlan, at: Situation) -> None:
    """Another form."""
    column.choice, column.defaults, column.keep_default = choose_form(at, column.column.type), (), True
    column.default_sql = None
    if column.column.default is not None:
        set_default(plan, column, column.column.default)
    name_facets(planned)


def _key(plan: Plan, planned: TablePlan, column: ColumnPlan, taken: set[Key] | None = None) -> Key:
    schema, name = plan.place(planned.table.key)
    made = f"{name}_{column.column.name}" + ("" if column.facets else "_parts")
    found, number = (schema, cut(made)), 0
    while plan.catalogue.is_relation(*found) or found in (taken or ()):
        number += 1
        found = (schema, cut(made, 60) + f"_{number}")
    return found


def _table(plan: Plan, planned: TablePlan, column: ColumnPlan, taken: set[Key]) -> ElementTable:
    primary = planned.table.primary_key
    assert primary is not None
    names = list(primary.columns)
    for wanted in ("position" if column.facets else "part", "value"):
        names.append(next(n for n in (wanted, f"{wanted}_1", f"{wanted}_2", f"{wanted}_3") if n not in names))
    found = _key(plan, planned, column, taken)
    taken.add(found)
    return ElementTable(found, planned, column, primary.columns, names[-2], names[-1])


def element_tables(plan: Plan, key: Key) -> Iterator[Item]:
    """The items of the tables that hold the elements of a table's arrays; their foreign keys go behind the rows."""
    for table in plan.element_tables.get(key, ()):
        statement = plan.statements[table.parent.table.place.statement]
        name, id = dotted(table.key), f"table:{dotted(table.key)}"
        plan.extra |= {id, f"constraint:{name}.{_primary(table)}"}
        sql = "\n\n" + _remark(plan, table) + _create(plan, table)
        needs = frozenset({f"relation:{dotted(key)}"})
        yield Item(
            sql.encode("utf-8", "surrogateescape"), statement.number, (id,), statement.search_path,
            frozenset({f"relation:{name}"}), needs, rank=5,
        )  # fmt: skip
        source = f"column:{dotted(table.parent.table.key)}.{table.column.column.name}"
        if plan.target.has("foreign-keys") and plan.decide("foreign-keys", source) != "application":
            _foreign_key(plan, table, id)


def _remark(plan: Plan, table: ElementTable) -> str:
    column = table.column.column
    place = f"{dotted(table.parent.table.key)}.{column.name}"
    line = column.place.line or table.parent.table.place.line
    what = "DSQL102: the elements of" if table.column.facets else "DSQL711: parts of values of"
    return f"-- {what} {one_line(place)} (line {line})\n" if plan.decisions.remarks else ""


def _create(plan: Plan, table: ElementTable) -> str:
    elements = table.column.choice.elements
    assert elements is not None
    lines = [f"{identifier(name)} {key_type(plan, table.parent.columns[name])} NOT NULL" for name in table.keys]
    lines += [f"{identifier(table.position)} integer NOT NULL", f"{identifier(table.value)} {elements.facet.sql}"]
    if not table.column.facets:
        lines[-1] += " NOT NULL"
    keys = ", ".join(identifier(name) for name in (*table.keys, table.position))
    lines.append(f"CONSTRAINT {identifier(_primary(table))} PRIMARY KEY ({keys})")
    for name, check in checks(plan, table):
        plan.extra.add(f"constraint:{dotted(table.key)}.{name}")
        lines.append(f"CONSTRAINT {identifier(name)} CHECK ({check})")
    body = ",\n    ".join(lines)
    return f"CREATE TABLE {qualified(table.key)} (\n    {body}\n);"


def checks(plan: Plan, table: ElementTable) -> Iterator[tuple[str, str]]:
    """(name, condition) of what the element's type kept."""
    elements, taken = table.column.choice.elements, set[str]()
    for condition in elements.checks if elements is not None else ():
        name = choose(table.key[1], table.value, "check", taken.__contains__)
        taken.add(name)
        yield name, condition.format(*[identifier(table.value)] * condition.count("{}"))


def key_type(plan: Plan, column: ColumnPlan) -> str:
    """The type of a column of the parent's primary key, as DDL has it."""
    if column.identity is not None or plan.catalogue.resolve_type(column.column.type).kind == "serial":
        return "bigint"
    return column.choice.sql or type_text(plan, column.column)


def _primary(table: ElementTable) -> str:
    return choose(table.key[1], None, "pkey", lambda _: False)


def _foreign_key(plan: Plan, table: ElementTable, id: str) -> None:
    """The elements go with their row."""
    statement = plan.statements[table.parent.table.place.statement]
    parent = plan.place(table.parent.table.key)
    name = choose(table.key[1], cut("_".join(table.keys)), "fkey", lambda _: False)
    plan.extra.add(f"constraint:{dotted(table.key)}.{name}")
    keys = ", ".join(map(identifier, table.keys))
    body = f"FOREIGN KEY ({keys}) REFERENCES {qualified(parent)} ({keys}) ON DELETE CASCADE"
    add = f"\n\nALTER TABLE ONLY {qualified(table.key)}\n    ADD CONSTRAINT {identifier(name)} {body} NOT VALID;"
    made = frozenset({f"constraint:{dotted(table.key)}.{name}"})
    needs = frozenset({f"relation:{dotted(table.key)}", f"relation:{dotted(table.parent.table.key)}"})
    path, number = statement.search_path, statement.number
    sql, lane = add.encode("utf-8", "surrogateescape"), dotted(table.key)
    plan.post.append(Item(sql, number, (id,), path, made, needs, rank=20, lane=lane))
    validate = f"\nALTER TABLE ASYNC {qualified(table.key)} VALIDATE CONSTRAINT {identifier(name)}"
    lost = f"foreign key {name} of {dotted(table.key)} does not hold for every row: see sys.jobs"
    plan.post.append(Item(waited(validate, lost), number, (id,), path, needs=made, rank=21, lane=lane))
