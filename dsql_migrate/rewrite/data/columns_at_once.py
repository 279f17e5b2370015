"""The usual forms of many values at once: one pattern over all of them in place of a call for each.

Each function takes values and gives what its counterpart for one value gives for each; None for those that are not of
the usual form, which are then converted by themselves, and None for all where they are too few or too mixed. Values are
put together with line ends for it, so none of them may hold one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from dsql_migrate.rewrite.data.split import Values
from dsql_migrate.source import regex

Many = Callable[[list[bytes]], "list[bytes | None] | None"]

_END = rb'(?:"([^"\\\n]++)"|([^",\\()\[\]\s]*+))'
_RANGES = regex.compile(rb"^([\[(])" + _END + rb"," + _END + rb"([\])])$", re.MULTILINE)
_NUMBER = rb"-?(?:0|[1-9][0-9]*+)"
_NUMBERS = rb"\{" + _NUMBER + rb"(?:," + _NUMBER + rb")*+\}"
_INTEGERS = regex.compile(_NUMBERS + rb"(?:\n" + _NUMBERS + rb")*+")
_WORD = rb'[^"\\{},\x00-\x20\x7f]++'
_BARE = rb"\{" + _WORD + rb"(?:," + _WORD + rb")*+\}"
_WORDS = regex.compile(_BARE + rb"(?:\n" + _BARE + rb")*+")
_SAID = rb'\{"[^"\\{}\x00-\x1f]*+"(?:,"[^"\\{}\x00-\x1f]*+")*+\}'
_QUOTED = regex.compile(_SAID + rb"(?:\n" + _SAID + rb")*+")
_ANY = rb'(?:"(?:[^"\\\n]++|\\[^\n])*+"|' + _WORD + rb")"
_FLAT = rb"\{(?:" + _ANY + rb"(?:," + _ANY + rb")*+)?\}"
_FLATS = regex.compile(_FLAT + rb"(?:\n" + _FLAT + rb")*+")
_ONE_BARE = regex.compile(_BARE)
_NO_ENDS: Values = (None, None, b"empty")
_FEW = 8  # values for which the patterns are not worth it


def _joined(values: list[bytes]) -> bytes | None:
    if len(values) < _FEW:
        return None
    text = b"\n".join(values)
    return text if text.count(b"\n") == len(values) - 1 else None


def ranges(values: list[bytes]) -> list[Values | None] | None:
    """``ranges.parts`` of each, for ends that go over as they are."""
    text = _joined([value for value in values if value != b"empty"])
    found = _RANGES.findall(text) if text is not None else []
    if text is None or len(found) <= text.count(b"\n"):
        return None
    made = iter([(lq or low or None, hq or high or None, o + c) for o, lq, low, hq, high, c in found])
    return [_NO_ENDS if value == b"empty" else next(made) for value in values]


@lru_cache(maxsize=64)
def _rows(count: int) -> re.Pattern[bytes]:
    field = rb'(?:"([^"\\\n]++)"|([^",\\()\n]*+))'
    return regex.compile(rb"^\(" + b",".join([field] * count) + rb"\)$", re.MULTILINE)


def rows(values: list[bytes], count: int, behind: Values) -> list[Values | None] | None:
    """``records.fields`` of each, with ``behind`` added."""
    text = _joined(values) if 0 < count <= 20 else None
    found = _rows(count).findall(text) if text is not None else []
    if len(found) != len(values):
        return None
    if count == 2:
        return [(q1 or b1 or None, q2 or b2 or None, *behind) for q1, b1, q2, b2 in found]
    return [(*[q or b or None for q, b in zip(g[::2], g[1::2], strict=True)], *behind) for g in found]


def integers(values: list[bytes]) -> list[bytes | None] | None:
    """``arrays.integers_to_json`` of each."""
    text = _joined(values)
    return list(_integers(text) or ()) or None if text is not None else None


def words(values: list[bytes]) -> list[bytes | None] | None:
    """``arrays.words_to_json`` of each: words without quotes, or all of them quoted without escapes."""
    text = _joined(values)
    found = _words(text) or _quoted(text) if text is not None else None
    return list(found) if found is not None else _grouped(values, _FORMS)


def _grouped(
    values: list[bytes], forms: list[tuple[Callable[[bytes], bool], Callable[[bytes], list[bytes] | None]]]
) -> list[bytes | None] | None:
    """Each value by the first form that may be its own."""
    made: dict[bytes, bytes] = {}
    left = values
    for own, convert in forms:
        group = [value for value in left if own(value)]
        if len(group) < len(left):
            left = [value for value in left if not own(value)]
        text = _joined(group)
        found = convert(text) if text is not None else None
        if found is not None:
            made.update(zip(group, found, strict=True))
    return [made.get(value) for value in values] if made else None


def _integers(text: bytes) -> list[bytes] | None:
    if not _INTEGERS.fullmatch(text):
        return None
    return text.replace(b",", b", ").replace(b"{", b"[").replace(b"}", b"]").split(b"\n")


def _words(text: bytes) -> list[bytes] | None:
    if not _WORDS.fullmatch(text) or b"null" in text.lower():
        return None
    return text.replace(b",", b'", "').replace(b"{", b'["').replace(b"}", b'"]').split(b"\n")


def _quoted(text: bytes) -> list[bytes] | None:
    if not _QUOTED.fullmatch(text):
        return None
    return text.replace(b'","', b'", "').replace(b"{", b"[").replace(b"}", b"]").split(b"\n")


# How a value of each form begins to look, and what converts many of them.
_FORMS: list[tuple[Callable[[bytes], bool], Callable[[bytes], list[bytes] | None]]] = [
    (lambda value: b'"' not in value and len(value) > 2, _words),
    (lambda value: value[:2] == b'{"' and value[-2:] == b'"}', _quoted),
]


def flat(values: list[bytes]) -> list[bytes | None] | None:
    """The values as they are, where all are arrays of one dimension without bounds."""
    text = _joined(values)
    return list(values) if text is not None and _FLATS.fullmatch(text) else None


def is_bare(value: bytes) -> bool:
    """Whether it is an array of one dimension of words without quotes, none of them NULL."""
    return _ONE_BARE.fullmatch(value) is not None and b"null" not in value.lower()
