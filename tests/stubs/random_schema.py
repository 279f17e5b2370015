"""Random tables with foreign keys of every kind, and random writes to them, from a seed."""

import random
from dataclasses import dataclass
from typing import Any, Literal

ACTIONS = ("NO ACTION", "RESTRICT", "CASCADE", "SET NULL", "SET DEFAULT")
COLUMNS = ("id", "part", "code", "u", "v", "x", "y")
# Which columns of a table another may name: its primary key (one or two columns) or a unique key, NULLs allowed in both
# of the latter.
UNIQUE = (("code",), ("u", "v"))


@dataclass(frozen=True)
class Write:
    table: str
    kind: Literal["insert", "update", "delete"]
    key: tuple[int, ...]
    values: dict[str, int | None]


@dataclass(frozen=True)
class Schema:
    keys: dict[str, tuple[str, ...]]  # table -> primary key
    ddl: list[str]


def schema(dice: random.Random, *, deferred: bool) -> Schema:
    """Three tables and three to six foreign keys, self references and cycles among them."""
    keys = {name: dice.choice((("id",), ("id", "part"))) for name in ("a", "b", "c")}
    ddl = []
    for name, key in keys.items():
        columns = [f"{column} integer{_default(dice, column)}{_not_null(dice, column)}" for column in COLUMNS]
        unique = [f"UNIQUE ({', '.join(columns)})" for columns in UNIQUE]
        ddl.append(_create(name, columns, key, unique))
    for number in range(dice.randint(3, 6)):
        ddl.append(_foreign_key(dice, f"fk{number}", keys, deferred))
    return Schema(keys, ddl)


def _create(name: str, columns: list[str], key: tuple[str, ...], unique: list[str]) -> str:
    parts = [*columns, f"PRIMARY KEY ({', '.join(key)})", *unique]
    return f"CREATE TABLE {name} ({', '.join(parts)})"


def _default(dice: random.Random, column: str) -> str:
    return f" DEFAULT {dice.randint(0, 2)}" if column not in {"id", "code"} and dice.random() < 0.5 else ""


def _not_null(dice: random.Random, column: str) -> str:
    return " NOT NULL" if column in {"x", "y"} and dice.random() < 0.2 else ""


def _foreign_key(dice: random.Random, name: str, keys: dict[str, tuple[str, ...]], deferred: bool) -> str:
    child, parent = dice.choice(list(keys)), dice.choice(list(keys))
    referenced = list(dice.choice((keys[parent], keys[parent], *UNIQUE)))
    dice.shuffle(referenced)
    columns = dice.sample([c for c in COLUMNS if child != parent or c not in referenced], len(referenced))
    delete, update = dice.choice(ACTIONS), dice.choice(ACTIONS)
    only = ""
    if delete.startswith("SET") and dice.random() < 0.4:
        only = f" ({', '.join(dice.sample(columns, dice.randint(1, len(columns))))})"
    match = " MATCH FULL" if dice.random() < 0.3 else ""
    later = " DEFERRABLE INITIALLY DEFERRED" if deferred and dice.random() < 0.5 else ""
    return (
        f"ALTER TABLE {child} ADD CONSTRAINT {name} FOREIGN KEY ({', '.join(columns)}) "
        f"REFERENCES {parent} ({', '.join(referenced)}){match} ON DELETE {delete}{only} ON UPDATE {update}{later}"
    )


def write(dice: random.Random, keys: dict[str, tuple[str, ...]], rows: dict[str, list[dict[str, Any]]]) -> Write:
    """One write; it mostly aims at a row that is there, and mostly names keys that are there."""
    name = dice.choice(list(keys))
    kind: Literal["insert", "update", "delete"] = dice.choice(("insert", "insert", "update", "update", "delete"))
    there = [tuple(row[column] for column in keys[name]) for row in rows[name]]
    key = dice.choice(there) if there and dice.random() < 0.9 else tuple(dice.randint(0, 5) for _ in keys[name])
    values: dict[str, int | None] = {}
    if kind == "insert":
        values = {column: _value(dice) for column in COLUMNS if dice.random() < 0.7}
        values |= {column: dice.randint(0, 5) for column in keys[name]}
    elif kind == "update":
        values = {column: _value(dice) for column in dice.sample(COLUMNS, dice.randint(1, 3))}
    return Write(name, kind, key, values)


def _value(dice: random.Random) -> int | None:
    return None if dice.random() < 0.4 else dice.randint(0, 4)
