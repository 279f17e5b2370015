"""Django: the migrations packages of its apps, in the order of their dependencies."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dsql_migrate.source.migrations.hosts.order import ordered
from dsql_migrate.source.migrations.model import Direction, Migration, Project, Section, Tool, Unread, Wrap
from dsql_migrate.source.migrations.order import project as project_of
from dsql_migrate.source.migrations.tree import Tree

if TYPE_CHECKING:
    from dsql_migrate.source.migrations.hosts.django.operations import Run
    from dsql_migrate.source.migrations.hosts.django.state import State

_CLASS = re.compile(rb"^class\s+Migration\s*\(\s*(?:[\w.]+\.)?Migration\s*\)\s*:", re.M)
_IMPORT = re.compile(rb"^\s*(?:from\s+django[\w.]*\s+import|import\s+django)", re.M)
_PAIR = re.compile(r"""\(\s*['"](\w+)['"]\s*,\s*['"](\w+)['"]\s*,?\s*\)""")
_LABEL = re.compile(r"""^\s+label\s*=\s*['"](\w+)['"]""", re.M)
_SIDES: tuple[Direction, ...] = ("up", "down")


def claim(tree: Tree, forced: bool) -> Iterator[Project]:
    """All apps are one project: a migration may depend on another app's. Files without the class are left alone."""
    found: dict[str, str] = {}
    for folder, files in tree.folders(".py"):
        if not forced and os.path.basename(folder) != "migrations" and not _package(folder):
            continue
        heads = {file: tree.head(file) for file in files if not file.endswith("__init__.py")}
        mine = [file for file, head in heads.items() if _CLASS.search(head) and (forced or _IMPORT.search(head))]
        if mine:
            label = _app(tree, folder)
            every = [os.path.join(folder, name) for name in tree.names(folder) if name.endswith(".py")]
            known = [file for file in every if file in mine or _CLASS.search(tree.head(file))]
            found.update(dict.fromkeys(known or mine, label))
    if not found:
        return
    folders = {os.path.dirname(file) for file in found}
    root = os.path.commonpath(list(folders)) if len(folders) > 1 else next(iter(folders))
    apps = len(set(found.values()))
    evidence = f"class Migration(migrations.Migration) in {apps} app{'s' if apps > 1 else ''}"
    settings = {f"app {file}": label for file, label in found.items()}
    project = project_of(TOOL, tree, root, _order(tree, found), evidence, settings)
    if project is not None:
        yield project


def _package(folder: str) -> bool:
    """Whether MIGRATION_MODULES may point to it: its name speaks of migrations."""
    return "migrations" in os.path.basename(folder)


def _app(tree: Tree, folder: str) -> str:
    """The label of the app that a migrations folder belongs to."""
    parent = os.path.dirname(os.path.abspath(folder))
    config = tree.beside(parent, "apps.py")
    if config:
        labels = _LABEL.findall(tree.head(config).decode("utf-8", "replace"))
        if len(labels) == 1:
            return str(labels[0])
    return os.path.basename(parent)


def _order(tree: Tree, labels: dict[str, str]) -> list[str]:
    files = sorted(labels, key=lambda file: (labels[file], os.path.basename(file)))
    by_name = {(labels[file], os.path.splitext(os.path.basename(file))[0]): file for file in files}
    before: dict[str, list[str]] = {}
    for file in files:
        text = tree.head(file).decode("utf-8", "replace")
        assigned = text.partition("dependencies")[2].partition("operations")[0]
        pairs = _PAIR.findall(assigned)
        first = [name for key, name in by_name.items() if ("__first__" in assigned and key[0] != labels[file]
                 and (key[0], "__first__") in pairs and name.endswith("0001_initial.py"))]  # fmt: skip
        before[file] = [by_name[pair] for pair in pairs if pair in by_name] + first
    return ordered(files, before)


def read(path: str, content: bytes, project: Project) -> Migration:
    """The forward and the backward side of a migration. The models' state comes of the files before it."""
    from dsql_migrate.source.migrations.hosts.django.operations import send
    from dsql_migrate.source.migrations.hosts.languages.python import Unreadable, line_of
    from dsql_migrate.source.migrations.hosts.script import Script

    state = _state_before(path, project)
    try:
        run, atomic = _run(path, content, project, state)
    except Unreadable as error:
        start, end = line_of(content, error.line)
        return Migration((), (Unread(start, end, f"this is not Python that can be read: {error}"),))
    _remember(project, path, run.state if run is not None else state)
    if run is None:
        return Migration(())
    wrap: Wrap = "file" if atomic else "statement"
    sections: list[Section] = []
    for direction in _SIDES:
        script = Script(wrap)
        send(run, script, direction == "down")
        sections += script.sections(direction)
    unread: list[Unread] = run.walk.unread
    return Migration(tuple(sections), tuple(dict.fromkeys(unread)))


def _run(path: str, content: bytes, project: Project, state: State) -> tuple[Run | None, bool]:
    """The migration of a file, planned; None where it has none. Raises Unreadable."""
    from dsql_migrate.source.migrations.hosts.django.meaning import Silent
    from dsql_migrate.source.migrations.hosts.django.operations import Run
    from dsql_migrate.source.migrations.hosts.languages import python
    from dsql_migrate.source.migrations.hosts.languages.tree import Class
    from dsql_migrate.source.migrations.hosts.walk import Walk, constants

    module = python.read(content)
    found = next((node for node in module if isinstance(node, Class) and node.name == "Migration"), None)
    if found is None:
        return None, True
    known = constants(module)
    walk = Walk(Silent(), known)
    own = constants(found.body, known)
    run = Run(project.settings.get(f"app {path}", ""), path, walk, state.copy())
    walk.known = own
    run.plan(own.get("operations"))
    return run, walk.flag(own.get("atomic"), True)


def _remember(project: Project, path: str, state: State) -> None:
    project.memory["after"] = (path, state)


def _state_before(path: str, project: Project) -> State:
    """The models as the files before this one leave them: from the reading just done, else read anew."""
    from dsql_migrate.source.migrations.hosts.django.state import State
    from dsql_migrate.source.migrations.hosts.languages.python import Unreadable

    chain = [each for file in project.files for each in (*project.before.get(file, ()), file)]
    at = chain.index(path) if path in chain else 0
    last = project.memory.get("after")
    state, start = State(), 0
    if isinstance(last, tuple) and last[0] in chain[:at]:
        state, start = last[1], chain.index(last[0]) + 1
    for file in chain[start:at]:
        try:
            with open(file, "rb") as opened:
                run, _ = _run(file, opened.read(), project, state)
        except (OSError, Unreadable):
            continue
        state = run.state if run is not None else state
    return state


TOOL = Tool(
    name="django",
    title="Django",
    claim=claim,
    read=read,
    escape="put atomic = False into the class Migration",
    records=True,
)
