"""Rails: migrations in Ruby, by the time in front of their names."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from dsql_migrate.source.migrations.model import Direction, Migration, Project, Section, Tool, Unread, Wrap
from dsql_migrate.source.migrations.order import number, told
from dsql_migrate.source.migrations.order import project as project_of
from dsql_migrate.source.migrations.tree import Tree

_CLASS = rb"(?m)^\s*class\s+[\w:]+\s*<\s*(?:::)?(?:ActiveRecord::Migration\b|[\w:]*Migration\s*\[)"
_VERSION = re.compile(rb"(ActiveRecord::)?Migration\s*\[\s*(\d+\.\d+)\s*\]")
_RAILS = 7.0  # what bases of a project's own, which have versions of their own, are taken for


def claim(tree: Tree, forced: bool) -> Iterator[Project]:
    """Folders with classes that are migrations."""
    for folder, files in tree.folders(".rb"):
        mine = [file for file in files if forced or re.search(_CLASS, tree.head(file))]
        if not mine:
            continue
        every = [os.path.join(folder, name) for name in tree.names(folder) if name.endswith(".rb")]
        every = [file for file in every if file in mine or re.search(_CLASS, tree.head(file))]
        every.sort(key=lambda file: (number(os.path.basename(file)) or 0, os.path.basename(file)))
        evidence = told(forced) or "class < ActiveRecord::Migration"
        found = project_of(TOOL, tree, folder, every, evidence)
        if found is not None:
            yield found


def read(path: str, content: bytes, project: Project) -> Migration:
    """Both sides; that of ``change`` downwards is what Rails would take back."""
    from dsql_migrate.source.migrations.hosts.languages import ruby
    from dsql_migrate.source.migrations.hosts.languages.tree import Call, Class, Function
    from dsql_migrate.source.migrations.hosts.rails.columns import Version
    from dsql_migrate.source.migrations.hosts.rails.operations import Operations
    from dsql_migrate.source.migrations.hosts.script import Script
    from dsql_migrate.source.migrations.hosts.walk import Walk, constants

    try:
        module = ruby.read(content)
    except ruby.Unreadable as error:
        return Migration((), (Unread(0, 0, str(error)),))
    classes = [node for node in module if isinstance(node, Class)]
    found = next((node for node in reversed(classes) if {"up", "change"} & {
        each.name for each in node.body if isinstance(each, Function)}), None)  # fmt: skip
    if found is None:
        return Migration((), (Unread(0, 0, "no up and no change was found in this file"),))
    known = constants(found.body, constants(module))
    plain = any(isinstance(node, Call) and node.name == "disable_ddl_transaction!" for node in found.body)
    wrap: Wrap = "statement" if plain else "file"
    stated = _VERSION.search(content)
    version = Version(4.2 if stated is None else float(stated.group(2)) if stated.group(1) else _RAILS)
    sections: list[Section] = []
    unread: list[Unread] = []
    sides: tuple[Direction, ...] = ("up", "down")
    for direction in sides:
        function = known.get(direction)
        change = known.get("change")
        function = function if isinstance(function, Function) else change
        if not isinstance(function, Function) or (direction == "down" and function is change and "up" in known):
            continue
        script = Script(wrap)
        meaning = Operations(script, version, direction == "down", direction == "down" and function is change)
        walk = Walk(meaning, known)
        walk.run(function.body)
        meaning.finish()
        sections += script.sections(direction)
        unread += walk.unread
    return Migration(tuple(sections), tuple(dict.fromkeys(unread)))


TOOL = Tool(
    name="rails",
    title="Rails",
    claim=claim,
    read=read,
    escape="put disable_ddl_transaction! into the class",
    records=True,
)
