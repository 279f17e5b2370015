"""SQL inside other files: whether an edit is one that the file's own language takes.

There is no list of what has to be escaped where: the changed file is read again by the same reader that found the SQL
in it, and the SQL that comes out must be the old one with the edits made, byte for byte.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from dsql_migrate.errors import Failure
from dsql_migrate.lint.finding import Edit
from dsql_migrate.lint.fixing.edits import spliced
from dsql_migrate.source.migrations import Pin, Project, Section


class Hosts:
    """What reads each of the files of a run: its project, by path."""

    def __init__(self, projects: Mapping[str, Project]) -> None:
        self._projects = projects

    def sound(self, path: str, before: bytes, after: bytes, edits: Sequence[Edit]) -> bool:
        """Whether the changed file holds the same sections of SQL, with exactly these edits made."""
        was, now = self._sections(path, before), self._sections(path, after)
        if was is None or now is None or len(was) != len(now):
            return was is None and self._plain(path)
        if path.endswith(".py") and _compiles(before) and not _compiles(after):
            return False
        left = list(edits)
        for old, new in zip(was, now, strict=True):
            inside = {edit: at for edit in left if (at := _within(edit, old)) is not None}
            if new.sql != spliced(old.sql, inside.values()):
                return False
            if old.sql.strip() and not new.sql.strip() and not path.endswith(".sql"):
                return False  # a program would send an empty statement
            if (old.direction, old.name) != (new.direction, new.name):
                return False
            left = [edit for edit in left if edit not in inside]
        return not left

    def fitted(self, path: str, content: bytes, edits: tuple[Edit, ...]) -> tuple[Edit, ...]:
        """The edits with blanks for line breaks where they go into a string that stands on one line."""
        if not any("\n" in edit.text for edit in edits) or path.endswith(".sql"):
            return edits
        pins = [pin for section in self._sections(path, content) or () for pin in section.origin.pins]
        return tuple(replace(e, text=e.text.replace("\n", " ")) if _one_line(e, pins, content) else e for e in edits)

    def sections(self, path: str, content: bytes) -> Sequence[Section]:
        """The sections of a file: of a script, the whole of it."""
        if self._plain(path):
            return (Section(content),)
        return self._sections(path, content) or ()

    def _plain(self, path: str) -> bool:
        project = self._projects.get(path)
        return project is None or project.tool.read is None

    def _sections(self, path: str, content: bytes) -> tuple[Section, ...] | None:
        """The sections of a file; None for a script, and where it cannot be read."""
        project = self._projects.get(path)
        if project is None or project.tool.read is None:
            return None
        try:
            return project.tool.read(path, content, project).sections
        except Failure:
            return None


def _within(edit: Edit, section: Section) -> Edit | None:
    """The edit as one on the section's SQL; None where it falls elsewhere. Line ends are those of the file."""
    pins = section.origin.pins
    if not pins:
        return edit
    pin = _pin(edit, pins)
    if pin is None:
        return None
    by = pin.sql - pin.file
    return Edit(edit.start + by, edit.end + by, edit.text)


def _pin(edit: Edit, pins: Iterable[Pin]) -> Pin | None:
    return next((p for p in pins if p.file <= edit.start and edit.end <= p.file + p.length), None)


def _one_line(edit: Edit, pins: Iterable[Pin], content: bytes) -> bool:
    pin = _pin(edit, pins)
    return pin is not None and b"\n" not in content[pin.file : pin.file + pin.length]


def _compiles(content: bytes) -> bool:
    try:
        ast.parse(content)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
