"""One pass over a script: each statement's facts meet the rules that are on them, then the catalogue takes them in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from dsql_migrate.lint.context import Context, TransactionState
from dsql_migrate.lint.finding import Edit, Finding, Fix, Match
from dsql_migrate.lint.position import Positions
from dsql_migrate.lint.rule import ReadyRule
from dsql_migrate.lint.subjects import PsqlLine, Subject, subjects
from dsql_migrate.schema import Catalogue
from dsql_migrate.source.build import read
from dsql_migrate.source.facts import Fact, Span
from dsql_migrate.source.open import Source
from dsql_migrate.source.script import Piece, pieces
from dsql_migrate.target import Target

ReadyRules = dict[str, list[ReadyRule]]
_BACKSLASH_WORD = re.compile(rb"\\([A-Za-z_!?;]*)")


def lint_source(
    source: Source,
    target: Target,
    rules: ReadyRules,
    *,
    catalogue: Catalogue | None = None,
    transaction: TransactionState | None = None,
    learns: bool = True,
    seen: Callable[[Piece], None] | None = None,
) -> list[Finding]:
    """The findings of one source, in the order of the text.

    ``catalogue``: what was there before (it is changed, unless ``learns`` is off); ``transaction``: the one that the
    runner has opened; ``seen`` is shown every piece.
    """
    catalogue = Catalogue() if catalogue is None else catalogue
    transaction = transaction or TransactionState()
    positions = Positions(source)
    found: list[tuple[Finding, Callable[[Catalogue], bool] | None]] = []
    for number, piece in enumerate(pieces(source)):
        if seen is not None:
            seen(piece)
        if piece.kind in ("sql", "psql"):
            fact = _fact(piece)
            context = Context(target, catalogue, piece.text, fact, transaction, piece.terminator)
            found.extend(_findings(fact, context, rules, positions, piece))
            if piece.kind == "sql":
                if learns:
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
