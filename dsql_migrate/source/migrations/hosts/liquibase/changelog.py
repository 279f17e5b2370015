"""Change logs in XML, YAML and JSON as elements whose values know where they stand in the file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from xml.parsers import expat

from dsql_migrate.record import Record, field
from dsql_migrate.source.migrations.hosts.sql import Part, Place, Sql

_MOST = 200_000  # elements that are read: aliases of YAML can make many of few
_ATTRIBUTE = re.compile(rb"([\w:.-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.S)


class Unreadable(ValueError):
    """The file cannot be read; ``at``: a byte offset."""

    def __init__(self, reason: str, at: int = 0) -> None:
        super().__init__(reason)
        self.at = at


class Element(Record, frozen=False):
    """An element: attributes (in YAML: values that are scalars), children, the text inside."""

    name: str
    place: Place
    attributes: dict[str, Sql] = field(default_factory=dict)
    children: list[Element] = field(default_factory=list)
    text: list[Part] = field(default_factory=list)

    def says(self, *names: str) -> str:
        """The first of these attributes as a string; empty without one."""
        return next((self.attributes[name].text.strip() for name in names if name in self.attributes), "")

    def flag(self, name: str, default: bool = False) -> bool:
        """An attribute that is true or false."""
        said = self.says(name).lower()
        return said == "true" if said in ("true", "false") else default

    def all(self, *names: str) -> Iterator[Element]:
        """The children of these names."""
        return (child for child in self.children if child.name in names)

    def at(self, name: str) -> Place:
        """Where an attribute stands; the element's place without one."""
        value = self.attributes.get(name)
        return Place(value.parts[0].start, value.parts[-1].end) if value is not None and value.parts else self.place


def read(content: bytes, path: str) -> Element:
    """The root of a change log. Raises Unreadable."""
    return _xml(content) if path.lower().endswith(".xml") else _yaml(content)


# --- XML ------------------------------------------------------------------------------------------------------------


