"""What a module of JavaScript exports: the two sides of a migration, and its settings."""

from __future__ import annotations

from collections.abc import Mapping

from dsql_migrate.source.migrations.hosts.languages import javascript
from dsql_migrate.source.migrations.hosts.languages.tree import (
    Assign,
    Body,
    Class,
    Function,
    Group,
    Name,
    Node,
    Pairs,
    Value,
)
from dsql_migrate.source.migrations.hosts.script import Script
from dsql_migrate.source.migrations.hosts.walk import Meaning, Walk, constants
from dsql_migrate.source.migrations.model import Direction, Migration, Section, Unread, Wrap


class Module:
    """``exports`` by name: functions and values; ``known``: what names of the module are worth."""

    def __init__(self, body: Body) -> None:
        self.known = constants(_flat(body))
        self.exports: dict[str, Node] = {}
        for node in _flat(body):
            self._take(node)

    def _take(self, node: Node) -> None:
        match node:
            case Function(name=name):
                self.exports.setdefault(name, node)
            case Assign(names=("module.exports" | "exports.default" | "export.default",), value=value):
                self._object(value)
            case Assign(names=(name,), value=value):
                short = name.rpartition(".")[2] if name.startswith(("exports.", "module.exports.")) else name
                self.exports[short] = self._function(value)
            case Class(body=body):
                for member in body:
                    self._take(member)
            case Pairs():
                self._object(node)

    def _object(self, value: Node) -> None:
        found = self._function(value)
        if isinstance(found, Pairs):
            for key, inner in found.named().items():
                self.exports[key] = self._function(inner)
        elif isinstance(found, Class):
            self._take(found)

    def _function(self, value: Node) -> Node:
        """What a name stands for, or the value itself."""
        if isinstance(value, Name):
            return self.known.get(value.name, value)
        return value

    def side(self, name: str) -> Function | None:
        """A function that is exported under a name."""
        found = self.exports.get(name)
        return found if isinstance(found, Function) else None

    def setting(self, path: str) -> Node | None:
        """A value: ``config.transaction``."""
        first, _, rest = path.partition(".")
        found = self.exports.get(first)
        if not rest:
            return found
        return found.named().get(rest) if isinstance(found, Pairs) else None


def _flat(body: Body) -> Body:
    """The statements, with those of bare blocks among them."""
    found: list[Node] = []
    for node in body:
        found += _flat(node.parts) if isinstance(node, Group) else [node]
    return tuple(found)


def module_of(content: bytes) -> Module:
    """A file, read. Raises javascript.Unreadable."""
    return Module(javascript.read(content))


def sides(module: Module, wrap: Wrap, meaning: object, first: str = "up") -> Migration:
    """Both sides followed. ``meaning(script, function)`` gives what calls mean on that side."""
    assert callable(meaning)
    sections: list[Section] = []
    unread: list[Unread] = []
    pairs: tuple[tuple[str, Direction], ...] = ((first, "up"), ("down", "down"))
    for name, direction in pairs:
        function = module.side(name)
        if function is None:
            continue
        script = Script(wrap)
        known: Mapping[str, Node] = {key: value for key, value in module.known.items() if key not in function.params}
        means: Meaning = meaning(script, function)
        walk = Walk(means, known)
        walk.run(function.body)
        sections += script.sections(direction)
        unread += walk.unread
    if module.side(first) is None and module.side("down") is None:
        unread.append(Unread(0, 0, "no up and no down side was found in this file"))
    return Migration(tuple(sections), tuple(dict.fromkeys(unread)))


def off(node: Node | None) -> bool:
    """Whether a setting says false."""
    return isinstance(node, Value) and node.value is False
