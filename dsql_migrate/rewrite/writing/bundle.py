"""The bundle on disk. Everything is written to a folder beside it first and moved into place at the end."""

from __future__ import annotations

import contextlib
import fcntl
import glob
import json
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from json.encoder import encode_basestring
from pathlib import Path
from typing import Any, BinaryIO

from dsql_migrate.errors import Failure
from dsql_migrate.rewrite.objects.roles import roles_script
from dsql_migrate.rewrite.plan import Item, Plan
from dsql_migrate.rewrite.quoting import identifier, one_line
from dsql_migrate.rewrite.rows.writing import RowWriter, Totals
from dsql_migrate.rewrite.writing.order import ordered
from dsql_migrate.rewrite.writing.quarantine import quarantine_text
from dsql_migrate.rewrite.writing.remarks import remarked
from dsql_migrate.rewrite.writing.side_by_side import lanes, with_mark

MARK = "ledger.json"  # a folder that holds it is a bundle


@contextlib.contextmanager
def new_bundle(out: Path, *, force: bool) -> Iterator[Path]:
    """A folder to write the bundle in; it becomes ``out`` when the block ends well, and is gone where it does not.

    Raises Failure where ``out`` exists and ``force`` is not given, or is something other than a bundle.
    """
    check_place(out, force=force)
    parent = out.absolute().parent
    try:
        parent.mkdir(parents=True, exist_ok=True)
        _sweep(parent, out.name)
        folder = Path(tempfile.mkdtemp(prefix=_prefix(out.name), dir=parent))
        lock = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise Failure(f"{out}: cannot write there: {error.strerror}") from None
    try:
        with contextlib.suppress(OSError):  # not every file system has locks
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield folder
        os.chmod(folder, 0o777 & ~_umask())  # mkdtemp makes it private
        _replace(folder, out)
    except OSError as error:
        raise Failure(f"{out}: {error.strerror or error}") from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _prefix(name: str) -> str:
    return f".{name}.dsqlm-"


def _sweep(parent: Path, name: str) -> None:
    """Remove half-written bundles of this name whose process was killed: nobody holds their lock."""
    for folder in parent.glob(f"{glob.escape(_prefix(name))}*"):
        with contextlib.suppress(OSError):
            facts = folder.lstat()
            # A folder is locked a moment after it is made.
            if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.geteuid() or time.time() - facts.st_mtime < 2:
                continue
            lock = os.open(folder, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(lock)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def check_place(out: Path, *, force: bool) -> None:
    """Raises Failure where the bundle may not or cannot be written: before the input is read, which may take long."""
    if not out.exists():
        _check_parent(out)
        return
    if not out.is_dir():
        raise Failure(f"{out} is a file", hint="name a folder with -o")
    if not any(out.iterdir()):
        return
    if not force:
        raise Failure(f"{out} is there already", hint="take another folder, or --force to replace the bundle in it")
    if not (out / MARK).is_file():
        raise Failure(f"{out} is not empty and holds no bundle: it is left alone", hint="take another folder")


def _check_parent(out: Path) -> None:
    above = next(folder for folder in out.absolute().parents if folder.exists())
    if not above.is_dir():
        raise Failure(f"{out}: {above} is a file", hint="name a folder with -o")
    if not os.access(above, os.W_OK | os.X_OK):
        raise Failure(f"{out}: cannot write to {above}", hint="take another folder with -o")


def _replace(folder: Path, out: Path) -> None:
    if not out.exists():
        folder.rename(out)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{out.name}.old.", dir=out.absolute().parent))
    try:
        out.rename(old / "bundle")
        folder.rename(out)
    except OSError:
        if not out.exists() and (old / "bundle").exists():
            (old / "bundle").rename(out)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def write_sql(plan: Plan, folder: Path, source_name: str, progress: Callable[[int], None] | None = None) -> Totals:
    """pre-data.sql, data.sql, post-data.sql and quarantine.sql."""
    heads = {
        "pre-data.sql": "1 of 3: the schema",
        "data.sql": "2 of 3: the rows",
        "post-data.sql": "3 of 3: foreign keys, indexes and what rests on rows",
    }
    with _open(folder / "pre-data.sql") as file:
        file.write(_head(plan, source_name, "pre-data.sql", heads))
        _write_items(plan, file, ordered(plan.pre))
    with _open(folder / "data.sql") as file:
        file.write(_head(plan, source_name, "data.sql", heads))
        totals = RowWriter(plan, file, progress).write()
    with _open(folder / "post-data.sql") as file:
        file.write(_head(plan, source_name, "post-data.sql", heads))
        _write_items(plan, file, sorted(plan.post, key=lambda i: (20 if i.rank == 21 else i.rank, i.statement)))
    roles = roles_script(plan, source_name)
    if roles is not None:
        (folder / "roles.sql").write_bytes(roles)
    with _open(folder / "quarantine.sql") as file:
        file.write(quarantine_text(plan, source_name))
    return totals


def _open(path: Path) -> BinaryIO:
    return path.open("wb")


def _head(plan: Plan, source_name: str, name: str, heads: dict[str, str]) -> bytes:
    lines = (
        f"-- {heads[name]}. Made by dsql-migrate from {one_line(source_name)} "
        f"for Aurora DSQL as of {plan.target.as_of}.",
        f"-- psql -v ON_ERROR_STOP=1 -f {name}    (autocommit: one statement is one transaction)",
        "SET client_encoding = 'UTF8';",
        "",
    )
    return "\n".join(lines).encode("utf-8", "surrogateescape")


def _write_items(plan: Plan, file: BinaryIO, items: Iterable[Item]) -> None:
    path = _plain(("public",))
    told: set[str] = set()
    for item, line in lanes(items):
        wanted = _plain(item.search_path)
        if wanted and wanted != path:
            file.write(
                f"\nSET search_path = {', '.join(identifier(s) for s in wanted)};\n".encode("utf-8", "surrogateescape")
            )
            path = wanted
        file.write(b"\n" + with_mark(remarked(plan, item, told), line) + b"\n")


def _plain(path: tuple[str, ...]) -> tuple[str, ...]:
    """The search_path without system schemas; empty (pg_dump's) where every name is qualified."""
    return tuple(s for s in path if s != "pg_catalog")


def write_json(path: Path, value: Any) -> None:
    """One JSON file: sorted keys, UTF-8, a line end at the end; the same bytes for the same value."""
    temporary = path.with_name(f".{path.name}.new")
    with temporary.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
        _put_json(value, "\n", file.write)
        file.write("\n")
    temporary.replace(path)


def _put_json(value: Any, line: str, put: Callable[[str], object]) -> None:
    """As ``json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False)``, whose indented form is slow: the ledger
    of 5,000 tables has 100,000 entries. ``line``: a line feed and the blanks before what is inside."""
    if isinstance(value, str):
        put(encode_basestring(value))
    elif isinstance(value, dict) and value:
        start = "{" + line + " "
        for key, item in sorted(value.items()):
            put(f"{start}{encode_basestring(key)}: ")
            _put_json(item, line + " ", put)
            start = "," + line + " "
        put(line + "}")
    elif isinstance(value, list | tuple) and value:
        start = "[" + line + " "
        for item in value:
            put(start)
            _put_json(item, line + " ", put)
            start = "," + line + " "
        put(line + "]")
    else:
        put(json.dumps(value))
