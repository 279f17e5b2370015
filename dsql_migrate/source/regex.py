"""``re.compile`` for patterns that are compiled when they are first used, and right where Python gets them wrong.

Compiling takes up to half a millisecond a pattern, in every run; most runs use few of the patterns there are.

Before Python 3.11.5 a possessive or atomic group whose inside can backtrack matches too little (CPython gh-106052);
Debian 12 ships 3.11.2. There the groups become plain ones. What they repeat are tokens told apart by their first byte,
each possessive in itself, so that a match is the same; a failure may take longer.
"""

from __future__ import annotations

import re
import sys
from typing import Any, AnyStr, cast

ASCII, DOTALL, IGNORECASE, MULTILINE, VERBOSE = re.ASCII, re.DOTALL, re.IGNORECASE, re.MULTILINE, re.VERBOSE
SOUND = sys.version_info >= (3, 11, 5)
_POSSESSIVE_GROUP = re.compile(rb"(?<!\\)\)([*+?])\+")


class _Pattern:
    """Stands for a pattern: the first use of a method compiles it and puts the pattern's own method in its place."""

    def __init__(self, pattern: str | bytes, flags: int) -> None:
        self._source = pattern, flags

    def __getattr__(self, name: str) -> Any:
        pattern, flags = self._source
        if isinstance(pattern, bytes) and not SOUND:
            pattern = plain_groups(pattern)
        found = getattr(re.compile(pattern, flags), name)  # re keeps what it has compiled
        setattr(self, name, found)
        return found


def compile(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """The pattern. A mistake in it raises re.error where it is used first."""
    return cast("re.Pattern[AnyStr]", _Pattern(pattern, flags))


def plain_groups(pattern: bytes) -> bytes:
    """The pattern without possessive and atomic groups; possessive character classes stay."""
    return _POSSESSIVE_GROUP.sub(rb")\1", pattern).replace(b"(?>", b"(?:")
