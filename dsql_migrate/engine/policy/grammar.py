"""What PostgreSQL's grammar refuses before anybody judges: the SQLSTATE that goes with its words."""

from __future__ import annotations

import re

from dsql_migrate.engine.policy.verdict import Refuse
from dsql_migrate.source.parse import Unparsable

# Most of what the grammar says is a syntax error; these are not (gram.y and scan.l of PostgreSQL 16).
_STATES = (
    (re.compile(r"stack depth limit exceeded"), "54001"),
    (re.compile(r"not yet implemented|cannot be marked|not supported|aggregates cannot have"), "0A000"),
    (re.compile(r"precision for type float"), "22023"),
    (re.compile(r"frame (start|end)"), "42P20"),
    (re.compile(r"invalid Unicode escape"), "22025"),
    (re.compile(r"invalid byte sequence"), "22021"),
)


def unreadable(error: Unparsable, text: bytes) -> Refuse:
    """PostgreSQL's answer to a text that its grammar does not take."""
    message = error.message
    if message == "nested too deep":
        message = "stack depth limit exceeded"
    elif message.startswith("not valid UTF-8"):
        message = f'invalid byte sequence for encoding "UTF8": {_bytes(text, error.at)}'
    elif message == "a NUL byte":
        message = 'invalid byte sequence for encoding "UTF8": 0x00'
    state = next((state for pattern, state in _STATES if pattern.search(message)), "42601")
    return Refuse("42601" if message.startswith("syntax error") else state, message)


def _bytes(text: bytes, at: int) -> str:
    """The bad character as PostgreSQL prints it: as many bytes as its first one announces."""
    first = text[at]
    length = 2 if 0xC0 <= first < 0xE0 else 3 if 0xE0 <= first < 0xF0 else 4 if 0xF0 <= first < 0xF8 else 1
    return " ".join(f"0x{byte:02x}" for byte in text[at : at + length])
