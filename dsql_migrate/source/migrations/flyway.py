"""Flyway: versioned, undo, baseline and repeatable migrations (github.com/flyway/flyway, flyway-core)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator

from dsql_migrate.source.encoding import text_of
from dsql_migrate.source.migrations import flyway_settings, sections
from dsql_migrate.source.migrations.flyway_settings import Settings
from dsql_migrate.source.migrations.model import Migration, Project, Tool, Wrap
from dsql_migrate.source.migrations.order import project as project_of
from dsql_migrate.source.migrations.order import told
from dsql_migrate.source.migrations.tree import Tree

Key = tuple[int, tuple[int, ...], int, str]  # repeatables last; by version; undo behind what it undoes; by description
_FOLDERS = 200  # of one location that are looked into
# What PostgreSQLParser.java takes for a statement that cannot run in a transaction; Flyway then opens none.
_QUICK = rb"(?i)concurrently|vacuum|tablespace|database|subscription|alter\s+system|reindex|discard\s+all"
_ALONE = (
    rb"(?i)(?:(?:create|drop)\s+(?:database|tablespace|subscription)|alter\s+system"
    rb"|(?:create|drop)\s+(?:unique\s+)?index\s+concurrently|reindex\s+(?:verbose\s+)?(?:schema|database|system)"
    rb"|vacuum|discard\s+all)\b"
)


def claim(tree: Tree, forced: bool) -> Iterator[Project]:
    """Files with names of Flyway's: ``V1_2__a.sql``, ``U1.2__a.sql``, ``B3__a.sql``, ``R__a.sql``; a location each."""
    if forced:
        yield from _forced(tree)
        return
    roots: dict[str, tuple[Settings, set[str]]] = {}
    for folder, files in tree.folders(".sql"):
        settings = flyway_settings.above(tree, folder)
        if any(_versioned(os.path.basename(file), settings) for file in files) or (
            any(name_key(os.path.basename(file), settings) for file in files)
            and ("migrat" in folder.lower() or any(_versioned(name, settings) for name in tree.names(folder)))
        ):
            root = _root(tree, folder, settings)
            roots.setdefault(root, (settings, set()))[1].add(folder)
    for root, (settings, folders) in roots.items():
        yield from _projects(tree, root, settings, folders)


def _forced(tree: Tree) -> Iterator[Project]:
    for folder, files in tree.folders(".sql"):
        settings = flyway_settings.above(tree, folder)
        late: Key = (2, (), 0, "")
        order = sorted(files, key=lambda file: (name_key(os.path.basename(file), settings) or late, file))
        found = project_of(TOOL, tree, folder, order, told(True), _kept(tree, settings, order))
        if found is not None:
            yield found


def name_key(name: str, settings: Settings) -> Key | None:
    """What a file is sorted by; None for a name not of Flyway's (ResourceNameParser.java, MigrationVersion.java)."""
    stem = next((name[: -len(suffix)] for suffix in settings.suffixes if name.endswith(suffix)), None)
    if stem is None:
        return None
    for prefix, kind in settings.prefixes:
        if not stem.startswith(prefix):
            continue
        version, separator, description = stem[len(prefix) :].partition(settings.separator)
        if not separator:
            return None
        if kind == "R":
            return None if version else (1, (), 0, description.replace("_", " "))
        if not re.fullmatch(r"[0-9]+(?:[._][0-9]+)*", version):
            return None
        parts = [int(part) for part in re.split(r"[._]", version)]
        while len(parts) > 1 and parts[-1] == 0:
            parts.pop()
        return 0, tuple(parts), "VBU".index(kind), description
    return None


def _versioned(name: str, settings: Settings) -> bool:
    key = name_key(name, settings)
    return key is not None and key[0] == 0 and key[2] < 2


def _root(tree: Tree, folder: str, settings: Settings) -> str:
    """The location that a folder belongs to: the configured one, ``db/migration``, or the topmost with such files."""
    place = os.path.abspath(folder)
    for location in settings.locations:
        wanted = location.strip("/")
        at = f"{place}/".find(f"/{wanted}/")
        if wanted and at >= 0:
            return _shortened(folder, place[at + 1 + len(wanted) :])
    at = f"{place}/".rfind("/db/migration/")
    if at >= 0:
        return _shortened(folder, place[at + len("/db/migration") :])
    while folder and (parent := os.path.dirname(folder)) != folder:
        if not any(_versioned(name, settings) for name in tree.names(parent)):
            break
        folder = parent
    return folder


