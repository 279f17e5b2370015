"""Migrations that have been applied already: they are left alone, for a tool that runs them compares checksums."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence

from dsql_migrate.errors import Failure
from dsql_migrate.source.migrations import Project

_FRONT = re.compile(r"[A-Z]?([0-9]+(?:[._-][0-9]+)*)")


def applied(projects: Iterable[Project], last: str) -> frozenset[str]:
    """The files up to ``last``, which is a file's path or name, a migration's name, or a version.

    Raises Failure where no migration is called so, or those of several folders are.
    """
    found: list[tuple[Project, list[str], int]] = []
    for project in {id(project): project for project in projects}.values():
        order = [each for path in project.files for each in (*project.before.get(path, ()), path)]
        places = [number for number, path in enumerate(order) if means(path, last)]
        if places:
            found.append((project, order, places[-1]))
    if not found:
        raise Failure(f"--start-after {last}: no migration is called so, and none has that version")
    if len(found) > 1:
        roots = ", ".join(sorted(project.root or "." for project, _, _ in found))
        raise Failure(f"--start-after {last}: there is one in each of {roots}", hint="give the path of the file")
    _, order, at = found[0]
    return frozenset(order[: at + 1])


def means(path: str, name: str) -> bool:
    """Whether a file is called so: by its path, its name, that of its folder, or the version in front of one."""
    base, folder = os.path.basename(path), os.path.basename(os.path.dirname(path))
    if os.path.normpath(path) == os.path.normpath(name) or name in (base, folder):
        return True
    stem = base.split(".")[0]
    if stem == name or base.removesuffix(".sql").removesuffix(".py") == name:
        return True
    wanted = _version(name)
    return wanted is not None and _FRONT.fullmatch(name) is not None and wanted in (_version(base), _version(folder))


def _version(name: str) -> tuple[int, ...] | None:
    """The numbers in front of a name: ``V1.2__a.sql`` and ``1_2`` are (1, 2)."""
    found = _FRONT.match(name)
    return tuple(int(part) for part in re.split(r"[._-]", found.group(1))) if found else None


def said(count: int, files: Sequence[str]) -> str:
    """What is told of findings that could be fixed in migrations that must not be."""
    which = os.path.basename(files[-1]) if len(files) == 1 else f"{len(files)} migrations"
    return (
        f"{count} finding{'s' * (count != 1)} could be fixed in {which} of the history, left as it is: "
        "--follow-up writes a new migration with what DSQL takes of it, --allow-history edits it"
    )
