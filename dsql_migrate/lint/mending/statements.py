"""Statements that go, or become another one."""

from __future__ import annotations

from dsql_migrate.lint.context import Context
from dsql_migrate.lint.finding import Edit, Fix
from dsql_migrate.lint.subjects import Subject
from dsql_migrate.source.facts import AlterAction, AlterTable, Span

# What only steers how PostgreSQL stores or plans; other actions say something about the rows.
_STORAGE = frozenset(
    {
        "cluster", "drop cluster", "replica identity", "reset options", "set access method", "set column options",
        "set compression", "set logged", "set options", "set statistics", "set tablespace", "set unlogged",
    }
)  # fmt: skip


def behind(span: Span, context: Context) -> int:
    """The end of the statement with its semicolon, and with what psql takes in its place."""
    return span.end if context.terminator != b";" else max(context.text.rfind(b";") + 1, span.end)


def alone(context: Context) -> bool:
    """Whether another statement may stand behind this one: it ends as SQL does, and no transaction is around it."""
    return context.terminator in (b";", b"") and not context.transaction.open


def statement_removed(subject: Subject, context: Context) -> Fix | None:
    """The whole statement goes."""
    if context.terminator not in (b";", b""):
        return None
    return Fix("unsafe", (Edit(context.fact.span.start, behind(context.fact.span, context), ""),))


def action_removed(subject: Subject, context: Context) -> Fix | None:
    """One action of an ALTER TABLE that is about storage alone goes, and with the last one the statement."""
    alter: AlterTable = subject.owner
    actions = alter.actions
    if subject.part.kind not in _STORAGE:
        return None
    if len(actions) == 1:
        return statement_removed(subject, context)
    at = next((number for number, action in enumerate(actions) if action is subject.part), None)
    if at is None:
        return None
    return Fix("unsafe", (Edit(*without(actions, at), ""),))


def without(actions: tuple[AlterAction, ...], at: int) -> tuple[int, int]:
    """What goes with one of several actions: it, and one comma."""
    if at == 0:
        return actions[0].span.start, actions[1].span.start
    return actions[at - 1].span.end, actions[at].span.end


def delete_from(subject: Subject, context: Context) -> Fix | None:
    """TRUNCATE of one table as DELETE. RESTART IDENTITY and CASCADE do more than that, so there it has none."""
    words = [token for token in context.tokens if token.word != ";"]
    if not words or words[0].word != "truncate":
        return None
    rest = words[2:] if len(words) > 1 and words[1].word == "table" else words[1:]
    if rest and rest[-1].word == "restrict":
        rest = rest[:-1]
    if [token.word for token in rest[-2:]] == ["continue", "identity"]:
        rest = rest[:-2]
    refused = {",", "cascade", "identity", "restart"}
    if not rest or any(token.word in refused for token in rest):
        return None
    edits = [Edit(words[0].start, rest[0].start, "DELETE FROM ")]
    if context.fact.span.end > rest[-1].end:
        edits.append(Edit(rest[-1].end, context.fact.span.end, ""))
    return Fix("unsafe", tuple(edits))
