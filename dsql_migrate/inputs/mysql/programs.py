"""Views, which go through sqlglot, and programs inside the database, which are the application's."""

from __future__ import annotations

import re

from dsql_migrate.inputs.mysql.expressions import Untranslatable, query
from dsql_migrate.inputs.mysql.keys import Said
from dsql_migrate.inputs.mysql.output import Output
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
    columns = ""
    if walk.is_("("):
        listed = [word.text for word in Walk(walk.parenthesis()).words if word.kind in ("name", "word")]
        columns = f" ({', '.join(map(identifier, listed))})"
    walk.take("as")
    body = _CHECKED.sub("", walk.text[walk.here.start if walk.here else len(walk.text) :].rstrip())
    if _STAND_IN.match(body):
        return
    out.names.taken.add(key)
    definer = _DEFINED.search(statement.executed.decode("utf-8", "replace"))
    if definer is not None:
        reason = f"DEFINER={definer.group(1)}: a view of PostgreSQL runs with the rights of its owner"
        out.leave("owner", f"view {name}", statement.line, "dropped", reason)
    try:
        sql = query(body, {}, key[0])
    except Untranslatable as error:
        reason = f"its query is not translated: {error}"
        out.leave("view", name, statement.line, "application", reason, statement.executed.decode("utf-8", "replace"))
        return
    out.views.append(Said(statement.line, f"CREATE VIEW {qualified(key)}{columns} AS\n{sql}"))


def in_order(views: list[Said]) -> list[Said]:
    """The views, each behind those that it reads: a dump has them by name, with stand-ins before."""
    names = {said: re.search(r"VIEW (\S+)", said.sql) for said in views}
    waiting = {said: found.group(1).rpartition(".")[2] for said, found in names.items() if found is not None}
    done: list[Said] = []
    while waiting:
        free = [
            said
            for said in waiting
            if not any(
                other is not said and re.search(rf"(?<![\w$]){re.escape(name)}(?![\w$])", said.sql)
                for other, name in waiting.items()
            )
        ] or list(waiting)
        for said in free:
            done.append(said)
            del waiting[said]
    return done


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
