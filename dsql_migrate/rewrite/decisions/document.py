"""``decisions.yaml`` as it is read: what people wrote there, and where each word of it stands.

Nothing of it is constructed: the document is composed to nodes, so a tag in it makes no object, and every key and value
has its place for messages and for edits.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dsql_migrate.errors import Failure
from dsql_migrate.rewrite.decisions.choices import CHOICES, Choice

if TYPE_CHECKING:
    from ruamel.yaml.nodes import MappingNode, Node, ScalarNode

DEFAULT = "default"
SECTIONS = ("defaults", "objects")
_VERSION = "1"
_TAG = "tag:yaml.org,2002:"
_WORDS = {"int": "a number", "float": "a number", "bool": "true or false", "null": "nothing", "str": "a text"}


@dataclass(frozen=True, slots=True)
class Place:
    """A key of the file, from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Document:
    """One file. ``defaults``: option by key; ``objects``: option by ledger id and key. Both may be ``default``.

    ``places``: of every entry, by (None, key) and (id, key), and of an object by (id, None). ``root``: the YAML node.
    """

    path: str
    text: str
    root: MappingNode | None
    defaults: Mapping[str, str] = field(default_factory=dict)
    objects: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    places: Mapping[tuple[str | None, str | None], Place] = field(default_factory=dict)

    def where(self, id: str | None, key: str | None) -> str:
        """path:line:column of an entry; the path alone where it has none."""
        place = self.places.get((id, key))
        return f"{self.path}:{place.line}:{place.column}" if place else self.path


def read_document(path: str | Path) -> Document:
    """Read a ``decisions.yaml``. Raises Failure with file, line and column for anything that is not one."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}", hint="--decisions takes the decisions.yaml of a bundle") from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Failure(f"{path}:{line}:1: not UTF-8", hint="save the file as UTF-8") from None
    return _Reader(str(path), text).read()


class _Reader:
    def __init__(self, path: str, text: str) -> None:
        self._path = path
        self._text = text
        self._places: dict[tuple[str | None, str | None], Place] = {}

    def read(self) -> Document:
        root = self._compose()
        if root is None:
            return Document(self._path, self._text, None)
        top = dict(self._members(root, "the file"))
        for name, (key, _) in top.items():
            if name not in (*SECTIONS, "schema_version") and not name.startswith("x-"):
                hint = _nearest(name, (*SECTIONS, "schema_version")) or "there are schema_version, defaults and objects"
                raise self._wrong(key, f"unknown key {name!r}", hint)
        if "schema_version" in top:
            self._version(top["schema_version"][1])
        defaults = self._choices(top["defaults"][1], None) if "defaults" in top else {}
        objects: dict[str, dict[str, str]] = {}
        for id, (key, value) in self._section(top, "objects"):
            self._places[id, None] = _place(key)
            objects[id] = self._choices(value, id)
        return Document(self._path, self._text, root, defaults, objects, self._places)

    def _compose(self) -> MappingNode | None:
        from ruamel.yaml import YAML
        from ruamel.yaml.error import MarkedYAMLError, YAMLError
        from ruamel.yaml.reader import ReaderError

        try:
            root = YAML(typ="safe", pure=True).compose(self._text)
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            at = f":{mark.line + 1}:{mark.column + 1}" if mark is not None else ""
            problem = " ".join(str(error.problem or "it cannot be read").split())
            raise Failure(f"{self._path}{at}: not YAML: {problem}", hint="mend the line") from None
        except ReaderError as error:
            line, column = self._at(int(error.position))
            raise Failure(f"{self._path}:{line}:{column}: not YAML: a control character", hint="remove it") from None
        except (YAMLError, RecursionError, ValueError, OverflowError) as error:
            raise Failure(f"{self._path}: not YAML: {str(error).splitlines()[0]}") from None
        if root is None or _tag(root) == "null":
            return None
        return self._mapping(root, "the file")

    def _at(self, index: int) -> tuple[int, int]:
        return self._text.count("\n", 0, index) + 1, index - self._text.rfind("\n", 0, index)

    def _section(
        self, top: Mapping[str, tuple[ScalarNode, Node]], name: str
    ) -> Iterator[tuple[str, tuple[ScalarNode, Node]]]:
        if name in top and _tag(top[name][1]) != "null":
            yield from self._members(self._mapping(top[name][1], name), name)

    def _choices(self, node: Node, id: str | None) -> dict[str, str]:
        """The entries of ``defaults``, or of one object."""
        if _tag(node) == "null":
            return {}
        what = "defaults" if id is None else id
        found = {}
        for key, (name, value) in self._members(self._mapping(node, what), what):
            choice = CHOICES.get(key)
            if choice is None:
                raise self._wrong(name, f"there is no decision {key!r}", _nearest(key, CHOICES) or _LIST)
            self._places[id, key] = _place(name)
            found[key] = self._option(choice, value)
        return found

    def _option(self, choice: Choice, node: Node) -> str:
        names = [option.name for option in choice.options]
        takes = ", ".join([*(["a whole number"] if choice.number else names), DEFAULT])
        kind = _tag(node)
        if kind not in ("str", "int") or (kind == "int" and not choice.number):
            told = _WORDS.get(kind, "a list" if kind == "seq" else "a mapping" if kind == "map" else kind)
            raise self._wrong(node, f"{choice.key} takes one word, not {told}", f"it takes: {takes}")
        value = str(node.value)
        if value in (DEFAULT, *names) or (choice.number and value.isdecimal() and value.isascii()):
            return value
        raise self._wrong(node, f"{value!r} is no option of {choice.key}", f"{_nearest(value, names)}it takes: {takes}")

    def _version(self, node: Node) -> None:
        if _tag(node) != "int" or node.value != _VERSION:
            hint = f"this version reads {_VERSION}; --no-decisions starts afresh"
            raise self._wrong(node, f"schema_version {node.value!r} is not known", hint)

    def _mapping(self, node: Any, what: str) -> MappingNode:
        if _tag(node) != "map":
            raise self._wrong(node, f"{what}: keys with values are expected", "see the comments at the file's head")
        found: MappingNode = node
        return found

    def _members(self, node: MappingNode, what: str) -> Iterator[tuple[str, tuple[ScalarNode, Node]]]:
        """The keys with their nodes, in order; a key that stands twice is an error, since one of them would be lost."""
        seen: dict[str, ScalarNode] = {}
        for key, value in node.value:
            if _tag(key) in ("map", "seq"):
                raise self._wrong(key, f"{what}: a key is one word", "see the comments at the file's head")
            name = str(key.value)
            if name in seen:
                first = _place(seen[name])
                raise self._wrong(key, f"{name!r} stands twice, first on line {first.line}", "remove one of them")
            if key.anchor or value.anchor:
                raise self._wrong(key, f"{what}: anchors and aliases are not read", "write the words out")
            seen[name] = key
            yield name, (key, value)

    def _wrong(self, node: Node, message: str, hint: str) -> Failure:
        place = _place(node)
        return Failure(f"{self._path}:{place.line}:{place.column}: {message}", hint=hint)


_LIST = "dsql-migrate decisions lists them"


def _nearest(word: str, known: Collection[str]) -> str:
    found = difflib.get_close_matches(word.replace("_", "-"), list(known), 1, 0.6)
    return f"did you mean {found[0]}? " if found else ""


def _tag(node: Node) -> str:
    return str(node.tag).removeprefix(_TAG)


def _place(node: Node) -> Place:
    return Place(node.start_mark.line + 1, node.start_mark.column + 1)
