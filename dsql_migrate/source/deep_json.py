"""JSON without recursion: the parse trees of statements that are nested deeper than Python's own reader goes."""

from __future__ import annotations

import re
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any

_BLANKS = re.compile(r"[ \t\r\n,:]*")
_WORDS = {"true": True, "false": False, "null": None}
_WORD = re.compile(r"true|false|null|-?[0-9.eE+-]+")


def decode(text: str) -> Any:
    """The value of a document that is known to be well-formed; as deep as memory allows."""
    root: list[Any] = []
    around: list[Any] = [root]  # the lists and objects that are open, and of each object the key whose value comes next
    keys: list[str | None] = [None]
    at = 0
    while (found := _BLANKS.match(text, at)) is not None and (at := found.end()) < len(text):
        inner, sign = around[-1], text[at]
        if sign in "]}":
            around.pop()
            keys.pop()
            at += 1
            continue
        value: Any
        if sign in "[{":
            value = [] if sign == "[" else {}
            at += 1
        elif sign == '"':
            value, at = scanstring(text, at + 1)
            if isinstance(inner, dict) and keys[-1] is None:
                keys[-1] = value
                continue
        else:
            word = _WORD.match(text, at)
            if word is None:
                raise ValueError(f"no JSON at {at}")
            at = word.end()
            value = _WORDS[word[0]] if word[0] in _WORDS else float(word[0]) if "." in word[0] else int(word[0])
        if isinstance(inner, list):
            inner.append(value)
        else:
            inner[keys[-1]] = value
            keys[-1] = None
        if isinstance(value, list | dict):
            around.append(value)
            keys.append(None)
    return root[0]
