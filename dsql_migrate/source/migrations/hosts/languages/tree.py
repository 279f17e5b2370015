"""What a migration's program says, in one form for all host languages. Offsets are bytes of the file."""

from __future__ import annotations

from typing import TypeAlias

from dsql_migrate.record import Record, field
from dsql_migrate.source.migrations.hosts.sql import Part, Place


class Node(Record):
    """An expression or a statement, and where it stands. By itself: one whose meaning is not known."""

    start: int
    end: int

    @property
    def place(self) -> Place:
        """Where it stands."""
        return Place(self.start, self.end)


class Text(Node):
    """A string: runs of text, and expressions that are put in between them."""

    pieces: tuple[Part | Node, ...]
    symbol: bool = False  # Ruby's :name


class Value(Node):
    """A number, a boolean, nothing."""

    value: int | float | bool | None


class Name(Node):
    """A variable."""

    name: str


class Member(Node):
    """``on.name``; ``dotted()`` gives the whole path where it is one of names alone."""

    on: Node
    name: str


class Call(Node):
    """A call. ``name`` is that of the function or method, ``on`` what the method is called on."""

    on: Node | None
    name: str
    args: tuple[Node, ...]
    named: dict[str, Node] = field(default_factory=dict)
    block: Function | None = None
    made: bool = False  # JavaScript's new

    def arg(self, number: int, name: str = "") -> Node | None:
        """An argument by place or by name."""
        if number < len(self.args):
            return self.args[number]
        return self.named.get(name)


class Index(Node):
    """``on[key]``."""

    on: Node
    key: Node


class Items(Node):
    """A list, a tuple, an array."""

    items: tuple[Node, ...]


class Pairs(Node):
    """A dictionary, a hash, an object."""

    pairs: tuple[tuple[Node, Node], ...]

    def named(self) -> dict[str, Node]:
        """The values under keys that are plain strings."""
        return {plain(key): value for key, value in self.pairs if isinstance(key, Text)}


class Binary(Node):
    """Two expressions and an operator."""

    operator: str
    left: Node
    right: Node


class Not(Node):
    """The opposite of a decision."""

    on: Node


class Choice(Node):
    """One value or another, by a test."""

    test: Node
    then: Node
    other: Node


class Leave(Node):
    """A function is left, with a value or with none."""

    value: Node | None


class Function(Node):
    """A function, a lambda, a block."""

    name: str
    params: tuple[str, ...]
    body: tuple[Node, ...]


class Group(Node):
    """Expressions whose connection is not known; or statements that all may run."""

    parts: tuple[Node, ...]


class Assign(Node):
    """``names = value``."""

    names: tuple[str, ...]
    value: Node


class If(Node):
    """A decision."""

    test: Node
    then: tuple[Node, ...]
    other: tuple[Node, ...]


class Loop(Node):
    """A loop over items; ``names`` are the loop's variables."""

    names: tuple[str, ...]
    items: Node
    body: tuple[Node, ...]


class With(Node):
    """Python's with: (expression, name) and what runs inside."""

    heads: tuple[tuple[Node, str], ...]
    body: tuple[Node, ...]


class Class(Node):
    """A class: ``bases`` as written, ``body`` its functions and assignments."""

    name: str
    bases: tuple[Node, ...]
    body: tuple[Node, ...]


Body: TypeAlias = tuple[Node, ...]


def dotted(node: Node | None) -> str:
    """``a.b.c`` of names and members; empty for anything else. A call in it is written ``a()``."""
    match node:
        case Name(name=name):
            return name
        case Member(on=on, name=name):
            head = dotted(on)
            return f"{head}.{name}" if head else ""
        case Call(on=on, name=name):
            head = dotted(on)
            return f"{head}.{name}()" if head else f"{name}()"
    return ""


def plain(node: Node | None) -> str:
    """The text of a string that is wholly known; empty for anything else."""
    if not isinstance(node, Text) or not all(isinstance(piece, Part) for piece in node.pieces):
        return ""
    return "".join(piece.text for piece in node.pieces if isinstance(piece, Part))


def whole(node: Node | None) -> bool:
    """Whether it is a string that is wholly known."""
    return isinstance(node, Text) and all(isinstance(piece, Part) for piece in node.pieces)
