"""Projects out of files in order, and the numbers that names of migrations begin with."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator

from dsql_migrate.source.migrations.model import Project, Tool
from dsql_migrate.source.migrations.tree import Tree

_ASKED = 4  # folders at either end of a long list that are looked into for what gives a tool away
_KNOWN = 1000  # files read for the schema alone, at most: the last ones before the first that is looked at


def project(
    tool: Tool,
    tree: Tree,
    root: str,
    order: Iterable[str],
    evidence: str,
    settings: dict[str, str] | None = None,
    backwards: frozenset[str] = frozenset(),
) -> Project | None:
    """A project of the files that ``tool`` runs in this order; None where the run looks at none of them.

    ``order`` may hold files that the run does not look at, or that another tool has claimed: those are read for the
    schema, in silence, save those in ``backwards``, which take something back.
    """
    files: list[str] = []
    before: dict[str, tuple[str, ...]] = {}
    waiting: list[str] = []
    for path in order:
        if path not in tree.left:
            if path not in backwards:
                waiting.append(path)
            continue
        files.append(path)
        if waiting:
            before[path] = tuple(waiting[-_KNOWN:])
            waiting = []
    if not files:
        return None
    named = tree.named.issuperset(files)
    return Project(tool, root, tuple(files), evidence, named, settings or {}, before)


def number(name: str) -> int | None:
    """The digits at the beginning of a name as a number; None where there are none."""
    size = len(name) - len(name.lstrip("0123456789"))
    return int(name[:size]) if 0 < size <= 40 else None


def told(forced: bool) -> str:
    """The evidence where the user has named the tool; empty where he has not."""
    return "as told" if forced else ""


def marked(
    tool: Tool,
    tree: Tree,
    forced: bool,
    mark: bytes,
    plain: bytes,
    evidence: str,
    key: Callable[[str], tuple[int, str]],
) -> Iterator[Project]:
    """Projects of files whose head has ``mark`` (a pattern), a folder each, in the order of ``key`` of their names.

    ``plain``: a part of the mark without choice, in small letters; to look for it is much quicker.
    """
    for folder, files in tree.folders(".sql"):
        if not forced and not any(has_mark(tree, file, mark, plain) for file in files):
            continue
        mine = set(files)
        order = sorted((name for name in tree.names(folder) if name.endswith(".sql")), key=key)
        paths = [os.path.join(folder, name) for name in order]
        paths = [path for path in paths if (path in mine if forced else has_mark(tree, path, mark, plain))]
        found = project(tool, tree, folder, paths, told(forced) or evidence)
        if found is not None:
            yield found


def has_mark(tree: Tree, file: str, mark: bytes, plain: bytes) -> bool:
    """Whether the head of a file has the pattern; ``plain``: see ``marked``."""
    head = tree.head(file)
    return plain in head.lower() and re.search(mark, head) is not None


def nested(
    tool: Tool,
    tree: Tree,
    name: str,
    evidence: Callable[[str, str], str],
    down: str | None = None,
    key: Callable[[str], str] = str,
) -> Iterator[Project]:
    """Projects of folders that hold a file ``name`` each (and ``down`` for the way back), in the order of ``key``.

    ``evidence(root, folder)`` says what gives the tool away, empty where nothing does.
    """
    roots: dict[str, list[str]] = {}
    ends = tuple(os.sep + side for side in (name, down) if side)
    for folder, files in tree.folders(".sql"):
        if any(file.endswith(ends) for file in files):
            roots.setdefault(os.path.dirname(folder), []).append(os.path.basename(folder))
    for root, folders in roots.items():
        some = folders[:_ASKED] + folders[-_ASKED:]
        proof = next((said for folder in some if (said := evidence(root, folder))), "")
        if not proof:
            continue
        every = [folder for folder in tree.names(root) if tree.has(os.path.join(root, folder, name))]
        every.sort(key=lambda folder: (key(folder), folder))
        order = [os.path.join(root, folder, side) for folder in every for side in (name, down) if side]
        backwards = frozenset(path for path in order if down is not None and path.endswith(os.sep + down))
        found = project(tool, tree, root, order, proof, backwards=backwards)
        if found is not None:
            yield found


def up_and_down(names: Iterable[str], every: bool = False) -> list[str]:
    """``1_a.up.sql``, ``1_a.down.sql``, ``2_b.up.sql`` … by number; with ``every`` other names too, at the end."""
    found: list[tuple[int, bool, str]] = []
    for name in names:
        front, underscore, _ = name.partition("_")
        if underscore and front.isascii() and front.isdecimal() and name.endswith((".up.sql", ".down.sql")):
            found.append((int(front), name.endswith(".down.sql"), name))
        elif every:
            found.append((1 << 64, False, name))
    return [name for _, _, name in sorted(found)]
