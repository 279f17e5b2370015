"""Findings of a statement whose placeholders were filled: without what is only the filling's, as it was written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dsql_migrate.lint.finding import Edit, Finding, Fix
from dsql_migrate.source.facts import Hole
from dsql_migrate.source.placeholders import Filled


def as_written(finding: Finding, filled: Filled, start: int) -> Iterator[Finding]:
    """The finding with the placeholders in its texts as they were written; nothing where it rests on a filling.

    ``start``: the offset of the statement's piece in the source. A finding that points at nothing but a placeholder,
    or is about an object whose name is one (SET ${parameter} = …), says nothing of what will stand there.
    """
    inside = any(start + span.start <= finding.start and finding.end <= start + span.end for span in filled.spans)
    if isinstance(filled.fact, Hole) or not (inside or finding.object in filled.names):
        yield restored(finding, filled) if filled.names else finding


def restored(finding: Finding, filled: Filled) -> Finding:
    """The finding with the placeholders in its texts as they were written."""

    def shown(text: str | None) -> str | None:
        return None if text is None else filled.restored(text)

    fix = finding.fix
    if fix is not None:
        fix = Fix(fix.applicability, tuple(Edit(e.start, e.end, filled.restored(e.text)) for e in fix.edits))
    return replace(
        finding,
        message=filled.restored(finding.message),
        server_message=shown(finding.server_message),
        help=shown(finding.help),
        object=shown(finding.object),
        fix=fix,
    )
