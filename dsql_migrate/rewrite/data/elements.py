"""The elements of an array of one dimension, with their positions."""

from __future__ import annotations

from dsql_migrate.rewrite.data import arrays
from dsql_migrate.rewrite.data.values import Conversion, Convert


def numbered(value: bytes, convert: Convert) -> list[tuple[int, bytes | None]]:
    """The elements of an array with their positions, converted. Raises ValueError where it has several dimensions."""
    first, found = arrays.elements(value)
    return [(first + i, None if one is None else convert(one)) for i, one in enumerate(found)]


def sound_elements(convert: Convert) -> Conversion:
    """Looks at each array whether its elements can become rows, and leaves it as it is."""

    def look(value: bytes) -> bytes:
        numbered(value, convert)
        return value

    return Conversion("array to rows", look, None)
