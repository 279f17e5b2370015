"""As whom the server runs. PostgreSQL refuses to run as root; other users cannot reach an environment under /root.

Nothing outside our own folders is changed: no user is added, no mode of a folder of somebody else is touched.
Ways, first that works: as ourselves (not root) · as ``postgres`` or ``nobody`` · in a user namespace of our own, which
shows us another user's number (``unshare -U``) · as ``postgres`` or ``nobody`` from a copy of the programs in the temp
folder.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dsql_migrate.engine.postgres.binaries import Installation
from dsql_migrate.errors import Failure

_UNPRIVILEGED = ("postgres", "nobody")


@dataclass(frozen=True, slots=True)
class Account:
    """How to start the server's programs: their folder, the words before each, the user and group to change to."""

    bin: Path
    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None

    def command(self, program: str, *arguments: str) -> list[str]:
        """The words of one call."""
        return [*self.prefix, str(self.bin / program), *arguments]

    def own(self, folder: Path) -> None:
        """Give one of our own new folders to the server's user."""
        if self.uid is not None and self.gid is not None:
            os.chown(folder, self.uid, self.gid)


def account_for(installation: Installation, cache: Path | None = None, reach: Path | None = None) -> Account:
    """How to run this installation here. ``cache`` is where a copy may be kept (default: the system's temp folder).

    ``reach`` is a folder that the server's user has to walk to. Raises Failure where there is no way.
    """
    if os.geteuid() != 0:
        return Account(installation.bin)
    reached = reach is None or _walkable(reach)
    users = _direct(installation.bin) if reached else []
    for account in (*users, *_namespace(installation.bin)):
        if _works(account):
            return account
    if not reached:
        raise Failure(
            f"PostgreSQL does not run as root, and no other user can reach {reach}",
            "Choose a folder whose parents every user may walk through.",
        )
    if users:
        # Copying costs about a second, once.
        copied = Account(_readable_copy(installation, cache or shared_temp()), (), users[0].uid, users[0].gid)
        if _works(copied):
            return copied
    raise Failure(
        "PostgreSQL does not run as root, and no other way to run it works here",
        "Run dsql-migrate as an ordinary user, or make the accounts postgres or nobody available.",
    )


def _direct(folder: Path) -> list[Account]:
    found = []
    for name in _UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        found.append(Account(folder, (), entry.pw_uid, entry.pw_gid))
    return found


def _namespace(folder: Path) -> list[Account]:
    unshare = shutil.which("unshare")
    return [Account(folder, (unshare, "-U"))] if unshare else []


def _works(account: Account) -> bool:
    """initdb is the pickier program: it needs its shared library, and a name for its user."""
    return all(_runs(account, program) for program in ("initdb", "postgres"))


def _runs(account: Account, program: str) -> bool:
    try:
        done = subprocess.run(
            account.command(program, "--version"),
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=20,
            check=False,
            user=account.uid,
            group=account.gid,
            extra_groups=None if account.uid is None else [],
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def shared_temp() -> Path:
    """A temp folder that any user can walk through: $TMPDIR may lie under a home of mode 0700."""
    for text in (tempfile.gettempdir(), "/tmp", "/var/tmp"):
        folder = Path(text).resolve()
        if folder.is_dir() and _walkable(folder):
            return folder
    raise Failure("there is no temp folder that the database's user can reach")


def _walkable(folder: Path) -> bool:
    return all(part.stat().st_mode & stat.S_IXOTH for part in (folder, *folder.parents))


def _readable_copy(installation: Installation, cache: Path) -> Path:
    """A copy of the programs that every user can read: ``bin`` of it. Made once for each build of PostgreSQL."""
    prefix = installation.bin.parent
    server = (installation.bin / "postgres").stat()
    mark = f"{prefix}:{server.st_size}:{server.st_mtime_ns}:{os.geteuid()}"
    name = f"dsql-migrate-postgres-{hashlib.sha256(mark.encode()).hexdigest()[:16]}"
    place = cache / name
    target = place / prefix.parent.name / prefix.name
    if _ours(place) and (target / "bin" / "postgres").is_file():
        return target / "bin"
    # Made under another name and renamed when whole: another process may do the same now, or may be killed half-way.
    work = Path(tempfile.mkdtemp(prefix=f"{name}.", dir=cache))
    try:
        _copy(prefix, work / prefix.parent.name / prefix.name)
        _copy_libraries(prefix.parent, work)
        work.chmod(0o755)
        try:
            work.rename(place)
        except OSError:
            if not (_ours(place) and (target / "bin" / "postgres").is_file()):
                # Somebody else's folder bears the name: keep to our own.
                return work / prefix.parent.name / prefix.name / "bin"
            shutil.rmtree(work, ignore_errors=True)
    except OSError as error:
        shutil.rmtree(work, ignore_errors=True)
        raise Failure(f"cannot copy PostgreSQL to {cache}: {error.strerror or error}") from error
    return target / "bin"


def _ours(folder: Path) -> bool:
    """The temp folder is everybody's: trust only a real folder that we own and nobody else can write to."""
    try:
        facts = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(facts.st_mode) and facts.st_uid == os.geteuid() and not facts.st_mode & 0o022


def _copy(prefix: Path, target: Path) -> None:
    """The programs of a server and what they need; headers, static libraries and the other programs stay behind."""
    (target / "bin").mkdir(parents=True)
    for program in ("postgres", "initdb"):
        shutil.copy2(prefix / "bin" / program, target / "bin" / program)
    for part in ("lib", "share"):
        if (prefix / part).is_dir():
            shutil.copytree(prefix / part, target / part, symlinks=True, ignore=_unneeded)
    _open_up(target.parent)


def _unneeded(_folder: str, names: Sequence[str]) -> set[str]:
    return {name for name in names if name.endswith(".a") or name in ("pgxs", "pkgconfig", "__pycache__")}


def _copy_libraries(package: Path, work: Path) -> None:
    """Wheels keep their shared libraries in ``<package>.libs`` beside the package, found by a relative run path."""
    libraries = package.parent / f"{package.name}.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, work / libraries.name, symlinks=True)
        _open_up(work / libraries.name)


def _open_up(folder: Path) -> None:
    """Make our own copy readable for everybody."""
    for path, _folders, files in os.walk(folder):
        os.chmod(path, 0o755)
        for file in files:
            one = Path(path, file)
            if not one.is_symlink():
                one.chmod(0o755 if one.stat().st_mode & 0o100 else 0o644)
