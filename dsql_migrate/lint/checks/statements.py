"""Checks on statements as a whole: settings, sessions, grants, and what cannot be read."""

from __future__ import annotations

from collections.abc import Iterator

from dsql_migrate.lint.checks.indexes import qualified_index
from dsql_migrate.lint.checks.registry import check
from dsql_migrate.lint.context import Context
from dsql_migrate.lint.finding import Edit, Fix, Match
from dsql_migrate.lint.subjects import Subject
from dsql_migrate.source import regex
from dsql_migrate.source.facts import AlterAction, Call, Column, Span, Unreadable

_WORD = regex.compile(rb"[^ \t\r\n;,()]{1,60}[\x80-\xbf]{0,3}")  # up to the end of a UTF-8 character


@check
def deallocate(subject: Subject, context: Context) -> Iterator[Match]:
    """DEALLOCATE of one prepared statement; ALL is accepted."""
    words = [token.word for token in context.tokens if token.word != ";"]
    if words[-1:] != ["all"]:
        yield Match(context.head(1), {"statement": "DEALLOCATE"})


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
    said = "PREPARE TRANSACTION" if kind == "prepare" else kind.upper()
    yield Match(context.head(words.get(kind, 1)), {"kind": said, "upper": said})


@check
def add_column_with_constraint(subject: Subject, context: Context) -> Iterator[Match]:
    """ADD COLUMN with anything behind the type but STORAGE (and COLLATE, which has a rule of its own)."""
    column: Column = subject.part
    spans = [column.not_null_span if column.not_null else None, column.default_span, column.generated_span]
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
        type_ = "text" if call.arguments[:1] == (None,) else "unknown"  # a literal has no type yet
        fix = Fix("safe", (Edit(head.start, head.end, "CALL"),))
        yield Match(head, message=f"sys.wait_for_job({type_}) is a procedure", fix=fix)


@check
def tablesample(subject: Subject, context: Context) -> Iterator[Match]:
    """TABLESAMPLE in a query."""
    if b"tablesample" in context.text.lower():
        at = context.find("tablesample", subject.part.span)
        if at is not None:
            yield Match(at)


@check
def call_subquery(subject: Subject, context: Context) -> Iterator[Match]:
    """A query as an argument of CALL."""
    at = context.find("select")
    if at is not None:
        yield Match(at)


@check
def vacuum(subject: Subject, context: Context) -> Iterator[Match]:
    """VACUUM in any form, and ANALYZE without a table."""
    words = [token.word for token in context.tokens if token.word != ";"]
    if words[:1] == ["vacuum"] or (words[:1] in (["analyze"], ["analyse"]) and not _has_table(words)):
        yield Match(context.head(1), {"statement": words[0].upper()})


def _has_table(words: list[str]) -> bool:
    """Whether a word of ANALYZE is left behind its options: (VERBOSE, …) or VERBOSE."""
    rest = words[1:]
    if rest[:1] == ["("]:
        rest = rest[rest.index(")") + 1 :] if ")" in rest else []
    return rest not in ([], ["verbose"])


_FEATURE = regex.compile(r"cannot be marked|not yet implemented|not supported|no longer supported")


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
    # DSQL's grammar is PostgreSQL's, and says the same of the same text (cluster: index/create_index_async_qualified).
    state = "0A000" if _FEATURE.search(statement.message) else "42601"
    yield Match(Span(start, end), {"reason": statement.message}, sqlstate=state, message=statement.message)


@check
def alter_table_action(subject: Subject, context: Context) -> Iterator[Match]:
    """An action of ALTER TABLE that is not on the list, with the words DSQL has for it."""
    action: AlterAction = subject.part
    words = _OWN_WORDS.get(action.kind) or action.kind.upper()
    if action.kind in _OF_A_COLUMN:
        words = f"ALTER COLUMN ... {words}"
    known = subject.owner.kind == "table" and not action.kind.endswith("column options")
    told = f"unsupported ALTER TABLE {words} statement" if known else None
    yield Match(action.span, message=told)


_OWN_WORDS = {  # PostgreSQL's, and so DSQL's
    "cluster": "CLUSTER ON",
    "drop cluster": "SET WITHOUT CLUSTER",
    "of type": "OF",
    "not of type": "NOT OF",
}
_OF_A_COLUMN = frozenset({"set statistics", "set compression", "set expression"})


@check
def statistics_target(subject: Subject, context: Context) -> Iterator[Match]:
    """ALTER STATISTICS … SET STATISTICS with a target over the limit."""
    limit = context.target.limits["statistics-target"]
    number = context.tokens[-1] if context.tokens[-1].word != ";" else context.tokens[-2]
    if number.word.isdigit() and int(number.word) > limit.value:
        told = (limit.message or "").format(target=number.word)
        yield Match(Span(number.start, number.end), {"target": number.word}, message=told or None)
    elif number.word == "default":
        fix = Fix("safe", (Edit(number.start, number.end, "-1"),))
        told = 'syntax error at or near "DEFAULT"'
        yield Match(Span(number.start, number.end), {"target": "DEFAULT"}, fix, sqlstate="42601", message=told)
