"""Advice: what DSQL takes and what costs more, fails more often or sorts otherwise there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dsql_migrate.lint.checks.registry import check
from dsql_migrate.lint.checks.types import key_word
from dsql_migrate.lint.context import Context
from dsql_migrate.lint.finding import Match
from dsql_migrate.lint.subjects import Subject
from dsql_migrate.schema import Catalogue
from dsql_migrate.source import regex
from dsql_migrate.source.facts import AlterTable, Constraint, CreateTable, Expression, Insert, Name, Span
from dsql_migrate.source.parse import Token

_CLOCK = frozenset({"now", "clock_timestamp", "statement_timestamp", "transaction_timestamp"})
_TIMES = frozenset({"timestamp", "timestamptz", "date"})
_TEXT = frozenset({"text", "varchar", "bpchar"})
_VERSIONS = frozenset({"version", "lock_version", "row_version", "revision"})  # one row's own, raised with its change
_NOT_A_NUMBER = frozenset({"SCONST", "INTERVAL", "ARRAY"})  # json - 'key', a date that moves
_BYTES = frozenset({"C", "POSIX", "ucs_basic"})


@check
def rising_key(subject: Subject, context: Context) -> Iterator[Match]:
    """A primary key that begins with a number from a sequence, or with the time of the insert."""
    constraint: Constraint = subject.part
    if not constraint.columns:
        return
    name = constraint.columns[0]
    column = _column(name, subject, context)
    source = _rising(column, context) if column is not None else None
    if source is not None:
        at = constraint.span if constraint.inline else key_word(name, constraint.span, context)
        yield Match(at, {"column": name, "source": source, "object": str(subject.owner.name)})


def _column(name: str, subject: Subject, context: Context) -> Any:
    """A column of the statement itself, or of the table that it changes."""
    if isinstance(subject.owner, CreateTable):
        return next((column for column in subject.owner.columns if column.name == name), None)
    table = context.schema.table(subject.owner.name) if isinstance(subject.owner, AlterTable) else None
    return table.columns.get(name) if table else None


def _rising(column: Any, context: Context) -> str | None:
    if column.identity is not None:
        return "an identity column"
    resolved = context.schema.resolve_type(column.type)
    if resolved.kind == "serial":
        return f"a {column.type.name}"
    default: Expression | None = column.default
    if default is None:
        return None
    if default.sequences:
        return "a number from a sequence"
    told = any(f.name in _CLOCK for f in default.functions) or "current_timestamp" in default.clauses
    return "the time of the insert" if told and resolved.base.name in _TIMES else None


@check
def cache_one(subject: Subject, context: Context) -> Iterator[Match]:
    """CACHE 1 of a sequence or an identity column."""
    options = subject.part.options
    at = options.span_of("cache")
    if at is not None:
        yield Match(Span(at.end - 1, at.end))  # the number: a template may stand in its place


@check
def foreign_key_index(subject: Subject, context: Context) -> Iterator[Match]:
    """A foreign key whose columns begin no index when the script ends, in whatever order: they are compared with =."""
    constraint: Constraint = subject.part
    owner = subject.owner
    if not isinstance(owner, (CreateTable, AlterTable)) or constraint.references is None:
        return
    key = context.schema.new_key(owner.name) if isinstance(owner, CreateTable) else context.schema.table_key(owner.name)

    def has_index_or_is_gone(catalogue: Catalogue) -> bool:
        named = catalogue.tables.get(key)
        for table in [named] if named else catalogue.tables.values():  # renamed since
            for found in table.constraints.values():
                if found.fact is constraint:
                    return catalogue.has_index_prefix(table.key, found.columns)
        return True

    values = {"columns": ", ".join(constraint.columns), "table": str(owner.name), "parent": str(constraint.references)}
    yield Match(constraint.references.span, values, unless=has_index_or_is_gone)


@check
def cascade_rows(subject: Subject, context: Context) -> Iterator[Match]:
    """ON DELETE or ON UPDATE that changes the rows that refer."""
    constraint: Constraint = subject.part
    for event, action in (("DELETE", constraint.on_delete), ("UPDATE", constraint.on_update)):
        if action in ("cascade", "set null", "set default"):
            at = context.find(f"on {event} {action}", constraint.span) or constraint.span
            told = {"action": f"ON {event} {action.upper()}", "parent": str(constraint.references)}
            yield Match(at, {**told, "object": str(subject.owner.name)})
            return


@check
def counter(subject: Subject, context: Context) -> Iterator[Match]:
    """SET n = n + 1 of a row that the statement names."""
    change = subject.part
    if isinstance(change, Insert) and not change.on_conflict:
        return
    tokens = context.tokens
    words = [token.word for token in tokens]
    if "set" not in words or ("where" not in words and not isinstance(change, Insert)):
        return
    where = words.index("where") if "where" in words else len(words)
    for i in range(words.index("set") + 1, min(where, len(words)) - 4):
        if words[i + 1] == "=" and words[i - 1] in ("set", ",") and words[i].strip('"') not in _VERSIONS:
            end = _counted(words, i)
            if end is not None and tokens[min(end, len(tokens) - 1)].name in _NOT_A_NUMBER:
                continue
            if end is not None and (isinstance(change, Insert) or "=" in words[where:]):
                at = Span(tokens[i].start, tokens[min(end, len(tokens) - 1)].end)
                yield Match(at, {"column": words[i].strip('"'), "table": str(change.table)})
                return


def _counted(words: list[str], i: int) -> int | None:
    """The number of the token behind the sign of ``n = n + …``, ``n = t.n + …``, ``n = coalesce(n, 0) + …``."""
    at = i + 2
    if words[at : at + 2] == ["coalesce", "("]:
        at += 2
    if words[at + 1 : at + 2] == ["."]:
        at += 2
    if words[at : at + 1] != [words[i]]:
        return None
    at += 4 if words[at + 1 : at + 2] == [","] and words[at + 3 : at + 4] == [")"] else 1
    return at + 1 if words[at : at + 1] in (["+"], ["-"]) and at + 1 < len(words) else None


@check
def text_order(subject: Subject, context: Context) -> Iterator[Match]:
    """ORDER BY of a column that the catalogue knows as text."""
    expression: Expression = subject.part
    if not expression.relations or b"order" not in context.text.lower():
        return
    tokens = context.tokens
    for i in range(len(tokens) - 2):
        inside = expression.span.start <= tokens[i].start < expression.span.end
        if not inside or tokens[i].word != "order" or tokens[i + 1].word != "by":
            continue
        for at in _keys(tokens, i + 2):
            name = tokens[at].word.strip('"')
            if _is_text(name, expression.relations, context):
                yield Match(Span(tokens[at].start, tokens[at].end), {"column": name})
                return


def _keys(tokens: tuple[Token, ...], at: int) -> Iterator[int]:
    """The numbers of the tokens that are column names of an ORDER BY list; what else is in it is passed over."""
    while at < len(tokens):
        while at + 2 < len(tokens) and tokens[at + 1].word == ".":
            at += 2
        behind = tokens[at + 1].word if at + 1 < len(tokens) else ";"
        if tokens[at].word.strip('"').replace("_", "a").isalnum() and behind not in ("(", "collate", "::"):
            yield at
        at += 1
        if at < len(tokens) and tokens[at].word in ("asc", "desc"):
            at += 1
        if at >= len(tokens) or tokens[at].word != ",":
            return
        at += 1


def _is_text(name: str, relations: tuple[Name, ...], context: Context) -> bool:
    for relation in relations:
        table = context.schema.table(relation)
        column = table.columns.get(name) if table else None
        if column is not None and (column.collation or "").rpartition(".")[2] not in _BYTES:
            resolved = context.schema.resolve_type(column.type)
            if resolved.base.name in _TEXT and not resolved.dimensions:
                return True
    return False


@check
def commit_without_retry(subject: Subject, context: Context) -> Iterator[Match]:
    """COMMIT of a transaction that the script itself has opened and that writes."""
    state = context.transaction
    if state.open and state.runner is None and state.dml:
        yield Match(context.head(1))


@check
def for_update(subject: Subject, context: Context) -> Iterator[Match]:
    """FOR UPDATE, at its first place."""
    at = context.find("for update", subject.part.span)
    if at is not None:
        yield Match(at)


_COUNT = regex.compile(
    r"\s*select\s+(?P<count>count\s*\(\s*(?:\*|1)\s*\))(?:\s+(?:as\s+)?[\w\"]+)?\s+from\s+[\w\".]+\s*;?\s*", 2
)


@check
def count_of_a_table(subject: Subject, context: Context) -> Iterator[Match]:
    """SELECT count(*) of a whole table."""
    expression: Expression = subject.part
    found = _COUNT.fullmatch(expression.text)
    if found is not None and len(expression.relations) == 1:
        start = expression.span.start + len(expression.text[: found.start("count")].encode())
        at = Span(start, start + len(found["count"].encode()))
        yield Match(at, {"table": str(expression.relations[0])})
