"""``dsql-migrate lint``: findings for files, folders and standard input."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

from dsql_migrate.cli.aging import warn_of_age
from dsql_migrate.cli.lint_options import choosing, limiting, options_of, running

if TYPE_CHECKING:
    from dsql_migrate.lint.options import Options
    from dsql_migrate.lint.result import Result
    from dsql_migrate.lint.rule import Rule


@click.command("lint")
@click.argument("paths", nargs=-1, metavar="[PATHS]...")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="The day whose DSQL is meant.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="What is printed.",
)
@click.option(
    "--output-format",
    "outputs",
    multiple=True,
    metavar="FORMAT[:PATH]",
    help="full, concise, json, jsonl, sarif, github, gitlab, junit, rdjson or markdown, and the file to write it to. "
    "Repeatable; without a path it is printed in place of --format.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "info", "never"]),
    default="error",
    show_default=True,
    help="The least severity that makes the exit code 1.",
)
@click.option("--fix", is_flag=True, help="Mend in place what can be mended without a change of meaning.")
@click.option("--diff", is_flag=True, help="Print what --fix would change, and change nothing.")
@click.option("--unsafe-fixes", is_flag=True, help="Fixes that change the meaning, too.")
@click.option("--allow-history", is_flag=True, help="Fix applied migrations (those up to --start-after), too.")
@click.option("--follow-up", is_flag=True, help="Write a new migration for what could be fixed in applied ones.")
@click.option("--exit-zero", is_flag=True, help="Exit code 0 whatever is found, as --fail-on never.")
@choosing
@limiting
@running
@click.option("--force", is_flag=True, help="Write over files of --output-format that exist.")
@click.option("-q", "--quiet", is_flag=True, help="One line a finding, no summary.")
@click.option("-v", "--verbose", is_flag=True, help="Name each file that was read.")
@click.option("--no-color", is_flag=True, help="No colours. NO_COLOR in the environment does the same.")
def command(
    paths: tuple[str, ...],
    as_of: datetime | None,
    format_: str,
    outputs: tuple[str, ...],
    fail_on: str,
    exit_zero: bool,
    fix: bool,
    diff: bool,
    unsafe_fixes: bool,
    allow_history: bool,
    follow_up: bool,
    force: bool,
    quiet: bool,
    verbose: bool,
    no_color: bool,
    **chosen: Any,
) -> None:
    """Say what Aurora DSQL refuses in PATHS, and what to write instead.

    PATHS are SQL files, dumps, migrations, folders of them, globs, and - for standard input; without any, the folder
    one is in. With --fix the fixed text of standard input is printed, and the findings that are left go to standard
    error. Exit code: 0 nothing at or above --fail-on, 1 findings (with --diff: a difference), 2 something could not be
    read.
    """
    from functools import partial

    from dsql_migrate.cli.outputs import check, show, wanted, write
    from dsql_migrate.lint.finding import SEVERITIES
    from dsql_migrate.lint.output import render

    fail_on = "never" if exit_zero else fail_on
    printed, written = wanted(format_, outputs)
    check([path for _, path in written], force)
    options = options_of(chosen)
    run = partial(lint, paths, as_of, options)
    mended = None
    if fix or diff:
        from dsql_migrate.cli import fixing

        mended = fixing.mended(
            paths,
            run,
            options,
            unsafe=unsafe_fixes,
            allow_history=allow_history,
            follow_up=follow_up,
            only_diff=diff,
            quiet=quiet,
        )
    result = mended.result if mended else run()
    warn_of_age(day(as_of), newest=result.target.newest)
    rules = partial(_rules, options)
    reports = [(path, render(name, result, fail_on=fail_on, rules=rules)) for name, path in written]
    write(reports, force, result.files)
    if mended and diff:
        fixing.say(mended, quiet)
        sys.exit(bool(mended.changes))
    piped = fix and "-" in paths  # standard output has the fixed text
    color = not no_color and "NO_COLOR" not in os.environ and sys.stdout.isatty()
    content = render(printed, result, color=color, quiet=quiet, fail_on=fail_on, rules=rules)
    show(content, printed, result, verbose=verbose, err=piped)
    if mended:
        fixing.say(mended, quiet or printed not in ("text", "full", "concise"))
    if fail_on == "never":
        return
    least = SEVERITIES.index(fail_on)
    if any(SEVERITIES.index(finding.severity) >= least for finding in result.findings):
        sys.exit(1)


def lint(
    paths: Sequence[str],
    as_of: datetime | None,
    options: Options,
    *,
    contents: Mapping[str, bytes] | None = None,
    whole: bool = False,
) -> Result:
    """The result of a run over the paths of a command line. ``contents``: see ``lint_paths``; ``whole``: of all rules
    and files, whatever is selected, ignored, or in the baseline."""
    gc.set_threshold(100_000, 20, 20)  # facts hold no cycles: collecting as often as usual costs a tenth of the run
    paths = paths or (("-",) if options.stdin_filename else (".",))
    if whole:
        from dataclasses import replace

        options = replace(
            options, select=(), ignore=(), per_file_ignores=(), severity={}, baseline=None, changed_since=None
        )
    if not contents:
        from dsql_migrate.lint.caching.cached import lint_cached

        return lint_cached(paths, day(as_of), options)
    from dsql_migrate.lint import lint_paths
    from dsql_migrate.target import load_target

    return lint_paths(paths, load_target(day(as_of)), None, options, contents)


def _rules(options: Options) -> Iterable[Rule]:
    from dsql_migrate.lint import load_rules

    return load_rules(options.rule_folders)


def day(value: datetime | None) -> date | None:
    """The date of an option."""
    return value.date() if value is not None else None
