"""Extended well-known binary: what PostGIS prints in hexadecimal, and stores as ``bytea`` in other databases."""

from __future__ import annotations

import struct

from dsql_migrate.rewrite.data.geometry.shape import CODES, DEEPEST, KINDS, LINES, RINGED, Position, Shape

_Z, _M, _SRID = 0x80000000, 0x40000000, 0x20000000


def read(data: bytes) -> tuple[Shape, int | None]:
    """(the geometry, its SRID). The flags of PostGIS and the thousands of ISO are both read. Raises ValueError."""
    try:
        shape, srid, end = _read(data, 0, 0)
    except (struct.error, IndexError):
        raise ValueError("well-known binary that ends too early") from None
    if end != len(data):
        raise ValueError("well-known binary with bytes behind its end")
    return shape, srid


def _read(data: bytes, at: int, depth: int) -> tuple[Shape, int | None, int]:
    if depth > DEEPEST:
        raise ValueError("collections nested too deep")
    if data[at] > 1:
        raise ValueError("no well-known binary: it begins with its byte order")
    order = "<" if data[at] == 1 else ">"
    (word,) = struct.unpack_from(f"{order}I", data, at + 1)
    at += 5
    srid = None
    if word & _SRID:
        (srid,) = struct.unpack_from(f"{order}I", data, at)
        at += 4
    thousands, code = divmod(word & 0x0FFFFFFF, 1000)
    kind = KINDS.get(code)
    if kind is None or thousands > 3:
        raise ValueError(f"well-known binary of a type that is not known: {word & 0x0FFFFFFF}")
    z, m = bool(word & _Z) or thousands in (1, 3), bool(word & _M) or thousands in (2, 3)
    width = 2 + z + m
    if kind == "Point":
        position = struct.unpack_from(f"{order}{width}d", data, at)
        empty = all(number != number for number in position)
        return Shape(kind, z, m, () if empty else (position,)), srid, at + 8 * width
    (count,) = struct.unpack_from(f"{order}I", data, at)
    at += 4
    if kind in LINES:
        positions, at = _positions(data, at, count, order, width)
        return Shape(kind, z, m, positions), srid, at
    if kind in RINGED:
        rings = []
        for _ in range(count):
            (size,) = struct.unpack_from(f"{order}I", data, at)
            ring, at = _positions(data, at + 4, size, order, width)
            rings.append(ring)
        return Shape(kind, z, m, rings=tuple(rings)), srid, at
    parts = []
    for _ in range(count):
        part, _, at = _read(data, at, depth + 1)
        parts.append(part)
    return Shape(kind, z, m, parts=tuple(parts)), srid, at


def _positions(data: bytes, at: int, count: int, order: str, width: int) -> tuple[tuple[Position, ...], int]:
    end = at + 8 * width * count
    if end > len(data):
        raise IndexError
    numbers = struct.unpack_from(f"{order}{width * count}d", data, at)
    return tuple(zip(*[iter(numbers)] * width, strict=True)), end


def write(shape: Shape, srid: int | None) -> bytes:
    """Little-endian, as PostGIS prints it on every server of today; parts have no SRID of their own."""
    written: list[bytes] = []
    _write(shape, srid, written)
    return b"".join(written)


def _write(shape: Shape, srid: int | None, out: list[bytes]) -> None:
    word = CODES[shape.kind] | (_Z if shape.z else 0) | (_M if shape.m else 0) | (_SRID if srid else 0)
    out.append(struct.pack("<BI", 1, word))
    if srid:
        out.append(struct.pack("<I", srid))
    if shape.kind == "Point":
        position = shape.positions[0] if shape.positions else (float("nan"),) * shape.width
        out.append(struct.pack(f"<{shape.width}d", *position))
    elif shape.kind in LINES:
        out.append(_packed(shape.positions, shape.width))
    elif shape.kind in RINGED:
        out.append(struct.pack("<I", len(shape.rings)))
        out += [_packed(ring, shape.width) for ring in shape.rings]
    else:
        out.append(struct.pack("<I", len(shape.parts)))
        for part in shape.parts:
            _write(part, None, out)


def _packed(positions: tuple[Position, ...], width: int) -> bytes:
    numbers = [number for position in positions for number in position]
    return struct.pack(f"<I{width * len(positions)}d", len(positions), *numbers)
