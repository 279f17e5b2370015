"""Checks on the types of columns and domains."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dsql_migrate.lint.checks.registry import check
from dsql_migrate.lint.context import Context
from dsql_migrate.lint.finding import Edit, Fix, Match
from dsql_migrate.lint.subjects import Subject
from dsql_migrate.source.facts import CreateTable, Expression, Span, TypeName, display


@check
def column_type(subject: Subject, context: Context) -> Iterator[Match]:
    """A column or domain whose type is not on the day's allow-list. Domains are judged where they are made."""
    type_: TypeName = subject.part.type
    if _foreign(subject) or type_.dimensions:
        return
    found = context.schema.resolve_type(type_)
    if found.dimensions or found.kind in ("serial", "enum", "domain"):
        return
    target, name = context.target, found.name
    if found.kind == "base" and name in target.types:
        return
    nearest = target.nearest.get(name)
    if nearest is None and found.kind not in ("composite", "range"):
        # A name that nothing here explains may be a domain of an earlier script, or the type of an extension.
        if type_.schema != "pg_catalog" and not context.schema.extensions:
            return
        nearest = "text"
    nearest = nearest or target.nearest["[]" if found.kind == "composite" else "int4range"]
    built_in = found.kind == "base" and name in target.nearest and name not in target.extension_types
    shown = display(replace(type_, schema=None))
    yield Match(
        type_.span,
        {"type": shown, "nearest": nearest, "loss": target.losses.get(name, "operators and checks of the type")},
        sqlstate="0A000" if built_in else "42704",
        message=f"datatype {shown} not supported" if built_in else f'type "{shown}" does not exist',
        fix=_nearest(subject, nearest) if name in target.nearest else None,
    )


def _nearest(subject: Subject, nearest: str) -> Fix | None:
    """The nearest type in its place, unless an expression of the column was written for the old one."""
    column = subject.part
    expressions = [column.default, getattr(column, "generated", None), *(c.expression for c in column.constraints)]
    if any(expression is not None and expression.constant is None for expression in expressions):
        return None
    return Fix("unsafe", (Edit(column.type.span.start, column.type.span.end, nearest),))


@check
def unknown_type(subject: Subject, context: Context) -> Iterator[Match]:
    """A type that nothing here explains: of a column, a domain, or that a string is cast to."""
    part = subject.part
    if not isinstance(part, Expression):
        if not _foreign(subject) and not part.type.dimensions and _is_unknown(part.type, context):
            yield Match(part.type.span, {"type": part.type.name})
        return
    for type_ in part.casts:
        if _is_unknown(type_, context):
            yield Match(_cast_span(type_.name, part.span, context), {"type": type_.name})


def _is_unknown(type_: TypeName, context: Context) -> bool:
    """Whether neither PostgreSQL nor an extension it knows nor the script has a type of that name."""
    target, name = context.target, type_.name
    if type_.schema in ("pg_catalog", "information_schema") or name in target.types or name in target.nearest:
        return False
    if context.schema.extensions or name.startswith(("_", "pg_")) or name.endswith("%type"):
        return False
    found = context.schema.resolve_type(type_)
    if found.kind not in ("base", "unknown") or found.user is not None:
        return False
    return name not in _PSEUDO and context.schema.row_of(type_) is None


_PSEUDO = frozenset(
    [
        "record",
        "cstring",
        "oidvector",
        "int2vector",
        "refcursor",
        "aclitem",
        "cardinal_number",
        "sql_identifier",
        "character_data",
        "yes_or_no",
    ]
)


def _cast_span(name: str, within: Span, context: Context) -> Span:
    places = (
        t for t in context.tokens if t.word.strip('"') == name and within.start <= t.start and t.end <= within.end
    )
    return next((Span(t.start, t.end) for t in places), within)


