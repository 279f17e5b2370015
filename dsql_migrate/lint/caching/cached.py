"""A run that looks only at what has changed since the one before it.

What is kept is all that the rules find, before selection, severities and baseline: these are no part of it. A run whose
files, options, program and rules are as they were loads neither parser nor rules.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from dsql_migrate.lint.caching import cache
from dsql_migrate.lint.caching.stamp import stamp
from dsql_migrate.lint.caching.witness import Disk, Names, Witness, watching
from dsql_migrate.lint.files import files_of
from dsql_migrate.lint.finding import Edit, Finding, Fix
from dsql_migrate.lint.options import Options
from dsql_migrate.lint.result import Day, Result, Run, Skipped, Survey
from dsql_migrate.lint.sifting.finish import finished

if TYPE_CHECKING:
    from dsql_migrate.lint.project import Examined
    from dsql_migrate.source.migrations import Project

_SINCE, _FIX = Finding.__match_args__.index("since"), Finding.__match_args__.index("fix")


def lint_cached(paths: Sequence[str], as_of: date | None, options: Options) -> Result:
    """As ``lint_paths``, with the cache, where the options and the environment let it be used."""
    if not options.cache or options.run_tool or "-" in paths or options.stdin_filename or os.environ.get(cache.OFF):
        return _fresh(paths, as_of, options)
    given = dict(files_of(paths, options.exclude, options.force_exclude))
    place = cache.place(_asked(paths, as_of, options))
    known = cache.read(place)
    made = stamp(map(os.fspath, options.rule_folders))
    disk = Disk()
    if known is not None and known["stamp"] != made:
        known = None
    if known is not None and known["given"] == given and disk.is_as(known["seen"]):
        return finished(_survey(known), options)
    survey, document = _surveyed(given, as_of, options, {} if known is None else known, disk)
    if document is not None:
        cache.write(place, {**document, "stamp": made, "given": given})
    return finished(survey, options)


def _fresh(paths: Sequence[str], as_of: date | None, options: Options) -> Result:
    from dsql_migrate.lint.project import lint_paths
    from dsql_migrate.target import load_target

    return lint_paths(paths, load_target(as_of), None, options)


def _asked(paths: Sequence[str], as_of: date | None, options: Options) -> str:
    """All that decides what is looked at and how, as one text."""
    import json

    folders = [os.path.abspath(folder) for folder in options.rule_folders]
    asked = [os.getcwd(), list(paths), as_of.isoformat() if as_of else None, options.framework, options.transaction]
    return json.dumps([*asked, options.start_after, options.exclude, options.force_exclude, folders])


def _surveyed(
    given: Mapping[str, bool], as_of: date | None, options: Options, known: Mapping[str, Any], disk: Disk
) -> tuple[Survey, dict[str, Any] | None]:
    """The run itself, with the projects that are as they were taken from ``known``; and what to keep of it."""
    from dsql_migrate.lint.project import survey
    from dsql_migrate.lint.rule import load_rules
    from dsql_migrate.target import load_target

    target = load_target(as_of)
    rules = load_rules(options.rule_folders)
    before = {project["id"]: project for project in known.get("projects", ())}
    digests = {path: disk.file(path) for path in given}
    kept: list[dict[str, Any] | None] = []
    made: list[tuple[Witness, str, Examined]] = []
    whole = Witness()

    def examined(project: Project, look: Callable[[], Examined]) -> Examined:
        name = _identity(project)
        same = before.get(name)
        with watching(Witness()):
            if same is not None and disk.same(known["seen"], same["names"]):
                kept.append(same)
                return _examined(same)
        kept.append(None)
        witness = Witness()
        with watching(witness):
            found = look()
        made.append((witness, name, found))
        return found

    with watching(whole):
        result = survey(given, {}, target, rules, options, examined)
    after = Disk()
    if any(after.file(path) != digest for path, digest in digests.items()):
        return result, None  # somebody writes to them at this moment
    fresh = iter([_entry(witness.names(), name, found) for witness, name, found in made])
    projects = [entry if entry is not None else next(fresh) for entry in kept]
    names = [whole.names(), *(project["names"] for project in projects)]
    if None in names:
        return result, None  # a program was run: nobody knows what it has read
    seen = after.seen(names)
    if "" in seen["files"].values():
        return result, None
    document = {
        "as_of": target.as_of.isoformat(),
        "newest": target.newest.isoformat(),
        "known": result.known,
        "runs": [[getattr(run, name) for name in Run.__match_args__] for run in result.runs],
        "notes": result.notes,
        "skipped": [[skipped.path, skipped.reason] for skipped in result.skipped],  # some are in no project
        "seen": seen,
        "projects": projects,
    }
    return result, document


def _identity(project: Project) -> str:
    """What a project is, apart from the bytes of its files."""
    parts = (project.tool.name, project.root, project.files, project.evidence, project.named)
    return repr((*parts, sorted(project.settings.items()), sorted(project.before.items()), project.memory))


# -- to JSON and back -------------------------------------------------------------------------------------------------


def _entry(names: Names | None, name: str, found: Examined) -> dict[str, Any]:
    return {
        "id": name,
        "names": names,
        "findings": [_row(finding) for finding in found.findings],
        "files": found.files,
        "skipped": [[skipped.path, skipped.reason] for skipped in found.skipped],
        "suppressed": found.suppressed,
    }


def _examined(entry: Mapping[str, Any]) -> Examined:
    from dsql_migrate.lint.project import Examined

    return Examined(
        [_finding(row) for row in entry["findings"]],
        list(entry["files"]),
        [Skipped(path, reason) for path, reason in entry["skipped"]],
        [(path, code) for path, code in entry["suppressed"]],
    )


def _survey(known: Mapping[str, Any]) -> Survey:
    projects = known["projects"]
    return Survey(
        tuple([_finding(row) for project in projects for row in project["findings"]]),
        tuple([path for project in projects for path in project["files"]]),
        tuple([Skipped(path, reason) for path, reason in known["skipped"]]),
        Day(date.fromisoformat(known["as_of"]), date.fromisoformat(known["newest"])),
        tuple([Run(*run) for run in known["runs"]]),
        tuple([(path, code) for project in projects for path, code in project["suppressed"]]),
        tuple([(code, name) for code, name in known["known"]]),
        tuple(known["notes"]),
    )


def _row(finding: Finding) -> list[Any]:
    row = [getattr(finding, name) for name in Finding.__match_args__]
    if finding.since is not None:
        row[_SINCE] = finding.since.isoformat()
    if finding.fix is not None:
        row[_FIX] = [finding.fix.applicability, [[edit.start, edit.end, edit.text] for edit in finding.fix.edits]]
    return row


def _finding(row: list[Any]) -> Finding:
    since, fix = row[_SINCE], row[_FIX]
    if since is None and fix is None:
        return Finding(*row)
    row = list(row)
    if since is not None:
        row[_SINCE] = date.fromisoformat(since)
    if fix is not None:
        row[_FIX] = Fix(fix[0], tuple([Edit(*edit) for edit in fix[1]]))
    return Finding(*row)
