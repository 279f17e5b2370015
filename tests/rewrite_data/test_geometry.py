"""Geometries: PostGIS's text and binary forms, and GeoJSON, there and back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsql_migrate.rewrite.data.geometry import ewkb, geojson, geometry_conversion, wkt
from dsql_migrate.rewrite.data.geometry.shape import CODES, LINES, PARTS, RINGED, UNIFORM, Shape

POINT_1_2 = "0101000000000000000000F03F0000000000000040"
IN_4326 = "0101000020E6100000000000000000F03F0000000000000040"


def convert(value: str, to: str, name: str = "geometry", srid: int | None = None) -> str:
    return geometry_conversion(name, to, srid).convert(value.encode()).decode()


# What PostGIS 3.4 prints for these.
@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("POINT(1 2)", POINT_1_2),
        ("SRID=4326;POINT(1 2)", IN_4326),
        (" srid = 4326 ; point ( 1.0 2e0 ) ", IN_4326),
        ("POINT EMPTY", "0101000000000000000000F87F000000000000F87F"),
        ("POINT Z (1 2 3)", "0101000080000000000000F03F00000000000000400000000000000840"),
        ("POINT(1 2 3)", "0101000080000000000000F03F00000000000000400000000000000840"),
        ("POINTM(1 2 3)", "0101000040000000000000F03F00000000000000400000000000000840"),
        ("LINESTRING EMPTY", "010200000000000000"),
        ("LINESTRING(0 0,1 2)", "01020000000200000000000000000000000000000000000000000000000000F03F0000000000000040"),
        ("MULTIPOINT(1 2)", "010400000001000000" + POINT_1_2),
        ("MULTIPOINT((1 2))", "010400000001000000" + POINT_1_2),
        ("GEOMETRYCOLLECTION(POINT(1 2))", "010700000001000000" + POINT_1_2),
        ("SRID=4326;GEOMETRYCOLLECTION(POINT(1 2))", "0107000020E610000001000000" + POINT_1_2),
        ("GEOMETRYCOLLECTION EMPTY", "010700000000000000"),
        ("POLYGON EMPTY", "010300000000000000"),
    ],
)  # fmt: skip
def test_text_that_people_write_becomes_what_postgis_prints(text: str, printed: str) -> None:
    assert convert(text, "text") == printed
    assert convert(printed, "text") == printed
    assert convert(text, "bytea") == "\\x" + printed.lower()


def test_the_reference_system_of_the_column_holds_for_text_that_has_none() -> None:
    assert convert("POINT(1 2)", "text", srid=4326) == IN_4326
    assert convert("POINT(1 2)", "text", "geography") == IN_4326
    assert convert("SRID=4326;POINT(1 2)", "text", srid=3857) == IN_4326
    assert convert(POINT_1_2, "text", srid=4326) == POINT_1_2
    assert convert('{"type": "Point", "coordinates": [1, 2]}', "text") == IN_4326


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SRID=4326;POINT(1.5 2)", {"type": "Point", "coordinates": [1.5, 2], "srid": 4326}),
        ("POINT Z(1 2 3)", {"type": "Point", "coordinates": [1, 2, 3]}),
        ("POINT M(1 2 3)", {"type": "Point", "coordinates": [1, 2, 3], "dimensions": "XYM"}),
        ("POINT EMPTY", {"type": "Point", "coordinates": []}),
        ("LINESTRING Z EMPTY", {"type": "LineString", "coordinates": [], "dimensions": "XYZ"}),
        ("POLYGON((0 0,1 0,1 1,0 0))", {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}),
        ("MULTIPOINT(1 2, 3 4)", {"type": "MultiPoint", "coordinates": [[1, 2], [3, 4]]}),
        (
            "GEOMETRYCOLLECTION(POINT(1 2))",
            {"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [1, 2]}]},
        ),
    ],
)
def test_geojson(text: str, expected: dict[str, Any]) -> None:
    assert json.loads(convert(text, "jsonb")) == expected


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("CIRCULARSTRING(0 0,1 1,2 0)", "CircularString"),
        ("COMPOUNDCURVE((0 0,1 1),CIRCULARSTRING(1 1,2 2,3 1))", "CompoundCurve"),
        ("CURVEPOLYGON(CIRCULARSTRING(0 0,2 0,2 1,2 3,0 0),(1 1,2 1,2 2,1 1))", "CurvePolygon"),
        ("CURVEPOLYGON(COMPOUNDCURVE(CIRCULARSTRING(0 0,2 0,2 1),(2 1,0 0)))", "CurvePolygon"),
        ("MULTICURVE((0 0,1 1),CIRCULARSTRING(4 0,4 4,8 4))", "MultiCurve"),
        ("MULTISURFACE(CURVEPOLYGON((0 0,1 1,1 0,0 0)),((0 0,1 1,1 0,0 0)))", "MultiSurface"),
        ("POLYHEDRALSURFACE Z(((0 0 0,0 0 1,0 1 1,0 0 0)))", "PolyhedralSurface"),
        ("TIN Z(((0 0 0,0 0 1,0 1 0,0 0 0)))", "Tin"),
        ("TRIANGLE((0 0,0 9,9 0,0 0))", "Triangle"),
        ("MULTILINESTRING((0 0,1 1),EMPTY)", "MultiLineString"),
        ("MULTIPOLYGON(((0 0,1 0,1 1,0 0),(0 0,1 0,1 1,0 0)),EMPTY)", "MultiPolygon"),
    ],
)
def test_every_type_is_read(text: str, kind: str) -> None:
    assert wkt.read(text)[0].kind == kind
    printed = convert(text, "text")
    assert ewkb.read(bytes.fromhex(printed))[0] == wkt.read(text)[0]


@pytest.mark.parametrize(
    "value",
    ["", "POINT", "POINT(1)", "POINT(1 2", "POINT(1 2) x", "POINT(1 2,3 4)", "CUBE(1 2)", "SRID=x;POINT(1 2)", "0101",
     "LINESTRING(1 2,1 2 3)", "MULTIPOINT(LINESTRING(1 2,3 4))", "{", '{"type": "Point"}', '{"type": "Cube"}', "[1]",
     "ST_Point(1, 2)", '{"type": "Point", "coordinates": ["x", 1]}', "GEOMETRYCOLLECTION(" * 5000],
)  # fmt: skip
@pytest.mark.parametrize("to", ["bytea", "jsonb", "text"])
def test_what_is_no_geometry_is_refused(value: str, to: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - every part has words of its own
        convert(value, to)


@pytest.mark.parametrize("value", [POINT_1_2[:-2], POINT_1_2 + "00", "0109" + POINT_1_2[4:], "01FF" + POINT_1_2[4:]])
def test_binary_that_is_cut_or_of_no_known_type_is_no_geojson(value: str) -> None:
    with pytest.raises(ValueError, match="well-known binary"):
        convert(value, "jsonb")


def test_big_endian_and_iso_numbers_are_read() -> None:
    big = "00" + "00000001" + "3FF0000000000000" + "4000000000000000"
    assert ewkb.read(bytes.fromhex(big)) == (Shape("Point", positions=((1.0, 2.0),)), None)
    iso = "01E9030000" + "000000000000F03F" * 3
    assert ewkb.read(bytes.fromhex(iso))[0] == Shape("Point", z=True, positions=((1.0, 1.0, 1.0),))


# --- made ones ---

numbers = st.floats(allow_nan=False, allow_infinity=False).map(lambda n: n or 0.0)


@st.composite
def shapes(draw: st.DrawFn, kinds: tuple[str, ...] = tuple(CODES), flags: Any = None, depth: int = 0) -> Shape:
    kind = draw(st.sampled_from(kinds))
    z, m = flags or (draw(st.booleans()), draw(st.booleans()))
    position = st.tuples(*[numbers] * (2 + z + m))
    if kind == "Point":
        return Shape(kind, z, m, tuple(draw(st.lists(position, max_size=1))))
    if kind in LINES:
        return Shape(kind, z, m, tuple(draw(st.lists(position, max_size=4))))
    if kind in RINGED:
        ring = st.lists(position, min_size=1, max_size=4).map(tuple)
        return Shape(kind, z, m, rings=tuple(draw(st.lists(ring, max_size=2))))
    inner = (PARTS[kind],) if kind in UNIFORM else ("Point", "LineString", "Polygon") if depth else tuple(CODES)
    parts = draw(st.lists(shapes(inner, (z, m), depth + 1), max_size=3 if depth < 2 else 0))
    return Shape(kind, z, m, parts=tuple(parts))


@given(shape=shapes(), srid=st.none() | st.integers(1, 999999))
def test_there_and_back(shape: Shape, srid: int | None) -> None:
    printed = ewkb.write(shape, srid).hex().upper().encode()
    assert ewkb.read(bytes.fromhex(printed.decode())) == (shape, srid)
    for to in ("bytea", "jsonb", "text"):
        found = geometry_conversion("geometry", to, srid)
        assert found.back is not None
        assert found.back(found.convert(printed)) == printed


@given(shape=shapes(), srid=st.none() | st.integers(1, 999999))
def test_geojson_says_it_all(shape: Shape, srid: int | None) -> None:
    assert geojson.read(geojson.write(shape, srid)) == (shape, srid)


@given(data=st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        ewkb.read(b"\x01" + data)
    except ValueError:
        return


@given(text=st.text("POINTLESRGMUC(), 01.;=Z", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        wkt.read(text)
    except ValueError:
        return
