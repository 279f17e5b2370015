"""What a geometry is, whatever it is written as.

Sources: PostGIS manual, 4.1 (OGC, SQL/MM, EWKB and EWKT), and liblwgeom's lwin_wkb.c, lwout_wkb.c, lwin_wkt_parse.y.
"""

from __future__ import annotations

from dataclasses import dataclass

Position = tuple[float, ...]

# The number of each kind in well-known binary.
CODES = {
    "Point": 1,
    "LineString": 2,
    "Polygon": 3,
    "MultiPoint": 4,
    "MultiLineString": 5,
    "MultiPolygon": 6,
    "GeometryCollection": 7,
    "CircularString": 8,
    "CompoundCurve": 9,
    "CurvePolygon": 10,
    "MultiCurve": 11,
    "MultiSurface": 12,
    "PolyhedralSurface": 15,
    "Tin": 16,
    "Triangle": 17,
}
KINDS = {code: kind for kind, code in CODES.items()}
LINES = frozenset({"LineString", "CircularString"})  # positions
RINGED = frozenset({"Polygon", "Triangle"})  # rings of positions
# What the parts of a kind are where they do not say it themselves; the kinds that may stand in it.
PARTS = {
    "MultiPoint": "Point",
    "MultiLineString": "LineString",
    "MultiPolygon": "Polygon",
    "CompoundCurve": "LineString",
    "CurvePolygon": "LineString",
    "MultiCurve": "LineString",
    "MultiSurface": "Polygon",
    "PolyhedralSurface": "Polygon",
    "Tin": "Triangle",
}
UNIFORM = frozenset({"MultiPoint", "MultiLineString", "MultiPolygon", "PolyhedralSurface", "Tin"})
DEEPEST = 64  # collections in collections; liblwgeom stops at 200


@dataclass(frozen=True, slots=True)
class Shape:
    """A geometry. ``positions``: of a point (one, or none where it is empty) or a line; ``rings``; ``parts``."""

    kind: str
    z: bool = False
    m: bool = False
    positions: tuple[Position, ...] = ()
    rings: tuple[tuple[Position, ...], ...] = ()
    parts: tuple[Shape, ...] = ()

    @property
    def width(self) -> int:
        """Numbers in a position."""
        return 2 + self.z + self.m
