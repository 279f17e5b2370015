"""Columns of a composite type: DSQL has none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from dsql_migrate.rewrite.data import columns_at_once, records
from dsql_migrate.rewrite.data.split import Split, Sql, Values
from dsql_migrate.rewrite.data.values import Conversion, SourceType, column, keep
from dsql_migrate.rewrite.forms.choice import Facet, Situation, TypeChoice
from dsql_migrate.rewrite.forms.internal import internal
from dsql_migrate.rewrite.forms.json_parts import fields_of, holds_itself, json_object
from dsql_migrate.rewrite.forms.nearest import as_type
from dsql_migrate.rewrite.forms.parts import Part, json_type, moved, part
from dsql_migrate.rewrite.quoting import identifier
from dsql_migrate.schema import Resolved
from dsql_migrate.source.facts import TypeName

PRESENT = "_present"  # suffix of the column that tells no row from a row of NULLs


def composite(at: Situation, base: Resolved) -> TypeChoice:
    """By the decision ``composites``; in a key text."""
    source = SourceType(base.name, 0, "composite")
    if at.in_key or holds_itself(at.catalogue, base) or not fields_of(at.catalogue, base):
        return as_type(at, base, source, "text")
    wanted = at.want("composites")
    if wanted == "flatten" and not at.whole:
        return _columns(at, base)
    to = json_type(at, wanted)
    return as_type(at, base, source, "text") if to == "text" else _json(at, base, to)


def _json(at: Situation, base: Resolved, to: str) -> TypeChoice:
    found = json_object(at.catalogue, base)
    target_sql: Sql = column if to == "jsonb" else lambda expression: f"({expression})::jsonb"
    loss = "the types of the fields"
    made = Conversion(f"{base.name} to {to}", found.convert, found.sql, target_sql, loss, None, found.back)
    reason = f"DSQL has no type {base.name}: kept as a JSON object of its fields"
    return TypeChoice(internal(to), to, made, "DSQL101", reason, opaque=True, shown=to)


@dataclass(frozen=True, slots=True)
class _Field:
    """One field, and where its columns stand among those of the row."""

    name: str
    part: Part
    first: int

    @property
    def width(self) -> int:
        return len(self.part.choice.facets) or 1

    @property
    def facets(self) -> tuple[Facet, ...]:
        suffix, choice = f"_{self.name}", self.part.choice
        if not choice.facets:
            return (self.part.facet(suffix),)
        return tuple(replace(f, suffix=suffix + f.suffix, not_null=False) for f in choice.facets)

    def values(self, value: bytes | None) -> Values:
        split = self.part.choice.split
        if split is not None:
            return split.convert(value)
        return (None if value is None else self.part.convert(value),)

    def value(self, values: Values) -> bytes | None:
        own, split = values[self.first : self.first + self.width], self.part.choice.split
        if split is not None:
            return split.back(own)
        return None if own[0] is None else self.part.back(own[0])

    def source_sql(self) -> list[Sql | None]:
        split, name = self.part.choice.split, identifier(self.name)
        if split is None:
            return [_within(name, self.part.source_sql)]
        return [None if sql is None else _within(name, sql) for sql in split.source_sql]

    def target_sql(self) -> tuple[Sql, ...]:
        split = self.part.choice.split
        return split.target_sql if split is not None else (self.part.target_sql,)


def _within(field: str, sql: Sql) -> Sql:
    return lambda expression: sql(f"({expression}).{field}")


def _columns(at: Situation, base: Resolved) -> TypeChoice:
    """A column a field, fields of fields too; and ``present`` where NULL and a row of NULLs both may be."""
    found: list[_Field] = []
    for name, type in fields_of(at.catalogue, base):
        first = found[-1].first + found[-1].width if found else 0
        found.append(_Field(name, _part(at, type), first))
    facets = tuple(facet for field in found for facet in field.facets)
    checks = tuple(check for field in found for check in moved(field.part.choice.checks, field.first))
    if not at.not_null:  # IS NULL of SQL holds for a row of NULLs too; what is stored is not the same
        empty = " AND ".join(f"{{{i}}} IS NULL" for i in range(len(facets)))
        checks += (f"CASE WHEN {{{len(facets)}}} THEN true ELSE {empty} END",)
        facets += (Facet(PRESENT, "boolean", "bool", "boolean", sorts=False),)
    reason = f"DSQL has no type {base.name}: its fields are columns of their own"
    return TypeChoice(
        "", None, None, "DSQL101", reason, opaque=True, facets=facets, split=_split(at, base, tuple(found)),
        checks=checks, blocker=any(field.part.choice.blocker for field in found),
    )  # fmt: skip


def _part(at: Situation, type: TypeName) -> Part:
    """A field may be NULL where its domain may not, as long as there is no row; an array stays in its column."""
    resolved = at.catalogue.resolve_type(type)
    inner = replace(at, whole=bool(resolved.arrays))
    domain = resolved
    while domain.kind == "domain" and domain.user is not None and domain.user.base is not None:
        if domain.user.not_null and not at.not_null:
            type = domain.user.base
        domain = at.catalogue.resolve_type(domain.user.base)
    return part(inner, type)


def _split(at: Situation, base: Resolved, fields: tuple[_Field, ...]) -> Split:
    count, told = len(fields), not at.not_null
    width = fields[-1].first + fields[-1].width + told
    nothing: Values = (None,) * width
    present: Values = (b"t",) if told else ()
    kept = all(field.part.choice.split is None and field.part.convert is keep for field in fields)

    def convert(value: bytes | None) -> Values:
        if value is None:
            return nothing
        if kept:
            return records.fields(value, count) + present
        found: Values = ()
        for field, one in zip(fields, records.fields(value, count), strict=True):
            found += field.values(one)
        return found + present

    def back(values: Values) -> bytes | None:
        gone = values[-1] not in (b"t", b"true") if told else False
        return None if gone else records.text(tuple(field.value(values) for field in fields))

    sources = [sql for field in fields for sql in field.source_sql()]
    targets = [sql for field in fields for sql in field.target_sql()]
    if told:
        sources.append(lambda expression: f"CASE WHEN {expression} IS DISTINCT FROM NULL THEN true END")
        targets.append(column)
    many = partial(columns_at_once.rows, count=count, behind=present) if kept else None
    lost = "row operators"
    return Split(f"{base.name} to columns", width, convert, back, tuple(sources), tuple(targets), lost, many=many)
