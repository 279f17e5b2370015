"""Functions that the rewrite put into SQL, run beside the source's: the same arguments have to give the same result.

The arguments are made from the types of the parameters: NULL, boundaries and plain values, all mixes of them where they
are few, else those that a seeded generator takes. Both sides only read.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dsql_migrate.rewrite.plan import Plan
from dsql_migrate.rewrite.quoting import literal, qualified
from dsql_migrate.rewrite.reach import routine_id
from dsql_migrate.schema.model import Routine
from dsql_migrate.source.facts import CreateFunction, TypeName, display
from dsql_migrate.verify import access

SEED = 20
CALLS = 80  # of one function, at most
_SECONDS = 5  # for one call
_TEXTS = ("", "a", "A b", "it's", "42", "-1.5", "%x_", "2024-02-29", "žluť", "true")
_VALUES: Mapping[str, tuple[str, ...]] = {
    "int2": ("0", "1", "-1", "2", "7", "12", "32767", "-32768"),
    "int4": ("0", "1", "-1", "2", "3", "5", "12", "100", "2147483647", "-2147483648"),
    "int8": ("0", "1", "-1", "2", "3", "5", "100", "9223372036854775807", "-9223372036854775808"),
    "numeric": ("0", "1", "-1", "0.5", "2.25", "-7.125", "100", "1000000.01", "99999999999999999999"),
    "float4": ("0", "1", "-1", "0.5", "1e10", "NaN", "Infinity"),
    "float8": ("0", "1", "-1", "0.1", "2.5", "1e300", "NaN", "-Infinity"),
    "bool": ("true", "false"),
    "date": ("2024-02-29", "1970-01-01", "1999-12-31", "2026-07-15", "infinity"),
    "timestamp": ("2024-02-29 12:34:56.789", "1970-01-01", "1999-12-31 23:59:59", "infinity"),
    "timestamptz": ("2024-02-29 12:34:56.789+00", "1970-01-01+00", "2007-05-14 13:44:29+00", "2026-07-15 08:00:00+02"),
    "time": ("00:00", "12:34:56", "23:59:59.999"),
    "interval": ("0", "1 day", "-3 hours", "2 months 3 days", "1 year 00:00:01"),
    "uuid": ("00000000-0000-0000-0000-000000000000", "b7660385-ca97-4b5e-a857-46cd7a6c406a"),
    "json": ("{}", "[]", "null", '{"a": 1}', '[1, "x", null]'),
    "jsonb": ("{}", "[]", "null", '{"a": 1, "b": {"c": [1]}}', '[1, "x", null]'),
    "bytea": ("", "\\x00ff", "\\x6162"),
    "text": _TEXTS,
    "varchar": _TEXTS,
    "bpchar": _TEXTS,
    "name": ("", "a", "public"),
    "citext": _TEXTS,
    "inet": ("10.0.0.1", "10.0.0.0/8", "::1"),
}


@dataclass(frozen=True, slots=True)
class Alike:
    """What running both showed. ``why``: how they differ, or why nothing was run; None where all calls agree."""

    calls: int
    why: str | None = None
    differs: bool = False

    @property
    def proof(self) -> str:
        """As the ledger has it."""
        if self.why is not None:
            return f"unproved: {self.why}"
        calls = "1 call" if self.calls == 1 else f"{self.calls} calls"
        return f"replayed: {calls} with made arguments gave the same on both sides (seed {SEED})"


def compare_functions(source_dsn: str, target_dsn: str, plan: Plan) -> dict[str, Alike]:
    """Run every function that is in SQL now on both sides; by ledger id."""
    routines = plan.catalogue.routines.values()
    wanted = [r for r in routines if routine_id(r) in plan.in_sql and plan.carried(routine_id(r))]
    found: dict[str, Alike] = {}
    if not wanted:
        return found
    source, target = access.reader(source_dsn), access.reader(target_dsn)
    try:
        for connection in (source, target):
            access.limit(connection, _SECONDS)
        for routine in wanted:
            found[routine_id(routine)] = _compare(plan, routine, source, target)
    finally:
        source.close()
        target.close()
    return found


def _compare(plan: Plan, routine: Routine, source: Any, target: Any) -> Alike:
    fact = plan.in_sql[routine_id(routine)].fact
    if not isinstance(fact, CreateFunction):
        return Alike(0, "it is no function")
    parameters = [a.type for a in fact.arguments if a.mode in ("in", "inout")]
    values = [_values(plan, type) for type in parameters]
    if any(not v for v in values) or any(a.mode == "variadic" for a in fact.arguments):
        return Alike(0, "no arguments can be made for its types")
    rows = (fact.returns is not None and fact.returns.setof) or any(a.mode == "table" for a in fact.arguments)
    calls = 0
    for arguments in _mixed(values):
        was = _call(source, routine.key, arguments, rows)
        now = _call(target, plan.place(routine.key), arguments, rows)
        if was == now:
            calls += 1
        elif _call(source, routine.key, arguments, rows) != was:
            continue  # it gives another result at every call
        else:
            return Alike(calls, f"{routine.key[1]}({', '.join(arguments)}) gave {_shown(now)}, not {_shown(was)}", True)
    return Alike(calls) if calls else Alike(0, "it gives another result at every call")


def _values(plan: Plan, type: TypeName) -> list[str]:
    """Constants for a parameter, NULL among them. None at all for a type that is not known here."""
    resolved = plan.catalogue.resolve_type(type)
    base = resolved.base
    if base.kind == "enum" and base.user is not None:
        plain = list(base.user.values)
    elif base.kind == "base" and base.name in _VALUES:
        plain = list(_VALUES[base.name])
    else:
        return []
    if resolved.dimensions or base.dimensions:
        quoted = ['"' + v.replace("\\", "\\\\").replace('"', '\\"') + '"' for v in plain[:4]]
        plain = ["{}", "{" + quoted[0] + "}", "{" + ",".join(quoted) + "}", "{NULL," + quoted[-1] + "}"]
    cast = f"::{display(type)}" if base.kind == "base" and resolved.kind == "base" else ""
    return [*(f"{literal(v).strip()}{cast}" for v in plain), f"NULL{cast}"]


def _mixed(values: list[list[str]]) -> list[tuple[str, ...]]:
    """Combinations of arguments: all of them where they are few, else a seeded choice."""
    total = 1
    for each in values:
        total *= len(each)
    if total <= CALLS:
        return list(itertools.product(*values))
    chance = random.Random(SEED)
    found = {tuple(chance.choice(each) for each in values) for _ in range(CALLS * 4)}
    return sorted(found, key=str)[:: max(1, len(found) // CALLS)][:CALLS]


def _call(connection: Any, key: tuple[str, str], arguments: tuple[str, ...], rows: bool) -> tuple[str, Any]:
    """("rows", what it gives as text) or ("error", the class of its SQLSTATE)."""
    import psycopg

    call = f"{qualified(key)}({', '.join(arguments)})"
    query = f"SELECT t::text FROM {call} AS t" if rows else f"SELECT {call}::text"
    try:
        found = connection.execute(query.encode("utf-8", "surrogateescape")).fetchall()
    except psycopg.Error as error:
        return "error", (error.sqlstate or "")[:2]
    return "rows", sorted(str(row[0]) for row in found) if rows else str(found[0][0])


def _shown(result: tuple[str, Any]) -> str:
    return f"an error of class {result[1]}" if result[0] == "error" else str(result[1])[:60]
