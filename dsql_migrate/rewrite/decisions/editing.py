"""Edits on the ``decisions.yaml`` that people have: what has to change and nothing else.

Remarks, order, quotes, and entries of objects that are not in the input stay as their author left them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dsql_migrate.rewrite.decisions.choices import CHOICES
from dsql_migrate.rewrite.decisions.content import RANK, Wanted, comments, is_made, quoted
from dsql_migrate.rewrite.decisions.document import Document

if TYPE_CHECKING:
    from ruamel.yaml.nodes import MappingNode, Node

_BESIDE = re.compile(r"[ \t]*(?:# (?:now [\w-]+)?(?:; )?(?:or [\w-]+(?:, [\w-]+)*)?)?[ \t]*", re.A)
_Block = Callable[[str, int], str]  # a new member, by its key and indent
_Edit = Callable[["Node", "Any", bool], None]  # of a member that is there: key, value, whether in flow style


class Editor:
    """Edits on the text of one document."""

    def __init__(self, document: Document, wanted: Wanted) -> None:
        assert document.root is not None
        self._text = document.text
        self._root = document.root
        self._wanted = wanted
        self._edits: list[tuple[int, int, int, str]] = []  # start, end, order of their making, text

    def text(self) -> str:
        """The document with what has to be said."""
        wanted = self._wanted
        sections: list[tuple[str, list[str], _Edit, _Block, Callable[[str], Any]]] = [
            ("defaults", wanted.keys, self._default, wanted.default_block, RANK.__getitem__),
            ("objects", list(wanted.objects), self._object, wanted.object_block, str),
        ]
        there = {key.value for key, _ in self._root.value}
        for name, keys, edit, block, rank in sections:
            if name in there:
                self._section(name, keys, edit, block, rank)
        for name, keys, _, block, _ in sections:  # behind the others: both may end up at one place
            if name not in there and keys:
                self._new_section(name, keys, block)
        text, at, parts = self._text, 0, []
        newline = "\r\n" if "\r\n" in text else "\n"
        for start, end, _, new in sorted(self._edits):
            parts += [text[at:start], new.replace("\n", newline)]
            at = end
        return "".join([*parts, text[at:]])

    def _section(
        self, name: str, keys: list[str], edit: _Edit, block: _Block, rank: Callable[[str], Any]
    ) -> None:
        """Edit the members that a section has, and add those of ``keys`` that it lacks."""
        key, value = next((key, value) for key, value in self._root.value if key.value == name)
        if not isinstance(value.value, list) or not value.value:  # nothing, or {}
            self._fill(key, value, keys, block, lambda k: self._in_flow(name, k), self._root.flow_style)
            return
        known = {str(k.value) for k, _ in value.value}
        for own, inside in value.value:
            edit(own, inside, value.flow_style)
        self._add(key, value, [k for k in keys if k not in known], block, rank, lambda k: self._in_flow(name, k))

    def _new_section(self, name: str, keys: list[str], block: _Block) -> None:
        if not self._root.flow_style:
            indent = int(self._root.start_mark.column)
            last = self._root.value[-1]
            at = self._block_end(last[0], last[1], indent)
            self._put_line(at, f"{' ' * indent}{name}:\n" + "".join(block(key, indent + 2) for key in keys))
            return
        at = self._after(*self._root.value[-1]) if self._root.value else self._root.start_mark.index + 1
        comma = ", " if self._root.value or self._edits else ""
        inside = ", ".join(f"{quoted(key)}: {self._in_flow(name, key)}" for key in keys)
        self._put(at, at, f"{comma}{name}: {{{inside}}}")

    def _fill(
        self, key: Node, value: Node, keys: list[str], block: _Block, in_flow: Callable[[str], str], flow: bool
    ) -> None:
        """The first members of a mapping that has none: ``key:`` or ``key: {}``."""
        start, end = key.end_mark.index, self._after(key, value)
        if not keys:
            return
        if flow:
            self._put(start, end, ": {" + ", ".join(f"{quoted(k)}: {in_flow(k)}" for k in keys) + "}")
            return
        self._put(start, end, ":")
        indent = int(key.start_mark.column) + 2
        self._put_line(self._line_end(end), "".join(block(k, indent) for k in keys))

    def _add(
        self,
        parent: Node,
        mapping: MappingNode,
        keys: list[str],
        block: _Block,
        rank: Callable[[str], Any],
        in_flow: Callable[[str], str],
    ) -> None:
        """New members of a mapping that has some, each behind the one that it follows in order."""
        if mapping.flow_style:
            at = self._after(*mapping.value[-1])
            self._put(at, at, "".join(f", {quoted(key)}: {in_flow(key)}" for key in keys))
            return
        indent = int(mapping.start_mark.column)
        for key in keys:
            before = [member for member in mapping.value if rank(str(member[0].value)) < rank(key)]
            last = before[-1] if before else None
            at = self._block_end(last[0], last[1], indent) if last else self._line_end(parent.end_mark.index)
            self._put_line(at, block(key, indent))

    def _in_flow(self, section: str, key: str) -> str:
        if section == "defaults":
            return self._wanted.default_value(key)
        inside = (f"{k}: {self._wanted.object_value(key, k)}" for k in self._wanted.objects[key])
        return "{" + ", ".join(inside) + "}"

    # -- one member -----------------------------------------------------------------------------------------------

    def _default(self, name: Node, value: Any, flow: bool) -> None:
        key = str(name.value)
        self._value(value, self._wanted.default_value(key))
        end = self._text.rfind("\n", 0, name.start_mark.index) + 1
        if flow or key not in self._wanted.keys:
            return
        start, lines = end, list[str]()
        while start:
            above = self._text.rfind("\n", 0, start - 1) + 1
            line = self._text[above : start - 1].strip()
            if not line.startswith("#"):
                break
            lines.insert(0, line[1:].removeprefix(" ").rstrip())
            start = above
        fresh = list(comments(CHOICES[key], self._wanted.target))
        if lines != fresh and lines and all(is_made(CHOICES[key], line) for line in lines):
            indent = " " * name.start_mark.column
            self._put(start, end, "".join(f"{indent}# {line}\n" for line in fresh))

    def _object(self, name: Node, node: Any, flow: bool) -> None:
        id = str(name.value)
        wanted = self._wanted.objects.get(id)
        if wanted is None:
            return
        block: _Block = lambda key, indent: self._wanted.object_line(id, key, indent)  # noqa: E731
        in_flow: Callable[[str], str] = lambda key: self._wanted.object_value(id, key)  # noqa: E731
        if not isinstance(node.value, list) or not node.value:
            self._fill(name, node, list(wanted), block, in_flow, flow)
            return
        for key, value in ((str(k.value), v) for k, v in node.value):
            if key in wanted:
                self._value(value, self._wanted.object_value(id, key))
                if not node.flow_style:
                    self._remark(value, self._wanted.beside(id, key))
        known = {str(k.value) for k, _ in node.value}
        new = [key for key in wanted if key not in known]
        self._add(name, node, new, block, lambda key: -1 if key in known else 0, in_flow)

    def _value(self, node: Node, value: str) -> None:
        if str(node.value) != value:
            self._put(node.start_mark.index, node.end_mark.index, value)

    def _remark(self, value: Node, fresh: str) -> None:
        """The remark beside a value, if it is still the one that was made."""
        start, end = int(value.end_mark.index), self._text.find("\n", value.end_mark.index)
        end = len(self._text) if end < 0 else end - (self._text[end - 1] == "\r")
        if self._text[start:end] != fresh and _BESIDE.fullmatch(self._text, start, end):
            self._put(start, end, fresh)

    # -- places ---------------------------------------------------------------------------------------------------

    def _put(self, start: int, end: int, text: str) -> None:
        self._edits.append((start, end, len(self._edits), text))

    def _put_line(self, at: int, text: str) -> None:
        """Whole lines at the start of a line, or at the end of the text."""
        if at == len(self._text) and not self._text.endswith("\n"):
            text = "\n" + text.removesuffix("\n")
        self._put(at, at, text)

    def _after(self, key: Node, value: Node) -> int:
        """The end of a value; of its key's colon where it is nothing, whose marks lie behind it."""
        if value.end_mark.index == value.start_mark.index:
            return self._text.index(":", key.end_mark.index) + 1
        return int(value.end_mark.index)

    def _line_end(self, index: int) -> int:
        """Behind the line feed of the line."""
        found = self._text.find("\n", index)
        return found + 1 if found >= 0 else len(self._text)

    def _block_end(self, key: Node, value: Any, indent: int) -> int:
        """Behind the last line of a member of a block mapping, with the remarks that stand deeper than its key."""
        while isinstance(value.value, list) and value.value and not value.flow_style:
            key, value = value.value[-1]
        index = self._after(key, value)
        at = index if self._text[index - 1] == "\n" else self._line_end(index)  # a literal block ends with its line
        while at < len(self._text):
            end = self._line_end(at)
            line = self._text[at:end]
            if not line.lstrip(" ").startswith("#") or len(line) - len(line.lstrip(" ")) <= indent:
                break
            at = end
        return at
