"""A new migration in place of edits to old ones: the statements of the history that DSQL refuses, as it takes them.

It is meant for a database of DSQL on which the history counts as applied, but for those statements. It defines and
does not write: rows that the history put in or took out are not touched again.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from dsql_migrate.lint.context import is_ddl
from dsql_migrate.lint.fixing.transactions.case import Refused
from dsql_migrate.lint.fixing.transactions.numbers import successor
from dsql_migrate.source.build import read
from dsql_migrate.source.facts import (
    Change,
    CreateIndex,
    CreateSchema,
    CreateSequence,
    CreateTable,
    Drop,
    Fact,
    Unreadable,
)
from dsql_migrate.source.migrations import Project, Section
from dsql_migrate.source.open import source_of
from dsql_migrate.source.script import pieces

_NAME = "dsql_follow_up"
_HEAD = "-- What DSQL refuses of the migrations before this one, as it takes it.\n"
_VERSION = re.compile(r"(?P<letter>[A-Z]?)(?P<number>[0-9]+(?:-[0-9]+)*)(?:[._][0-9]+)*(?P<joint>__|_|-|\.)")
_FILL = re.compile(rb"\s*\Z")


def statements(before: bytes, after: bytes) -> Iterator[bytes]:
    """The statements of ``after`` that ``before`` does not have, without a semicolon; definitions only."""
    known = Counter(sql for sql, _ in _read(before))
    for sql, fact in _read(after):
        if known[sql]:
            known[sql] -= 1
        elif (is_ddl(fact) and not isinstance(fact, Drop)) or (isinstance(fact, Change) and b"= DEFAULT WHERE" in sql):
            yield _if_not_there(sql, fact)


def _read(sql: bytes) -> Iterator[tuple[bytes, Fact]]:
    with source_of(sql) as source:
        for piece in pieces(source):
            if piece.kind == "sql":
                fact = read(piece.sql)
                if not isinstance(fact, Unreadable):
                    yield piece.sql[fact.span.start : fact.span.end], fact


def _if_not_there(sql: bytes, fact: Fact) -> bytes:
    """The statement so that it does nothing where its object is there."""
    if getattr(fact, "if_not_exists", True) or not isinstance(
        fact, (CreateTable, CreateIndex, CreateSequence, CreateSchema)
    ):
        return sql
    if isinstance(fact, CreateIndex) and fact.name is None:
        return sql
    head = re.match(rb"(?i)create\s+(?:unique\s+)?(?:table|index\s+async|sequence|schema)\b", sql)
    return sql if head is None else sql[: head.end()] + b" IF NOT EXISTS" + sql[head.end() :]


def migration(
    project: Project,
    history: Sequence[tuple[str, Sequence[Section], Sequence[Section]]],
    names: Sequence[str],
    later: Sequence[bytes] = (),
) -> dict[str, bytes]:
    """The new files. ``history``: (path, its sections, the same when fixed); ``names``: of all there is in the folder
    of the last one, or in the one above where each migration has a folder; ``later``: the migrations behind the
    history, which may follow up on it already.

    Nothing where there is nothing to define. Raises Refused for a tool whose migrations are no plain SQL files.
    """
    parts: list[bytes] = []
    for path, before, after in history:
        found = [sql for old, new in _up(before, after) for sql in statements(old.sql, new.sql)]
        found = [sql for sql in found if not any(sql in content for content in later)]
        if found:
            parts.append(f"\n-- from {_told(path)}\n".encode() + b"".join(_FILL.sub(b";\n", sql) for sql in found))
    if not parts:
        return {}
    return _files(project, history[-1][0], _HEAD.encode() + b"".join(parts), names)


def _up(before: Sequence[Section], after: Sequence[Section]) -> Iterator[tuple[Section, Section]]:
    return ((old, new) for old, new in zip(before, after, strict=True) if old.direction == "up")


def _told(path: str) -> str:
    """A path in a comment: on one line."""
    name = os.path.join(os.path.basename(os.path.dirname(path)), os.path.basename(path))
    return "".join(character if character.isprintable() else "?" for character in name)


def _files(project: Project, last: str, sql: bytes, names: Sequence[str]) -> dict[str, bytes]:
    tool, (folder, base) = project.tool.name, os.path.split(last)
    if tool in ("prisma", "diesel"):
        root = os.path.join(os.path.dirname(folder), next_name(names))
        made = {os.path.join(root, base if tool == "prisma" else "up.sql"): sql}
        return made if tool == "prisma" else made | {os.path.join(root, "down.sql"): b"-- nothing to undo\n"}
    stem = os.path.join(folder, next_name(names))
    if tool in ("golang-migrate", "sqlx") and any(name.endswith(".up.sql") for name in names):
        return {f"{stem}.up.sql": sql, f"{stem}.down.sql": b"-- nothing to undo\n"}
    wrapped = {
        "goose": b"-- +goose Up\n" + sql + b"\n-- +goose Down\n",
        "dbmate": b"-- migrate:up\n" + sql + b"\n-- migrate:down\n",
    }
    plain = ("atlas", "flyway", "golang-migrate", "numbered", "sqlx", "supabase")
    if tool not in wrapped and tool not in plain:
        raise Refused(f"{project.tool.title} has no migrations that could be written without it")
    return {f"{stem}.sql": wrapped.get(tool, sql)}


def next_name(names: Sequence[str]) -> str:
    """A name for what comes next, numbered as the others are. Raises Refused where they have no numbers."""
    found = [met for name in names if (met := _VERSION.match(name))]
    if not found:
        raise Refused("its migrations have no numbers that one more could have")
    last = max(found, key=lambda met: int(met["number"].replace("-", "")))
    return f"{last['letter'].replace('U', 'V')}{successor(last['number'])}{last['joint']}{_NAME}"


def names_beside(project: Project, last: str, contents: Mapping[str, bytes]) -> list[str]:
    """The names among which a new migration is to be the last one."""
    folder = os.path.dirname(last)
    if project.tool.name in ("prisma", "diesel"):
        folder = os.path.dirname(folder)
    inside = os.path.join(folder, "")
    try:
        names = set(os.listdir(folder or "."))
    except OSError:
        names = set()
    names |= {path[len(inside) :].split(os.sep)[0] for path in contents if path.startswith(inside)}
    return sorted(names)
