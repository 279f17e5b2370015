"""The elements of an array of one dimension, with their positions."""

from __future__ import annotations

from collections.abc import Callable

from dsql_migrate.rewrite.data import arrays
from dsql_migrate.rewrite.data.values import Conversion, Convert

# A value -> what stays in its place, and (position, value) of each row beside. Raises ValueError.
Apart = Callable[[bytes], tuple[bytes | None, list[tuple[int, bytes | None]]]]


def numbered(value: bytes, convert: Convert) -> list[tuple[int, bytes | None]]:
    """The elements of an array with their positions, converted. Raises ValueError where it has several dimensions."""
    first, found = arrays.elements(value)
    return [(first + i, None if one is None else convert(one)) for i, one in enumerate(found)]


def counted(convert: Convert) -> Apart:
    """Takes an array apart: the number of its elements stays in its place."""

    def apart(value: bytes) -> tuple[bytes | None, list[tuple[int, bytes | None]]]:
        found = numbered(value, convert)
        return b"%d" % len(found), found

    return apart


def sound_elements(apart: Apart) -> Conversion:
    """Looks at each array whether its elements can become rows, and leaves it as it is."""

    def look(value: bytes) -> bytes:
        apart(value)
        return value

    return Conversion("array to rows", look, None)
