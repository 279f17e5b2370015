"""Paths as findings show them: the same on every system, however the file was named on the command line."""

from __future__ import annotations

import os


def portable(path: str, base: str | None = None) -> str:
    """The path relative to ``base`` (the working directory) where it is inside it, with forward slashes.

    ``./a.sql`` and ``/the/base/a.sql`` both become ``a.sql``. What lies outside stays as it was named, and so does
    what is no path (``<stdin>``).
    """
    if path.startswith("<"):
        return path
    named = os.path.normpath(path)
    if os.path.isabs(named) or named.startswith(os.pardir):
        base = os.getcwd() if base is None else base
        whole = os.path.normpath(os.path.join(base, named))
        named = _inside(whole, base) or _inside(os.path.realpath(whole), os.path.realpath(base)) or named
    return named.replace(os.sep, "/")


def _inside(path: str, base: str) -> str | None:
    base = base.rstrip(os.sep) + os.sep
    return path[len(base) :] if path.startswith(base) else None
