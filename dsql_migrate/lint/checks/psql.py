r"""Checks on lines of psql: what \connect, \setenv and \set bring about."""

from __future__ import annotations

import re  # for the type of a match
from collections.abc import Iterator

from dsql_migrate.lint.checks.registry import check
from dsql_migrate.lint.context import Context
from dsql_migrate.lint.finding import Match
from dsql_migrate.lint.subjects import PsqlLine, Subject
from dsql_migrate.source import regex
from dsql_migrate.source.facts import Span

_OPTION = regex.compile(r"(?:-c(?:\s|\\\s|%20|\+)*|--)([A-Za-z_][\w.]*(?:-[\w.]+)*)(?:\s*=|%3[Dd])")
_OPTIONS = regex.compile(r"\boptions\s*=|\bPGOPTIONS\b")
_ON = frozenset({"on", "interactive", "true", "yes", "1", "t", "y"})
_OFF = frozenset({"off", "false", "no", "0", "f", "n"})


@check
def startup_options(subject: Subject, context: Context) -> Iterator[Match]:
    r"""Parameters in the options of a \connect, or in PGOPTIONS: one that DSQL does not know breaks the connection."""
    line: PsqlLine = subject.part
    if line.command not in ("c", "connect", "setenv") or _OPTIONS.search(line.text) is None:
        return
    for found in _OPTION.finditer(line.text):
        name = found.group(1).replace("-", "_").lower()
        if name not in context.target.settable:
            yield Match(_within(line, found), {"name": name, "object": name})


def _within(line: PsqlLine, found: re.Match[str]) -> Span:
    start = line.span.start + len(line.text[: found.start(1)].encode())
    return Span(start, start + len(found.group(1).encode()))


@check
def psql_savepoints(subject: Subject, context: Context) -> Iterator[Match]:
    r"""\set ON_ERROR_ROLLBACK on: psql sends a SAVEPOINT in front of every statement of a transaction."""
    words = subject.part.text.split()
    if words[0] == "\\set" and words[1:2] == ["ON_ERROR_ROLLBACK"] and "".join(words[2:3]).lower() in _ON:
        yield Match(subject.part.span)


@check
def psql_no_autocommit(subject: Subject, context: Context) -> Iterator[Match]:
    r"""\set AUTOCOMMIT off: psql opens a transaction in front of the next statement, and nothing ends it but COMMIT."""
    words = subject.part.text.split()
    if words[0] == "\\set" and words[1:2] == ["AUTOCOMMIT"] and "".join(words[2:3]).lower() in _OFF:
        yield Match(subject.part.span)
