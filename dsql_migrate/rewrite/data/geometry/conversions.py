"""geometry and geography as bytea, GeoJSON or text.

The source's text is what PostGIS prints (EWKB in hexadecimal), or what people write in its place: well-known text with
or without ``SRID=``, GeoJSON.
"""

from __future__ import annotations

import re
from functools import partial

from dsql_migrate.rewrite.data.geometry import ewkb, geojson, wkt
from dsql_migrate.rewrite.data.geometry.shape import Shape
from dsql_migrate.rewrite.data.values import Conversion

_HEX = re.compile(rb"0[01](?:[0-9A-Fa-f]{2})+")
_HEADER = 5  # bytes: the order of the others, and the type
_CURVED = "a reader of GeoJSON alone knows no curves, measures or reference systems; the sign of zero"


def geometry_conversion(name: str, to: str, srid: int | None) -> Conversion:
    """``name``: geometry or geography; ``to``: bytea, jsonb or text; ``srid``: what the column's type says."""
    home = srid or (4326 if name == "geography" else None)  # PostGIS gives it to literals that have none
    loss = "spatial operators and indexes, the check of type and reference system"
    if to == "bytea":
        found = Conversion(f"{name} to EWKB", partial(_to_bytea, home), _decoded, loss=loss, back=_from_bytea)
    elif to == "jsonb":
        convert = partial(_to_geojson, home)
        found = Conversion(f"{name} to GeoJSON", convert, None, loss=f"{loss}; {_CURVED}", back=_from_geojson)
    else:
        text = partial(_to_hex, home)
        found = Conversion(f"{name} to text", text, _text, loss=loss, back=_as_it_is)
    return found


def _text(expression: str) -> str:
    return f"({expression})::text"


def _decoded(expression: str) -> str:
    """Where a stand-in plays PostGIS, the column may hold other text: that is not compared."""
    return f"CASE WHEN ({expression})::text ~ '^[0-9A-Fa-f]+$' THEN decode(({expression})::text, 'hex') END"


def _as_it_is(value: bytes) -> bytes:
    return value


def _to_hex(home: int | None, value: bytes) -> bytes:
    if _HEX.fullmatch(value):
        return _checked(value)
    return ewkb.write(*_written(value, home)).hex().upper().encode()


def _to_bytea(home: int | None, value: bytes) -> bytes:
    return b"\\x" + _to_hex(home, value).lower()


def _from_bytea(value: bytes) -> bytes:
    return value.removeprefix(b"\\x").upper()


def _to_geojson(home: int | None, value: bytes) -> bytes:
    shape, srid = ewkb.read(bytes.fromhex(value.decode())) if _HEX.fullmatch(value) else _written(value, home)
    return geojson.write(shape, srid).encode()


def _from_geojson(value: bytes) -> bytes:
    return ewkb.write(*geojson.read(value.decode())).hex().upper().encode()


def _checked(value: bytes) -> bytes:
    """The digits, after a look at the header and the length: the rest is what PostGIS wrote."""
    if len(value) < 2 * (_HEADER + 4):
        raise ValueError("well-known binary that ends too early")
    return value


def _written(value: bytes, home: int | None) -> tuple[Shape, int | None]:
    """Well-known text or GeoJSON, in the reference system that it says, or that the column's type does."""
    text = value.decode("utf-8", "replace").strip()
    shape, srid = geojson.read(text) if text.startswith("{") else wkt.read(text)
    if text.startswith("{") and srid is None:
        srid = 4326
    return shape, srid or home