def _xml(content: bytes) -> Element:
    """By expat, which resolves no external entities; a file that declares entities is not read."""
    parser = expat.ParserCreate()
    root = Element("", Place(0, len(content)))
    stack = [root]
    count = 0

    def begin(name: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if count > _MOST:
            raise Unreadable("more elements than are read", parser.CurrentByteIndex)
        start = parser.CurrentByteIndex
        end = _tag_end(content, start)
        element = Element(name.rpartition(":")[2], Place(start, end))
        given = {found.group(1).decode("utf-8", "replace"): found for found in _ATTRIBUTE.finditer(content, start, end)}
        for key, value in attributes.items():
            found = given.get(key)
            group = 0 if found is None else 2 if found.group(2) is not None else 3
            first, last = (found.start(group), found.end(group)) if found is not None else (start, end)
            as_is = content[first:last] == value.encode("utf-8", "surrogatepass")
            element.attributes[key] = Sql((Part(value, first, last, as_is),))
        stack[-1].children.append(element)
        stack.append(element)

    def finish(name: str) -> None:
        element = stack.pop()
        element.place = Place(element.place.start, max(element.place.end, _tag_end(content, parser.CurrentByteIndex)))

    def text(data: str) -> None:
        start = parser.CurrentByteIndex
        raw = data.encode("utf-8", "surrogatepass")
        as_is = content[start : start + len(raw)] == raw
        end = start + len(raw)
        if not as_is and (found := re.compile(rb"&[^;\s]+;|\r\n").match(content, start)):
            end = found.end()
        stack[-1].text.append(Part(data, start, min(end, len(content)), as_is))

    def entity(*_: Any) -> None:
        raise Unreadable("it declares entities", parser.CurrentByteIndex)

    parser.StartElementHandler, parser.EndElementHandler = begin, finish
    parser.CharacterDataHandler, parser.EntityDeclHandler = text, entity
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise Unreadable(f"this is not XML that can be read: {expat.errors.messages[error.code]}",
                         max(parser.ErrorByteIndex, 0)) from None  # fmt: skip
    except RecursionError:
        raise Unreadable("nested too deeply") from None
    return root


def _tag_end(content: bytes, start: int) -> int:
    """Behind the tag that begins at an offset; a ``>`` in a value of an attribute is none."""
    found = re.compile(rb"<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>").match(content, start)
    return found.end() if found else start


# --- YAML -----------------------------------------------------------------------------------------------------------


def _yaml(content: bytes) -> Element:
    """Composed to nodes by ruamel.yaml: nothing is constructed of tags."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    text = content.decode("utf-8", "replace").removeprefix("\ufeff")
    shift = 3 if content.startswith(b"\xef\xbb\xbf") else 0
    try:
        node = YAML(typ="safe", pure=True).compose(text)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        at = len(text[: mark.index].encode()) if mark is not None else 0
        reason = getattr(error, "problem", None) or "not YAML"
        raise Unreadable(f"this is not YAML that can be read: {reason}", at + shift) from None
    except (RecursionError, ValueError) as error:
        raise Unreadable(f"this is not YAML that can be read: {type(error).__name__}") from None
    try:
        return _Yaml(text, shift).element("", node)
    except RecursionError:
        raise Unreadable("nested too deeply") from None


class _Yaml:
    def __init__(self, text: str, shift: int) -> None:
        self.text, self.shift, self.left = text, shift, _MOST
        self.plain = text.isascii()

    def byte(self, index: int) -> int:
        return self.shift + (index if self.plain else len(self.text[:index].encode()))

    def place(self, node: Any) -> Place:
        end = node.end_mark.index
        while end > node.start_mark.index and self.text[end - 1 : end].isspace():
            end -= 1
        return Place(self.byte(node.start_mark.index), self.byte(end))

    def element(self, name: str, node: Any) -> Element:
        self.left -= 1
        if self.left < 0:
            raise Unreadable("more elements than are read")
        made = Element(name, self.place(node) if node is not None else Place(0, 0))
        self.fill(made, node)
        return made

    def fill(self, made: Element, node: Any) -> None:
        kind = getattr(node, "id", "")
        if kind == "scalar":
            made.text = self.parts(node)
        elif kind == "sequence":
            for item in node.value:
                if item.id == "mapping":
                    self.fill(made, item)
                elif item.id == "scalar":
                    made.text += self.parts(item)
        elif kind == "mapping":
            for key, value in node.value:
                name = str(key.value)
                if name in ("columns", "changes") and value.id == "sequence":
                    self.fill(made, value)  # lists that XML does without
                    continue
                if value.id == "scalar":
                    made.attributes[name] = Sql(tuple(self.parts(value)))
                if value.id != "scalar" or name in ("rollback", "sql"):
                    made.children.append(self.element(name, value))

    def parts(self, node: Any) -> list[Part]:
        """A scalar's text: as it stands where it does, else made of the whole scalar."""
        start, end = node.start_mark.index, node.end_mark.index
        value = str(node.value)
        raw = self.text[start:end]
        if node.style in ("'", '"') and raw[1:-1] == value:
            return [Part(value, self.byte(start + 1), self.byte(end - 1), True)]
        if not node.style and raw.startswith(value):
            return [Part(value, self.byte(start), self.byte(start + len(value)), True)]
        if node.style == "|":
            found = self.lines(value, start, end)
            if found is not None:
                return found
        place = self.place(node)
        return [Part(value, place.start, place.end, False)] if value else []

    def lines(self, value: str, start: int, end: int) -> list[Part] | None:
        """The lines of a literal block, each where it stands."""
        parts: list[Part] = []
        at = self.text.find("\n", start) + 1
        for line in value.splitlines(keepends=True):
            stop = self.text.find("\n", at)
            stop = len(self.text) if stop < 0 else stop + 1
            bare = line.rstrip("\n")
            here = self.text[at:stop].find(bare) if bare else 0
            if here < 0:
                return None
            size = len(line) if self.text.startswith(line, at + here) else len(bare)
            if bare:
                parts.append(Part(line[:size], self.byte(at + here), self.byte(at + here + size), True))
            else:
                parts.append(Part(line, self.byte(at), self.byte(at), False))
            at = stop
        return parts
