"""A live PostgreSQL as an input: pg_dump writes its script to a file that only this user can read.

The database is only read: pg_dump works in one transaction that is READ ONLY. The password goes to pg_dump through its
environment, never through its arguments, which every user of the machine can see.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from dsql_migrate.engine.postgres.binaries import find_dump
from dsql_migrate.errors import Failure, InputError
from dsql_migrate.source.open import Source, open_source, open_spooled

if TYPE_CHECKING:
    from dsql_migrate.inputs.given import Live, Stage

_SECRETS = ("sslpassword", "oauth_client_secret")  # besides password; libpq has no variable of the environment for them
_LOOK = 0.2  # seconds between two looks at how far pg_dump is
_LONGEST = 600  # characters of an error
_END_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Database:
    """A database that answers. ``label`` names it for people and records; ``conninfo`` is without its password."""

    label: str
    conninfo: str
    password: str | None
    major: int
    version: str


def dumped(live: Live, stage: Stage | None = None) -> Source:
    """The dump of a live database as a Source. Raises Failure where it cannot be made; then nothing is left of it."""
    if live.keep is not None:
        _check_place(live.keep)
    database = reach(live.dsn)
    program = find_dump(database.major, database.version)
    advance, done = stage("Dumping", None, "bytes", database.label) if stage else (_ignore, _ignore)
    arguments = [str(program), *arguments_of(live), f"--dbname={database.conninfo}"]
    if live.keep is None:
        file = tempfile.TemporaryFile()  # noqa: SIM115 – it lives as long as its Source
        try:
            _run(arguments, database, file, advance)
            source = open_spooled(file, database.label)
        except BaseException:
            file.close()
            raise
        source.about["database"] = database.label
        done("")
        return source
    with _new_file(live.keep) as kept:
        _run(arguments, database, kept, advance)
    done("")
    source = open_source(live.keep)
    source.about["database"] = database.label
    return source


def arguments_of(live: Live) -> list[str]:
    """pg_dump's arguments for what was chosen; patterns are passed on as they are."""
    chosen = (
        ("--table", live.tables),
        ("--exclude-table", live.exclude_tables),
        ("--schema", live.schemas),
        ("--exclude-table-data", live.exclude_table_data),
    )
    patterns = [f"{option}={pattern}" for option, given in chosen for pattern in given]
    only = ["--schema-only"] if live.schema_only else []
    return ["--no-password", "--encoding=UTF8", "--format=plain", *only, *patterns]


def reach(dsn: str) -> Database:
    """Connect once: which server it is, and that it answers. Raises Failure, which never says the DSN."""
    import psycopg
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    try:
        parts = conninfo_to_dict(dsn)
    except psycopg.Error:  # its message quotes the DSN, a password in it too
        raise Failure(
            "--dsn cannot be read", hint='give a URI (postgresql://user@host/db) or pairs ("host=… dbname=…")'
        ) from None
    secret = next((name for name in _SECRETS if name in parts), None)
    if secret is not None:
        raise Failure(f"--dsn: {secret} would be seen by all users of this machine", hint="put it into pg_service.conf")
    password = parts.pop("password", None)
    conninfo = make_conninfo("", **parts)
    try:
        with psycopg.connect(dsn, autocommit=True, application_name="dsql-migrate") as connection:
            info = connection.info
            where = info.host if info.host.startswith("/") else f"{info.host}:{info.port}"
            label = f"{info.user}@{where}/{info.dbname}" if info.host else f"{info.user}@/{info.dbname}"
            version = info.parameter_status("server_version") or str(info.server_version)
            return Database(f"postgresql://{label}", conninfo, _text(password), info.server_version // 10000, version)
    except psycopg.Error as error:
        raise Failure(f"cannot connect to the database of --dsn: {_one_line(str(error), _text(password))}") from None


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _run(arguments: list[str], database: Database, into: IO[bytes], advance: Callable[[int], None]) -> None:
    """pg_dump, its output into an open file. Raises InputError with what it said."""
    environment = {**os.environ, "LC_ALL": "C"}
    if database.password is not None:
        environment["PGPASSWORD"] = database.password
    with tempfile.TemporaryFile() as said:
        try:
            child = subprocess.Popen(
                arguments, stdin=subprocess.DEVNULL, stdout=into, stderr=said, env=environment
            )
        except OSError as error:
            raise InputError(f"{database.label}: cannot run pg_dump: {error.strerror}") from None
        try:
            code = _watched(child, into, advance)
        except BaseException:
            _end(child)
            raise
        if code != 0:
            said.seek(0)
            raise _explained(said.read().decode("utf-8", "replace"), database)


def _watched(child: subprocess.Popen[bytes], into: IO[bytes], advance: Callable[[int], None]) -> int:
    size = 0
    while True:
        try:
            code: int | None = child.wait(_LOOK)
        except subprocess.TimeoutExpired:
            code = None
        now = os.fstat(into.fileno()).st_size
        advance(now - size)
        size = now
        if code is not None:
            return code


def _end(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _explained(errors: str, database: Database) -> InputError:
    """What pg_dump said, in one line: its errors, and what it added to them."""
    lines = [line.removeprefix("pg_dump: ") for line in errors.splitlines() if line.strip()]
    told = [line for line in lines if not line.startswith(("warning:", "last built-in OID"))]
    text = "; ".join(line.removeprefix("error: ") for line in told) or "it ended without a word"
    hint = None
    if "permission denied" in text:
        hint = "connect as a user who may read all that is dumped, or leave it out (--exclude-table, --schema)"
    elif "no matching" in text:
        hint = "the patterns are those of psql's \\d: quote names that have capitals, as in --table '\"Order\"'"
    return InputError(f"{database.label}: pg_dump: {_one_line(text, database.password)}", hint)


def _one_line(text: str, password: str | None) -> str:
    shown = " ".join(text.split())
    if password:
        shown = shown.replace(password, "***")
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"


def _check_place(path: Path) -> None:
    if path.exists() or path.is_symlink():
        raise Failure(f"{path} is there already", hint="take another name with --keep-dump")
    if not path.absolute().parent.is_dir():
        raise Failure(f"{path}: there is no folder {path.absolute().parent}", hint="make it, or take another name")


@contextlib.contextmanager
def _new_file(path: Path) -> Iterator[IO[bytes]]:
    """A private file beside ``path`` that becomes it when the block ends well, and is gone where it does not."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.absolute().parent)
    except OSError as error:
        raise Failure(f"{path}: cannot write there: {error.strerror}") from None
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file
        os.link(name, path)  # never over a file that came up meanwhile, as a rename would
    except FileExistsError:
        raise Failure(f"{path} is there already", hint="take another name with --keep-dump") from None
    except OSError as error:
        raise Failure(f"{path}: cannot write there: {error.strerror}") from None
    finally:
        os.unlink(name)


def _ignore(_: object) -> None:
    return None
