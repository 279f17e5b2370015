"""hstore text as a JSON object, as ``hstore_to_jsonb`` gives it: every value a string or null.

The text's rules: PostgreSQL 16 manual, F.18.1.
"""

from __future__ import annotations

import json
import re

from dsql_migrate.rewrite.data.json_text import string
from dsql_migrate.source import regex

_WORD = rb'(?:"(?P<{0}_quoted>(?:[^"\\]|\\.)*+)"|(?P<{0}_bare>(?:[^\s",=>\\]|\\.|=(?!>))(?:[^\s,=\\]|\\.|=(?!>))*+))'
_PAIR = regex.compile(
    rb"\s*" + _WORD.replace(b"{0}", b"key") + rb"\s*=>\s*" + _WORD.replace(b"{0}", b"value") + rb"\s*(?:(,)|\Z)",
    re.DOTALL,
)
_BACKSLASHED = regex.compile(rb"\\(.)", re.DOTALL)


def to_json(value: bytes) -> bytes:
    """The object. Raises ValueError where the text is no hstore."""
    if not value.strip():
        return b"{}"
    pairs: dict[bytes, bytes] = {}
    at, more = 0, True
    while more:
        found = _PAIR.match(value, at)
        if found is None:
            raise ValueError("no hstore: a pair key=>value is expected")
        key = _text(found, "key")
        pairs.setdefault(key, _item(found))  # of equal keys hstore keeps one; its own output has no equal keys
        at, more = found.end(), found.group(5) is not None
    if at != len(value):
        raise ValueError("no hstore: text behind the last pair")
    return b"{" + b", ".join(string(key) + b": " + item for key, item in pairs.items()) + b"}"


def from_json(value: bytes) -> bytes:
    """The other way: the hstore as PostgreSQL prints it, short keys first (hstore_io.c). Raises ValueError."""
    read = json.loads(value)
    if not isinstance(read, dict) or not all(item is None or isinstance(item, str) for item in read.values()):
        raise ValueError("no JSON object of strings")
    pairs = sorted((key.encode(), item) for key, item in read.items())
    pairs.sort(key=lambda pair: len(pair[0]))
    texts = [(_quoted(key), b"NULL" if item is None else _quoted(item.encode())) for key, item in pairs]
    return b", ".join(key + b"=>" + item for key, item in texts)


def _quoted(text: bytes) -> bytes:
    return b'"' + text.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def _item(found: re.Match[bytes]) -> bytes:
    bare = found.group("value_bare")
    if bare is not None and bare.lower() == b"null":
        return b"null"
    return string(_text(found, "value"))


def _text(found: re.Match[bytes], part: str) -> bytes:
    quoted = found.group(f"{part}_quoted")
    text: bytes = found.group(f"{part}_bare") if quoted is None else quoted
    return _BACKSLASHED.sub(rb"\1", text) if b"\\" in text else text
