"""What changed in DSQL between two days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from dsql_migrate.errors import Failure
from dsql_migrate.record import Record
from dsql_migrate.target import store


class Change(Record):
    """A capability that came on a day. ``day``: "month" or "seen" where the day is not exact (see timeline.yaml)."""

    since: date
    name: str
    what: str
    day: str | None
    sources: tuple[str, ...]  # addresses
    silenced: tuple[str, ...]  # codes of the rules that are moot from that day on
    begun: tuple[str, ...]  # codes of the rules that hold from that day on
    types: tuple[str, ...]  # column types that came with it
    parameters: tuple[str, ...]  # that a session may set from that day on
    limits: tuple[tuple[str, int, int], ...]  # (name, value before, value from then on)


def changes(begin: date | None = None, end: date | None = None) -> tuple[Change, ...]:
    """What a database of the day ``end`` can do that one of the day ``begin`` could not, by day and name.

    Without ``begin`` everything since the preview, which is included; without ``end`` to the last day the data cover.
    Capabilities whose day is not known are in no range. Raises Failure where ``begin`` lies after ``end``.
    """
    data = store.load()
    last = end or date.fromisoformat(data["timeline"]["covers"])
    if begin is not None and begin > last:
        raise Failure(f"the range ends on {last}, before it begins ({begin})")
    found = [
        _change(name, entry, data)
        for name, entry in data["timeline"]["capabilities"].items()
        if entry["since"] is not None and (begin is None or begin < _day(entry)) and _day(entry) <= last
    ]
    return tuple(sorted(found, key=lambda change: (change.since, change.name)))


def _day(entry: Mapping[str, Any]) -> date:
    return date.fromisoformat(entry["since"])


def _change(name: str, entry: Mapping[str, Any], data: Mapping[str, Any]) -> Change:
    sources = data["timeline"]["sources"]
    links = (evidence.get("url") or sources.get(evidence.get("source", "")) for evidence in entry["evidence"])
    return Change(
        since=_day(entry),
        name=name,
        what=entry["what"],
        day=entry.get("day"),
        sources=tuple(dict.fromkeys(link for link in links if link)),
        silenced=tuple(rule["code"] for rule in data["rules"] if rule.get("until") == name),
        begun=tuple(rule["code"] for rule in data["rules"] if rule.get("since") == name),
        types=tuple(kind for kind, about in sorted(data["types"]["columns"].items()) if about.get("needs") == name),
        parameters=tuple(
            kind for kind, about in sorted(data["parameters"]["settable"].items()) if (about or {}).get("needs") == name
        ),
        limits=tuple(
            (limit, about["before"]["value"], about["value"])
            for limit, about in sorted(data["limits"]["limits"].items())
            if about.get("before", {}).get("until") == name
        ),
    )
