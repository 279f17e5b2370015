"""The elements of an array of one dimension, with their positions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dsql_migrate.rewrite.data import arrays, columns_at_once
from dsql_migrate.rewrite.data.values import Conversion, Convert, keep

# A value -> what stays in its place, and (position, value) of each row beside. Raises ValueError.
Apart = Callable[[bytes], tuple[bytes | None, list[tuple[int, bytes | None]]]]


def numbered(value: bytes, convert: Convert) -> list[tuple[int, bytes | None]]:
    """The elements of an array with their positions, converted. Raises ValueError where it has several dimensions."""
    first, found = arrays.elements(value)
    return [(first + i, None if one is None else convert(one)) for i, one in enumerate(found)]


@dataclass(frozen=True, slots=True)
class Counted:
    """Takes an array apart: the number of its elements stays in its place."""

    convert: Convert

    def __call__(self, value: bytes) -> tuple[bytes | None, list[tuple[int, bytes | None]]]:
        found = numbered(value, self.convert)
        return b"%d" % len(found), found

    def words(self, value: bytes) -> list[bytes] | None:
        """The elements of the usual form: bare words that go over as they are; None of any other."""
        if self.convert is keep and columns_at_once.is_bare(value):
            return value[1:-1].split(b",")
        return None


def sound_elements(apart: Apart) -> Conversion:
    """Looks at each array whether its elements can become rows, and leaves it as it is."""

    def look(value: bytes) -> bytes:
        apart(value)
        return value

    simple = isinstance(apart, Counted) and apart.convert is keep
    return Conversion("array to rows", look, None, many=columns_at_once.flat if simple else None)
