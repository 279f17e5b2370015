"""Views, which go through sqlglot, and programs inside the database, which are the application's."""

from __future__ import annotations

import re

from dsql_migrate.inputs.mysql.expressions import Untranslatable, query
from dsql_migrate.inputs.mysql.meaning.kinds import Relation
from dsql_migrate.inputs.mysql.output import Output, View
from dsql_migrate.inputs.mysql.statements import Statement
from dsql_migrate.inputs.mysql.words import Walk
from dsql_migrate.rewrite.quoting import identifier, qualified

_DEFINED = re.compile(r"(?i)\bDEFINER\s*=\s*(\S+?)(?=\s)")
# mysqldump's, until the real one comes.
_STAND_IN = re.compile(r"(?is)\s*select\s+(?:(?:1|null)\s+as\s+`(?:[^`]|``)+`\s*,?\s*)+\Z")
_CHECKED = re.compile(r"(?is)\s+with\s+(?:cascaded\s+|local\s+)?check\s+option\s*\Z")
_RULES = {"trigger": "DSQL501", "procedure": "DSQL503", "function": "DSQL502"}
_REASONS = {
    "trigger": "DSQL has no triggers: the application does what it did",
    "procedure": "a procedure in MySQL's language is not translated: the application does what it did",
    "function": "a function in MySQL's language is not translated: the application does what it did",
    "event": "DSQL runs nothing by the clock: a scheduler of the application does what it did",
    "package": "a package of MariaDB is not translated: the application does what it did",
}


def view(out: Output, statement: Statement, text: str) -> None:
    """A view, for the end of the script; its DEFINER is named and left out. ``text`` is without it."""
    walk = Walk(text)
    while not walk.take("view"):
        walk.next()
    walk.take("if", "not", "exists")
    key = out.names.key(walk.qualified())
    name = ".".join(key)
    listed: tuple[str, ...] = ()
    if walk.is_("("):
        listed = tuple(word.text for word in Walk(walk.parenthesis()).words if word.kind in ("name", "word"))
    walk.take("as")
    body = _CHECKED.sub("", walk.text[walk.here.start if walk.here else len(walk.text) :].rstrip())
    if _STAND_IN.match(body):
        return
    out.names.taken.add(key)
    definer = _DEFINED.search(statement.executed.decode("utf-8", "replace"))
    if definer is not None:
        reason = f"DEFINER={definer.group(1)}: a view of PostgreSQL runs with the rights of its owner"
        out.leave("owner", f"view {name}", statement.line, "dropped", reason)
    whole = statement.executed.decode("utf-8", "replace")
    out.views.append(View(key, listed, body, statement.line, whole))


def make_views(out: Output) -> None:
    """Write the views, each behind those that it reads; one whose query has no translation is the application's."""
    for waiting in _in_order(out.views):
        name = ".".join(waiting.key)
        try:
            sql, found, told = query(waiting.body, out.find)
            if waiting.columns and len(waiting.columns) != len(found):
                raise Untranslatable("it names other columns than its query has")
        except Untranslatable as error:
            reason = f"its query is not translated: {error}"
            out.leave("view", name, waiting.line, "application", reason, waiting.text)
            continue
        named = [(own, kind) for own, (_, kind) in zip(waiting.columns or [n for n, _ in found], found, strict=True)]
        out.relations[waiting.key] = Relation({own.lower(): (own, kind) for own, kind in named if own})
        columns = f" ({', '.join(map(identifier, waiting.columns))})" if waiting.columns else ""
        out.told_of(told, f"view {name}", waiting.line, waiting.body)
        out.say(waiting.line, f"CREATE VIEW {qualified(waiting.key)}{columns} AS\n{sql}")


def _in_order(views: list[View]) -> list[View]:
    """A dump has views by name, with stand-ins before."""
    waiting = list(views)
    done: list[View] = []
    while waiting:
        free = [view for view in waiting if not any(_reads(view, other) for other in waiting)] or list(waiting)
        done += free
        waiting = [view for view in waiting if view not in free]
    return done


def _reads(view: View, other: View) -> bool:
    own = re.escape(other.key[1])
    return other is not view and re.search(rf"(?i)(?<![\w$]){own}(?![\w$])", view.body) is not None


def program(out: Output, statement: Statement, text: str, kind: str) -> None:
    """A trigger, procedure, function or event: its source goes to quarantine.sql, its work to the application."""
    walk = Walk(text)
    while not walk.take(kind):
        walk.next()
    walk.take("body")
    walk.take("if", "not", "exists")
    schema, name = out.names.key(walk.qualified())
    label = f"{schema}.{name}"
    if kind == "trigger":
        while walk.here is not None and not walk.take("on"):
            walk.next()
        if walk.here is not None:
            label = f"{'.'.join(out.names.key(walk.qualified()))}.{name}"
    out.leave(kind, label, statement.line, "application", _REASONS[kind], text.strip(), rule=_RULES.get(kind))
