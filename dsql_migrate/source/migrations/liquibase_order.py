"""The order in which a master change log of Liquibase's includes other files. Nothing but names is taken from it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from dsql_migrate.source.migrations.tree import Tree, exists, size

_STEMS = (
    "db.changelog-master", "changelog-master", "db.changelog", "changelog", "master", "master-changelog",
    "changelog.master", "root-changelog", "changelog-root", "liquibase-changelog", "dbchangelog",
)  # fmt: skip
_NAMES = tuple(f"{stem}.{ending}" for stem in _STEMS for ending in ("xml", "yaml", "yml", "json", "sql"))
_LARGEST = 1 << 20  # bytes of a change log
_HIGH = 8  # folders above a change log in which what it includes may stand; never above the git checkout
_DEEP = 5  # change logs that include change logs
# file: a.sql · file="a.sql" · "file": "a.sql" · path: folder (of includeAll)
_INCLUDE = rb"""(?:\bfile|\bpath)["']?\s*[:=]\s*(?:"([^"\n]+)"|'([^'\n]+)'|([^\s"'<>,}]+))"""


def master_of(tree: Tree, folder: str) -> str | None:
    """The nearest change log, in the folder or above it, that includes others; None where there is none."""
    found = tree.above(folder, *_NAMES)
    return found if found is not None and next(included(tree, found), None) is not None else None


def rank(tree: Tree, master: str, files: list[str]) -> list[str]:
    """The files in the order of the master change log; those that it does not name come last, by path."""
    places = {os.path.abspath(file): file for file in files}
    order: list[str] = []
    for path in _walk(tree, os.path.abspath(master), _DEEP):
        inside = [place for place in sorted(places) if place == path or place.startswith(path + os.sep)]
        order += [places.pop(place) for place in inside]
    return order + [places[place] for place in sorted(places)]


def _walk(tree: Tree, log: str, depth: int) -> Iterator[str]:
    """Absolute paths of the files and folders that a change log includes, those of included change logs in place."""
    for written in included(tree, log):
        path = found_at(tree, log, written)
        if path is None:
            continue
        if path.endswith((".xml", ".yaml", ".yml", ".json")):
            if depth > 1 and path != log:
                yield from _walk(tree, path, depth - 1)
        else:
            yield path


def included(tree: Tree, log: str) -> Iterator[str]:
    try:
        if size(log) > _LARGEST:
            return
        text = tree.read(log)
    except OSError:
        return
    text = re.sub(rb"(?s)<!--.*?-->", b"", text)
    for met in re.finditer(_INCLUDE, text):
        name = next(part for part in met.groups() if part is not None).decode("utf-8", "replace")
        if "\0" not in name:
            yield name.replace("\\", "/").removeprefix("classpath:").removeprefix("file:")


def found_at(tree: Tree, log: str, written: str) -> str | None:
    """Where an included file stands: beside the change log, or below a folder above it (the root of the class path)."""
    folders = [os.path.dirname(log)]
    while len(folders) < _HIGH and not exists(os.path.join(folders[-1], ".git")):
        folders.append(os.path.dirname(folders[-1]))
    for folder in folders:
        path = os.path.normpath(os.path.join(folder, written.strip("/")))
        if path.startswith(folders[-1].rstrip(os.sep) + os.sep) and exists(path):
            return path
    return None
