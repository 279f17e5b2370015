"""Files in the order of what they depend on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def ordered(files: Sequence[str], before: Mapping[str, Sequence[str]]) -> list[str]:
    """The files, each behind all that ``before`` has for it, else as they are given; a cycle is cut where it closes."""
    done: dict[str, None] = {}
    for file in files:
        open_: dict[str, None] = {}
        stack = [file]
        while stack:
            at = stack[-1]
            waiting = [other for other in before.get(at, ()) if other not in done and other not in open_]
            if at in done or (at in open_ and not waiting):
                done.setdefault(at)
                stack.pop()
                continue
            open_[at] = None
            if waiting:
                stack.append(waiting[0])
            else:
                done.setdefault(at)
                stack.pop()
    return list(done)