@check
def array_column(subject: Subject, context: Context) -> Iterator[Match]:
    """A column or domain of an array type: arrays work in expressions, never as a column."""
    type_: TypeName = subject.part.type
    if _foreign(subject):
        return
    found = context.schema.resolve_type(type_)
    if found.dimensions:
        shown = display(TypeName(None, found.name, dimensions=1))
        yield Match(type_.span, {"type": shown, "nearest": context.target.nearest["[]"]})


@check
def bare_numeric(subject: Subject, context: Context) -> Iterator[Match]:
    """numeric without precision: DSQL rounds to the modifiers it implies."""
    type_: TypeName = subject.part.type
    if _foreign(subject) or type_.dimensions or type_.modifiers:
        return
    found = context.schema.resolve_type(type_)
    known = context.target.types.get(found.name)
    if found.kind == "base" and known is not None and known.implied:
        yield Match(type_.span, {"implied": f"{type_.name}({','.join(known.implied)})"})


@check
def type_length(subject: Subject, context: Context) -> Iterator[Match]:
    """char(n) and varchar(n) beyond DSQL's limit."""
    type_: TypeName = subject.part.type
    known = context.target.types.get(type_.name)
    if known is None or known.max_length is None or not type_.modifiers:
        return
    if type_.modifiers[0].isdigit() and int(type_.modifiers[0]) > known.max_length:
        limit = context.target.limits[f"{'char' if type_.name == 'bpchar' else 'varchar'}-length"]
        yield Match(type_.span, {"limit": str(limit.value)}, sqlstate=limit.sqlstate, message=limit.message)


@check
def numeric_precision(subject: Subject, context: Context) -> Iterator[Match]:
    """numeric(p,s) beyond what DSQL stores on the day."""
    type_: TypeName = subject.part.type
    numbers = [int(m) for m in type_.modifiers if m.lstrip("-").isdigit()]
    if type_.name != "numeric" or not numbers:
        return
    precision, scale = context.target.limits["numeric-precision"], context.target.limits["numeric-scale"]
    bounds = {"precision": str(numbers[0]), "most": f"{precision.value}, {scale.value}"}
    wide = context.target.has("wide-numeric")  # what DSQL said before is not known
    lowest = -scale.value if wide else 0
    if not 1 <= numbers[0] <= precision.value:
        told = f"NUMERIC precision {numbers[0]} must be between 1 and {precision.value}"
        yield Match(type_.span, bounds, message=told if wide else None)
    elif len(numbers) > 1 and not lowest <= numbers[1] <= scale.value:
        told = f"NUMERIC scale {numbers[1]} must be between {lowest} and {scale.value}"
        yield Match(type_.span, bounds, message=told if wide else None)


@check
def serial_column(subject: Subject, context: Context) -> Iterator[Match]:
    """serial, bigserial, smallserial: a bigint identity column does the same."""
    type_: TypeName = subject.part.type
    if context.schema.resolve_type(type_).kind != "serial":
        return
    cache = context.target.limit("identity-cache-min")
    fix = None
    if isinstance(subject.owner, CreateTable) and context.target.has("identity-columns"):
        identity = f"bigint GENERATED BY DEFAULT AS IDENTITY (CACHE {cache})"
        same = type_.name == "bigserial"  # programs may expect that the others stay in four bytes
        fix = Fix("safe" if same else "unsafe", (Edit(type_.span.start, type_.span.end, identity),))
    written = type_.span.of(context.text).lower() or type_.name  # serial8 is not called bigserial in the answer
    yield Match(type_.span, {"type": written, "cache": str(cache)}, fix=fix)


def _foreign(subject: Subject) -> bool:
    return isinstance(subject.owner, CreateTable) and subject.owner.foreign_server is not None


def key_word(name: str, within: Span, context: Context) -> Span:
    """Where a column's name stands inside a clause; the clause itself where it is written otherwise."""
    for word, start, end in zip(*context.lexemes, strict=True):
        if within.start <= start and end <= within.end and word.strip('"') == name:
            return Span(start, end)
    return within
