"""--output-format FORMAT[:PATH]: what is printed and what is written to files."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from dsql_migrate.errors import Failure
from dsql_migrate.lint.output import FINDINGS_ONLY, FORMATS
from dsql_migrate.lint.output.shown import shown
from dsql_migrate.lint.result import Result

if TYPE_CHECKING:
    from pathlib import Path


def wanted(format_: str, outputs: Sequence[str]) -> tuple[str, list[tuple[str, Path]]]:
    """(format to print, [(format, file to write)]). A path ``-`` is standard output.

    Raises click.UsageError for an unknown format, a file that is named twice, and two formats to print.
    """
    printed: list[str] = []
    written: list[tuple[str, Path]] = []
    if outputs:
        from pathlib import Path  # 4 ms: only where there is a file to write
    for output in outputs:
        name, colon, path = output.partition(":")
        if name not in FORMATS:
            raise click.UsageError(f"--output-format {output}: the format is one of {', '.join(FORMATS)}")
        if colon and not path:
            raise click.UsageError(f"--output-format {output}: there is no path behind the colon")
        if path in ("", "-"):
            printed.append(name)
        else:
            written.append((name, Path(path)))
    if len(set(printed)) > 1:
        raise click.UsageError(f"only one format can be printed, not {' and '.join(printed)}: give the others a path")
    if len({path.resolve() for _, path in written}) < len(written):
        raise click.UsageError("--output-format names the same file more than once")
    return printed[0] if printed else format_, written


def check(paths: Sequence[Path], force: bool) -> None:
    """Raises Failure where a file could not be written: said before the work, not after it."""
    for path in paths:
        kind = _kind(path)
        if kind is not None and stat.S_ISDIR(kind):
            raise Failure(f"cannot write {path}: it is a folder")
        if kind is not None and stat.S_ISREG(kind) and not force:
            raise Failure(f"{path} exists", hint="--force writes over it")
        folder = path.resolve().parent
        if not folder.is_dir():
            raise Failure(f"cannot write {path}: there is no folder {path.parent}")
        if not os.access(path if kind is not None and not stat.S_ISREG(kind) else folder, os.W_OK):
            raise Failure(f"cannot write {path}: permission denied")


def write(contents: Sequence[tuple[Path, str]], force: bool, inputs: Sequence[str] = ()) -> None:
    """Write the files, all or none, and none over an existing one without ``force``, nor ever over one of ``inputs``.

    Raises Failure. A device or a pipe (``/dev/stdout``) is written to as it is; everything else is put in place whole.
    """
    if not contents:
        return
    import tempfile
    from pathlib import Path

    check([path for path, _ in contents], force)
    read = {os.path.realpath(path) for path in inputs}
    for path, _ in contents:
        if os.path.realpath(path) in read:
            raise Failure(f"cannot write {path}: it is one of the files that were read")
    ready: list[tuple[Path, str]] = []
    streams: list[tuple[Path, bytes]] = []
    path = Path()
    try:
        for path, content in contents:
            data = content.encode("utf-8", "backslashreplace")
            kind = _kind(path)
            if kind is not None and not stat.S_ISREG(kind):
                streams.append((path, data))
                continue
            target = path.resolve()  # through a link, to what it stands for
            handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
            ready.append((target, name))
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            os.chmod(name, 0o666 & ~_umask())
        while ready:
            path, name = ready[0]
            os.replace(name, path)
            del ready[0]
        for path, data in streams:
            with path.open("wb") as stream:
                stream.write(data)
    except OSError as error:
        raise Failure(f"cannot write {path}: {(error.strerror or str(error)).lower()}") from None
    finally:
        for _, name in ready:
            with contextlib.suppress(OSError):
                os.unlink(name)


def show(content: str, format_: str, result: Result, *, verbose: bool, err: bool) -> None:
    """Print what was rendered as UTF-8, whatever the locale; ``err``: to standard error.

    To standard error goes what the format has no place for, and with ``verbose`` each file that was read and what
    gave its tool away.
    """
    if verbose:
        for run in result.runs:
            known = f" ({run.evidence})" if run.evidence else ""
            click.echo(shown(f"{run.title}{known}: {run.files} files, {run.sends}"), err=True)
        for file in result.files:
            click.echo(shown(f"read {file}"), err=True)
    if format_ in FINDINGS_ONLY:
        for skipped in result.skipped:
            click.echo(shown(f"{skipped.path}: skipped: {skipped.reason}"), err=True)
        for note in result.notes:
            click.echo(shown(f"note: {note}"), err=True)
    click.echo(content.encode("utf-8", "backslashreplace"), nl=False, err=err)


def _kind(path: Path) -> int | None:
    """The mode of what is there; None where nothing is. Raises Failure where that cannot be known."""
    try:
        return path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise Failure(f"cannot write {path}: {(getattr(error, 'strerror', None) or str(error)).lower()}") from None


def _umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask
