"""Well-known text, extended by PostGIS with ``SRID=4326;``, for literals that people write."""

from __future__ import annotations

import re

from dsql_migrate.rewrite.data.geometry.shape import CODES, DEEPEST, LINES, PARTS, RINGED, UNIFORM, Position, Shape
from dsql_migrate.source import regex

_SRID = regex.compile(r"\s*srid\s*=\s*(-?[0-9]+)\s*;", re.IGNORECASE)
_NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?(?:nan|inf(?:inity)?)(?![a-z])"
_TOKEN = regex.compile(rf"\s*(?:([(),])|({_NUMBER})|([A-Za-z]+))", re.IGNORECASE)
_NAMES = {kind.upper(): kind for kind in CODES}
_DIMENSIONS = {"": None, "Z": (True, False), "M": (False, True), "ZM": (True, True)}


def read(text: str) -> tuple[Shape, int | None]:
    """(the geometry, its SRID where it is said). Raises ValueError."""
    found = _SRID.match(text)
    reader = _Reader(text, found.end() if found else 0)
    shape = reader.geometry(0)
    if reader.peek() is not None:
        raise ValueError("well-known text with more behind its end")
    return shape, int(found.group(1)) if found else None


class _Reader:
    """The text while it is read. Dimensions are said, or those of the first position, and hold for every part."""

    def __init__(self, text: str, at: int) -> None:
        self.text = text
        self.at = at
        self.dimensions: tuple[bool, bool] | None = None
        self.token: str | None = None

    def peek(self) -> str | None:
        if self.token is None:
            found = _TOKEN.match(self.text, self.at)
            if found is None:
                if self.text[self.at :].strip():
                    raise ValueError("no well-known text")
                return None
            self.token, self.at = found.group().strip(), found.end()
        return self.token

    def next(self) -> str:
        token = self.peek()
        if token is None:
            raise ValueError("well-known text that ends too early")
        self.token = None
        return token

    def takes(self, token: str) -> bool:
        if (self.peek() or "").upper() != token:
            return False
        self.token = None
        return True

    def expect(self, token: str) -> None:
        if not self.takes(token):
            raise ValueError(f"well-known text in which {token!r} is missing")

    def geometry(self, depth: int) -> Shape:
        if depth > DEEPEST:
            raise ValueError("collections nested too deep")
        word = self.next().upper()
        kind, said = self._kind(word)
        if said is None and (self.peek() or "").upper() in ("Z", "M", "ZM"):
            said = _DIMENSIONS[self.next().upper()]
        if said is not None:
            self.dimensions = said
        return self._body(kind, depth)

    def _kind(self, word: str) -> tuple[str, tuple[bool, bool] | None]:
        for ending, said in _DIMENSIONS.items():
            kind = _NAMES.get(word.removesuffix(ending)) if word.endswith(ending) else None
            if kind is not None:
                return kind, said
        raise ValueError(f"no well-known text: {word[:40]!r} is no geometry")

    def _body(self, kind: str, depth: int) -> Shape:
        positions: tuple[Position, ...] = ()
        rings: list[tuple[Position, ...]] = []
        parts: list[Shape] = []
        if not self.takes("EMPTY"):
            if kind == "Point":
                positions = self._positions()
                if len(positions) != 1:
                    raise ValueError("a point of several positions")
            elif kind in LINES:
                positions = self._positions()
            else:
                self.expect("(")
                while True:
                    if kind in RINGED:
                        rings.append(() if self.takes("EMPTY") else self._positions())
                    else:
                        parts.append(self._part(kind, depth))
                    if not self.takes(","):
                        break
                self.expect(")")
        z, m = self.dimensions or (False, False)
        return Shape(kind, z, m, positions, tuple(rings), tuple(parts))

    def _part(self, kind: str, depth: int) -> Shape:
        first = (self.peek() or "").upper()
        plain = PARTS.get(kind)
        if plain is not None and (first in ("(", "EMPTY") or (kind == "MultiPoint" and first not in _NAMES)):
            if kind == "MultiPoint" and first not in ("(", "EMPTY"):  # MULTIPOINT(1 2, 3 4)
                position = self._position()
                return Shape("Point", *(self.dimensions or (False, False)), (position,))
            return self._body(plain, depth + 1)
        part = self.geometry(depth + 1)
        if kind in UNIFORM and part.kind != plain:
            raise ValueError(f"a {part.kind} in a {kind}")
        return part

    def _positions(self) -> tuple[Position, ...]:
        self.expect("(")
        found = [self._position()]
        while self.takes(","):
            found.append(self._position())
        self.expect(")")
        return tuple(found)

    def _position(self) -> Position:
        numbers: list[float] = []
        while (token := self.peek()) is not None and token not in (",", ")", "("):
            numbers.append(float(self.next()))
        if self.dimensions is None:
            self.dimensions = (len(numbers) > 2, len(numbers) > 3)
        if not 2 <= len(numbers) <= 4 or len(numbers) != 2 + sum(self.dimensions):
            raise ValueError(f"a position of {len(numbers)} numbers where {2 + sum(self.dimensions)} are expected")
        return tuple(numbers)
