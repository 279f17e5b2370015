"""Checks on statements as a whole: settings, sessions, grants, and what cannot be read."""

from __future__ import annotations

from collections.abc import Iterator

from dsql_migrate.lint.checks.indexes import qualified_index
from dsql_migrate.lint.checks.registry import check
from dsql_migrate.lint.context import Context
from dsql_migrate.lint.finding import Edit, Fix, Match
from dsql_migrate.lint.subjects import Subject
from dsql_migrate.source import regex
from dsql_migrate.source.facts import Call, Column, Drop, Grant, SetParameter, Span, Unreadable

_WORD = regex.compile(rb"[^ \t\r\n;,()]{1,60}[\x80-\xbf]{0,3}")  # up to the end of a UTF-8 character
_TRANSACTION = frozenset({"transaction", "transaction snapshot", "session characteristics"})


@check
def set_parameter(subject: Subject, context: Context) -> Iterator[Match]:
    """SET or RESET of a parameter that is not on the list."""
    setting: SetParameter = subject.part
    name = setting.name.lower()
    if name in _TRANSACTION or name == "all" or name in context.target.settable:
        return
    if name in context.target.default_only and setting.reset:
        return
    whole = Edit(setting.span.start, _behind(setting.span, context), "")
    yield Match(setting.span, {"name": name, "object": name}, fix=Fix("safe", (whole,)))


@check
def set_config(subject: Subject, context: Context) -> Iterator[Match]:
    """SELECT set_config(…) of a parameter that is not on the list, and pg_dump's emptying of search_path."""
    call: Call = subject.part
    name = (call.arguments[0] or "").lower() if call.arguments else ""
    if call.name.name != "set_config" or call.name.schema not in (None, "pg_catalog") or not name:
        return
    # AWS's own pg_dump proxy takes this very call out, because a cluster refused it.
    emptied = name == "search_path" and len(call.arguments) > 1 and call.arguments[1] == ""
    if name in context.target.settable and not emptied:
        return
    whole = Edit(context.fact.span.start, _behind(context.fact.span, context), "")
    yield Match(context.fact.span, {"name": name, "object": name}, fix=Fix("safe", (whole,)))


def _behind(span: Span, context: Context) -> int:
    """The end of the statement with its semicolon."""
    return span.end + 1 if context.text[span.end : span.end + 1] == b";" else span.end


@check
def isolation(subject: Subject, context: Context) -> Iterator[Match]:
    """Any isolation level but the one there is."""
    part = subject.part
    for option in part.values if isinstance(part, SetParameter) else part.options:
        level = option.removeprefix("isolation level ")
        if level != option and level != "repeatable read":
            at = context.find(f"isolation level {level}") or part.span
            yield Match(at, {"level": level.upper()}, message=f"Unsupported isolation level: {level.upper()}")


@check
def vacuum(subject: Subject, context: Context) -> Iterator[Match]:
    """VACUUM in any form, and ANALYZE without a table."""
    words = [token.word for token in context.tokens if token.word != ";"]
    if words[:1] == ["vacuum"] or words in (["analyze"], ["analyse"]):
        yield Match(context.head(1), {"statement": words[0].upper()})


@check
def deallocate(subject: Subject, context: Context) -> Iterator[Match]:
    """DEALLOCATE of one prepared statement; ALL is accepted."""
    words = [token.word for token in context.tokens if token.word != ";"]
    if words[-1:] != ["all"]:
        yield Match(context.head(1), {"statement": "DEALLOCATE"})


@check
def grant_on_public(subject: Subject, context: Context) -> Iterator[Match]:
    """GRANT or REVOKE on the schema public, which belongs to the system."""
    grant: Grant = subject.part
    if grant.kind == "schema" and any(name[-1:] == ("public",) for name in grant.objects):
        at = context.find("schema public") or context.fact.span
        yield Match(at, {"statement": "GRANT" if grant.grant else "REVOKE", "object": "public"})


@check
def alter_role(subject: Subject, context: Context) -> Iterator[Match]:
    """ALTER ROLE with options or SET; RESET is accepted."""
    words = [token.word for token in context.tokens]
    if "reset" not in words:
        yield Match(context.head(2))


@check
def database(subject: Subject, context: Context) -> Iterator[Match]:
    """CREATE, ALTER or DROP of a database or tablespace, by any node."""
    part = subject.part
    kind, node = getattr(part, "kind", None), getattr(part, "node", "")
    alters = node.startswith(("AlterDatabase", "AlterTableSpace", "DropTableSpace"))
    if alters or kind in ("database", "tablespace"):
        yield Match(context.head(2), {"node": node or {"Drop": "Dropdb"}.get(type(part).__name__, "Rename")})


@check
def transaction_statement(subject: Subject, context: Context) -> Iterator[Match]:
    """SAVEPOINT and its kin."""
    words = {"rollback to": 2, "prepare": 2, "commit prepared": 2, "rollback prepared": 2}
    kind: str = subject.part.kind
    yield Match(context.head(words.get(kind, 1)), {"kind": kind.upper(), "upper": kind.upper()})


@check
def add_column_with_constraint(subject: Subject, context: Context) -> Iterator[Match]:
    """ADD COLUMN with anything behind the type but STORAGE (and COLLATE, which has a rule of its own)."""
    column: Column = subject.part
    spans = [column.not_null_span, column.default_span, column.generated_span]
    spans += [constraint.span for constraint in column.constraints]
    spans += [column.identity.span] if column.identity else []
    found = sorted((span for span in spans if span is not None), key=lambda span: span.start)
    if found:
        at = Span(found[0].start, max(span.end for span in found))
        yield Match(at, {"clause": " ".join(at.of(context.text).split())})


@check
def wait_for_job(subject: Subject, context: Context) -> Iterator[Match]:
    """SELECT sys.wait_for_job(…): it is a procedure."""
    call: Call = subject.part
    if call.name.schema == "sys" and call.name.name == "wait_for_job":
        head = context.head(1)
        yield Match(head, fix=Fix("safe", (Edit(head.start, head.end, "CALL"),)))


@check
def tablesample(subject: Subject, context: Context) -> Iterator[Match]:
    """TABLESAMPLE in a query."""
    if b"tablesample" in context.text.lower():
        at = context.find("tablesample", subject.part.span)
        if at is not None:
            yield Match(at)


@check
def unreadable(subject: Subject, context: Context) -> Iterator[Match]:
    """A statement that PostgreSQL's grammar refuses, apart from those that a rule of their own explains."""
    statement: Unreadable = subject.part
    if qualified_index(context.text) is not None:
        return
    start = min(max(statement.at, 0), len(context.text))
    word = _WORD.match(context.text, start)
    if word is not None:
        end = word.end()
    else:  # the end of the statement, or a character that is no word
        start = min(start, max(len(context.text.rstrip()) - 1, 0))
        end = start + 1
    yield Match(Span(start, end), {"reason": statement.message})


@check
def call_subquery(subject: Subject, context: Context) -> Iterator[Match]:
    """A query as an argument of CALL."""
    at = context.find("select")
    if at is not None:
        yield Match(at)


@check
def public_schema(subject: Subject, context: Context) -> Iterator[Match]:
    """ALTER or DROP of the schema public."""
    part = subject.part
    names = part.names if isinstance(part, Drop) else (part.name,)
    if any(name[-1:] == ("public",) for name in names):
        yield Match(context.head(3), {"object": "public"})
