"""What a footprint needs to know of each table: where its columns stand, its unique keys, its foreign keys."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from dsql_migrate.engine.occ.values import Canonical, canonical

# One element of PostgreSQL's text of an array of one dimension: quoted, with backslashes, or plain.
_ELEMENT = re.compile(r'(?:"((?:[^"\\]++|\\.)*+)"|([^",{}\\]++))(,|\Z)', re.DOTALL)

Part = tuple[int, tuple[Canonical, ...]]
"""One column of a key: its place in the row's text, and what makes its values comparable, applied in this order."""


@dataclass(frozen=True, slots=True)
class Key:
    """Columns that are unique together, or that reference such columns; relation: the table whose row they tell.

    columns: their names in the table with the unique key, in one order whatever order an index or a foreign key has.
    parts: where the values stand in a row. nulls_equal: a NULL is like any other value (NULLS NOT DISTINCT).
    """

    relation: int
    columns: tuple[str, ...]
    parts: tuple[Part, ...]
    nulls_equal: bool = False

    def places(self) -> Iterator[int]:
        """Where the columns stand in a row's text."""
        return (place for place, _ in self.parts)


@dataclass(frozen=True, slots=True)
class Shape:
    """One table: its columns in the order of the row's text, its unique keys, and what its rows reference.

    key_places: where the columns stand whose change makes an update one of key columns.
    """

    relation: int
    columns: tuple[str, ...] = ()
    keys: tuple[Key, ...] = ()
    references: tuple[Key, ...] = ()
    key_places: tuple[int, ...] = ()


class Shapes(dict[int, Shape]):
    """The tables of a database by oid. A table that is not in it is taken for one without keys."""

    def __init__(self, rows: Iterable[Sequence[Any] | Mapping[str, Any]] = ()) -> None:
        """Reads rows of ``pg_dsql.shapes()``: relation, name, columns, keys, primary_key, references_[, types].

        Lists come as lists or as PostgreSQL's text of an array, JSON as text or parsed. A key is the list of its
        columns, or ``{"columns": […], "nulls_not_distinct": true}``. types are internal names, one a column.
        ValueError where a row cannot be read, or names a column that the table has not.
        """
        super().__init__()
        told = [_Told.of(row) for row in rows]
        self._named: dict[str, set[int]] = {}
        for each in told:
            self._named.setdefault(each.name, set()).add(each.relation)
        types = {each.relation: dict(zip(each.columns, each.types, strict=False)) for each in told}
        self._children: dict[int, set[int]] = {}
        for each in told:
            shape = self[each.relation] = _shape(each, types)
            for reference in shape.references:
                self._children.setdefault(reference.relation, set()).add(each.relation)
        self._deferrable = {
            (each.relation, int(reference["parent"]))
            for each in told
            for reference in each.references
            if reference.get("deferrable")
        }

    def __missing__(self, relation: int) -> Shape:
        return Shape(relation)

    def children(self, relation: int) -> Set[int]:
        """The tables with a foreign key to this one."""
        return self._children.get(relation, set())

    def reached(self, names: Iterable[Sequence[str]]) -> tuple[Set[int], Set[int]]:
        """What a statement that changes these tables may touch at most: tables that it changes, those it refers to.

        A name may be of any schema; without names, and with one that is no table's, it is every table.
        """
        found: set[int] = set()
        last = {name[-1] for name in names}
        if not last or not last <= self._named.keys():
            found.update(self)
        for name in last & self._named.keys():
            found |= self._named[name]
        waiting = list(found)
        while waiting:
            fresh = self.children(waiting.pop()) - found
            found |= fresh
            waiting.extend(fresh)
        parents = {reference.relation for relation in found for reference in self[relation].references}
        return found, parents

    def deferrable(self, relations: Iterable[int]) -> bool:
        """Whether a DEFERRABLE foreign key is of one of these tables, or to one."""
        tables = set(relations)
        return any(not tables.isdisjoint(pair) for pair in self._deferrable)


@dataclass(frozen=True, slots=True)
class _Told:
    """A row of ``pg_dsql.shapes()``, read."""

    relation: int
    name: str  # without its schema
    columns: tuple[str, ...]
    keys: tuple[Any, ...]
    references: tuple[Any, ...]
    types: tuple[str, ...]

    @classmethod
    def of(cls, row: Sequence[Any] | Mapping[str, Any]) -> _Told:
        names = ("relation", "name", "columns", "keys", "primary_key", "references_", "types")
        told = dict(row) if isinstance(row, Mapping) else dict(zip(names, row, strict=False))
        try:
            return cls(
                relation=int(told["relation"]),
                name=_last(str(told.get("name", ""))),
                columns=tuple(_array(told["columns"])),
                keys=tuple(_parsed(key) for key in _array(told["keys"])),
                references=tuple(_parsed(told["references_"]) or ()),
                types=tuple(_array(told.get("types"))),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"not the shape of a table: {error!r}") from None


def _shape(told: _Told, types: Mapping[int, Mapping[str, str]]) -> Shape:
    place = {column: number for number, column in enumerate(told.columns)}
    own = types[told.relation]

    def key(columns: Sequence[str], nulls_equal: bool) -> Key:
        named = tuple(sorted(set(columns)))
        parts = tuple((place[column], _steps(own.get(column))) for column in named)
        return Key(told.relation, named, parts, nulls_equal)

    def reference(parent: int, columns: Sequence[str], parent_columns: Sequence[str]) -> Key:
        pairs = sorted(zip(parent_columns, columns, strict=True))
        theirs = types.get(parent, {})
        parts = tuple((place[column], _steps(own.get(column), theirs.get(name))) for name, column in pairs)
        return Key(parent, tuple(name for name, _ in pairs), parts)

    try:
        named = [each if isinstance(each, dict) else {"columns": each} for each in told.keys]
        keys = tuple(dict.fromkeys(key(each["columns"], bool(each.get("nulls_not_distinct"))) for each in named))
        references = tuple(
            reference(int(each["parent"]), each["columns"], each["parent_columns"]) for each in told.references
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"not the shape of a table: {told.relation}: {error!r}") from None
    places = tuple(sorted({number for each in keys for number in each.places()}))
    return Shape(told.relation, told.columns, keys, references, places)


def _last(name: str) -> str:
    """The last part of a table's name as SQL."""
    if not name.endswith('"'):
        return name.rpartition(".")[2]
    return name[:-1].replace('""', "\0").rpartition('"')[2].replace("\0", '"')


def _steps(*types: str | None) -> tuple[Canonical, ...]:
    found = (canonical(each) for each in dict.fromkeys(types) if each)
    return tuple(each for each in found if each)


def _parsed(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str | bytes) else value


def _array(value: Any) -> Sequence[Any]:
    """The elements of a list, or of PostgreSQL's text of an array: ``{a,"b \\"c\\""}``. None is an empty one."""
    if value is None:
        return ()
    if not isinstance(value, str):
        return list(value)
    if value[:1] != "{" or value[-1:] != "}":
        raise ValueError("not the text of an array")
    found = []
    body, at = value[1:-1], 0
    while at < len(body):
        match = _ELEMENT.match(body, at)
        if not match:
            raise ValueError("the text of an array cannot be read")
        quoted, plain, _ = match.groups()
        found.append(plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL))
        at = match.end()
    return found
