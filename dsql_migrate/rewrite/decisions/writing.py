"""``decisions.yaml`` as it is written: new, or as edits on the file that was read."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from dsql_migrate.rewrite.decisions.content import RANK, Wanted
from dsql_migrate.rewrite.decisions.decisions import Decisions, Taken

if TYPE_CHECKING:
    from dsql_migrate.target import Target

_HEAD = """\
# What was decided where there was a choice. `default` decides nothing: in objects it stands for what defaults say, in
# defaults for what the comment above it says.
#
# To decide otherwise, put one of the other options in its place: in defaults for everything, in objects for one object.
# Then run the same command again with --force: it reads this file in the bundle that it replaces. Or keep the file with
# your project, and name it:  dsql-migrate migrate INPUT -o OUT --decisions decisions.yaml
# Your remarks stay. An object's own entry goes before an option of the command line, and that before defaults.
schema_version: 1
"""


def write_decisions(taken: Iterable[Taken], decisions: Decisions, target: Target, path: Path) -> None:
    """Write what was chosen, for all and for each object; the same choices make the same bytes.

    Where the decisions come from a file, its text is kept, with what is new and what was chosen anew put into it.
    """
    path.write_text(decisions_text(taken, decisions, target), encoding="utf-8", newline="")


def decisions_text(taken: Iterable[Taken], decisions: Decisions, target: Target) -> str:
    """The file's content."""
    found = sorted(taken, key=lambda t: (t.id, RANK[t.key]))
    wanted = Wanted(found, decisions, target)
    document = decisions.document
    if document is not None and document.root is not None:
        from dsql_migrate.rewrite.decisions.editing import Editor

        return Editor(document, wanted).text()
    remarks = document.text.rstrip("\n") + "\n" if document is not None and document.text.strip() else ""
    return (remarks or _HEAD) + wanted.sections()
