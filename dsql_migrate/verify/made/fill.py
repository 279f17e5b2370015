"""Puts made rows into empty tables of the source, as far as its constraints take them: others are tried anew."""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

from dsql_migrate.verify.digest import quoted
from dsql_migrate.verify.made.shapes import Column, Reference, Shape
from dsql_migrate.verify.made.values import value

Name = tuple[str, str]
Parents = Mapping[Reference, list[tuple[str, ...]]]

ROWS = 8  # wanted of a table
_TRIES = 6  # of a row, each plainer than the one before
_REPAIRS = 8  # of what a CHECK refuses, in each
_GIVE_UP = 3  # rows of a table that takes none
_PARENTS = 20  # rows of a table that others may refer to

_QUIET = b"""
DO $$
DECLARE r record;
BEGIN
  FOR r IN SELECT c.oid::regclass AS t, c.relhastriggers, c.relkind FROM pg_class c
           JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
             AND c.relhastriggers AND EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = c.oid AND NOT g.tgisinternal)
  LOOP
    BEGIN EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', r.t); EXCEPTION WHEN OTHERS THEN NULL; END;
  END LOOP;
  FOR r IN SELECT w.ev_class::regclass AS t, w.rulename FROM pg_rewrite w JOIN pg_class c ON c.oid = w.ev_class
           WHERE c.relkind IN ('r', 'p') LOOP
    BEGIN EXECUTE format('ALTER TABLE %s DISABLE RULE %I', r.t, r.rulename); EXCEPTION WHEN OTHERS THEN NULL; END;
  END LOOP;
END $$"""


def quieten(connection: Any) -> None:
    """No trigger and no rule of the script meets the made rows: DSQL has none, and other rows would come of them."""
    connection.execute(_QUIET)


def in_order(shapes: Mapping[Name, Shape], wanted: Iterable[Name]) -> list[Name]:
    """Tables that are referred to come first; a cycle is entered by name."""
    done: dict[Name, None] = {}
    open_: set[Name] = set()

    def visit(name: Name) -> None:
        if name in done or name in open_ or name not in shapes:
            return
        open_.add(name)
        for reference in shapes[name].references:
            visit(reference.table)
        done[name] = None

    for name in sorted(wanted):
        visit(name)
    chosen = set(wanted)
    return [name for name in done if name in chosen]


def fill(connection: Any, shape: Shape) -> int:
    """Put rows into one empty table; how many it took. ``connection``: its owner's, in autocommit."""
    chance = random.Random(zlib.crc32(f"{shape.schema}.{shape.name}".encode()))
    parents = {r: _parents(connection, r) for r in shape.references}
    rows = [_row(shape, parents, chance, number, 0) for number in range(ROWS)]
    whole = [row for row in rows if row is not None]
    if len(whole) == ROWS and _refusal(connection, shape, whole) is None:
        return ROWS
    taken = 0
    for number in range(ROWS):
        if _one(connection, shape, parents, chance, number):
            taken += 1
        elif number >= _GIVE_UP and not taken:
            break
        if any(r.table == (shape.schema, shape.name) for r in shape.references):
            parents = {r: _parents(connection, r) for r in shape.references}
    return taken


def _one(connection: Any, shape: Shape, parents: Parents, chance: random.Random, number: int) -> bool:
    """Put one row in. Where a CHECK refuses it, only that CHECK's columns get other values."""
    row = None
    for attempt in range(_TRIES):
        fresh = _row(shape, parents, chance, number, attempt)
        row = fresh if row is None else row
        for _ in range(_REPAIRS):
            if row is None:
                return False
            refusal = _refusal(connection, shape, [row])
            if refusal is None:
                return True
            guilty = shape.checks.get(refusal)
            if guilty is None:
                break
            again = _row(shape, parents, chance, number, attempt + 1) or {}
            row = {**row, **{name: again[name] for name in guilty if name in again}}
        row = None
    return False


def _parents(connection: Any, reference: Reference) -> list[tuple[str, ...]]:
    """Rows that can be referred to, by the text of the columns."""
    import psycopg

    columns = ", ".join(f"{quoted(c)}::text" for c in reference.others)
    some = " AND ".join(f"{quoted(c)} IS NOT NULL" for c in reference.others)
    try:
        found = connection.execute(
            f"SELECT {columns} FROM {quoted(*reference.table)} WHERE {some} LIMIT {_PARENTS}".encode()
        )
        return [tuple(row) for row in found.fetchall()]
    except psycopg.Error:
        return []


def _row(
    shape: Shape, parents: Parents, chance: random.Random, number: int, attempt: int
) -> dict[str, str | None] | None:
    """Text by column, None for NULL; columns with a default may be left out. None where a row cannot be made.

    The first row has NULL wherever it can, the second one the edges of the types; later attempts are plainer.
    """
    odd = max(0.0, (1.0 if number == 1 else 0.4) - attempt * 0.3)
    empty = max(0.0, (1.0 if number == 0 else 0.15) - attempt * 0.15)
    hinted = 0.5 if attempt == 0 else 0.85
    row: dict[str, str | None] = {}
    for column in shape.columns:
        if column.automatic or (column.default and chance.random() < 0.15):
            continue
        made = None if not column.not_null and chance.random() < empty else value(column, chance, odd, hinted)
        if made is None and column.not_null:
            if not column.default and not any(column.name in r.columns for r in shape.references):
                return None
            continue
        row[column.name] = made
    columns = {column.name: column for column in shape.columns}
    for reference in shape.references:
        if not _refer(row, reference, columns, parents[reference], chance, number, attempt):
            return None
    return row


def _refer(
    row: dict[str, str | None],
    reference: Reference,
    columns: Mapping[str, Column],
    rows: list[tuple[str, ...]],
    chance: random.Random,
    number: int,
    attempt: int,
) -> bool:
    """Make the row refer to one that is there, or to none; False where it can do neither."""
    known = [columns[c] for c in reference.columns if c in columns]
    optional = [column for column in known if not column.not_null]
    if rows and not (optional and (chance.random() < 0.3 or (number == 0 and attempt == 0))):
        found = zip(reference.columns, chance.choice(rows), strict=False)
        row.update({name: text for name, text in found if name in columns})  # the server computes a generated one
        return True
    if optional:
        for column in optional:
            row[column.name] = None
        return True
    own = dict(zip(reference.columns, reference.others, strict=False))
    if all(other in row and row[other] is not None for other in own.values()):  # a row that refers to itself
        row.update({near: row[far] for near, far in own.items()})
        return True
    return False


def _refusal(connection: Any, shape: Shape, rows: list[dict[str, str | None]]) -> str | None:
    """None where the server takes the rows, all together; else the constraint that it names, or nothing."""
    import psycopg

    names = list(dict.fromkeys(name for row in rows for name in row))
    listed = ", ".join(quoted(name) for name in names)
    values = ", ".join("(" + ", ".join(_sql(row, name) for name in names) + ")" for row in rows)
    source = f"({listed}) VALUES {values}" if names else "DEFAULT VALUES"
    try:
        connection.execute(f"INSERT INTO {quoted(shape.schema, shape.name)} {source}".encode())
    except psycopg.Error as error:
        return error.diag.constraint_name or ""
    except UnicodeError:
        return ""
    return None


def _sql(row: Mapping[str, str | None], name: str) -> str:
    if name not in row:
        return "DEFAULT"
    made = row[name]
    return "NULL" if made is None else "'" + made.replace("'", "''") + "'"
