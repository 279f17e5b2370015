"""``re.compile`` for patterns with possessive groups, also where Python gets those wrong.

Before Python 3.11.5 a possessive or atomic group whose inside can backtrack matches too little (CPython gh-106052);
Debian 12 ships 3.11.2. There the groups become plain ones. What they repeat are tokens told apart by their first byte,
each possessive in itself, so that a match is the same; a failure may take longer.
"""

from __future__ import annotations

import re
import sys

SOUND = sys.version_info >= (3, 11, 5)
_POSSESSIVE_GROUP = re.compile(rb"(?<!\\)\)([*+?])\+")


def compile(pattern: bytes, flags: int = 0) -> re.Pattern[bytes]:
    """The compiled pattern."""
    return re.compile(pattern if SOUND else plain_groups(pattern), flags)


def plain_groups(pattern: bytes) -> bytes:
    """The pattern without possessive and atomic groups; possessive character classes stay."""
    return _POSSESSIVE_GROUP.sub(rb")\1", pattern).replace(b"(?>", b"(?:")
