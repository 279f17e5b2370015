"""Rows that writers hold each other off with, where there is no row yet to lock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from dsql_migrate.stubs.naming import identifier, prose
from dsql_migrate.stubs.obligations import Exclusion, Obligations

FILE = "app/guards.sql"
_TEXT = """\
-- Run this once, beside pre-data.sql: the code in app/ needs it.
-- Two transactions that add rows which may not meet both write one row here, so that the later one to commit fails with
-- SQLSTATE 40001 and is repeated. A row stays; there is one for each value that was ever guarded, and any may be
-- deleted while nobody writes.
-- For: {names}.
CREATE TABLE IF NOT EXISTS public.dsql_migrate_guard (
    key text PRIMARY KEY,
    name text NOT NULL
);
"""


def write_guards(obligations: Obligations, folder: Path) -> dict[str, str]:
    """Write ``app/guards.sql`` where an exclusion constraint needs it; returns the file by ledger id."""
    if not obligations.exclusions:
        return {}
    names = ", ".join(prose(f"{'.'.join(one.table)}.{one.name}") for one in obligations.exclusions)
    path = folder / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_TEXT.format(names=names), encoding="utf-8", newline="\n")
    return {one.id: FILE for one in obligations.exclusions}


def conflict_query(one: Exclusion, key: Sequence[str], mark: Callable[[int], str]) -> tuple[str, ...]:
    """A SELECT, in pieces, of a row that the row with a primary key meets. ``mark(n)``: the n-th bound value, from 0.

    ``key``: the columns of the primary key. SQL to the byte: whoever prints it doubles what a driver takes for a mark.
    """
    numbers = range(len(key))
    columns = [f"{identifier(name)} AS key_{n}" for n, name in enumerate(key)]
    columns += [f"({sql}) AS value_{n}" for n, (sql, _) in enumerate(one.elements)]
    where = f" WHERE {one.where}" if one.where else ""
    listed = [*(f"{column}, " for column in columns[:-1]), f"{columns[-1]} "]
    rows = ["(SELECT ", *listed, f"FROM {identifier(*one.table)}{where})"]
    other = " OR ".join(f"other.key_{n} <> made.key_{n}" for n in numbers)
    meets = [f"AND made.value_{n} {operator} other.value_{n} " for n, (_, operator) in enumerate(one.elements)]
    return (
        "SELECT 1 FROM ",
        *rows,
        " AS made JOIN ",
        *rows,
        f" AS other ON ({other}) ",
        *meets,
        f"WHERE {' AND '.join(f'made.key_{n} = {mark(n)}' for n in numbers)} ",
        "LIMIT 1",
    )


def overlap_query(one: Exclusion, key: Sequence[str]) -> str:
    """A SELECT of the pairs of rows that the constraint would refuse, by their primary keys; none: it holds."""
    first = [f"one.{identifier(name)}" for name in key]
    second = [f"two.{identifier(name)}" for name in key]
    columns = ", ".join([*map(identifier, key), *(f"({sql}) AS value_{n}" for n, (sql, _) in enumerate(one.elements))])
    where = f" WHERE {one.where}" if one.where else ""
    rows = f"(SELECT {columns} FROM {identifier(*one.table)}{where})"
    meets = " AND ".join(f"one.value_{n} {operator} two.value_{n}" for n, (_, operator) in enumerate(one.elements))
    shown = [f"{name} AS one_{n}" for n, name in enumerate(first)]
    shown += [f"{name} AS two_{n}" for n, name in enumerate(second)]
    return (
        f"SELECT {', '.join(shown)}\nFROM {rows} AS one\nJOIN {rows} AS two\n"
        f"ON ({', '.join(first)}) < ({', '.join(second)}) AND {meets}"
    )
