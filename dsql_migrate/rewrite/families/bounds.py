"""The bounds of a partition as a condition over its rows: FOR VALUES IN (…), FROM (…) TO (…).

PostgreSQL keeps them itself (manual, 5.11.2: range bounds are inclusive below and exclusive above). Bounds of hash
partitions and of DEFAULT are left out: the one is a function that DSQL need not have, the other all that is elsewhere.
"""

from __future__ import annotations

import re

from dsql_migrate.rewrite.quoting import identifier

_VALUE = re.compile(r"\s*('(?:[^'\\]|'')*'|-?\d+(?:\.\d+)?|true|false|null|minvalue|maxvalue)\s*(,|$)", re.I)
_IN = re.compile(r"\s*for\s+values\s+in\s*\((.*)\)\s*", re.I | re.S)
_RANGE = re.compile(r"\s*for\s+values\s+from\s*\((.*)\)\s*to\s*\((.*)\)\s*", re.I | re.S)


def bound_condition(partition_by: tuple[str, ...], bound: str) -> str | None:
    """A boolean SQL expression; None where the bounds are no list or range of plain constants over columns.

    ``partition_by``: the strategy, and the columns of the key. ``bound``: the text of the partition's bounds.
    """
    strategy, *columns = partition_by or ("",)
    if "(expression)" in columns or not columns:
        return None
    if strategy == "list" and (found := _IN.fullmatch(bound)) is not None:
        return _listed(identifier(columns[0]), _values(found[1]))
    if strategy == "range" and (found := _RANGE.fullmatch(bound)) is not None:
        return _between([identifier(column) for column in columns], _values(found[1]), _values(found[2]))
    return None


def _values(text: str) -> list[str] | None:
    """The constants of a list; None where something else stands in it."""
    values, at = [], 0
    while at < len(text):
        match = _VALUE.match(text, at)
        if match is None:
            return None
        values.append(match[1])
        at = match.end()
    return values


def _listed(column: str, values: list[str] | None) -> str | None:
    if not values or any(value.lower() in ("minvalue", "maxvalue") for value in values):
        return None
    known = [value for value in values if value.lower() != "null"]
    parts = [f"{column} IN ({', '.join(known)})"] if known else []
    if len(known) < len(values):
        return " OR ".join([f"{column} IS NULL", *parts])
    return f"{column} IS NOT NULL AND {parts[0]}"


def _between(columns: list[str], low: list[str] | None, high: list[str] | None) -> str | None:
    if low is None or high is None or not len(columns) == len(low) == len(high):
        return None
    parts = [f"{column} IS NOT NULL" for column in columns]
    for values, sign in ((low, ">="), (high, "<")):
        open_ends = [value.lower() in ("minvalue", "maxvalue") for value in values]
        if all(open_ends):
            continue
        if any(open_ends):
            return None
        parts.append(f"{_row(columns)} {sign} {_row(values)}")
    return " AND ".join(parts)


def _row(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"({', '.join(parts)})"
