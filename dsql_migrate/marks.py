"""The lines of a bundle that say which steps may run at the same time.

``-- dsql-migrate: phase 2, lane 5`` stands right above a statement. Steps of one phase that follow each other may run
at the same time; those of one lane go one after another, in the order of the file. A step without such a line runs
alone. To psql it is a comment.
"""

from __future__ import annotations

import re

_LINE = rb"[ \t]*-- dsql-migrate: phase (\d{1,9})(?:, lane (\d{1,9}))?[ \t]*\r?\n"
_LAST = re.compile(rb"(?:\A|(?<=\n))" + _LINE + rb"([ \t]*)\Z")


def mark(phase: int, lane: int | None = None) -> bytes:
    """The line, with its end."""
    return f"-- dsql-migrate: phase {phase}{f', lane {lane}' if lane is not None else ''}\n".encode()


def marked(lead: bytes) -> tuple[int, int | None] | None:
    """Phase and lane from what stands before a statement's first word; None where no such line is the last of it."""
    found = _LAST.search(lead)
    if found is None:
        return None
    return int(found[1]), int(found[2]) if found[2] is not None else None


def unmarked(lead: bytes) -> bytes:
    """The same without such lines at its end: another bundle's, or made up."""
    while (found := _LAST.search(lead)) is not None:
        lead = lead[: found.start()] + found[3]
    return lead
