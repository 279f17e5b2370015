"""Writes a report to a file, in the format that the file's ending names, whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from dsql_migrate.errors import Failure
from dsql_migrate.report.model import Report

FORMATS = (".html", ".md", ".json")


def render(report: Report, ending: str) -> str:
    """The report as text. ``ending`` is ``.html``, ``.md`` or ``.json``; raises Failure for any other."""
    if ending == ".html":
        from dsql_migrate.report.html import render_html

        return render_html(report)
    if ending == ".md":
        from dsql_migrate.report.markdown import render_markdown

        return render_markdown(report)
    if ending == ".json":
        from dsql_migrate.report.json import render_json

        return render_json(report)
    raise Failure(f"a report cannot end in {ending or 'nothing'!a}", f"name it {', '.join(FORMATS)}")


def write_report(report: Report, path: Path, *, force: bool = False) -> None:
    """Writes ``report`` to ``path`` in one step, so that nobody ever reads half of it.

    Raises Failure where the ending names no format, where the file exists and ``force`` is not set, or where the
    folder cannot be written to.
    """
    text = render(report, path.suffix.lower())
    if path.exists() and not force:
        raise Failure(f"{path} exists already", "use --force to write over it")
    try:
        _replace(path, text.encode("utf-8"))
    except OSError as error:
        raise Failure(f"{path} cannot be written: {error.strerror}") from error


def _replace(path: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        # mkstemp makes a file only its owner can read; a report is for others, so it gets what open() would give.
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(name, 0o666 & ~umask)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
