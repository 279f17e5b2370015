"""``dsql-migrate lint --fix`` and ``--diff``: what they write and what they say."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from dsql_migrate.lint.fixing.diff import unified
from dsql_migrate.lint.fixing.plan import wanted
from dsql_migrate.lint.fixing.run import Fixed, Fixing, LintWith, fix_paths
from dsql_migrate.lint.fixing.shelf import stdin_name
from dsql_migrate.lint.fixing.write import write
from dsql_migrate.lint.output.shown import shown

if TYPE_CHECKING:
    from dsql_migrate.lint.options import Options
    from dsql_migrate.lint.result import Result


@dataclass(frozen=True, slots=True)
class Mended:
    """A run with fixes, written or printed. ``result``: what is left; with --diff what there was."""

    fixed: Fixed
    result: Result
    unsafe: bool
    would: bool

    @property
    def changes(self) -> int:
        """How many files are other than before."""
        return len(self.fixed.changes)


def mended(
    paths: Sequence[str],
    run: LintWith,
    options: Options,
    *,
    unsafe: bool,
    allow_history: bool,
    follow_up: bool,
    only_diff: bool,
    quiet: bool,
) -> Mended:
    """Fix what can be fixed and write it; with ``only_diff`` print the difference instead.

    The fixed text of standard input goes to standard output. Raises Failure where a file cannot be written.
    """
    paths = paths or (("-",) if options.stdin_filename else (".",))
    stdin = sys.stdin.buffer.read() if "-" in paths else None
    fixed = fix_paths(paths, run, options, Fixing(unsafe, allow_history, follow_up), stdin)
    if only_diff:
        _raw(unified(fixed.changes))
    else:
        stdin_as = stdin_name(options) if stdin is not None else None
        write(change for change in fixed.changes if change.path != stdin_as)
        if stdin is not None:
            _raw(next((change.after for change in fixed.changes if change.path == stdin_as), stdin))
    if not quiet:
        for note in fixed.notes:
            click.echo(shown(note), err=True)
    return Mended(fixed, fixed.first if only_diff else fixed.result, unsafe, only_diff)


def say(mended: Mended, quiet: bool) -> None:
    """One line on standard error: how much was mended, and how much more could be."""
    if quiet:
        return
    count, files = len(mended.fixed.done), mended.changes
    line = f"{'Would fix' if mended.would else 'Fixed'} {count} finding{'s' * (count != 1)}"
    line += f" in {files} file{'s' * (files != 1)}." if files else "."
    more = 0 if mended.unsafe or not mended.would else _unsafe(mended.fixed.result)
    click.echo(line + (f" {more} more with --unsafe-fixes." if more else ""), err=True)


def _unsafe(result: Result) -> int:
    return sum(wanted(finding, unsafe=True) and not wanted(finding, unsafe=False) for finding in result.findings)


def _raw(content: bytes) -> None:
    """Bytes to standard output as they are; on a terminal without what could steer it."""
    if sys.stdout.isatty():
        content = "\n".join(map(shown, content.decode("utf-8", "replace").split("\n"))).encode()
    click.echo(content, nl=False)
