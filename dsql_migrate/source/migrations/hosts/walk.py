"""Follows the statements of a migration: loops over known lists are unrolled, functions of the file are entered.

What a call means is the tool's to say (``Tool.call``); a call that nobody understands is told as unread, at its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from dsql_migrate.source.migrations.hosts import values
from dsql_migrate.source.migrations.hosts.decision import decide
from dsql_migrate.source.migrations.hosts.languages.tree import (
    Assign,
    Binary,
    Body,
    Call,
    Choice,
    Class,
    Function,
    Group,
    If,
    Items,
    Leave,
    Loop,
    Member,
    Name,
    Node,
    Not,
    Pairs,
    Text,
    Value,
    With,
    dotted,
    plain,
)  # fmt: skip
from dsql_migrate.source.migrations.hosts.sql import Place, Sql, literal, made, quoted
from dsql_migrate.source.migrations.model import Unread

_STEPS = 50_000  # statements of one side that are followed
_DEPTH = 12  # functions inside functions
_EACH = frozenset({"each", "forEach", "map", "each_with_index", "each_pair"})


class Meaning(Protocol):
    """What a tool knows of calls."""

    def call(self, call: Call, walk: Walk) -> bool:
        """Take the call in; false where it is not one of the tool's."""

    def harmless(self, call: Call, walk: Walk) -> bool:
        """Whether a call that is not the tool's can be passed over: it sends nothing."""

    def inside(self, head: Node, name: str, entered: bool, walk: Walk) -> bool:
        """A with-block is entered or left; false where its head is not the tool's."""