def _shortened(folder: str, by: str) -> str:
    """The folder without as many of its last parts as ``by`` has; as it is where it was named from inside."""
    for _ in filter(None, by.split("/")):
        folder = os.path.dirname(folder) if os.path.basename(folder) not in ("", ".", "..") else folder
    return folder


def _projects(tree: Tree, root: str, settings: Settings, folders: set[str]) -> Iterator[Project]:
    """One project for the location; one for each folder where they hold the same versions (a database each)."""
    every = _under(root, settings) | folders
    keyed: dict[str, dict[str, Key]] = {}
    for folder in sorted(every):
        named = ((os.path.join(folder, name), name_key(name, settings)) for name in tree.names(folder))
        keyed[folder] = {path: key for path, key in named if key is not None}
    versions = [(key[:3] if key[0] == 0 else key) for found in keyed.values() for key in found.values()]
    groups = [{p: k for found in keyed.values() for p, k in found.items()}]
    if len(set(versions)) < len(versions):
        groups = [keyed[folder] for folder in sorted(folders)]
    for group in groups:
        order = sorted(group, key=lambda path: (group[path], path))
        back = frozenset(path for path, key in group.items() if key[2] == 2)
        evidence = f"name {os.path.basename(order[0])}" if order else ""
        found = project_of(TOOL, tree, root, order, evidence, _kept(tree, settings, order), back)
        if found is not None:
            yield found


def _under(root: str, settings: Settings) -> set[str]:
    """The folders of a location: Flyway looks into all of them. A folder that is only taken for one stays alone."""
    found = {root}
    if not settings.locations and os.path.basename(os.path.abspath(root)) != "migration":
        return found
    for place, inner, _ in os.walk(root or os.curdir):
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        below = os.path.relpath(place, root or os.curdir)
        if below != os.curdir:
            found.add(os.path.join(root, below))
        if len(found) >= _FOLDERS:
            break
    return found


def _kept(tree: Tree, settings: Settings, order: Iterable[str]) -> dict[str, str]:
    """The project's settings: those of the configuration, and ``<file>.conf`` = text of each file that has such."""
    kept = dict(settings.values)
    for path in order:
        folder, name = os.path.split(path)
        if f"{name}.conf" in tree.names(folder):
            kept[f"{path}.conf"] = _content(tree, f"{path}.conf")
    return kept


def _content(tree: Tree, path: str) -> str:
    """The text of a configuration: as it is to be, where a run looks at changes that are not written yet."""
    try:
        return text_of(tree.read(path)).decode("utf-8", "replace")
    except OSError:
        return ""


def read(path: str, content: bytes, project: Project) -> Migration:
    """The file: one transaction, unless its ``.conf`` or the configuration says no, or a statement forbids it."""
    told = flyway_settings.lines(project.settings.get(f"{path}.conf", "")).get("executeintransaction")
    told = told or project.settings.get("executeInTransaction")
    wrap: Wrap = "file"
    if told is not None:
        wrap = "file" if told.strip().lower() != "false" else "statement"
    elif _stands_alone(content):
        wrap = "statement"
    prefix = project.settings.get("undoSqlMigrationPrefix", "U")
    undo = os.path.basename(path).startswith(prefix) and not os.path.basename(path).startswith("R__")
    return sections.whole(content, wrap, "down" if undo else "up")


def _stands_alone(content: bytes) -> bool:
    """Whether there is a statement that PostgreSQL runs outside of transactions only."""
    if re.search(_QUICK, content) is None:
        return False
    from dsql_migrate.source.open import source_of
    from dsql_migrate.source.script import pieces

    with source_of(content) as source:
        return any(piece.kind == "sql" and re.match(_ALONE, piece.text[piece.body :]) for piece in pieces(source))


TOOL = Tool(
    name="flyway",
    title="Flyway",
    claim=claim,
    read=read,
    escape="put a file beside it with .conf behind its name (V2__a.sql.conf) that says executeInTransaction=false",
)
