"""Changes as one unified diff, as patch and git apply take it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

_LINE = re.compile(rb"[^\n]*\n|[^\n]+")
_STRANGE = re.compile(r"[\x00-\x1f\x7f\"\\]")


@dataclass(frozen=True, slots=True)
class Change:
    """One file, before (None: it is new) and after, as it stands on disk."""

    path: str
    before: bytes | None
    after: bytes


def unified(changes: Iterable[Change]) -> bytes:
    """The diff of all files, by path. Lines are bytes of the files, whatever their encoding."""
    return b"".join(_of(change) for change in sorted(changes, key=lambda change: change.path))


def _of(change: Change) -> bytes:
    name = _label(change.path)
    before = _lines(change.before or b"")
    lines = difflib.unified_diff(before, _lines(change.after), "/dev/null" if change.before is None else name, name)
    out = []
    for line in lines:
        whole = line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        out.append(whole.encode("utf-8", "surrogateescape"))
    return b"".join(out)


def _lines(content: bytes) -> list[str]:
    """Lines end at a line feed and nowhere else: the other breaks of str.splitlines are text here."""
    return [line.decode("utf-8", "surrogateescape") for line in _LINE.findall(content)]


def _label(path: str) -> str:
    """A file's name on one line, quoted as git does where it holds something else."""
    if not _STRANGE.search(path):
        return path
    return '"' + _STRANGE.sub(lambda found: f"\\{ord(found.group()):03o}", path) + '"'
