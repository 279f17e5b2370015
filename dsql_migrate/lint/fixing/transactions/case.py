"""The file at hand, and what is around it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dsql_migrate.lint.finding import Finding
from dsql_migrate.source.migrations import Project, Section


class Refused(Exception):
    """Why a file cannot be mended; the text is for people."""


@dataclass(frozen=True, slots=True)
class Case:
    """A file with several DDL statements in one transaction. ``contents`` are the files changed so far."""

    path: str
    content: bytes
    project: Project
    sections: Sequence[Section]
    findings: Sequence[Finding]  # those that say so
    contents: Mapping[str, bytes]

    def names(self, folder: str) -> set[str]:
        """The names of all there is in a folder, or will be."""
        try:
            names = set(os.listdir(folder or "."))
        except OSError:
            names = set()
        inside = os.path.join(folder, "")
        return names | {path[len(inside) :].split(os.sep)[0] for path in self.contents if path.startswith(inside)}

    def there(self, path: str) -> bytes | None:
        """The bytes of a file; None where there is none. Raises Refused where it cannot be read."""
        if path in self.contents:
            return self.contents[path]
        try:
            with open(path, "rb") as file:
                return file.read()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Refused(f"{path} cannot be read: {(error.strerror or str(error)).lower()}") from None
