"""pg_dump's archives (-Fc, -Ft, -Fd) as plain scripts, through the pg_restore that the embedded PostgreSQL brings;
compressed files as streams."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import IO, cast

from dsql_migrate.errors import InputError

_TAR_MAGIC = slice(257, 262)
_NOT_HERE = (
    (b"\x28\xb5\x2f\xfd", "zstd", "zstd -d"),
    (b"\x04\x22\x4d\x18", "lz4", "lz4 -d"),
    (b"PK\x03\x04", "zip", "unzip"),
)


def decompressed(file: IO[bytes], head: bytes, label: str) -> IO[bytes] | None:
    """A stream of what a gzip, bzip2 or xz file holds; None where it is none of these.

    Raises InputError for compression that Python 3.11's library cannot undo.
    """
    file.seek(0)
    if head.startswith(b"\x1f\x8b"):
        import gzip  # each of these where such a file comes: most are plain scripts, and starting must be quick

        return cast(IO[bytes], gzip.GzipFile(fileobj=file, mode="rb"))
    if re.match(rb"BZh[1-9]1AY&SY", head):
        import bz2

        return bz2.BZ2File(file)
    if head.startswith(b"\xfd7zXZ\0"):
        import lzma

        return lzma.LZMAFile(file)
    for magic, name, command in _NOT_HERE:
        if head.startswith(magic):
            raise InputError(f"{label} is compressed with {name}", f"unpack it first: {command}")
    return None


def is_archive(head: bytes, label: str) -> bool:
    """Whether a file is a custom or tar archive of pg_dump. Raises InputError for any other tar file."""
    if head.startswith(b"PGDMP"):
        return True
    if head[_TAR_MAGIC] != b"ustar":
        return False
    if head[:100].rstrip(b"\0") != b"toc.dat":
        raise InputError(f"{label} is a tar file, but not one of pg_dump", "unpack it and name the script in it")
    return True


def restored(file: IO[bytes], label: str) -> IO[bytes]:
    """The script of a custom or tar archive, in a nameless temporary file. Raises InputError."""
    os.lseek(file.fileno(), 0, os.SEEK_SET)  # pg_restore seeks in its standard input where it can
    return _restore([], file, label)


def restored_directory(path: Path, label: str) -> IO[bytes]:
    """The script of a directory archive, in a nameless temporary file. Raises InputError."""
    if not (path / "toc.dat").is_file():
        raise InputError(f"{label} is a folder, but not one of pg_dump -Fd (no toc.dat in it)")
    return _restore(["--format=directory", str(path.absolute())], None, label)


def _restore(arguments: list[str], archive: IO[bytes] | None, label: str) -> IO[bytes]:
    import subprocess
    import tempfile

    from dsql_migrate.engine.postgres.binaries import find_client  # lint opens scripts without loading the engine

    script = tempfile.TemporaryFile()  # noqa: SIM115 – it lives as long as its Source
    try:
        done = subprocess.run(
            [find_client("pg_restore"), "--file=-", *arguments],
            stdin=archive if archive is not None else subprocess.DEVNULL,
            stdout=script,
            stderr=subprocess.PIPE,
            env={**os.environ, "LC_ALL": "C"},
            check=False,
        )
        if done.returncode != 0:
            raise _explained(done.stderr.decode("utf-8", "replace"), label)
    except OSError as error:
        script.close()
        raise InputError(f"{label}: cannot run pg_restore: {error}") from None
    except BaseException:
        script.close()
        raise
    return cast(IO[bytes], script)


def _explained(errors: str, label: str) -> InputError:
    """The first error of pg_restore, and what to do about it."""
    lines = [re.sub(r"^pg_restore: (?:error: )?", "", line) for line in errors.splitlines() if line.strip()]
    first = next((line for line in lines if not line.startswith(("warning:", "detail:", "hint:"))), "unknown trouble")
    hint = None
    if "unsupported version" in first:
        hint = "the archive is newer than the pg_restore at hand: dump again as a plain script (pg_dump without -F)"
    elif "compress" in first:
        hint = "this pg_restore lacks the compression: dump again with gzip or none (pg_dump --compress=0)"
    return InputError(f"{label}: pg_restore: {first}", hint)
