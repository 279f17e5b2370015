"""A whole run: files to projects, projects to sections, sections to findings at their place in the file."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from dsql_migrate.errors import Failure, InputError
from dsql_migrate.lint.context import Runner, TransactionState
from dsql_migrate.lint.dispatch import ReadyRules
from dsql_migrate.lint.finding import Finding, settled
from dsql_migrate.lint.inputs import inputs
from dsql_migrate.lint.options import Options
from dsql_migrate.lint.recording import without_history
from dsql_migrate.lint.relocate import relocated, unread
from dsql_migrate.lint.result import Result, Run, Skipped, Survey
from dsql_migrate.lint.rule import Rule, load_rules, ready
from dsql_migrate.lint.runner import lint_source
from dsql_migrate.lint.sifting.finish import finished
from dsql_migrate.lint.sifting.ignores import MARK, Comments, Ignore
from dsql_migrate.record import Record, field
from dsql_migrate.schema import Catalogue
from dsql_migrate.source.encoding import text_of
from dsql_migrate.source.migrations import Project, Section, Unread, Wrap, projects
from dsql_migrate.source.open import open_source, source_of
from dsql_migrate.target import Target, load_target

_WRAPS: dict[str, Wrap] = {"per-file": "file", "per-statement": "statement", "none": "statement"}
_OTHERS = r"(?i)(?:^|[\\/])(?:my|sq|ms|maria|oracle|click|cock|spanner|snow|h2|db2)"  # how a folder's name may begin
_ALIKE = 40  # findings at one place that are compared
_LARGEST_FOREIGN = 1 << 22  # bytes
_TOLD = rb"--[ \t]*dsql:[ \t]*transaction[ \t]*=[ \t]*(none|per-file|per-statement)\b"
_COMMENTS = rb"(?s)(?:\s+|--[^\n]*|/\*.*?\*/)*"
_LEADING = 1 << 12  # bytes at the beginning of a script that are searched for such a comment
_SENDS: dict[Wrap, str] = {
    "file": "one transaction a file",
    "query": "sent as one query, and so one transaction",
    "statement": "one statement at a time",
}


class Examined(Record, frozen=False):
    """What came of one project."""

    findings: list[Finding] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    suppressed: list[tuple[str, str]] = field(default_factory=list)  # path and code


def lint_paths(
    paths: Sequence[str],
    target: Target | None = None,
    rules: Iterable[Rule] | None = None,
    options: Options | None = None,
    contents: Mapping[str, bytes] | None = None,
) -> Result:
    """Lint files, folders, globs and ``-``; migrations in the order in which their tool runs them.

    ``contents``: what is to be read in place of some files (UTF-8 without a byte order mark); files of it that are
    not among ``paths`` are linted as well.

    Raises InputError for a path that was named and cannot be read; a file in a folder that cannot be read is skipped.
    """
    options = options or Options()
    loaded = tuple(load_rules(options.rule_folders) if rules is None else rules)
    given, contents = inputs(paths, options, contents or {})
    return finished(survey(given, contents, target or load_target(), loaded, options), options)


def survey(
    given: Mapping[str, bool],
    contents: Mapping[str, bytes],
    target: Target,
    rules: Sequence[Rule],
    options: Options,
    through: Callable[[Project, Callable[[], Examined]], Examined] | None = None,
) -> Survey:
    """All that the rules find in files. ``given``: path -> whether it was named; ``contents``: see ``lint_paths``.

    ``through`` is asked for each project, with what examines it: a cache may know the answer.
    """
    made: list[ReadyRules] = []  # compiled when the first project is examined
    named = frozenset(path for path, was_named in given.items() if was_named)
    runs: dict[tuple[str, str], Run] = {}
    whole = Examined()
    names = {rule.code: rule.name for rule in rules}
    given, whole.skipped = _ours(given)
    for project in projects(given, _reader(contents), named, options.framework):

        def look(project: Project = project) -> Examined:
            made[:] = made or [ready(rules, target)]
            return examine(project, target, made[0], options, contents, names)

        found = look() if through is None else through(project, look)
        whole.findings += found.findings
        whole.files += found.files
        whole.skipped += found.skipped
        whole.suppressed += found.suppressed
        _count(runs, project, options)
    return Survey(
        tuple(whole.findings),
        tuple(whole.files),
        tuple(whole.skipped),
        target,
        tuple(runs.values()),
        tuple(whole.suppressed),
        tuple(names.items()),
    )


def _ours(given: Mapping[str, bool]) -> tuple[Mapping[str, bool], list[Skipped]]:
    """The files without those in folders for another database, and those; a file that was named stays."""
    suspects = [path for path, was_named in given.items() if not was_named and re.search(_OTHERS, path)]
    if not suspects:
        return given, []
    from dsql_migrate.lint.dialects import folders_for

    found = folders_for(suspects)
    reason = "its folder is for {}, beside one for PostgreSQL"
    skipped = [Skipped(path, reason.format(database)) for path, database in found.items()]
    return {path: was_named for path, was_named in given.items() if path not in found}, skipped


def examine(
    project: Project,
    target: Target,
    rules: ReadyRules,
    options: Options,
    contents: Mapping[str, bytes] | None = None,
    names: Mapping[str, str] | None = None,
) -> Examined:
    """The findings of one project. ``contents``: see ``lint_paths``; ``names``: of all rules, by code.

    Raises Failure for a file that was named and cannot be read.
    """
    found = Examined()
    catalogue = Catalogue()
    earlier = _earlier(project, target, contents)
    for path in project.files:
        for learn in earlier.get(path, ()):
            learn(catalogue)
        try:
            if project.tool.read is None:
                findings, ignores = _script(
                    project, path, target, rules, catalogue, options, (contents or {}).get(path)
                )
            else:
                content = text_of(_reader(contents)(path))
                if b"\0" in content:
                    raise InputError(f"{path} is not a text file")
                findings, ignores = _migration(project, path, content, target, rules, catalogue, options)
        except (Failure, OSError) as error:
            if project.named:
                raise
            found.skipped.append(Skipped(path, error.message if isinstance(error, Failure) else str(error.strerror)))
            continue
        foreign = None if project.named else _foreign(findings, path, contents or {})
        if foreign is not None:
            found.skipped.append(Skipped(path, f"a script for {foreign}"))
            continue
        if ignores:
            from dsql_migrate.lint.sifting.suppression import KIND, suppressed

            kept = suppressed(findings, ignores, _label(path), names or _names(rules), rules.get(KIND, ()))
            findings = kept.findings
            found.suppressed += ((path, code) for code in kept.codes)
        found.findings += findings
        found.files.append(path)
    found.findings = settled(found.findings, catalogue)
    return found


def _earlier(
    project: Project, target: Target, contents: Mapping[str, bytes] | None
) -> Mapping[str, Sequence[Callable[[Catalogue], None]]]:
    """What puts the migrations before a file into the catalogue, by file; nearly always nothing."""
    if not project.before:
        return {}
    from dsql_migrate.lint.known import known, learn

    return {
        path: [partial(learn, project, target, *text) for text in texts]
        for path, texts in known(project, _reader(contents)).items()
    }


def _names(rules: ReadyRules) -> dict[str, str]:
    return {ready.rule.code: ready.rule.name for several in rules.values() for ready in several}


def _label(path: str) -> str:
    """What findings call a file."""
    return "<stdin>" if path == "-" else path


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
) -> tuple[list[Finding], list[Ignore]]:
    """A script for psql, streamed; or its ``content``, where that is given. With its comments that ask for silence."""
    with open_source(path) if content is None else source_of(content, _label(path)) as source:
        comments = Comments(source)
        wrap = _told(source.read(0, _LEADING)) or _WRAPS.get(options.transaction, project.tool.wrap)
        transaction = TransactionState.around(wrap, _runner(project, wrap))
        found = lint_source(
            source, target, rules, catalogue=catalogue, transaction=transaction, ends=False, seen=comments.seen
        )
        return found, comments.found


def _migration(
    project: Project,
    path: str,
    content: bytes,
    target: Target,
    rules: ReadyRules,
    catalogue: Catalogue,
    options: Options,
) -> tuple[list[Finding], list[Ignore]]:
    """A migration, section by section. A down side is held against the schema that the up sides have built so far."""
    assert project.tool.read is not None
    findings: list[Finding] = []
    others: list[Unread] = []
    told = _told(content)
    migration = project.tool.read(path, content, project)
    if options.run_tool is not None and project.tool.name in ("alembic", "django"):
        from dsql_migrate.source.migrations.hosts.offline import with_tool

        migration = with_tool(migration, path, content, project, options.run_tool)
    for section in migration.sections:
        wrap = _told(section.sql) or told or _WRAPS.get(options.transaction, section.wrap)
        transaction = TransactionState.around(wrap, _runner(project, wrap))
        with source_of(section.sql, path) as source:
            found = lint_source(
                source,
                target,
                rules,
                catalogue=catalogue,
                transaction=transaction,
                learns=section.direction == "up",
                ends=False,
            )
        found = without_history(found)
        if not path.endswith(".sql") and any(finding.name == "unreadable-statement" for finding in found):
            found, theirs = _without_foreign(found, section)
            others += theirs
        findings += relocated(found, section, content)
    findings += unread((*migration.unread, *others), path, content, rules)
    findings.sort(key=lambda finding: (finding.start, finding.end, finding.code))
    return _once(findings), _ignores(path, content, migration.sections)


def _once(findings: list[Finding]) -> list[Finding]:
    """The findings without those said already at their place: one operation may send several statements."""
    kept: list[Finding] = []
    for finding in findings:
        if not any(
            (other.start, other.end) == (finding.start, finding.end)
            and (other.code, other.message, other.fix) == (finding.code, finding.message, finding.fix)
            for other in kept[-_ALIKE:]
        ):
            kept.append(finding)
    return kept


def _without_foreign(found: list[Finding], section: Section) -> tuple[list[Finding], list[Unread]]:
    """Findings without the statements that a program keeps for another database; these are told as not read."""
    from dsql_migrate.lint.dialects import dialect_of

    kept, theirs = [], []
    for finding in found:
        database = None
        if finding.name == "unreadable-statement":
            begin, end = section.sql.rfind(b";", 0, finding.start) + 1, section.sql.find(b";", finding.end)
            database = dialect_of(section.sql[begin : end if end >= 0 else None])
        if database is None:
            kept.append(finding)
        else:
            place = section.origin.place
            theirs.append(Unread(place(finding.start), place(finding.end), f"a statement for {database}"))
    return kept, theirs


def _ignores(path: str, content: bytes, sections: Sequence[Section]) -> list[Ignore]:
    if MARK not in content:
        return []
    from dsql_migrate.lint.sifting.host_comments import ignores_of

    return ignores_of(path, content, sections)


def _told(sql: bytes) -> Wrap | None:
    """What a ``-- dsql: transaction=…`` among the comments before the first statement says; None without one."""
    if b"dsql:" not in sql[:_LEADING]:
        return None
    comments = re.match(_COMMENTS, sql[:_LEADING])
    found = re.search(_TOLD, comments.group() if comments else b"")
    return _WRAPS[found.group(1).decode("ascii")] if found else None


def _runner(project: Project, wrap: Wrap) -> Runner:
    sends = project.tool.sends if wrap == project.tool.wrap else _SENDS[wrap]
    # A directive against the tool's transaction leaves none that the tool writes in, even where a file is one query.
    records = project.tool.records and wrap == project.tool.wrap
    return Runner(project.tool.title, sends, project.tool.escape, records)


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
