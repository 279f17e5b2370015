"""Run a command and say how long it took and how much memory it had at most."""

import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryFile


@dataclass(frozen=True, slots=True)
class Run:
    """What one run cost. `peak` is the largest resident set of the process (not of servers it started), in bytes."""

    seconds: float
    peak: int
    code: int
    error: str
    """The end of what it wrote to standard error."""
    cpu: float = 0.0
    """Seconds of processor time, the system's included."""


def run(command: Sequence[str | Path], **settings: str) -> Run:
    """Run it without input and without showing its output; raises OSError where it cannot be started.

    ``settings`` are added to the environment. Python may keep what it has compiled, as it does for every user.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | settings
    with TemporaryFile() as said:
        start = time.perf_counter()
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
            env=environment,
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0, os.SEEK_END)
        said.seek(max(0, said.tell() - 2000))
        error = said.read().decode("utf-8", "replace").strip()
    unit = 1 if sys.platform == "darwin" else 1024
    spent = usage.ru_utime + usage.ru_stime
    return Run(seconds, usage.ru_maxrss * unit, process.returncode, error, spent)


def tool(name: str) -> Path:
    """The program of that name in the environment that runs this script; raises SystemExit where it is not there."""
    path = Path(sys.executable).parent / name
    if not path.exists():
        raise SystemExit(f"{name} is not in {path.parent}: `make install-dev` installs it")
    return path


def machine() -> str:
    """One sentence on where the numbers come from."""
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    except (ValueError, OSError):
        memory = 0.0
    size = f", {memory:.0f} GiB" if memory else ""
    load = ", ".join(f"{part:.1f}" for part in os.getloadavg())
    return (
        f"{date.today():%Y-%m-%d}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores{size}, "
        f"Python {platform.python_version()}, dsql-migrate {version_of('dsql-migrate')}, "
        f"dsql-lint {version_of('dsql-lint')}; load before the runs (1, 5, 15 minutes): {load}"
    )


def version_of(name: str) -> str:
    """The installed version of a package; where it only lies beside: that of this checkout."""
    try:
        return version(name)
    except PackageNotFoundError:
        return "of this checkout"


def put_section(path: Path, text: str) -> None:
    """Put a text that begins with a ``# heading`` in place of the part of a Markdown file with that heading, or behind
    all parts where there is none yet."""
    heading = text.split("\n", 1)[0]
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    parts = [part for part in re.split(r"(?m)^(?=# )", before) if part.strip()]
    ours = text.strip() + "\n"
    if any(part.startswith(heading + "\n") for part in parts):
        parts = [ours if part.startswith(heading + "\n") else part for part in parts]
    else:
        parts.append(ours)
    path.write_text("\n".join(part.strip() + "\n" for part in parts), encoding="utf-8")


def put_between(page: str, heading: str, text: str, maker: str) -> str:
    """The page with a text between the markers of the section ``## heading``; they are made where they are missing.

    ``maker``: the command that makes the text. Raises ValueError where the page has no such section.
    """
    begin, end = f"<!-- made by `{maker}` -->", "<!-- end -->"
    start = page.index(f"## {heading}\n")
    stop = page.find("\n## ", start)
    section = page[start : stop if stop >= 0 else len(page)]
    made = f"{begin}\n\n{text.strip()}\n\n{end}"
    if begin in section:
        changed = section[: section.index(begin)] + made + section[section.index(end) + len(end) :]
    else:
        changed = section.rstrip() + "\n\n" + made + "\n"
    return page.replace(section, changed)


def megabytes(count: float) -> str:
    return f"{count / 1e6:,.0f} MB"
