"""Enums as tables: one row a value, in the values' order; columns of the enum are text that refers to it."""

from __future__ import annotations

from dsql_migrate.rewrite.plan import ColumnPlan, Item, Plan, TablePlan, dotted
from dsql_migrate.rewrite.quoting import identifier, literal, one_line, qualified
from dsql_migrate.rewrite.statements.taking import item_of
from dsql_migrate.rewrite.writing.jobs import waited
from dsql_migrate.schema.model import Key, UserType
from dsql_migrate.schema.naming import choose, compose


def lookup_table(plan: Plan, user: UserType) -> None:
    """Enter an enum that becomes a table, with its rows. The table has the type's name: no other relation can."""
    name, statement = dotted(user.key), plan.statements[user.place.statement]
    place = dotted(plan.place(user.key))
    reason = "enum to a table of its values, which its columns refer to"
    files = ("pre-data.sql", "data.sql")
    plan.note("type", name, statement.line, "rewritten", reason, rule="DSQL107", into=files, values=user.values,
              detail="enum")  # fmt: skip
    plan.moved[f"type:{name}"] = (f"table:{place}",)
    key = compose(user.key[1], None, "pkey")
    plan.extra |= {f"column:{place}.value", f"column:{place}.position", f"constraint:{place}.{key}"}
    table = qualified(user.key)
    sql = (
        f"CREATE TABLE {table} (\n    value text NOT NULL,\n    position integer NOT NULL,\n"
        f"    CONSTRAINT {identifier(key)} PRIMARY KEY (value)\n);"
    )
    lead = statement.piece.text[: statement.piece.body]
    made = lead + sql.encode("utf-8", "surrogateescape")
    plan.pre.append(item_of(statement, made, (f"type:{name}",), provides=f"relation:{name}"))
    if user.values:
        rows = ",\n".join(f"    ({literal(value).strip()}, {n})" for n, value in enumerate(user.values, 1))
        text = f"INSERT INTO {table} (value, position) VALUES\n{rows};".encode("utf-8", "surrogateescape")
        plan.data[statement.number] = Item(text, statement.number, (f"type:{name}",), statement.search_path)
        plan.values_of[statement.number] = len(user.values)


def plan_lookup_keys(plan: Plan) -> None:
    """Foreign keys of the columns, behind the load and validated by a job, as native ones are."""
    for planned in plan.tables.values():
        taken = set(planned.table.constraints)
        for column in (*planned.columns.values(), *(c for c, _ in planned.extra)):
            if column.choice.references is not None:
                _key(plan, planned, column, column.choice.references, taken)


def _key(plan: Plan, planned: TablePlan, column: ColumnPlan, enum: Key, taken: set[str]) -> None:
    table, name = planned.table.key, column.column.name
    label = choose(table[1], name, "fkey", taken.__contains__)
    taken.add(label)
    place = dotted(plan.place(table))
    plan.extra.add(f"constraint:{place}.{label}")
    statement = plan.statements[planned.table.place.statement]
    needs = frozenset({f"relation:{dotted(table)}", f"relation:{dotted(enum)}"})
    provided = f"constraint:{dotted(table)}.{label}"
    add = (
        f"\n\n-- DSQL107: what the type of {one_line(name)} said\nALTER TABLE ONLY {qualified(table)}\n"
        f"    ADD CONSTRAINT {identifier(label)} FOREIGN KEY ({identifier(name)})"
        f" REFERENCES {qualified(enum)} (value) NOT VALID;"
    )
    text, lane = add.encode("utf-8", "surrogateescape"), dotted(table)
    plan.post.append(Item(text, statement.number, (), statement.search_path, frozenset({provided}), needs, 20, lane))
    validate = f"ALTER TABLE ASYNC {qualified(table)} VALIDATE CONSTRAINT {identifier(label)}"
    lost = f"foreign key {label} of {place} does not hold for every row: see sys.jobs"
    waiting = waited(f"\n{validate}", lost)
    plan.post.append(
        Item(waiting, statement.number, (), statement.search_path, needs=frozenset({provided}), rank=21, lane=lane)
    )
