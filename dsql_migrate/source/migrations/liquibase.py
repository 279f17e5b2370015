"""Liquibase: change logs in formatted SQL (github.com/liquibase/liquibase, AbstractFormattedChangeLogParser.java)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from dsql_migrate.record import Record, field
from dsql_migrate.source.migrations import sections
from dsql_migrate.source.migrations.model import Direction, Migration, Project, Section, Tool, Wrap
from dsql_migrate.source.migrations.order import project as project_of
from dsql_migrate.source.migrations.order import told
from dsql_migrate.source.migrations.sections import Range
from dsql_migrate.source.migrations.tree import Tree

_FIRST = rb"(?i)\s*--\s*liquibase\s*formatted"
_CHANGESET = rb'(?i)\s*--\s*changeset\s+("[^"]+"|[^:\n]+):\s*("[^"\n]+"|\S+)(.*)'
_ROLLBACK = rb"(?i)\s*--\s*rollback (.*)"
_BLOCK = rb"(?i)\s*/\*\s*liquibase\s*rollback\s*\Z"
_IGNORE = rb"(?i)--\s*ignoreLines:(\w+)"
_NOTHING = rb"(?i)(?:\s*\Z|empty\s*;?\s*\Z|not required\s*;?\s*\Z|change[sS]etId:)"  # a rollback that is no SQL


def claim(tree: Tree, forced: bool) -> Iterator[Project]:
    """Files whose first line says ``--liquibase formatted sql``, in the order in which a master change log has them."""
    from dsql_migrate.source.migrations import liquibase_logs
    from dsql_migrate.source.migrations.liquibase_order import master_of, rank

    yield from liquibase_logs.claim(tree, forced)
    found: dict[str, list[str]] = {}  # master change log or folder -> files
    masters: set[str] = set()
    for folder, files in tree.folders(".sql"):
        mine = [file for file in files if forced or _formatted(tree, file)]
        if not mine:
            continue
        master = None if forced else master_of(tree, folder)
        every = [os.path.join(folder, name) for name in tree.names(folder) if name.endswith(".sql")]
        known = mine if forced else [file for file in every if _formatted(tree, file)]
        if master is not None:
            masters.add(master)
        found.setdefault(master or folder, []).extend(known)
    for root, files in found.items():
        order = rank(tree, root, files) if root in masters else files
        place = os.path.dirname(root) if root in masters else root
        shown = os.path.relpath(place) if os.path.isabs(place) else place
        project = project_of(
            TOOL,
            tree,
            place if shown.startswith(os.pardir) else shown,
            order,
            told(forced) or "--liquibase formatted sql",
        )
        if project is not None:
            yield project


def _formatted(tree: Tree, file: str) -> bool:
    return re.match(_FIRST, tree.head(file)) is not None


class _ChangeSet(Record, frozen=False):
    """One change set while its lines are read. Ranges are byte offsets into the file."""

    name: str
    attributes: bytes
    up: list[Range]
    down: list[Range] = field(default_factory=list)

    def says(self, attribute: bytes, default: bytes) -> bytes:
        """The last value that the line gives an attribute (the parser's patterns are greedy)."""
        given = re.findall(rb"(?i)(?:^|\s)" + attribute + rb":(\S*)", self.attributes)
        return bytes(given[-1]) if given else default


def read(path: str, content: bytes, project: Project) -> Migration:
    """A section a change set, and one for its rollback; change sets for other databases are none of ours."""
    found: list[Section] = []
    first = len(content)
    for change in _changes(content):
        first = min(first, change.up[0][0])
        if _ours(change):
            found.extend(_sections(content, change))
    reason = "Liquibase runs nothing that stands before the first --changeset"
    return Migration(tuple(found), sections.unheard(content, first, reason))


def _changes(content: bytes) -> Iterator[_ChangeSet]:
    change: _ChangeSet | None = None
    rest = sections.lines(content)
    for start, end in rest:
        line = content[start:end].rstrip(b"\r\n")
        bare = line.lstrip()
        if bare.startswith(b"--"):
            if met := re.match(_IGNORE, bare):
                _skip(content, rest, met.group(1))
                continue
            if met := re.match(_CHANGESET, line):
                if change is not None:
                    yield change
                name = b":".join(part.strip(b'"') for part in met.group(1, 2)).decode("utf-8", "replace")
                change = _ChangeSet(name, met.group(3), [(start, end)])
                continue
            if change is not None and (met := re.match(_ROLLBACK, line)):
                change.down.append((start + met.start(1), end))
        elif change is not None and bare.startswith(b"/*") and re.match(_BLOCK, line):
            change.down.extend(_block(content, rest))
            continue
        if change is not None:
            if change.up[-1][1] == start:
                change.up[-1] = (change.up[-1][0], end)
            else:
                change.up.append((start, end))
    if change is not None:
        yield change


def _skip(content: bytes, rest: Iterator[Range], what: bytes) -> None:
    """Go past the lines that the file wants ignored: a number of them, or all up to ``--ignoreLines:end``."""
    left = int(what) if what.isdigit() and len(what) < 10 else 0
    for start, end in rest if what.lower() == b"start" or left else ():
        left -= 1
        met = re.match(_IGNORE, content[start:end].lstrip())
        if left == 0 or (left < 0 and met is not None and met.group(1).lower() == b"end"):
            return


def _block(content: bytes, rest: Iterator[Range]) -> Iterator[Range]:
    """The lines of a rollback in a comment, up to the line with its end."""
    for start, end in rest:
        line = content[start:end].rstrip()
        if line.endswith(b"*/"):
            yield start, start + len(line) - 2
            return
        yield start, end


def _ours(change: _ChangeSet) -> bool:
    if change.says(b"ignore", b"false").lower() == b"true":
        return False
    names = [name for name in change.says(b"dbms", b"").lower().strip(b'"').split(b",") if name]
    without = [name[1:] for name in names if name.startswith(b"!")]
    only = [name for name in names if not name.startswith(b"!")]
    if b"postgresql" in without or b"none" in only:
        return False
    return not only or bool({b"postgresql", b"all"} & set(only))


def _sections(content: bytes, change: _ChangeSet) -> Iterator[Section]:
    alone = change.says(b"runInTransaction", b"true").lower() == b"false"
    alone = alone or change.says(b"runWith", b"").lower() == b"psql"
    whole = change.says(b"splitStatements", b"true").lower() == b"false"
    wrap: Wrap = "file" if not alone else "query" if whole else "statement"
    delimiter = change.says(b"endDelimiter", b"")
    yield _cut(content, change.up, delimiter, wrap, "up", change.name)
    if not all(re.match(_NOTHING, content[start:end]) for start, end in change.down):
        end_delimiter = change.says(b"rollbackEndDelimiter", b"")
        yield _cut(content, change.down, end_delimiter, wrap, "down", change.name)


def _cut(content: bytes, ranges: list[Range], delimiter: bytes, wrap: Wrap, direction: Direction, name: str) -> Section:
    """The ranges as one section; where the change set has a delimiter of its own, with ``;`` in its place."""
    plain = delimiter.replace(rb"\n", b"\n").replace(rb"\r", b"").removesuffix(b"$").strip()
    if not plain.strip(b";"):
        return sections.joined(content, ranges, wrap, direction, name, b"")
    # A delimiter of letters, and Oracle's slash, stand alone on their line; others end a line.
    before = rb"^[ \t]*" if plain.isalnum() or plain == b"/" else b""
    mark = re.compile(rb"(?im)" + before + re.escape(plain) + rb"[ \t]*\r?$")
    parts: list[Range] = []
    for start, end in ranges:
        for met in mark.finditer(content, start, end):
            parts.append((start, met.start()))
            start = met.end()
        parts.append((start, end))
    return sections.joined(content, parts, wrap, direction, name, b"\n;\n")


TOOL = Tool(
    name="liquibase",
    title="Liquibase",
    claim=claim,
    read=read,
    sends="one transaction a change set",
    escape="add runInTransaction:false to the --changeset line, or give each DDL statement a change set",
)
