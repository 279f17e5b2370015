"""Liquibase: change logs in XML, YAML and JSON, and the SQL files that they run."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from dsql_migrate.source.migrations import sections
from dsql_migrate.source.migrations.liquibase_order import found_at, included
from dsql_migrate.source.migrations.model import Direction, Migration, Project, Section, Tool, Unread, Wrap
from dsql_migrate.source.migrations.order import project as project_of
from dsql_migrate.source.migrations.order import told
from dsql_migrate.source.migrations.tree import Tree

if TYPE_CHECKING:
    from dsql_migrate.source.migrations.hosts.liquibase.changelog import Element

_ENDINGS = (".xml", ".yaml", ".yml", ".json")
_FORMATTED = rb"(?i)\s*--\s*liquibase\s*formatted"
# <sqlFile … path="a.sql" …> · - sqlFile: … path: a.sql
_SQL_FILE = re.compile(
    rb"""<(?:\w+:)?sqlFile\b([^>]*)>|["']?sqlFile["']?\s*:\s*\{?((?:\s*["']?\w+["']?\s*:\s*[^\n{}]*[\n,}]?)*)"""
)
_PATH = re.compile(rb"""["']?\bpath["']?\s*[=:]\s*(?:"([^"\n]+)"|'([^'\n]+)'|([^\s"'<>,}]+))""")


def claim(tree: Tree, forced: bool) -> Iterator[Project]:
    """Files that hold a databaseChangeLog: all of them are one project, in the order in which they include others."""
    logs = [file for _, files in tree.folders(*_ENDINGS) for file in files if _is_log(tree, file)]
    if not logs:
        return
    places = {os.path.abspath(log): log for log in logs}
    inner = {path for log in places for path in _includes(tree, log) if path in places and path != log}
    order: dict[str, None] = {}
    settings: dict[str, str] = {}
    for log in sorted(places, key=lambda place: (place in inner, place)):
        _visit(tree, log, places, order, settings)
    root = os.path.commonpath([os.path.dirname(log) for log in logs])
    listed = [places.get(path) or os.path.relpath(path) if not os.path.isabs(logs[0]) else path for path in order]
    shown = {f"file {name}": settings[path] for path, name in zip(order, listed, strict=True) if path in settings}
    evidence = told(forced) or f"databaseChangeLog in {os.path.basename(next(iter(order)))}"
    found = project_of(TOOL, tree, root, listed, evidence, shown)
    if found is not None:
        yield found


def _is_log(tree: Tree, file: str) -> bool:
    return b"databaseChangeLog" in tree.head(file)


def _includes(tree: Tree, log: str) -> Iterator[str]:
    """Absolute paths of change logs that a change log includes."""
    for written in included(tree, log):
        path = found_at(tree, log, written)
        if path is not None and os.path.isdir(path):
            yield from (os.path.join(path, name) for name in tree.names(path) if name.endswith(_ENDINGS))
        elif path is not None and path.endswith(_ENDINGS):
            yield path


def _visit(tree: Tree, log: str, places: dict[str, str], order: dict[str, None], settings: dict[str, str]) -> None:
    """A change log with all that it includes and runs; those before it that it includes before its own change sets."""
    waiting = [log]
    while waiting:
        at = waiting.pop()
        if at in order or at not in places:
            continue
        text = tree.read(places[at])
        first = text.find(b"changeSet")
        inner = [path for path in _includes(tree, at) if path not in order and path != at]
        include = text.find(b"include")
        if inner and include >= 0 and (first < 0 or include < first) and not settings.get(f"met {at}"):
            settings[f"met {at}"] = "yes"  # a ring of includes is entered once
            waiting += [at, *reversed(inner)]
            continue
        order[at] = None
        for path, wrap in _sql_files(tree, at, text):
            if path not in order:
                order[path] = None
                settings[path] = wrap
        waiting += reversed(inner)


def _sql_files(tree: Tree, log: str, text: bytes) -> Iterator[tuple[str, str]]:
    """(absolute path, how it is sent) of the files that sqlFile names; none outside the project."""
    for found in _SQL_FILE.finditer(re.sub(rb"(?s)<!--.*?-->", lambda met: b" " * len(met.group()), text)):
        named = _PATH.search(found.group(1) or found.group(2) or b"")
        if named is None:
            continue
        written = next(part for part in named.groups() if part is not None).decode("utf-8", "replace")
        path = found_at(tree, log, written.replace("\\", "/").removeprefix("classpath:"))
        if path is None or not os.path.isfile(path) or re.match(_FORMATTED, tree.head(path)):
            continue
        before = text[: found.start()]
        start = max(before.rfind(b"<changeSet"), before.rfind(b"changeSet:"), 0)
        alone = re.search(rb"""runInTransaction["']?\s*[=:]\s*["']?false""", text[start : found.end()]) is not None
        down = text.rfind(b"rollback", start, found.start()) > text.rfind(b"/rollback", start, found.start()) and (
            b"<changeSet" in text)  # fmt: skip
        yield path, f"{'down' if down else 'up'} {'statement' if alone else 'file'}"


def read(path: str, content: bytes, project: Project) -> Migration:
    """A section a change set, and one for its rollback; an SQL file as its change set sends it."""
    said = project.settings.get(f"file {path}")
    if said is not None:
        direction: Direction = "down" if said.startswith("down") else "up"
        return sections.whole(content, "statement" if said.endswith("statement") else "file", direction)
    from dsql_migrate.source.migrations.hosts.liquibase import changelog

    try:
        root = changelog.read(content, path)
    except changelog.Unreadable as error:
        at = min(error.at, len(content))
        return Migration((), (Unread(at, at, str(error)),))
    found: list[Section] = []
    unread: list[Unread] = []
    for log in root.all("databaseChangeLog"):
        for change_set in log.all("changeSet"):
            _change_set(change_set, found, unread)
    return Migration(tuple(found), tuple(dict.fromkeys(unread)))


def _change_set(element: Element, found: list[Section], unread: list[Unread]) -> None:
    from dsql_migrate.source.migrations.hosts.liquibase.changes import Changes
    from dsql_migrate.source.migrations.hosts.liquibase.parts import for_postgresql, text_of
    from dsql_migrate.source.migrations.hosts.script import Script

    if not for_postgresql(element) or element.flag("ignore"):
        return
    wrap: Wrap = "file" if element.flag("runInTransaction", True) else "statement"
    name = ":".join(part for part in (element.says("author"), element.says("id")) if part) or None
    changes = [each for child in element.children for each in (child.children if child.name == "changes" else (child,))]
    up, down = Changes(), Changes()
    up.script, down.script = Script(wrap), Script(wrap)
    for change in changes:
        up.send(change)
    rollbacks = list(element.all("rollback"))
    for rollback in rollbacks:
        if rollback.children:
            for change in rollback.children:
                down.send(change)
        elif text := text_of(rollback):
            down.script.send(text)
    if not rollbacks:
        for change in reversed(changes):
            down.undo(change)
    made = up.script.sections("up", name) + down.script.sections("down", name)
    if all(change.flag("splitStatements", True) for change in changes):  # the SQL of a change is cut at its semicolons
        made = [replace(section, wrap="statement") if section.wrap == "query" else section for section in made]
    found += made
    unread += up.unread + down.unread


TOOL = Tool(
    name="liquibase",
    title="Liquibase",
    claim=claim,
    read=read,
    sends="one transaction a change set",
    escape='put runInTransaction="false" on the changeSet, or give each DDL statement a change set',
)
