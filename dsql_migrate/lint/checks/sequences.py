"""Checks on sequences and identity columns."""

from __future__ import annotations

from collections.abc import Iterator

from dsql_migrate.lint.checks.registry import check
from dsql_migrate.lint.context import Context
from dsql_migrate.lint.finding import Edit, Fix, Match
from dsql_migrate.lint.subjects import Subject
from dsql_migrate.source.facts import AlterAction, Column, Identity, SequenceOptions, Span, TypeName, display

_SESSIONS = 10_000  # each takes a whole cache of numbers: so many must fit into the range


@check
def identity_cache(subject: Subject, context: Context) -> Iterator[Match]:
    """An identity column without CACHE, or with one that DSQL refuses. SET GENERATED may leave CACHE as it is."""
    identity: Identity = subject.part
    options = identity.options
    changes = isinstance(subject.parent, AlterAction) and subject.parent.kind == "set identity"
    if _cache_is_fine(options, context) or (changes and options.cache is None):
        return
    behind = Edit(identity.span.end, identity.span.end, f" (CACHE {cache_for(options, context)})")
    if context.text[identity.span.end - 1 : identity.span.end] == b")":
        behind = Edit(identity.span.end - 1, identity.span.end - 1, f" CACHE {cache_for(options, context)}")
    yield _cache_match(options, identity.span, context, behind)


@check
def sequence_cache(subject: Subject, context: Context) -> Iterator[Match]:
    """CREATE SEQUENCE without CACHE, or a CACHE that DSQL refuses."""
    options: SequenceOptions = subject.part.options
    creates = type(subject.part).__name__ == "CreateSequence"
    if _cache_is_fine(options, context) or (options.cache is None and not creates):
        return
    end = context.fact.span.end
    own = context.fact is subject.part  # one inside of CREATE SCHEMA ends somewhere else
    behind = Edit(end, end, f" CACHE {cache_for(options, context)}") if own else None
    yield _cache_match(options, subject.part.name.span, context, behind)


def _cache_is_fine(options: SequenceOptions, context: Context) -> bool:
    return options.cache == 1 or (options.cache or 0) >= context.target.limit("identity-cache-min")


def cache_for(options: SequenceOptions, context: Context) -> int:
    """The CACHE that suits a sequence: the least large one, or 1 where its range would soon be used up."""
    least = context.target.limit("identity-cache-min")
    low = options.minvalue if isinstance(options.minvalue, int) else options.start or 1
    high = options.maxvalue if isinstance(options.maxvalue, int) else None
    if options.cycle or (options.increment or 1) < 0 or (high is not None and high - low < least * _SESSIONS):
        return 1
    return least


def _cache_match(options: SequenceOptions, without: Span, context: Context, behind: Edit | None) -> Match:
    limit = context.target.limits["identity-cache-min"]
    at = options.span_of("cache")
    values = {"cache": f"CACHE {options.cache}" if options.cache is not None else "no CACHE", "least": str(limit.value)}
    if at is None:
        return Match(without, values, fix=None if behind is None else Fix("safe", (behind,)))
    fix = Fix("safe", (Edit(at.start, at.end, f"CACHE {cache_for(options, context)}"),))
    told = (limit.message or "").format(cache=options.cache)
    return Match(at, values, fix=fix, message=told or None)


@check
def identity_type(subject: Subject, context: Context) -> Iterator[Match]:
    """An identity column that is not bigint."""
    type_ = _identity_type(subject, context)
    if type_ is None:
        return
    resolved = context.schema.resolve_type(type_)
    if resolved.kind == "base" and resolved.name == "int8" and not resolved.dimensions:
        return
    shown = display(type_)
    at, fix = subject.part.span, None
    if isinstance(subject.parent, Column):
        at = type_.span
        fix = Fix("unsafe", (Edit(at.start, at.end, "bigint"),))
    yield Match(at, {"type": shown}, fix=fix)


def _identity_type(subject: Subject, context: Context) -> TypeName | None:
    if isinstance(subject.parent, Column):
        return subject.parent.type
    table = context.schema.table(subject.owner.name)
    column = table.columns.get(subject.parent.name or "") if table else None
    return column.type if column else None


@check
def identity_not_null(subject: Subject, context: Context) -> Iterator[Match]:
    """ADD GENERATED AS IDENTITY on a column that this script has made without NOT NULL."""
    action: AlterAction = subject.part
    table = context.schema.table(subject.owner.name)
    column = table.columns.get(action.name or "") if table else None
    if table is None or column is None or column.not_null:
        return
    key = table.primary_key
    if key is None or column.name not in key.columns:
        told = f'column "{column.name}" of relation "{table.key[1]}" must be declared NOT NULL before identity can be'
        told = f"{told} added"
        yield Match(action.span, {"column": column.name}, message=told)


@check
def sequence_type(subject: Subject, context: Context) -> Iterator[Match]:
    """AS smallint or AS integer."""
    type_ = subject.part.options.type
    if type_ is not None and type_.name not in ("int8", "bigint"):
        at = subject.part.options.span_of("as") or type_.span
        fix = Fix("unsafe", (Edit(at.start, at.end, "AS bigint"),))
        yield Match(at, {"type": display(type_)}, fix=fix)
