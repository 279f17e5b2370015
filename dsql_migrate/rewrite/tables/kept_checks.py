"""CHECKs for what a type said and the type on DSQL does not: a length, an enum's values, an address's form."""

from __future__ import annotations

from collections.abc import Iterator

from dsql_migrate.rewrite.plan import Plan, TablePlan
from dsql_migrate.rewrite.quoting import identifier
from dsql_migrate.schema.naming import choose


def checks_of_types(plan: Plan, planned: TablePlan) -> Iterator[tuple[str, str, str]]:
    """(name of the constraint, its condition, what to say beside it) for each."""
    taken = set(planned.table.constraints)

    def named(column: str, label: str) -> str:
        name = choose(planned.table.key[1], column, label, taken.__contains__)
        taken.add(name)
        return name

    for column, size in planned.lengths.items():
        note = f"DSQL704: what the type of {column} said"
        yield named(column, "length"), f"char_length({identifier(column)}) <= {size}", note
    for name, found in planned.columns.items():
        for condition in found.choice.checks:
            note = f"{found.choice.rule}: what the type of {name} said"
            names = [identifier(n) for n in found.facets] or [identifier(name)] * condition.count("{}")
            yield named(name, "check"), condition.format(*names), note
