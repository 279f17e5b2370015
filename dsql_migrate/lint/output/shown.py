"""Text of a script made safe to show: on a terminal, in a log, on a web page. A script may hold anything."""

from __future__ import annotations

from dsql_migrate.source import regex

# Control characters, those that turn the direction of text, half characters, and what XML 1.0 does not take.
_UNSAFE = regex.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_TAB = "    "


def shown(text: str) -> str:
    """The text on one line: tabs as blanks, what could steer a terminal or break a format as U+FFFD."""
    if text.isprintable():  # much quicker to ask, and stricter: all that is unsafe is not printable
        return text
    return _UNSAFE.sub("\N{REPLACEMENT CHARACTER}", text.replace("\t", _TAB))
