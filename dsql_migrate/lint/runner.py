"""One pass over a script: each statement's facts meet the rules that are on them, then the catalogue takes them in."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from dsql_migrate.errors import Failure, InputError
from dsql_migrate.lint.context import Context, TransactionState
from dsql_migrate.lint.finding import Edit, Finding, Fix, Match
from dsql_migrate.lint.position import Positions
from dsql_migrate.lint.rule import ReadyRule, Rule, load_rules, ready
from dsql_migrate.lint.subjects import PsqlLine, Subject, subjects
from dsql_migrate.schema import Catalogue
from dsql_migrate.source.build import read
from dsql_migrate.source.facts import Fact, Span
from dsql_migrate.source.open import Source, open_source
from dsql_migrate.source.script import Piece, pieces
from dsql_migrate.target import Target, load_target

ReadyRules = dict[str, list[ReadyRule]]
_BACKSLASH_WORD = re.compile(rb"\\([A-Za-z_!?;]*)")


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was not looked at, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Result:
    """All there is to say about a run."""

    findings: tuple[Finding, ...]
    files: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    target: Target

    def count(self, severity: str) -> int:
        """How many findings there are of one severity."""
        return sum(f.severity == severity for f in self.findings)


def lint_paths(paths: Sequence[str], target: Target | None = None, rules: Iterable[Rule] | None = None) -> Result:
    """Lint files, folders (their *.sql, in order) and ``-``.

    Raises InputError for a path that was named and cannot be read; a file in a folder that cannot be read is skipped.
    """
    target = target or load_target()
    made = ready(load_rules() if rules is None else rules, target)
    findings: list[Finding] = []
    files: list[str] = []
    skipped: list[Skipped] = []
    for path, named in files_of(paths):
        try:
            with open_source(path) as source:
                findings.extend(lint_source(source, target, made))
        except Failure as error:
            if named:
                raise
            skipped.append(Skipped(path, error.message))
            continue
        files.append(path)
    return Result(tuple(findings), tuple(files), tuple(skipped), target)


def files_of(paths: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """(path, whether it was named itself) of each file to read: of a folder its *.sql, in order.

    Folders whose name begins with a dot are left out. A pg_dump directory archive counts as one file, and so does a
    folder that cannot be entered, so that it is named as skipped.
    """
    for path in paths:
        if path == "-" or not os.path.isdir(path) or os.path.exists(os.path.join(path, "toc.dat")):
            if path != "-" and not os.path.exists(path):
                raise InputError(f"no such file or folder: {path}")
            yield path, True
            continue
        for file in sorted(_sql_files(path)):
            yield file, False


def _sql_files(folder: str) -> Iterator[str]:
    closed: list[str] = []
    for place, folders, files in os.walk(folder, onerror=lambda error: closed.append(str(error.filename))):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (os.path.normpath(os.path.join(place, name)) for name in files if name.lower().endswith(".sql"))
    yield from closed


def lint_source(source: Source, target: Target, rules: ReadyRules) -> list[Finding]:
    """The findings of one source, in the order of the text."""
    catalogue = Catalogue()
    transaction = TransactionState()
    positions = Positions(source)
    found: list[tuple[Finding, Callable[[Catalogue], bool] | None]] = []
    for number, piece in enumerate(pieces(source)):
        if piece.kind in ("sql", "psql"):
            fact = _fact(piece)
            context = Context(target, catalogue, piece.text, fact, transaction, piece.terminator)
            found.extend(_findings(fact, context, rules, positions, piece))
            if piece.kind == "sql":
                catalogue.apply(fact, number, piece.line)
                transaction = transaction.after(fact)
        positions.advance(piece)
    kept = [finding for finding, unless in found if unless is None or not unless(catalogue)]
    return sorted(kept, key=lambda finding: (finding.start, finding.end, finding.code))


def _fact(piece: Piece) -> Fact:
    if piece.kind == "sql":
        return read(piece.sql)
    end = len(piece.text.rstrip())
    command = _BACKSLASH_WORD.match(piece.text, piece.body)
    name = command.group(1).decode("ascii") if command else ""
    return PsqlLine(Span(piece.body, end), name, piece.text[piece.body : end].decode("utf-8", "replace"))


def _findings(
    fact: Fact, context: Context, rules: ReadyRules, positions: Positions, piece: Piece
) -> Iterator[tuple[Finding, Callable[[Catalogue], bool] | None]]:
    everywhere = rules.get("Fact", [])
    for subject in subjects(fact):
        for rule in rules.get(type(subject.part).__name__, []) + (everywhere if subject.part is fact else []):
            for match in rule.matches(subject, context):
                yield _finding(rule, subject, context, match, positions, piece), match.unless


def _finding(
    ready_rule: ReadyRule, subject: Subject, context: Context, match: Match, positions: Positions, piece: Piece
) -> Finding:
    rule, since = ready_rule.rule, ready_rule.since
    where = positions.of(match.at, piece)
    return Finding(
        path=where.path,
        line=where.line,
        column=where.column,
        end_line=where.end_line,
        end_column=where.end_column,
        start=piece.start + match.at.start,
        end=piece.start + match.at.end,
        code=rule.code,
        name=rule.name,
        severity=rule.severity,
        message=ready_rule.message(subject, context, match),
        sqlstate=match.sqlstate or rule.sqlstate,
        server_message=ready_rule.server_message(subject, context, match),
        help=ready_rule.help(subject, context, match),
        since=since if since is not None and since > context.target.as_of else None,
        object=match.values.get("object", subject.object),
        fix=_absolute(match.fix, piece.start),
        frame=where.frame,
        frame_offset=where.frame_offset,
    )


def _absolute(fix: Fix | None, by: int) -> Fix | None:
    if fix is None:
        return None
    return Fix(fix.applicability, tuple(Edit(e.start + by, e.end + by, e.text) for e in fix.edits))
