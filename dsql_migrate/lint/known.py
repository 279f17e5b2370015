"""Migrations that a run does not look at, but that its files stand on: which of them say something about these."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress

from dsql_migrate.errors import Failure
from dsql_migrate.lint.dispatch import ReadyRules
from dsql_migrate.lint.runner import lint_source
from dsql_migrate.schema import Catalogue
from dsql_migrate.source.encoding import text_of
from dsql_migrate.source.migrations import Project, Section
from dsql_migrate.source.migrations.tree import size
from dsql_migrate.source.open import source_of
from dsql_migrate.source.script import pieces
from dsql_migrate.target import Target

# Of a file of the project: (path, content, names) of each migration to learn before it. Only statements with one of the
# names are learned; None: all of them.
Known = Mapping[str, Sequence[tuple[str, bytes, frozenset[bytes] | None]]]
_SHAPING = ("create", "alter", "drop")  # what rows there are is no matter of the schema
_MOST = 1 << 23  # bytes that are read, of all of them together
_PARSED = 1 << 20  # bytes of those that are about the same: a run of one file is not to take as long as one of all
_WORD = rb"[a-z_\x80-\xff][a-z0-9_$\x80-\xff]*"
_NAME = rb'(?:(?:"[^"]*"|' + _WORD + rb')\s*\.\s*)*"?([^".\s(;,]+)"?'
_DEFINED = (
    rb"\b(?:table|view|type|domain|index|sequence|function|procedure)\s+(?:concurrently\s+|async\s+)?"
    rb"(?:if\s+(?:not\s+)?exists\s+)?(?:only\s+)?" + _NAME
)
_RENAMED = rb"\btable\s+(?:if\s+exists\s+)?(?:only\s+)?" + _NAME + rb"\s+rename\s+to\s+" + _NAME


def known(project: Project, read: Callable[[str], bytes]) -> Known:
    """The earlier migrations that name a table, type or other object which the project's files name as well.

    A change of one table needs no migration that is about others, and the parser is by far the dearest part of a run.
    What cannot be read is left out: it is not this run's to complain of.
    """
    if not project.before:
        return {}
    contents = _contents((path for paths in project.before.values() for path in paths), read)
    wanted = None
    if all(path.endswith(".sql") for path in (*project.files, *contents)):
        wanted = _wanted(set().union(*map(_words, _own(project, read))), contents.values())
        contents = dict(_about_same(contents, wanted))
    return {
        path: [(each, contents[each], wanted) for each in earlier if each in contents]
        for path, earlier in project.before.items()
    }


def _contents(paths: Iterable[str], read: Callable[[str], bytes]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    left = _MOST
    for path in paths:
        with suppress(OSError):
            sys.audit("dsql_migrate.reads", path)  # whether or not it is too large: see witness.py
            large = size(path)
            if large <= left:  # else a load of rows rather than a change of the schema
                found[path] = text_of(read(path))
                left -= large
    return found


def _own(project: Project, read: Callable[[str], bytes]) -> Iterator[bytes]:
    for path in project.files:
        with suppress(OSError):
            yield text_of(read(path))


def _about_same(contents: Mapping[str, bytes], wanted: frozenset[bytes]) -> Iterator[tuple[str, bytes]]:
    """Oldest first, where tables are made."""
    left = _PARSED
    for path, text in contents.items():
        if len(text) <= left and not wanted.isdisjoint(_words(text)):
            left -= len(text)
            yield path, text


def _words(content: bytes) -> set[bytes]:
    return set(re.findall(_WORD, content.lower()))


def _wanted(words: set[bytes], contents: Iterable[bytes]) -> frozenset[bytes]:
    """The names that both sides know; with those that a table had before it was renamed."""
    defined: set[bytes] = set()
    renamed: list[tuple[bytes, bytes]] = []
    for content in contents:
        text = content.lower()
        defined.update(re.findall(_DEFINED, text))
        if b"rename" in text:
            for old, new in re.findall(_RENAMED, text):
                defined.add(new)
                renamed.append((old, new))
    wanted = words & defined
    for old, new in reversed(renamed):
        if new in wanted:
            wanted.add(old)
    return frozenset(wanted)


def learn(
    project: Project, target: Target, path: str, content: bytes, wanted: frozenset[bytes] | None, catalogue: Catalogue
) -> None:
    """Take a migration into the catalogue: its way up, and nothing is said about it. ``wanted``: see ``Known``."""
    with suppress(Failure, OSError):
        made = (Section(content),) if project.tool.read is None else project.tool.read(path, content, project).sections
        for section in made:
            if section.direction == "up":
                sql = section.sql if wanted is None else _about(section.sql, wanted)
                with source_of(sql, path) as source:
                    lint_source(source, target, ReadyRules(), catalogue=catalogue)


def _about(sql: bytes, wanted: frozenset[bytes]) -> bytes:
    """The statements that shape something of one of these names, and SET, which says what names mean."""
    kept = bytearray()
    with source_of(sql) as source:
        for piece in pieces(source):
            if piece.kind == "sql":
                word = piece.keyword
                if word == "set" or (word in _SHAPING and not wanted.isdisjoint(_words(piece.text))):
                    kept += piece.text
    return bytes(kept)
