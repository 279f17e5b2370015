"""What an expression is worth, as far as its source tells."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from dsql_migrate.source.migrations.hosts.languages.tree import (
    Binary,
    Call,
    Choice,
    Function,
    Group,
    Index,
    Items,
    Leave,
    Member,
    Name,
    Node,
    Pairs,
    Text,
    Value,
    dotted,
    plain,
    whole,
)  # fmt: skip
from dsql_migrate.source.migrations.hosts.sql import Part, Sql

UNKNOWN = "_unknown"  # stands in SQL for what is known only when the program runs
_PERCENT = re.compile(r"%(?:\((\w+)\))?([sdri%])")
_BRACES = re.compile(r"\{\{|\}\}|\{(\w*)(?:![rs])?\}")
_TRIMS = frozenset({"strip", "rstrip", "lstrip", "trim", "squish", "freeze", "html_safe", "strip_heredoc", "trimEnd",
                    "trimStart", "chomp", "to_s", "toString", "dup", "dedent", "cleandoc"})  # fmt: skip
_SAME = frozenset({"text", "DDL", "str", "raw", "literal", "sql", "dedent", "cleandoc", "outdent", "SqlString",
                   "literal_column", "arel_sql", "Composed"})  # fmt: skip
_MARKS = frozenset({"text", "literal_column", "literal", "raw", "func"})  # what they are given is SQL, not a value
_LONGEST = 2_000_000  # characters of a text that is put together


def resolve(node: Node, known: Mapping[str, Node]) -> Node:
    """The node with variables, concatenations and formats done as far as they are known."""
    match node:
        case Name(name=name):
            found = known.get(name, node)
            return _called(found, known) if isinstance(found, Call) and marks(found) else found
        case Text(pieces=pieces):
            if all(isinstance(piece, Part) for piece in pieces):
                return node
            return Text(node.start, node.end, tuple(q for piece in pieces for q in _piece(piece, known)), node.symbol)
        case Items(items=items):
            return Items(node.start, node.end, tuple(_inside(item, known) for item in items))
        case Pairs(pairs=pairs):
            return Pairs(node.start, node.end, tuple((resolve(k, known), _inside(v, known)) for k, v in pairs))
        case Binary(operator="+", left=left, right=right):
            return _sum(node, resolve(left, known), resolve(right, known))
        case Binary(operator="%", left=left, right=right):
            return _percent(node, resolve(left, known), resolve(right, known))
        case Member(on=on, name=name):
            path = dotted(node)
            if path in known:
                return known[path]
            if isinstance(on, Name) and on.name in ("self", "this", "cls") and name in known:
                return known[name]
            inner = resolve(on, known)
            if isinstance(inner, Pairs):
                return inner.named().get(name, node)
            return node
        case Choice(test=test, then=then, other=other):
            taken = _decided(test, known)
            if taken is not None:
                return resolve(then if taken else other, known)
            return Group(node.start, node.end, (then, other))
        case Index(on=on, key=key):
            return _indexed(node, resolve(on, known), resolve(key, known))
        case Call():
            return _called(node, known)
    return node


def _decided(test: Node, known: Mapping[str, Node]) -> bool | None:
    from dsql_migrate.source.migrations.hosts.decision import decide  # it asks back for values

    return decide(test, known)


def _inside(node: Node, known: Mapping[str, Node]) -> Node:
    return node if isinstance(node, Call) and marks(node) else resolve(node, known)


def marks(call: Call) -> bool:
    """Whether a call only marks a string as SQL: a variable remembers the mark."""
    return call.name in _MARKS and bool(call.args) and isinstance(call.args[0], Text)


def sql(node: Node | None, known: Mapping[str, Node]) -> Sql | None:
    """A string as SQL; what is not known stands in as a name. None: not a string."""
    if node is None:
        return None
    found = resolve(node, known)
    if not isinstance(found, Text):
        return None
    parts: list[Part] = []
    holes = 0
    for piece in found.pieces:
        if isinstance(piece, Part):
            parts.append(piece)
        else:
            holes += 1
            parts.append(Part(UNKNOWN, piece.start, piece.end, False))
    return Sql(tuple(parts), holes)


def _piece(piece: Part | Node, known: Mapping[str, Node]) -> Sequence[Part | Node]:
    """An expression inside a string: what it is worth, standing where the expression stands."""
    if isinstance(piece, Part):
        return (piece,)
    found = resolve(piece, known)
    if isinstance(found, Text):
        return tuple(
            Part(p.text, piece.start, piece.end, False) if isinstance(p, Part) else Node(piece.start, piece.end)
            for p in found.pieces
        )
    if isinstance(found, Value) and found.value is not None and not isinstance(found.value, bool):
        return (Part(str(found.value), piece.start, piece.end, False),)
    return (Node(piece.start, piece.end),)


def _sum(node: Node, left: Node, right: Node) -> Node:
    if isinstance(left, Items) and isinstance(right, Items):
        return Items(node.start, node.end, left.items + right.items)
    if isinstance(left, Value) and isinstance(right, Value) and left.value is not None and right.value is not None:
        return Value(node.start, node.end, left.value + right.value)
    if not isinstance(left, Text) and not isinstance(right, Text):
        return Node(node.start, node.end)
    pieces: list[Part | Node] = []
    for side in (left, right):
        pieces += side.pieces if isinstance(side, Text) else _piece(side, {})
    if sum(len(piece.text) for piece in pieces if isinstance(piece, Part)) > _LONGEST:
        return Node(node.start, node.end)
    return Text(node.start, node.end, tuple(pieces))


def _percent(node: Node, left: Node, right: Node) -> Node:
    if not isinstance(left, Text):
        return Node(node.start, node.end)
    named = right.named() if isinstance(right, Pairs) else {}
    queue = list(right.items) if isinstance(right, Items) else [right]

    def value(found: re.Match[str]) -> Node | str:
        if found.group(2) == "%":
            return "%"
        if found.group(1):
            return named.get(found.group(1), node)
        return queue.pop(0) if queue else node

    return _filled(node, left, _PERCENT, value)


def _filled(node: Node, text: Text, pattern: re.Pattern[str], value: object) -> Text:
    """The text with each placeholder replaced by what ``value`` gives for it."""
    assert callable(value)
    pieces: list[Part | Node] = []
    for piece in text.pieces:
        if not isinstance(piece, Part):
            pieces.append(piece)
            continue
        at = 0
        for found in pattern.finditer(piece.text):
            pieces += cut(piece, at, found.start())
            put = value(found)
            place = cut(piece, found.start(), found.end())[0]
            if isinstance(put, str):
                pieces.append(Part(put, place.start, place.end, False))
            else:
                moved = _piece(put, {}) if not isinstance(put, Text) else put.pieces
                pieces += [Part(p.text, place.start, place.end, False) if isinstance(p, Part)
                           else Node(place.start, place.end) for p in moved]  # fmt: skip
            at = found.end()
        pieces += cut(piece, at, len(piece.text))
    return Text(node.start, node.end, tuple(pieces))


def cut(part: Part, start: int, end: int) -> list[Part]:
    """A run of a part, by characters; nothing where it is empty."""
    if start >= end:
        return []
    if not part.as_is:
        return [Part(part.text[start:end], part.start, part.end, False)]
    first = part.start + len(part.text[:start].encode())
    return [Part(part.text[start:end], first, first + len(part.text[start:end].encode()), True)]


def _indexed(node: Index, on: Node, key: Node) -> Node:
    if isinstance(on, Items) and isinstance(key, Value) and isinstance(key.value, int):
        if -len(on.items) <= key.value < len(on.items):
            return on.items[key.value]
    elif isinstance(on, Pairs) and whole(key):
        return on.named().get(plain(key), node)
    return node


def _called(node: Call, known: Mapping[str, Node]) -> Node:
    """Calls that give a string back: formats, joins, trims, and functions that only mark a string as SQL."""
    on = resolve(node.on, known) if node.on is not None else None
    name = node.name
    if on is None and isinstance(function := known.get(name), Function):
        return _returned(node, function, known)
    if isinstance(on, Text):
        if name in _TRIMS:
            return on
        if name == "format":
            args = [resolve(arg, known) for arg in node.args]
            named = {key: resolve(value, known) for key, value in node.named.items()}
            return _filled(node, on, _BRACES, _format_value(node, args, named))
        if name == "join" and node.args:
            return _join(node, resolve(node.args[0], known), on)
    if isinstance(on, Items | Pairs) and name in _TRIMS:
        return on
    if isinstance(on, Items) and name in ("first", "last") and on.items:
        return on.items[0 if name == "first" else -1]
    if isinstance(on, Items) and name == "join":
        return _join(node, on, resolve(node.args[0], known) if node.args else Text(node.start, node.end, ()))
    if isinstance(on, Pairs) and name in ("items", "each"):
        return Items(node.start, node.end, tuple(Items(k.start, v.end, (k, v)) for k, v in on.pairs))
    if name in _SAME and node.args and not isinstance(on, Text):
        found = resolve(node.args[0], known)
        return found if isinstance(found, Text) else node
    if name == "bindparams" and node.on is not None:
        return resolve(node.on, known)
    return node


def _returned(node: Call, function: Function, known: Mapping[str, Node]) -> Node:
    """What a function of the file gives back, where it is one expression; a docstring may stand before it."""
    body = function.body[1:] if len(function.body) == 2 and isinstance(function.body[0], Text) else function.body
    value = body[0].value if len(body) == 1 and isinstance(body[0], Leave) else None
    if value is None:
        return node
    inner = {key: value for key, value in known.items() if key != node.name}  # one that calls itself ends here
    for number, name in enumerate(function.params):
        argument = node.arg(number, name)
        inner[name] = resolve(argument, known) if argument is not None else Node(node.start, node.end)
    found = resolve(value, inner)
    if isinstance(found, Call):  # its arguments speak of the function's own names
        args = tuple(_inside(arg, inner) for arg in found.args)
        named = {key: _inside(each, inner) for key, each in found.named.items()}
        return Call(found.start, found.end, found.on, found.name, args, named, found.block, found.made)
    return node if type(found) is Node else found


def _format_value(node: Node, args: list[Node], named: Mapping[str, Node]) -> object:
    queue = list(args)

    def value(found: re.Match[str]) -> Node | str:
        whole_match = found.group(0)
        if whole_match in ("{{", "}}"):
            return whole_match[0]
        key = found.group(1)
        if not key:
            return queue.pop(0) if queue else node
        if key.isdigit():
            return args[int(key)] if int(key) < len(args) else node
        return named.get(key, node)

    return value


def _join(node: Node, items: Node, separator: Node) -> Node:
    if not isinstance(items, Items) or not isinstance(separator, Text):
        return node
    pieces: list[Part | Node] = []
    for number, item in enumerate(items.items):
        if number:
            pieces += separator.pieces
        pieces += item.pieces if isinstance(item, Text) else [Node(item.start, item.end)]
    return Text(node.start, node.end, tuple(pieces))
