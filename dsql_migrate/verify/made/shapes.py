"""What a row of a source table may hold: types down to their elements, constraints, what refers to what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from dsql_migrate.verify.queries import MARK


@dataclass(frozen=True, slots=True)
class Type:
    """A type. ``name`` is PostgreSQL's internal one; a domain is shown as what it is over, with its hints.

    ``kind``: base, enum, array, composite, range, multirange. ``hints``: constants of its CHECKs.
    """

    kind: str
    name: str
    modifier: int = -1
    labels: tuple[str, ...] = ()
    element: Type | None = None  # of an array; of a range its subtype; of a multirange its range
    fields: tuple[Type, ...] = ()
    hints: tuple[str, ...] = ()
    not_null: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """``automatic``: it numbers itself; ``default``: it has some default. ``hints``: constants of CHECKs over it."""

    name: str
    type: Type
    not_null: bool
    automatic: bool
    default: bool
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key: ``columns`` refer to ``others`` of ``table``."""

    columns: tuple[str, ...]
    table: tuple[str, str]
    others: tuple[str, ...]


@dataclass(slots=True)
class Shape:
    """A table that rows can be put into, its generated columns aside."""

    schema: str
    name: str
    columns: list[Column] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    checks: dict[str, tuple[str, ...]] = field(default_factory=dict)  # the columns of each CHECK, by its name


_TABLES = b"""
SELECT c.oid::bigint, n.nspname, c.relname, CASE WHEN c.relispartition THEN pg_get_partition_constraintdef(c.oid) END
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND c.relpersistence <> 't'
ORDER BY 2, 3"""
_COLUMNS = b"""
SELECT a.attrelid::bigint, a.attname, a.atttypid::bigint, a.atttypmod, a.attnotnull,
       a.attidentity <> '' OR coalesce(pg_get_expr(d.adbin, d.adrelid), '') LIKE 'nextval(%%', d.adbin IS NOT NULL
FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND a.attrelid = ANY (%s) ORDER BY 1, a.attnum"""
_TYPES = b"""
SELECT t.oid::bigint, t.typname, t.typtype::text, t.typelem::bigint, t.typcategory::text, t.typbasetype::bigint,
       t.typtypmod, t.typnotnull,
       ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder),
       ARRAY(SELECT a.atttypid::bigint FROM pg_attribute a WHERE t.typtype = 'c' AND a.attrelid = t.typrelid
             AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum),
       coalesce(r.rngsubtype, m.rngtypid, 0)::bigint,
       ARRAY(SELECT pg_get_constraintdef(k.oid) FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c'),
       EXISTS (SELECT FROM pg_description s WHERE s.objoid = t.oid AND s.description LIKE %s)
FROM pg_type t LEFT JOIN pg_range r ON r.rngtypid = t.oid LEFT JOIN pg_range m ON m.rngmultitypid = t.oid"""
_CONSTRAINTS = b"""
SELECT k.conrelid::bigint, k.contype::text, pg_get_constraintdef(k.oid),
       ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u(n, i) JOIN pg_attribute a
             ON a.attrelid = k.conrelid AND a.attnum = u.n ORDER BY i),
       n.nspname, c.relname,
       ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY u(n, i) JOIN pg_attribute a
             ON a.attrelid = k.confrelid AND a.attnum = u.n ORDER BY i), k.conname
FROM pg_constraint k LEFT JOIN pg_class c ON c.oid = k.confrelid LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE k.conrelid = ANY (%s) AND k.contype IN ('c', 'f')
  AND NOT EXISTS (SELECT FROM pg_constraint p WHERE p.oid = k.conparentid AND p.conrelid = k.conrelid) ORDER BY k.oid"""

_WORD = re.compile(r"'((?:[^']|'')*)'")
_NUMBER = re.compile(r"(?<![\w'.])-?\d{1,18}(?:\.\d{1,9})?(?![\w'.])")


def read_shapes(connection: Any) -> dict[tuple[str, str], Shape]:
    """Every plain table of a database (partitions included, the tables above them not), by schema and name."""
    tables = {row[0]: row for row in connection.execute(_TABLES).fetchall()}
    types = _Types(connection)
    shapes = {oid: Shape(row[1], row[2]) for oid, row in tables.items()}
    hints: dict[tuple[int, str], list[str]] = {}
    for entry in connection.execute(_CONSTRAINTS, (list(tables),)).fetchall():
        oid, kind, text, columns, schema, name, others, constraint = entry
        if kind == "f":
            shapes[oid].references.append(Reference(tuple(columns), (schema, name), tuple(others)))
        else:
            shapes[oid].checks[constraint] = tuple(columns)
        for column in columns if kind == "c" else ():
            hints.setdefault((oid, column), []).extend(constants(text))
    for oid, name, type, modifier, not_null, automatic, default in connection.execute(
        _COLUMNS, (list(tables),)
    ).fetchall():
        bound = tables[oid][3]
        own = [*hints.get((oid, name), ()), *(constants(bound) if bound and name in bound else ())]
        found = types.get(type, modifier)
        shapes[oid].columns.append(
            Column(name, found, not_null or found.not_null, automatic, default, tuple(dict.fromkeys(own)))
        )
    return {(shape.schema, shape.name): shape for shape in shapes.values()}


def constants(expression: str) -> Iterator[str]:
    """The strings and numbers of an expression, and the whole numbers beside them."""
    for found in _WORD.findall(expression):
        yield found.replace("''", "'")
    for found in _NUMBER.findall(_WORD.sub("", expression)):
        yield found
        if "." not in found:
            yield from (str(int(found) + 1), str(int(found) - 1))


class _Types:
    """The types of a database, put together from its catalogue when they are asked for."""

    def __init__(self, connection: Any) -> None:
        self._rows = {row[0]: row for row in connection.execute(_TYPES, (MARK + ": %",)).fetchall()}

    def get(self, oid: int, modifier: int = -1, depth: int = 0) -> Type:
        """A type by its object id."""
        row = self._rows[oid]
        _, name, kind, element, category, base, own, not_null, labels, fields, under, checks, stand_in = row
        if depth > 8:  # a composite that holds an array of itself
            return Type("base", "unknown")
        if stand_in:
            return Type("base", name)
        if kind == "d":
            found = self.get(base, own, depth + 1)
            hints = (*found.hints, *(c for check in checks for c in constants(check)))
            return Type(
                found.kind, found.name, found.modifier, found.labels, found.element, found.fields, hints,
                not_null or found.not_null,
            )  # fmt: skip
        if category == "A" and element:
            return Type("array", name, modifier, element=self.get(element, modifier, depth + 1))
        if kind == "e":
            return Type("enum", name, labels=tuple(labels))
        if kind == "c":
            return Type("composite", name, fields=tuple(self.get(f, -1, depth + 1) for f in fields))
        if kind in ("r", "m"):
            return Type("range" if kind == "r" else "multirange", name, element=self.get(under, -1, depth + 1))
        return Type("base", name, modifier)
