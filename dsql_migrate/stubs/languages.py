"""The languages that stubs can be written in. One that is named here works; another is not offered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from dsql_migrate.stubs.obligations import Obligations
from dsql_migrate.target import Target

LANGUAGES = ("python", "typescript")  # the first is the default


def write_stubs(
    languages: Sequence[str], obligations: Obligations, folder: Path, target: Target
) -> dict[str, list[str]]:
    """Write ``app/<language>/`` for each language; returns the files, relative to ``folder``, by obligation id.

    Foreign keys and triggers come in every language, exclusion constraints in Python. Raises ValueError for an unknown
    language.
    """
    found: dict[str, list[str]] = {}
    for language in languages:
        if language == "python":
            from dsql_migrate.stubs.python import write_python

            written = write_python(obligations, folder, target)
        elif language == "typescript":
            from dsql_migrate.stubs.code.package import package_of
            from dsql_migrate.stubs.translate import translate
            from dsql_migrate.stubs.typescript import write_typescript

            kept = replace(obligations, exclusions=(), deferred_keys=())
            written = write_typescript(package_of(kept, translate(obligations)), folder, target)
        else:
            raise ValueError(f"no such language: {language}")
        for id, files in written.items():
            found.setdefault(id, []).extend(files)
    return found
