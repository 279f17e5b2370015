"""One pass over a script: each statement's facts meet the rules that are on them, then the catalogue takes them in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING

from dsql_migrate.lint.context import Context, TransactionState
from dsql_migrate.lint.dispatch import ReadyRules
from dsql_migrate.lint.finding import Edit, Finding, Fix, Match, settled
from dsql_migrate.lint.inside import inside, placed, stays, told
from dsql_migrate.lint.position import Positions
from dsql_migrate.lint.rule import ReadyRule
from dsql_migrate.lint.subjects import CopyRows, PsqlLine, Subject, subjects
from dsql_migrate.schema import Catalogue
from dsql_migrate.source import regex
from dsql_migrate.source.build import read
from dsql_migrate.source.facts import Copy, CreateSchema, Fact, Span, Unreadable
from dsql_migrate.source.open import Source
from dsql_migrate.source.script import Piece, pieces
from dsql_migrate.target import Target

if TYPE_CHECKING:
    from dsql_migrate.source.bodies import Inner
    from dsql_migrate.source.placeholders import Filled

_Found = tuple[Finding, Callable[[Catalogue], bool] | None]  # and what may take it back at the end
_BACKSLASH_WORD = regex.compile(rb"\\([A-Za-z_!?;]*)")


def lint_source(
    source: Source,
    target: Target,
    rules: ReadyRules,
    *,
    catalogue: Catalogue | None = None,
    transaction: TransactionState | None = None,
    learns: bool = True,
    ends: bool = True,
    seen: Callable[[Piece], None] | None = None,
) -> list[Finding]:
    """The findings of one source, in the order of the text.

    ``catalogue``: what was there before (it is changed, unless ``learns`` is off); ``transaction``: the one that the
    runner has opened; ``ends``: nothing comes behind it, so that what depends on the end is settled (with
    ``finding.settled``, which the caller does otherwise); ``seen`` is shown every piece.
    """
    catalogue = Catalogue() if catalogue is None else catalogue
    transaction = transaction or TransactionState()
    positions = Positions(source)
    found: list[_Found] = []
    copying: tuple[Context, Piece, Positions] | None = None  # COPY … FROM stdin, until its rows have been passed
    for number, piece in enumerate(pieces(source)):
        if seen is not None:
            seen(piece)
        if piece.kind in ("sql", "psql"):
            fact = _fact(piece)
            filled = _filled(piece) if isinstance(fact, Unreadable) else None
            text = piece.text
            if filled is not None:
                fact, text = filled.fact, filled.text + piece.text[piece.stop :]
            context = Context(target, catalogue, text, fact, transaction, piece.terminator)
            new = _findings(fact, context, rules, positions, piece)
            found.extend(new if filled is None else _as_written(new, filled, piece))
            if piece.kind == "sql":
                for held in inside(fact, text, piece.stop):
                    context = Context(target, catalogue, held.text, held.fact, TransactionState())
                    new = _findings(held.fact, context, rules, positions, piece, held)
                    found.extend(new if filled is None else _as_written(new, filled, piece))
                    if learns and (made := stays(held)) is not None:
                        catalogue.apply(made, number, piece.line)
                if learns:
                    catalogue.apply(fact, number, piece.line)
                transaction = transaction.after(fact)
                copying = (context, piece, copy(positions)) if isinstance(fact, Copy) else None
                if isinstance(fact, CreateSchema) and fact.nested:
                    found.extend(_elements(context, piece, number, rules, positions, learns))
        elif piece.kind == "copy" and copying is not None:
            found.extend(_copied(piece, *copying, rules))
        positions.advance(piece)
    kept = [finding if unless is None else replace(finding, unless=unless) for finding, unless in found]
    if ends:
        kept = settled(kept, catalogue)
    return sorted(kept, key=lambda finding: (finding.start, finding.end, finding.code))


def _copied(data: Piece, context: Context, piece: Piece, positions: Positions, rules: ReadyRules) -> Iterator[_Found]:
    """What is found in the rows of a COPY, each a line in the text format; it stands where the COPY does."""
    statement = context.fact
    if not isinstance(statement, Copy) or statement.format != "text" or statement.table is None:
        return
    rows = max(data.lines - (not data.truncated) - statement.header, 0)
    table = context.schema.table(statement.table)
    if table is not None:
        table.rows += rows
    yield from _findings(CopyRows(statement.span, statement.table, rows), context, rules, positions, piece)


def _elements(
    context: Context, piece: Piece, number: int, rules: ReadyRules, positions: Positions, learns: bool
) -> Iterator[_Found]:
    """What is found in the elements of a CREATE SCHEMA: one statement for the transaction, names go into the schema."""
    from dsql_migrate.source.nested import elements  # hardly a script has them

    schema, path = context.schema, context.schema.search_path
    schema.search_path = (getattr(context.fact, "name", ""), *path)
    places = copy(positions)
    parts = elements(piece)
    places.advance(parts[0])
    for part in parts[1:]:
        fact = read(part.sql)
        inside = Context(context.target, schema, part.text, fact, TransactionState(), part.terminator)
        yield from _findings(fact, inside, rules, places, part)
        if learns:
            schema.apply(fact, number, part.line)
        places.advance(part)
    schema.search_path = path


def _fact(piece: Piece) -> Fact:
    if piece.kind == "sql":
        return read(piece.sql)
    end = len(piece.text.rstrip())
    command = _BACKSLASH_WORD.match(piece.text, piece.body)
    name = command.group(1).decode("ascii") if command else ""
    return PsqlLine(Span(piece.body, end), name, piece.text[piece.body : end].decode("utf-8", "replace"))


def _filled(piece: Piece) -> Filled | None:
    """A statement that is none until the placeholders of a template in it are filled."""
    from dsql_migrate.source.placeholders import filled  # few scripts have any

    return filled(piece.sql) if piece.kind == "sql" else None


def _as_written(found: Iterable[_Found], filled: Filled, piece: Piece) -> Iterator[_Found]:
    from dsql_migrate.lint.templates import as_written

    for finding, unless in found:
        yield from ((written, unless) for written in as_written(finding, filled, piece.start))


def _findings(
    fact: Fact, context: Context, rules: ReadyRules, positions: Positions, piece: Piece, held: Inner | None = None
) -> Iterator[_Found]:
    for subject in subjects(fact):
        for rule in rules.rules_for(subject):
            for match in rule.matches(subject, context):
                if held is None:
                    yield _finding(rule, subject, context, match, positions, piece), match.unless
                elif (there := placed(match, held)) is not None:
                    yield told(_finding(rule, subject, context, there, positions, piece), held), match.unless
        if held is not None and not held.expressions:
            return


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
        once=rule.once,
    )


def _absolute(fix: Fix | None, by: int) -> Fix | None:
    if fix is None:
        return None
    return Fix(fix.applicability, tuple(Edit(e.start + by, e.end + by, e.text) for e in fix.edits))
