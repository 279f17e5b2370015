"""Changed files, written: whole or not at all, with the mode they had, through links and not over them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Sequence

from dsql_migrate.errors import Failure
from dsql_migrate.lint.fixing.diff import Change


def outside(path: str, given: Sequence[str]) -> str | None:
    """The file that a link leads to, where it lies outside the folder that was given; None where it may be written.

    A file that was named itself may be anywhere.
    """
    real = os.path.realpath(path)
    for root in given:
        if root == path:
            return None
        folder = os.path.realpath(root)
        if os.path.isdir(folder) and os.path.commonpath([folder, real]) == folder:
            return None
    return real


def write(changes: Iterable[Change]) -> None:
    """Write every change, new files first: where it breaks off in between, nothing of an old file is lost.

    Raises Failure where a file is not any more what was read, a new one is there already, or nothing can be written.
    """
    changes = sorted(changes, key=lambda change: (change.before is not None, change.path))
    for change in changes:
        _still_as_read(change)
    for change in changes:
        _write(change)


def _still_as_read(change: Change) -> None:
    try:
        with open(change.path, "rb") as file:
            now: bytes | None = file.read()
    except FileNotFoundError:
        now = None
    except OSError as error:
        raise Failure(f"cannot read {change.path}: {(error.strerror or str(error)).lower()}") from None
    if now != change.before:
        told = "is there already" if change.before is None else "was changed while it was looked at"
        raise Failure(f"{change.path} {told}; nothing was written", hint="run it again")
    if change.before is not None and not os.access(change.path, os.W_OK):
        raise Failure(f"{change.path} is not to be written; nothing was written")


def _write(change: Change) -> None:
    path = os.path.realpath(change.path)
    name = None
    try:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        handle, name = tempfile.mkstemp(dir=os.path.dirname(path) or ".", prefix=".dsql-migrate-")
        with os.fdopen(handle, "wb") as file:
            file.write(change.after)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, _mode(path, change))
        os.replace(name, path)
        name = None
    except OSError as error:
        raise Failure(f"cannot write {change.path}: {(error.strerror or str(error)).lower()}") from None
    finally:
        if name is not None and os.path.exists(name):
            os.unlink(name)


def _mode(path: str, change: Change) -> int:
    if change.before is not None:
        return os.stat(path).st_mode & 0o7777
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask
