"""GeoJSON (RFC 7946) for every geometry that PostGIS has.

Beside what the RFC says stand ``srid``, and ``dimensions`` (XYM, say) where the positions do not tell them: GeoJSON has
no measures, and an empty geometry no positions. Curves, triangles and surfaces have types of their own names, which
readers that know the RFC alone refuse.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

from dsql_migrate.rewrite.data.geometry.shape import CODES, DEEPEST, LINES, PARTS, RINGED, UNIFORM, Position, Shape

_DIMENSIONS = {"XY": (False, False), "XYZ": (True, False), "XYM": (False, True), "XYZM": (True, True)}
_NAMES = {flags: name for name, flags in _DIMENSIONS.items()}
_BY_WIDTH = {2: (False, False), 3: (True, False), 4: (True, True)}


def write(shape: Shape, srid: int | None) -> str:
    """JSON text. Raises ValueError for positions that are no finite numbers."""
    found = _object(shape)
    first = next(_positions(shape), None)
    if _BY_WIDTH[2 if first is None else len(first)] != (shape.z, shape.m):
        found["dimensions"] = _NAMES[(shape.z, shape.m)]
    if srid:
        found["srid"] = srid
    try:
        return json.dumps(found, allow_nan=False)
    except ValueError:
        raise ValueError("GeoJSON has no positions that are infinite or no numbers") from None


def _object(shape: Shape) -> dict[str, Any]:
    if (shape.kind in PARTS and shape.kind not in UNIFORM) or shape.kind == "GeometryCollection":
        return {"type": shape.kind, "geometries": [_object(part) for part in shape.parts]}
    return {"type": shape.kind, "coordinates": _coordinates(shape)}


def _coordinates(shape: Shape) -> list[Any]:
    if shape.kind == "Point":
        return _numbers(shape.positions[0]) if shape.positions else []
    if shape.kind in LINES:
        return [_numbers(position) for position in shape.positions]
    if shape.kind in RINGED:
        return [[_numbers(position) for position in ring] for ring in shape.rings]
    return [_coordinates(part) for part in shape.parts]


def _numbers(position: Position) -> list[float | int]:
    """Whole numbers without a point, as PostGIS writes them."""
    return [int(n) if math.isfinite(n) and n == int(n) and abs(n) < 1e15 else n for n in position]


def _positions(shape: Shape) -> Iterator[Position]:
    yield from shape.positions
    for ring in shape.rings:
        yield from ring
    for part in shape.parts:
        yield from _positions(part)


def read(text: str) -> tuple[Shape, int | None]:
    """(the geometry, its SRID). Raises ValueError."""
    found = json.loads(text)
    if not isinstance(found, dict):
        raise ValueError("no GeoJSON: an object is expected")
    try:
        flags = _DIMENSIONS[found["dimensions"]] if "dimensions" in found else _BY_WIDTH[_width(found)]
        return _shape(found, flags, 0), found.get("srid")
    except (KeyError, TypeError, AttributeError):
        raise ValueError("no GeoJSON geometry") from None


def _width(found: dict[str, Any]) -> int:
    waiting: list[Any] = [found.get("coordinates", []), *found.get("geometries", [])]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, dict):
            waiting += [one.get("coordinates", []), *one.get("geometries", [])]
        elif one and isinstance(one[0], int | float):
            return len(one)
        else:
            waiting += one
    return 2


def _shape(found: dict[str, Any], flags: tuple[bool, bool], depth: int) -> Shape:
    kind = found["type"]
    if kind not in CODES:
        raise ValueError(f"GeoJSON of a type that is not known: {str(kind)[:40]!r}")
    if depth > DEEPEST:
        raise ValueError("collections nested too deep")
    if "geometries" in found:
        return Shape(kind, *flags, parts=tuple(_shape(part, flags, depth + 1) for part in found["geometries"]))
    return _of(kind, found["coordinates"], flags)


def _of(kind: str, coordinates: list[Any], flags: tuple[bool, bool]) -> Shape:
    if kind == "Point":
        return Shape(kind, *flags, (_position(coordinates, flags),) if coordinates else ())
    if kind in LINES:
        return Shape(kind, *flags, tuple(_position(one, flags) for one in coordinates))
    if kind in RINGED:
        return Shape(kind, *flags, rings=tuple(tuple(_position(p, flags) for p in ring) for ring in coordinates))
    return Shape(kind, *flags, parts=tuple(_of(PARTS[kind], one, flags) for one in coordinates))


def _position(numbers: list[Any], flags: tuple[bool, bool]) -> Position:
    if len(numbers) != 2 + sum(flags):
        raise ValueError(f"a position of {len(numbers)} numbers where {2 + sum(flags)} are expected")
    return tuple(float(number) for number in numbers)
