"""The SQL of a migration from the tool's own offline mode, where the user asks for it: this runs the project's code.

``alembic upgrade a:b --sql`` and ``manage.py sqlmigrate`` write what they would send. What the reading of the source
has as well keeps its exact places; the rest stands at the statement most like it, or at the whole side.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence

from dsql_migrate.source.migrations.hosts.script import Script
from dsql_migrate.source.migrations.hosts.sql import Part, Place, Sql, made
from dsql_migrate.source.migrations.model import Direction, Migration, Project, Section, Unread

TOOLS = ("alembic", "django")
TIMEOUT = 60  # seconds for one side of one migration
_MOST = 1 << 24  # bytes of output
_OWN = re.compile(r"\balembic_version\b|\bdjango_migrations\b")
_PYTHON_ONLY = "THIS OPERATION CANNOT BE WRITTEN AS SQL"


class Failed(Exception):
    """The tool did not do it; the message says why, in one line."""


def with_tool(read: Migration, path: str, content: bytes, project: Project, python: str) -> Migration:
    """The migration with the tool's SQL in place of that of its source; as it was, and told, where the tool fails."""
    sections: list[Section] = []
    unread: list[Unread] = []
    sides: tuple[Direction, ...] = ("up", "down")
    for direction in sides:
        known = [section for section in read.sections if section.direction == direction]
        try:
            text = _run(path, content, project, python, direction)
        except Failed as error:
            sections += known
            unread += read.unread
            if direction == "up" or known:
                reason = (
                    f"{project.tool.title} did not write its SQL ({direction}): {error}; the source was read instead"
                )
                unread.append(Unread(0, 0, reason))
            continue
        sections += _sections(text, known, direction, content)
        unread += [each for each in read.unread if each.reason.startswith("RunPython") and _PYTHON_ONLY in text]
    return Migration(tuple(sections), tuple(dict.fromkeys(unread)))


def _run(path: str, content: bytes, project: Project, python: str, direction: Direction) -> str:
    """What the tool writes for one side. Raises Failed."""
    if project.tool.name == "alembic":
        folder, command = _alembic(path, content, direction)
    else:
        folder, command = _django(path, project, direction)
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8"}
    try:
        done = subprocess.run(
            [python, *command], cwd=folder, env=environment, capture_output=True, timeout=TIMEOUT, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise Failed(f"not done within {TIMEOUT} seconds") from None
    except OSError as error:
        raise Failed(f"{python} cannot be run: {(error.strerror or str(error)).lower()}") from None
    if done.returncode:
        lines = [line.strip() for line in done.stderr.decode("utf-8", "replace").splitlines() if line.strip()]
        raise Failed((lines[-1] if lines else f"exit code {done.returncode}")[:200])
    return done.stdout[:_MOST].decode("utf-8", "replace")


def _above(path: str, name: str) -> str:
    """The nearest folder above a file that has ``name`` in it. Raises Failed."""
    at = os.path.dirname(os.path.abspath(path))
    while not os.path.isfile(os.path.join(at, name)):
        if os.path.dirname(at) == at:
            raise Failed(f"there is no {name} above the migration")
        at = os.path.dirname(at)
    return at


def _alembic(path: str, content: bytes, direction: Direction) -> tuple[str, list[str]]:
    from dsql_migrate.source.migrations.alembic import links

    revision, before = links(content)
    if len(before) > 1:
        raise Failed("a revision that joins branches has no range of its own")
    first = before[0] if before else "base"
    asked = ["upgrade", f"{first}:{revision}"] if direction == "up" else ["downgrade", f"{revision}:{first}"]
    return _above(path, "alembic.ini"), ["-m", "alembic", *asked, "--sql"]


def _django(path: str, project: Project, direction: Direction) -> tuple[str, list[str]]:
    app = project.settings.get(f"app {path}", "")
    name = os.path.splitext(os.path.basename(path))[0]
    if not app.isidentifier() or not re.fullmatch(r"\w+", name):
        raise Failed("the names of app and migration are not plain")
    back = ["--backwards"] if direction == "down" else []
    return _above(path, "manage.py"), ["manage.py", "sqlmigrate", app, name, "--no-color", *back]


def _sections(text: str, known: Sequence[Section], direction: Direction, content: bytes) -> list[Section]:
    """The tool's statements in the transactions that it writes, each where the source has it."""
    from dsql_migrate.source.open import source_of
    from dsql_migrate.source.script import pieces

    wanted = [each for section in known for each in _statements(section)]
    side = _side(content, direction)
    script = Script("statement")
    with source_of(text.encode("utf-8", "replace"), "") as source:
        for piece in pieces(source):
            if piece.kind != "sql":
                continue
            sql = piece.sql.decode("utf-8", "replace").strip()
            word = _normal(sql)
            if word in ("begin", "commit"):
                script.wrap = "file" if word == "begin" else "statement"
                script.cut()
            elif not _OWN.search(sql):
                script.send(_placed(sql, wanted, side))
    return script.sections(direction)


def _placed(sql: str, wanted: list[tuple[str, Sql, Place]], side: Place) -> Sql:
    """The statement with places: the source's own where it says the same, else those of the one most like it."""
    word = _normal(sql)
    for number, (other, known, _) in enumerate(wanted):
        if other == word:
            del wanted[number]
            return known
    head = " ".join(word.split()[:3])
    place = next((place for other, _, place in wanted if other.startswith(head)), side)
    return made(place, "{}", sql)


def _statements(section: Section) -> list[tuple[str, Sql, Place]]:
    """(what it says, itself, its place) of each statement of a section."""
    from dsql_migrate.source.open import source_of
    from dsql_migrate.source.script import pieces

    found = []
    with source_of(section.sql, "") as source:
        for piece in pieces(source):
            if piece.kind == "sql":
                start = piece.start + piece.body
                end = piece.start + len(piece.text.rstrip())
                place = Place(*section.origin.span(start, end))
                found.append((_normal(piece.sql.decode("utf-8", "replace")), _cut(section, start, end), place))
    return found


def _cut(section: Section, start: int, end: int) -> Sql:
    """The bytes from ``start`` to ``end`` of a section, with their places."""
    parts = []
    for pin in section.origin.pins:
        first, last = max(pin.sql, start), min(pin.sql + pin.length, end)
        if first < last:
            text = section.sql[first:last].decode("utf-8", "replace")
            if pin.extent is None:
                parts.append(Part(text, pin.file + first - pin.sql, pin.file + last - pin.sql, True))
            else:
                parts.append(Part(text, pin.file, pin.file + pin.extent, False))
    return Sql(tuple(parts))


def _normal(sql: str) -> str:
    """What a statement says, without quotes of names, blanks and comments; to be compared."""
    bare = re.sub(r"--[^\n]*", " ", sql).replace('"', "")
    return " ".join(re.sub(r"([(),])", r" \1 ", bare).split()).rstrip(" ;").lower()


def _side(content: bytes, direction: Direction) -> Place:
    """The line of ``def upgrade`` or ``def downgrade``, else of the class."""
    name = b"upgrade" if direction == "up" else b"downgrade"
    found = re.search(rb"(?m)^def " + name + rb"\b[^\n]*|^class Migration\b[^\n]*", content)
    return Place(found.start(), found.end()) if found else Place(0, 0)
