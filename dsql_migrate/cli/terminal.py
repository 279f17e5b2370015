"""What the main job shows on a terminal: progress while it works, then a summary that fits a screen."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Literal, Self

from dsql_migrate.report.model import Report
from dsql_migrate.report.verdict import OUT
from dsql_migrate.report.visible import cells, cut, visible
from dsql_migrate.report.words import counted

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress

Unit = Literal["bytes", "rows", "objects"]
Mode = Literal["bars", "plain", "silent"]

_NAME = 10
_NARROW = 60  # columns; with fewer there is no room for bars
_COLOURS = {"good": "\x1b[1;32m", "warn": "\x1b[1;33m", "bad": "\x1b[1;31m", "dim": "\x1b[2m"}
_RESET = "\x1b[0m"


def colourful(stream: IO[str]) -> bool:
    """Whether to colour what goes to a stream: on a terminal that can, unless NO_COLOR says no (no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


class Progress:
    """Shows the stages of one job on ``stream``: bars on a terminal, one line a finished stage elsewhere and with -q.

    Use it as a context manager, so that the terminal is whole again after an error. Nothing goes to standard output.
    """

    def __init__(self, stream: IO[str] | None = None, *, quiet: bool = False, mode: Mode | None = None) -> None:
        self.stream = stream or sys.stderr
        room = os.environ.get("TERM") != "dumb" and shutil.get_terminal_size().columns >= _NARROW
        self.mode: Mode = mode or ("bars" if self.stream.isatty() and not quiet and room else "plain")
        self._bars: RichProgress | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Leaves the bars as they are and gives the terminal back."""
        if self._bars is not None:
            self._bars.stop()
            self._bars = None

    def stage(self, name: str, total: int | None, unit: Unit, label: str = "") -> Stage:
        """Starts a stage. ``total`` in ``unit``, None where it is not known; ``label`` says what is worked on."""
        stage = Stage(self, visible(name), total, unit, cut(visible(label), 48))
        if self.mode == "bars":
            stage.task = self._open().add_task(stage.name, total=total, told=stage.told(), share="")
        return stage

    def _open(self) -> RichProgress:
        if self._bars is None:
            from rich.console import Console
            from rich.progress import BarColumn, TextColumn
            from rich.progress import Progress as RichProgress

            # Names come from the input: markup in them must stay text.
            self._bars = RichProgress(
                TextColumn("{task.description:<10}", style="bold", markup=False),
                TextColumn("{task.fields[told]}", markup=False),
                BarColumn(bar_width=24),
                TextColumn("{task.fields[share]}", markup=False),
                console=Console(file=self.stream, highlight=False),
            )
            self._bars.start()
        return self._bars


class Stage:
    """One stage of a job."""

    def __init__(self, progress: Progress, name: str, total: int | None, unit: Unit, label: str) -> None:
        self.progress, self.name, self.total, self.unit, self.label = progress, name, total, unit, label
        self.count = 0
        self.finished = False
        self.task: int | None = None

    def advance(self, n: int = 1) -> None:
        """Another ``n`` units are done."""
        self.count += n
        bars = self.progress._bars
        if bars is not None and self.task is not None:
            from rich.progress import TaskID

            bars.update(TaskID(self.task), completed=self.count, told=self.told(), share=self._share())

    def done(self, text: str = "") -> None:
        """The stage is over; ``text`` says what came out of it (``42 tables, 61 keys``). Only the first call counts."""
        if self.finished:
            return
        self.finished = True
        told = visible(text) or self.told(over=True)
        bars = self.progress._bars
        if bars is not None and self.task is not None:
            from rich.progress import TaskID

            whole = self.total or self.count or 1
            bars.update(TaskID(self.task), total=whole, completed=whole, told=told, share="100 %")
        elif self.progress.mode == "plain":
            self.progress.stream.write(f"{self.name:<{_NAME}} {told}".rstrip() + "\n")
            self.progress.stream.flush()

    def _share(self) -> str:
        return f"{min(100 * self.count // self.total, 100)} %" if self.total else ""

    def told(self, over: bool = False) -> str:
        """Label and amount: ``shop.dump.sql   3.1 MB``; the whole amount once the stage is over."""
        known = self.total is not None and (over or self.unit == "bytes")
        amount = amount_of(max(self.count, self.total or 0) if known else self.count, self.unit)
        return "   ".join(part for part in (self.label, amount) if part)


def amount_of(count: int, unit: Unit) -> str:
    """``3.1 MB``, ``46,273 rows``, ``1 object``."""
    if unit != "bytes":
        return counted(count, unit[:-1])
    size, names = float(count), ["bytes", "kB", "MB", "GB", "TB"]
    while size >= 1000 and len(names) > 1:
        size /= 1000
        names.pop(0)
    return counted(count, "byte") if names[0] == "bytes" else f"{size:.1f} {names[0]}"


def summary(report: Report, out: Path, color: bool, width: int) -> str:
    """The end of the main job, in at most ``width`` columns where that can be (40 at least); ends in a newline.

    ``out`` is the folder of the bundle as the user named it. Names from the input cannot steer the terminal.
    """
    paint = _Paint(color)
    width = max(width, 40)
    lines = [*_headline(report, paint, width), *_trouble(report, paint, width), ""]
    lines += [*_dispositions(report, paint, width), *_unproved(report, paint, width)]
    lines += [*_decided(report, paint, width), ""]
    lines += _next(report, visible(str(out)), width)
    return "\n".join(line.rstrip() for line in lines) + "\n"


class _Paint:
    """Colours text, or leaves it alone."""

    def __init__(self, color: bool) -> None:
        self.color = color

    def __call__(self, tone: str, text: str) -> str:
        return f"{_COLOURS[tone]}{text}{_RESET}" if self.color and tone in _COLOURS and text else text


def _headline(report: Report, paint: _Paint, width: int) -> list[str]:
    tone, word = {
        "ready": ("good", "Verified."),
        "ready-after-rewriting": ("good", "Verified."),
        "needs-work": ("warn", f"{report.verdict.headline}."),
        "not-verified": ("bad", "Not verified."),
    }[report.verdict.status]
    parts = [f"{report.accounted:,} of {counted(report.objects, 'object')} accounted for"]
    if report.verification is None:
        parts.append("nothing replayed")
    else:
        parts.append(f"{report.verification.rows_equal:,} of {counted(report.verification.rows, 'row')} equal")
    rest, date = ", ".join(parts) + ".", visible(f"as of {report.as_of}")
    used = cells(word) + 1 + cells(rest)
    first = [paint(tone, word), *textwrap.wrap(rest, width)] if used > width else [f"{paint(tone, word)} {rest}"]
    if used + 3 + cells(date) > width:
        return [*first, paint("dim", date)]
    return [first[0] + " " * (width - used - cells(date)) + paint("dim", date)]


def _trouble(report: Report, paint: _Paint, width: int) -> Iterator[str]:
    """What failed, a few lines at most; the report has the rest."""
    told = list(report.problems)
    if report.verification is not None:
        told += [f"{c.name}: {c.detail}" if c.detail else c.name for c in report.verification.checks if not c.ok]
        for t in report.verification.tables:
            if t.compared and not t.equal:
                counts = ("?" if n is None else f"{n:,}" for n in (t.rows_source, t.rows_target))
                told.append(
                    f"{t.name}: {' rows in the source, '.join(counts)} in the target, digests "
                    f"{'equal' if t.digest_source == t.digest_target else 'different'}"
                )
    if told:
        yield ""
    for line in told[:6]:
        yield "  " + paint("bad", "✗") + " " + cut(visible(line), width - 4)
    if len(told) > 6:
        yield f"    and {len(told) - 6:,} more: see the report"


def _dispositions(report: Report, paint: _Paint, width: int) -> Iterator[str]:
    for section in report.sections:
        if not section.count and section.disposition not in ("kept", "rewritten"):
            continue
        # Everything kept needs no telling; everything else is named, as far as one line goes.
        parts = () if section.disposition == "kept" else tuple(visible(part) for part in section.breakdown)
        where = {
            "application": _folders(report),
            "dropped": "decisions.yaml",
            "unknown": "quarantine.sql",
        }.get(section.disposition, "")
        tone = {"unknown": "bad", "application": "warn"}.get(section.disposition, "")
        name = "not carried" if section.disposition == "unknown" else section.disposition
        yield _row(paint(tone, f"{name:<12}"), section.count, parts, paint, where, width)


def _unproved(report: Report, paint: _Paint, width: int) -> Iterator[str]:
    if report.unproved:
        parts = tuple(visible(group.title) for group in report.unproved_groups)
        yield _row(paint("warn", f"{'unproved':<12}"), len(report.unproved), parts, paint, "", width)


def _decided(report: Report, paint: _Paint, width: int) -> Iterator[str]:
    """How many choices nobody has made, and which questions they are about."""
    left = [one for one in report.decided if one.open]
    if left:
        parts = tuple(f"{one.count:,} {one.key}: {one.option}" for one in sorted(left, key=lambda one: -one.count))
        count = sum(one.count for one in left)
        yield _row(f"{'by default':<12}", count, parts, paint, "decisions.yaml", width)


def _row(name: str, count: int, parts: Sequence[str], paint: _Paint, where: str, width: int) -> str:
    """``  dropped   10    9 settings, 1 tablespace      decisions.yaml``; ``where`` stands at the right edge."""
    left = f"  {name}{count:>6,}    "
    room = width - 24
    if where and cells(where) + 20 <= room:
        told = _fitting(parts, room - cells(where) - 3)
        return left + told + " " * (room - cells(told) - cells(where)) + paint("dim", where)
    return left + _fitting(parts, room)


def _fitting(parts: Sequence[str], room: int) -> str:
    """As many of ``parts`` as fit, then ``…``; the first is cut rather than left out."""
    told = ", ".join(parts)
    if cells(told) <= room:
        return told
    for end in range(min(len(parts) - 1, room), 0, -1):
        told = ", ".join(parts[:end]) + " …"
        if cells(told) <= room:
            return told
    return cut(parts[0], room)


def _folders(report: Report) -> str:
    """Where what moves to the application stands: its code (``app/python``), and the source of what has none yet."""
    moved = [entry.into for entry in report.ledger if entry.disposition == "application"]
    places = {"/".join(p.split("/")[:2]) for into in moved for p in into if p.startswith("app/")}
    source = ["quarantine.sql"] if any(not any(p.startswith("app/") for p in into) for into in moved) else []
    return ", ".join([visible(place) for place in sorted(places)[:3]] + source)


def _next(report: Report, out: str, width: int) -> list[str]:
    steps = [f"read {out}/report.html"]
    for todo in report.next_steps:
        if todo.command:
            steps.append(todo.command.replace(OUT, shlex.quote(out)))
        elif todo.verb:
            steps.append(f"{todo.verb} {out}/{todo.path}")
    lines, line = [], "Next: " + steps[0]
    for step in steps[1:]:
        if cells(line) + 3 + cells(step) <= width:
            line += f" · {step}"
        else:
            lines.append(line)
            line = "      " + step
    return [*lines, line]
