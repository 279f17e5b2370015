"""Alembic: Python files of a versions folder, in the order of their down_revision."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from dsql_migrate.source.migrations.hosts.order import ordered
from dsql_migrate.source.migrations.model import Direction, Migration, Project, Section, Tool, Unread, Wrap
from dsql_migrate.source.migrations.order import project as project_of
from dsql_migrate.source.migrations.tree import Tree

_REVISION = re.compile(rb"^revision\s*(?::[^=\n]*)?=\s*['\"]", re.M)
_DOWN = re.compile(rb"^down_revision\s*(?::[^=\n]*)?=", re.M)
_Links: TypeAlias = tuple[str, tuple[str, ...]]  # a revision and those that go before it
_SIDES: tuple[tuple[str, Direction], ...] = (("upgrade", "up"), ("downgrade", "down"))


def claim(tree: Tree, forced: bool) -> Iterator[Project]:
    """Files that name a revision and the one before it; with ``forced`` every Python file of their folders.

    Folders whose revisions follow each other are one history: ``version_locations``, a folder a release.
    """
    every: dict[str, dict[str, _Links]] = {}
    for folder, files in tree.folders(".py"):
        found = [file for file in files if _is_revision(tree.head(file))]
        if forced:
            found = [file for file in files if os.path.basename(file) != "__init__.py"]
        if not found:
            continue
        beside = [os.path.join(folder, name) for name in tree.names(folder) if name.endswith(".py")]
        beside = [file for file in beside if file in found or _is_revision(tree.head(file))]
        every[folder] = {file: links(tree.head(file)) for file in beside or found}
    for folders in _histories(every):
        root = folders[0] if len(folders) == 1 else os.path.commonpath(folders) or "."
        environment = tree.above(root, "env.py")
        settings = {"wrap": "query"} if environment and b"AUTOCOMMIT" in tree.head(environment) else {}
        configured = tree.above(root, "alembic.ini")
        evidence = f"{os.path.basename(configured)}, " if configured else ""
        evidence += "revision and down_revision in the files"
        parents = {file: found for folder in folders for file, found in every[folder].items()}
        project = project_of(TOOL, tree, root, _order(parents), evidence, settings)
        if project is not None:
            yield project


def _histories(every: Mapping[str, Mapping[str, _Links]]) -> list[list[str]]:
    """The folders, those together between which a revision names one of another folder."""
    home = {revision: folder for folder, files in every.items() for revision, _ in files.values()}
    group = {folder: [folder] for folder in every}
    for folder, files in every.items():
        for other in {home[up] for _, ups in files.values() for up in ups if up in home}:
            if group[other] is not group[folder]:
                group[folder] += group[other]
                for joined in group[other]:
                    group[joined] = group[folder]
    return list({id(folders): sorted(folders) for folders in group.values()}.values())


def _is_revision(head: bytes) -> bool:
    return bool(_REVISION.search(head) and _DOWN.search(head))


def links(head: bytes) -> _Links:
    """(revision, those that go before it), from the assignments at the top of a file."""
    text = head.decode("utf-8", "replace")
    found: dict[str, tuple[str, ...]] = {}
    for name in ("revision", "down_revision", "depends_on"):
        assigned = re.search(rf"^{name}\s*(?::[^=\n]*)?=\s*(\([^)]*\)|\[[^\]]*\]|[^\n#]*)", text, re.M)
        found[name] = tuple(re.findall(r"['\"]([^'\"]+)['\"]", assigned.group(1))) if assigned else ()
    return (found["revision"] or ("",))[0], found["down_revision"] + found["depends_on"]


def _order(parents: Mapping[str, _Links]) -> list[str]:
    files = {revision: file for file, (revision, _) in sorted(parents.items(), reverse=True)}
    before = {file: [files[p] for p in up if p in files] for file, (_, up) in parents.items()}
    return ordered(sorted(parents), before)


def read(path: str, content: bytes, project: Project) -> Migration:
    """The up and the down side of a revision."""
    from dsql_migrate.source.migrations.hosts.alembic.operations import Operations
    from dsql_migrate.source.migrations.hosts.languages import python
    from dsql_migrate.source.migrations.hosts.languages.tree import Function
    from dsql_migrate.source.migrations.hosts.script import Script
    from dsql_migrate.source.migrations.hosts.walk import Walk, constants

    try:
        module = python.read(content)
    except python.Unreadable as error:
        start, end = python.line_of(content, error.line)
        return Migration((), (Unread(start, end, f"this is not Python that can be read: {error}"),))
    known = constants(module)
    sections: list[Section] = []
    unread: list[Unread] = []
    wrap: Wrap = "statement" if project.settings.get("wrap") else "file"
    for name, direction in _SIDES:
        function = known.get(name)
        if not isinstance(function, Function):
            continue
        script = Script(wrap)
        walk = Walk(Operations(script), known)
        walk.run(function.body)
        sections += script.sections(direction)
        unread += walk.unread
    return Migration(tuple(sections), tuple(dict.fromkeys(unread)))


TOOL = Tool(
    name="alembic",
    title="Alembic",
    claim=claim,
    read=read,
    sends="all migrations of a run in one transaction",
    escape="put it inside `with op.get_context().autocommit_block():`",
    records=True,
)
