"""A folder of migrations as an input: what the migration tool would send, in its order, as one script."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256

from dsql_migrate.errors import Failure, InputError
from dsql_migrate.inputs.spool import Spool
from dsql_migrate.source.encoding import text_of
from dsql_migrate.source.include import expand
from dsql_migrate.source.migrations import Origin, Project, Section, Unread, projects
from dsql_migrate.source.open import Segment, Source, open_source, source_of
from dsql_migrate.source.script import Piece, pieces
from dsql_migrate.source.text import SourceText
from dsql_migrate.source.untranslated import Untranslated

_QUOTED = 2000  # bytes of what could not be read that quarantine.sql shows
_RULE = "DSQL906"
_GUESSED = "parts of it are known only when the program runs"
_UNKNOWN = re.compile(rb"(?<![A-Za-z0-9$])_unknown(?![A-Za-z0-9_$])")  # values.UNKNOWN of source/migrations/hosts
_ROWS = frozenset(("insert", "update", "delete", "merge"))
_STAND_IN = re.compile(rb"(?i)\bnull\b|\bdefault\s+values\b")


def replayed(path: str, framework: str = "auto", advance: Callable[[int], None] | None = None) -> Source:
    """The migrations below ``path`` (a folder, or one file of a tool) as one script.

    ``framework``: a name of ``source.frameworks``, or ``auto``. What a reader cannot turn into SQL is in
    ``Source.untranslated``. Raises Failure where there are none, or where it is not clear which are meant.
    """
    found, aside = _projects(path, framework)
    spool = Spool(path)
    try:
        for project in found:
            for file in project.files:
                _file(spool, project, file)
                if advance:
                    advance(os.path.getsize(file))
    except BaseException:
        spool.close()
        raise
    files = [file for project in found for file in project.files]
    about: dict[str, object] = {"files": len(files), "tool": found[0].tool.name}
    if framework != "auto":
        about["framework"] = framework
    if aside:
        about["not_read"] = aside
    return spool.source(lambda: _digest(path, files), about)


def _projects(path: str, framework: str) -> tuple[list[Project], list[str]]:
    """The projects to replay, and the files that are none of theirs. Raises Failure."""
    from dsql_migrate.lint.dialects import folders_for
    from dsql_migrate.lint.files import files_of

    given = dict(files_of([path]))
    foreign = folders_for(given)
    files = [file for file in given if file not in foreign]
    found = list(projects(files, _bytes, frozenset(), framework))
    of_tools = [project for project in found if project.tool.name != "psql"]
    chosen = of_tools or found
    if not chosen:
        raise InputError(f"{path} holds no migrations and no SQL", "name the folder they stand in")
    tools = {project.tool.name: project.root for project in chosen}
    if len(tools) > 1:
        where = ", ".join(f"{name} in {root}" for name, root in sorted(tools.items()))
        raise Failure(f"{path} holds migrations of several tools: {where}", "name one of these folders")
    order = sorted(chosen, key=lambda project: _natural(project.root))
    others = [file for project in found if project not in chosen for file in project.files]
    return order, sorted([*others, *foreign])


def _natural(text: str) -> tuple[tuple[int, int | str], ...]:
    """4.9 before 4.10."""
    return tuple((0, int(part)) if part.isdecimal() else (1, part) for part in re.split(r"(\d+)", text) if part)


def _bytes(path: str) -> bytes:
    with open(path, "rb", buffering=0) as file:
        return file.read()


def _digest(path: str, files: Iterable[str]) -> str:
    """Of the names below ``path`` and the bytes of the files, in the order in which they run."""
    found = sha256()
    for file in files:
        name = os.path.relpath(file, path) if os.path.isdir(path) else os.path.basename(file)
        found.update(f"{sha256(_bytes(file)).hexdigest()}  {name}\n".encode("utf-8", "surrogateescape"))
    return found.hexdigest()


# -- one file ---------------------------------------------------------------------------------------------------------


def _file(spool: Spool, project: Project, file: str) -> None:
    try:
        if project.tool.read is None:
            _script(spool, file)
            return
        content = text_of(_bytes(file))
        if b"\0" in content:
            raise InputError("it is not a text file")
        migration = project.tool.read(file, content, project)
    except (Failure, OSError) as error:
        why = error.message if isinstance(error, Failure) else str(error.strerror)
        spool.untranslated.append(_unread(file, 1, why, b""))
        return
    text = SourceText(file, content)
    for section in migration.sections:
        if section.direction == "up":
            _section(spool, file, section, text)
    spool.untranslated += _told(file, migration.unread, text)


def _script(spool: Spool, file: str) -> None:
    r"""A script for psql, its ``\i`` followed."""
    source, refused = expand(open_source(file))
    with source:
        for segment, end in _segments(source):
            spool.at(segment.label, segment.origin)
            for chunk in source.chunks(segment.start, end):
                spool.put(chunk)
        _close(spool)
    for each in refused:
        spool.untranslated.append(_unread(each.label, each.line, f"{each.name} is not followed: {each.why}", b""))


def _segments(source: Source) -> Iterator[tuple[Segment, int]]:
    segments = source.segments or (Segment(0, 1, source.label, 1),)
    ends = [segment.start for segment in segments[1:]]
    yield from zip(segments, [*ends, source.size], strict=True)


def _section(spool: Spool, file: str, section: Section, text: SourceText) -> None:
    with source_of(section.sql) as source:
        found = list(pieces(source))
    if found and (found[-1].unterminated or found[-1].truncated):
        why = "a quote, a comment or a COPY in it is never closed"
        spool.untranslated.append(_unread(file, text.line_column(section.origin.place(0))[0], why, section.sql))
        return
    made = any(pin.extent is not None for pin in section.origin.pins)
    guessed = [piece for piece in found if made and _guessed(piece, section.origin)]
    for piece in guessed:
        line = text.line_column(section.origin.place(piece.start + piece.body))[0]
        spool.untranslated.append(_unread(file, line, _GUESSED, piece.text[piece.body :]))
    for start, end, line, flat in _parts(section.origin, len(section.sql), text):
        spool.at(file, line, flat=flat)
        at = start
        for piece in guessed:
            if piece.start < end and piece.end > at:
                spool.put(section.sql[at : max(piece.start, at)])
                at = piece.end
        spool.put(section.sql[min(at, end) : end])
    _close(spool)


def _guessed(piece: Piece, origin: Origin) -> bool:
    """Whether a statement that a reader put together has stand-ins for what only the running program knows.

    For values these are NULL, so a row with NULL in it is not believed either.
    """
    if piece.kind != "sql" or origin.verbatim(piece.start + piece.body, piece.start + piece.stop):
        return False
    if _UNKNOWN.search(piece.text, piece.body):
        return True
    return piece.keyword in _ROWS and _STAND_IN.search(piece.text, piece.body) is not None


def _parts(origin: Origin, size: int, text: SourceText) -> Iterator[tuple[int, int, int, bool]]:
    """(start, end, line in the file, whether all of it comes from that line) of the parts of a section's SQL."""
    if not origin.pins:
        yield 0, size, 1, False
        return
    starts = [0, *(pin.sql for pin in origin.pins[1:])]
    for pin, start, end in zip(origin.pins, starts, [*starts[1:], size], strict=True):
        yield start, end, text.line_column(pin.file)[0], pin.extent is not None


def _close(spool: Spool) -> None:
    """The end of what a tool sends ends its last statement, also where no semicolon does."""
    spool.put(b"\n;\n")


def _told(file: str, parts: Iterable[Unread], text: SourceText) -> Iterator[Untranslated]:
    for part in sorted(parts, key=lambda part: part.start):
        line = text.line_column(part.start)[0]
        yield _unread(file, line, part.reason, text.data[part.start : part.end])


def _unread(file: str, line: int, reason: str, text: bytes) -> Untranslated:
    shown = text[:_QUOTED].decode("utf-8", "replace")
    return Untranslated("migration", os.path.basename(file), file, line, "unknown", reason, _RULE, shown, numbered=True)
