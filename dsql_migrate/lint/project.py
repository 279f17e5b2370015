"""A whole run: files to projects, projects to sections, sections to findings at their place in the file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from dsql_migrate.errors import Failure
from dsql_migrate.lint.context import Runner, TransactionState
from dsql_migrate.lint.files import files_of
from dsql_migrate.lint.finding import Finding
from dsql_migrate.lint.options import Options
from dsql_migrate.lint.relocate import relocated
from dsql_migrate.lint.result import Result, Run, Skipped
from dsql_migrate.lint.rule import Rule, load_rules, ready
from dsql_migrate.lint.runner import ReadyRules, lint_source
from dsql_migrate.record import Record, field
from dsql_migrate.schema import Catalogue
from dsql_migrate.source.migrations import Project, Wrap, projects
from dsql_migrate.source.open import open_source, source_of
from dsql_migrate.target import Target, load_target

_WRAPS: dict[str, Wrap] = {"per-file": "file", "per-statement": "statement", "none": "statement"}
_LARGEST_FOREIGN = 1 << 22  # bytes
_SENDS: dict[Wrap, str] = {
    "file": "one transaction a file",
    "query": "a file is one query, and so one transaction",
    "statement": "one statement at a time",
}


class Examined(Record, frozen=False):
    """What came of one project."""

    findings: list[Finding] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


def lint_paths(
    paths: Sequence[str],
    target: Target | None = None,
    rules: Iterable[Rule] | None = None,
    options: Options | None = None,
    contents: Mapping[str, bytes] | None = None,
) -> Result:
    """Lint files, folders and ``-``; migrations in the order in which their tool runs them.

    ``contents``: what is to be read in place of some files (UTF-8 without a byte order mark); files of it that are
    not among ``paths`` are linted as well.

    Raises InputError for a path that was named and cannot be read; a file in a folder that cannot be read is skipped.
    """
    options = options or Options()
    target = target or load_target()
    made = ready(load_rules(options.rule_folders) if rules is None else rules, target)
    given = list(files_of(paths))
    listed = {path for path, _ in given}
    given += [(path, False) for path in contents or () if path not in listed]
    named = frozenset(path for path, was_named in given if was_named)
    runs: dict[tuple[str, str], Run] = {}
    whole = Examined()
    for project in projects((path for path, _ in given), _reader(contents), named, options.framework):
        found = examine(project, target, made, options, contents)
        whole.findings += found.findings
        whole.files += found.files
        whole.skipped += found.skipped
        _count(runs, project, options)
    return Result(tuple(whole.findings), tuple(whole.files), tuple(whole.skipped), target, tuple(runs.values()))


def examine(
    project: Project,
    target: Target,
    rules: ReadyRules,
    options: Options,
    contents: Mapping[str, bytes] | None = None,
) -> Examined:
    """The findings of one project. ``contents``: see ``lint_paths``.

    Raises Failure for a file that was named and cannot be read.
    """
    found = Examined()
    catalogue = Catalogue()
    for path in project.files:
        try:
            if project.tool.read is None:
                findings = _script(project, path, target, rules, catalogue, options, (contents or {}).get(path))
            else:
                findings = _migration(project, path, _reader(contents)(path), target, rules, catalogue, options)
        except (Failure, OSError) as error:
            if project.named:
                raise
            found.skipped.append(Skipped(path, error.message if isinstance(error, Failure) else str(error.strerror)))
            continue
        foreign = None if project.named else _foreign(findings, path, contents or {})
        if foreign is not None:
            found.skipped.append(Skipped(path, f"a script for {foreign}"))
            continue
        found.findings += findings
        found.files.append(path)
    return found


def _foreign(findings: list[Finding], path: str, contents: Mapping[str, bytes]) -> str | None:
    """The other database that a file of a folder is for; None where it is PostgreSQL's, or too large to tell."""
    if not any(finding.name == "unreadable-statement" for finding in findings):
        return None
    from dsql_migrate.lint.dialects import dialect_of

    if path in contents:
        return dialect_of(contents[path])
    return dialect_of(_bytes(path)) if os.path.getsize(path) <= _LARGEST_FOREIGN else None


def _script(
    project: Project,
    path: str,
    target: Target,
    rules: ReadyRules,
    catalogue: Catalogue,
    options: Options,
    content: bytes | None,
) -> list[Finding]:
    """A script for psql, streamed; or its ``content``, where that is given."""
    wrap = _WRAPS.get(options.transaction, project.tool.wrap)
    transaction = TransactionState.around(wrap, _runner(project, wrap))
    with open_source(path) if content is None else source_of(content, "<stdin>" if path == "-" else path) as source:
        return lint_source(source, target, rules, catalogue=catalogue, transaction=transaction)


def _migration(
    project: Project,
    path: str,
    content: bytes,
    target: Target,
    rules: ReadyRules,
    catalogue: Catalogue,
    options: Options,
) -> list[Finding]:
    """A migration, section by section. A down side is held against the schema that the up sides have built so far."""
    assert project.tool.read is not None
    findings: list[Finding] = []
    for section in project.tool.read(path, content, project).sections:
        wrap = _WRAPS.get(options.transaction, section.wrap)
        transaction = TransactionState.around(wrap, _runner(project, wrap))
        with source_of(section.sql, path) as source:
            found = lint_source(
                source, target, rules, catalogue=catalogue, transaction=transaction, learns=section.direction == "up"
            )
        findings += relocated(found, section, content)
    return findings


def _runner(project: Project, wrap: Wrap) -> Runner:
    return Runner(project.tool.title, _SENDS[wrap], project.tool.escape)


def _count(runs: dict[tuple[str, str], Run], project: Project, options: Options) -> None:
    """One entry a folder of a tool; plain scripts are counted together."""
    root = "" if project.tool.read is None else project.root
    key = (project.tool.name, root)
    before = runs.get(key)
    if before is not None:
        runs[key] = replace(before, files=before.files + len(project.files))
        return
    wrap = _WRAPS.get(options.transaction)
    sends = project.tool.sends if wrap is None else _SENDS[wrap]
    runs[key] = Run(project.tool.title, root, len(project.files), sends, project.evidence)


def _reader(contents: Mapping[str, bytes] | None) -> Callable[[str], bytes]:
    """What gives the bytes of a file."""
    if not contents:
        return _bytes
    return lambda path: contents[path] if path in contents else _bytes(path)


def _bytes(path: str) -> bytes:
    with open(path, "rb", buffering=0) as file:
        return file.read()
