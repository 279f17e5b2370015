"""What a body reads, sets and asks of its records: asked before it is printed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from dsql_migrate.stubs.code import steps as s
from dsql_migrate.stubs.code import values as v


def every(value: Any) -> Iterator[Any]:
    """A value or step, and all in it."""
    yield value
    if isinstance(value, tuple):
        for one in value:
            yield from every(one)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from every(getattr(value, field.name))


_SETS = {
    s.Set: ("target",), s.Declare: ("name",), s.Run: ("into", "found", "count"), s.Write: ("into", "found", "count"),
    s.Rows: ("targets", "found"), s.Each: ("target",), s.Count: ("name",),
}  # fmt: skip


def names_read(value: Any) -> Iterator[v.Name]:
    """The variables and rows whose value is read."""
    if isinstance(value, v.Name):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from names_read(one)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            if field.name not in _SETS.get(type(value), ()):
                yield from names_read(getattr(value, field.name))


def targets_of(body: Any) -> Iterator[s.Target]:
    """What is assigned to, declarations aside."""
    for one in every(body):
        if isinstance(one, s.Declare):
            continue
        for name in _SETS.get(type(one), ()):
            found = getattr(one, name)
            yield from (t for t in (found if isinstance(found, tuple) else (found,)) if t is not None)


def columns_read(value: Any) -> dict[str, dict[str, v.Kind]]:
    """The columns of each record, as they are used."""
    found: dict[str, dict[str, v.Kind]] = {}
    for one in every(value):
        if isinstance(one, v.Part):
            found.setdefault(one.of.name, {})[one.column] = one.kind
    return found
