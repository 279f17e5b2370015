"""What a migration tool makes of a file: sections of SQL, each with what the tool sends together, and where it stands.

A ``Project`` is one folder of one tool's migrations in the order in which the tool runs them; the schema is carried
from file to file of a project. Files that no tool claims are projects of one file each, run by psql.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Literal

from dsql_migrate.record import Record, field

if TYPE_CHECKING:
    from dsql_migrate.source.migrations.tree import Tree

Direction = Literal["up", "down"]
# What the server gets as one transaction:
#   file       the runner opens a transaction, sends the section, commits
#   query      the whole section is one simple query: an implicit transaction (protocol, "Multiple Statements in a
#              Simple Query"); a COMMIT inside ends it and the next statement begins another
#   statement  one statement at a time in autocommit; only a BEGIN of the script itself opens a transaction
Wrap = Literal["file", "query", "statement"]


class Pin(Record):
    """``length`` bytes of SQL from offset ``sql`` on stand at offset ``file`` of the file, byte for byte.

    With ``extent`` they were made of something else, which takes up this many bytes of the file: a call, an argument.
    """

    sql: int
    file: int
    length: int
    extent: int | None = None


class Origin(Record):
    """Where the bytes of a section stand in its file. ``pins`` in rising order of ``sql``, not overlapping.

    What lies between pins (an escape of the host language that was undone, a separator) stands where the pin before
    it ends. No pins: the section is the file, from its first byte on.
    """

    pins: tuple[Pin, ...] = ()

    def place(self, offset: int) -> int:
        """The offset in the file for an offset in the SQL; in what was made, the beginning of what it was made of."""
        if not self.pins:
            return offset
        at = bisect_right(self.pins, offset, key=lambda pin: pin.sql) - 1
        if at < 0:
            return self.pins[0].file
        pin = self.pins[at]
        if pin.extent is not None:
            return pin.file if offset < pin.sql + pin.length else pin.file + pin.extent
        return pin.file + min(offset - pin.sql, pin.length)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """(start, end) in the file of a span of the SQL: all that its text was made of."""
        if not self.pins:
            return start, end
        first = max(bisect_right(self.pins, start, key=lambda pin: pin.sql) - 1, 0)
        last = max(bisect_right(self.pins, end - 1, key=lambda pin: pin.sql), first + 1)
        begins, ends = self.place(start), self.place(start)
        for pin in self.pins[first:last]:
            if pin.sql >= end or pin.sql + pin.length <= start:
                continue
            made = pin.extent is not None
            begins = min(begins, pin.file if made else pin.file + max(start - pin.sql, 0))
            ends = max(ends, pin.file + (pin.extent or 0) if made else pin.file + min(end - pin.sql, pin.length))
        return begins, max(ends, begins)

    def verbatim(self, start: int, end: int) -> bool:
        """Whether this SQL stands in the file as it is, in one run: only then can it be edited."""
        if not self.pins:
            return True
        at = bisect_right(self.pins, start, key=lambda pin: pin.sql) - 1
        if at < 0 or self.pins[at].extent is not None:
            return False
        return end <= self.pins[at].sql + self.pins[at].length


IDENTITY = Origin()


class Section(Record):
    """SQL that belongs together: one side of a migration, one change set, one string in a program."""

    sql: bytes
    origin: Origin = IDENTITY
    direction: Direction = "up"
    wrap: Wrap = "file"
    name: str | None = None  # of a change set


class Unread(Record):
    """A part of a file that could not be turned into SQL: byte offsets into the file, and why."""

    start: int
    end: int
    reason: str


class Migration(Record):
    """One file as its tool reads it."""

    sections: tuple[Section, ...]
    unread: tuple[Unread, ...] = ()


class Project(Record):
    """Files of one tool in the order in which it runs them. ``evidence`` says what gave the tool away."""

    tool: Tool
    root: str
    files: tuple[str, ...]
    evidence: str = ""
    named: bool = False  # the file was named on the command line: not to be skipped
    settings: dict[str, str] = field(default_factory=dict)  # of the tool, as its configuration has them
    # A file of ``files`` -> those that the tool runs before it and after the one before it, and that this run does not
    # look at: they are read for the schema only, in silence.
    before: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    memory: dict[str, object] = field(default_factory=dict)  # what reading one file tells the reading of the next


class Tool(Record):
    """A migration tool.

    ``claim(tree, forced)`` yields the projects of this tool among the files of ``tree`` that nobody has claimed yet;
    ``forced``: the user has named the tool, so every file it could read is claimed. ``read(path, content, project)``
    gives the sections of one file; None: the file is a script for psql and is streamed as it is.
    """

    name: str  # as --framework has it
    title: str  # as people write it
    claim: Callable[[Tree, bool], Iterable[Project]]
    read: Callable[[str, bytes, Project], Migration] | None = None
    wrap: Wrap = "file"  # what it does by default; in words: ``sends``
    sends: str = "one transaction a file"
    escape: str = ""  # how a file of this tool is run without a transaction: the advice of DSQL618 and DSQL619
    records: bool = False  # it writes to its own table of migrations inside the transaction of the migration