class Walk:
    """One side of a migration being followed. ``known``: what the variables are worth; ``unread``: what was not."""

    def __init__(self, meaning: Meaning, known: Mapping[str, Node]) -> None:
        self.meaning = meaning
        self.known: dict[str, Node] = dict(known)
        self.unread: list[Unread] = []
        self._steps = 0
        self._depth = 0
        self._entered: list[Function] = []

    # --- values -----------------------------------------------------------------------------------------------------

    def resolve(self, node: Node) -> Node:
        """The node as far as it is known."""
        return values.resolve(node, self.known)

    def sql(self, node: Node | None) -> Sql | None:
        """A string as SQL; None for what is not a string, or not known to be one."""
        return values.sql(node, self.known)

    def name(self, node: Node | None) -> Sql:
        """A string as a quoted name; one that is not known stands in."""
        if node is None:
            return made(Place(0, 0), f'"{values.UNKNOWN}"')
        found = self.sql(node)
        if found is None:
            self.told(node, "this name is known only when the migration runs")
            return Sql(made(node.place, f'"{values.UNKNOWN}"').parts, 1)
        return quoted(found)

    def names(self, node: Node | None) -> list[Sql]:
        """A name, or a list of names."""
        if node is None:
            return []
        found = self.resolve(node)
        return [self.name(item) for item in found.items] if isinstance(found, Items) else [self.name(found)]

    def literal(self, node: Node) -> Sql | None:
        """A string or a number as an SQL literal."""
        found = self.resolve(node)
        if isinstance(found, Value):
            shown = "NULL" if found.value is None else str(found.value).lower()
            return made(found.place, shown)
        text = self.sql(found)
        return None if text is None else literal(text)

    def flag(self, node: Node | None, default: bool = False) -> bool:
        """A boolean; the default where it is not there or not known."""
        found = self.resolve(node) if node is not None else None
        return bool(found.value) if isinstance(found, Value) else default

    def number(self, node: Node | None) -> int | None:
        """A whole number."""
        found = self.resolve(node) if node is not None else None
        return found.value if isinstance(found, Value) and isinstance(found.value, int) else None

    def word(self, node: Node | None) -> str:
        """A string that is wholly known; empty otherwise."""
        return plain(self.resolve(node)) if node is not None else ""

    def told(self, at: Node, reason: str) -> None:
        """Say that a part could not be read; once for a place."""
        entry = Unread(at.start, at.end, reason)
        if entry not in self.unread:
            self.unread.append(entry)

    # --- statements -------------------------------------------------------------------------------------------------

    def run(self, body: Body) -> bool:
        """Follow the statements; whether the function is left for certain before its end."""
        for node in body:
            self._steps += 1
            if self._steps > _STEPS:
                if self._steps == _STEPS + 1:
                    self.told(node, "from here on there are more statements than are followed")
                return True
            if self._statement(node):
                return True
        return False

    def _statement(self, node: Node) -> bool:
        """Follow a statement; whether the function is left with it."""
        match node:
            case Leave(value=value):
                if value is not None:
                    self.do(value)
                return True
            case Assign(names=names, value=value):
                if _calls(value):
                    self.do(value, quiet=True)
                self._bind(names, value if isinstance(value, Call) and values.marks(value) else self.resolve(value))
            case Function(name=name):
                self.known[name] = node
            case Class():
                pass
            case If():
                return self._if(node)
            case Loop(names=names, items=items, body=body):
                self._loop(names, self.resolve(items), body)
            case With(heads=heads, body=body):
                return self._with(heads, body)
            case Group(parts=parts):
                for part in parts:
                    self._statement(part)
            case _:
                self.do(node)
        return False

    def _bind(self, names: tuple[str, ...], value: Node) -> None:
        if len(names) == 1:
            self.known[names[0]] = value
        elif isinstance(value, Items) and len(value.items) == len(names):
            self.known.update(zip(names, value.items, strict=True))
        else:
            for name in names:
                self.known.pop(name, None)

    def _if(self, node: If) -> bool:
        taken = decide(node.test, self.known)
        if taken is not None:
            return self.run(node.then if taken else node.other)
        if _calls(node.test):
            self.do(node.test, quiet=True)
        left = (self.run(node.then), self.run(node.other))
        for name in _assigned((*node.then, *node.other)):
            self.known.pop(name, None)  # which of the values it has now is not known
        return all(left)

    def _loop(self, names: tuple[str, ...], items: Node, body: Body) -> None:
        if isinstance(items, Items) and names:
            for item in items.items:
                self._bind(names, item)
                self.run(body)
            return
        for name in names:
            self.known.pop(name, None)
        self.run(body)

    def _with(self, heads: tuple[tuple[Node, str], ...], body: Body) -> bool:
        entered = []
        for head, name in heads:
            if self.meaning.inside(head, name, True, self):
                entered.append((head, name))
            elif name:
                self.known[name] = self.resolve(head)
        left = self.run(body)
        for head, name in reversed(entered):
            self.meaning.inside(head, name, False, self)
        return left

    def do(self, node: Node, quiet: bool = False) -> bool:
        """An expression whose value is not used. False: there was a call in it that is not understood."""
        match node:
            case Call():
                return self._call(node, quiet)
            case Group(parts=parts):
                return self._all(parts, quiet)
            case Items(items=items):
                return self._all(items, quiet)
            case Binary(left=left, right=right):
                return self._all((left, right), quiet)
            case Choice(test=test, then=then, other=other):
                taken = decide(test, self.known)
                return self._all((then, other) if taken is None else (then if taken else other,), quiet)
            case Not(on=on):
                return self.do(on, quiet)
            case Function(body=body):
                self.run(body)
            case Member(on=on):
                return self.do(on, quiet)
            case Pairs() | Text() | Value() | Name() | Node():
                pass
        return True

    def _all(self, nodes: Iterable[Node], quiet: bool) -> bool:
        """Every one is done, also behind one that is not understood."""
        understood = True
        for node in nodes:
            understood = self.do(node, quiet) and understood
        return understood

    def _call(self, node: Call, quiet: bool) -> bool:
        if self.meaning.call(node, self):
            return True
        function = self._function(node)
        if function is not None:
            return self._enter(function, node)
        if node.name in _EACH and node.on is not None and self._each(node):
            return True
        inner = [part for part in (node.on, *node.args, *node.named.values(), node.block) if part is not None]
        active = [part for part in inner if isinstance(part, Function) or _calls(part)]
        understood = bool(active) and self._all(active, True)
        if understood or self.meaning.harmless(node, self):
            return True
        if not quiet:
            shown = dotted(node)[:60]
            self.told(node, f"what {shown or 'this call'} does is not known")
        return False

    def _function(self, node: Call) -> Function | None:
        own = isinstance(node.on, Name) and node.on.name in ("self", "this")
        found = self.known.get(node.name) if node.on is None or own else None
        return found if isinstance(found, Function) else None

    def _enter(self, function: Function, call: Call) -> bool:
        if self._depth >= _DEPTH:
            self.told(call, f"{call.name} is called inside too many others")
            return True
        if any(function is other for other in self._entered):  # it calls itself: what it sends has been seen
            return True
        before, self._depth = dict(self.known), self._depth + 1
        self._entered.append(function)
        params = [name for name in function.params if name not in ("self", "this")]
        for number, name in enumerate(params):
            argument = call.arg(number, name)
            if argument is None:
                self.known.pop(name, None)
            else:
                self.known[name] = values.resolve(argument, before)
        self.run(function.body)
        self._entered.pop()
        self.known, self._depth = before, self._depth - 1
        return True

    def _each(self, node: Call) -> bool:
        function = node.block or next((arg for arg in node.args if isinstance(arg, Function)), None)
        if function is None or node.on is None:
            return False
        on = self.resolve(node.on)
        if isinstance(on, Pairs):
            on = Items(on.start, on.end, tuple(Items(k.start, v.end, (k, v)) for k, v in on.pairs))
        self._loop(function.params[:1] if node.name == "each_with_index" else function.params, on, function.body)
        return True


def _calls(node: Node) -> bool:
    match node:
        case Call() | Function():
            return True
        case Group(parts=parts):
            return any(_calls(part) for part in parts)
        case Items(items=parts):
            return any(_calls(part) for part in parts)
        case Binary(left=left, right=right):
            return _calls(left) or _calls(right)
        case Choice(then=left, other=right):
            return _calls(left) or _calls(right)
        case Not(on=on):
            return _calls(on)
        case Member(on=on):
            return _calls(on)
    return False


def _assigned(body: Body) -> set[str]:
    return {name for node in body if isinstance(node, Assign) for name in node.names}


def constants(module: Body, known: Mapping[str, Node] | None = None) -> dict[str, Node]:
    """What the names of a module are worth: its assignments and functions; ``Class.name`` for those of a class."""
    found: dict[str, Node] = dict(known or {})
    for node in module:
        match node:
            case Assign(names=(name,), value=value):
                marked = isinstance(value, Call) and values.marks(value)
                found[name] = value if marked else values.resolve(value, found)
            case Function(name=name):
                found[name] = node
            case Class(name=name, body=body):
                inner = constants(body, found)
                found.update(
                    {f"{name}.{key}": value for key, value in inner.items() if inner.get(key) is not found.get(key)}
                )
    return found
