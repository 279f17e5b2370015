"""Python's source as the tree: by ``ast``, nothing of it is run."""

from __future__ import annotations

import ast
import re
import unicodedata
from functools import reduce

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
    Index,
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
)  # fmt: skip
from dsql_migrate.source.migrations.hosts.sql import Part

_TOKEN = re.compile(r"(?:\s|\\\r?\n|#[^\n]*)*([A-Za-z]{0,3})('''|\"\"\"|'|\")")
_ESCAPE = re.compile(
    r"\\(?:(\r\n|\n|\r)|([0-7]{1,3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|N\{([^}]*)\}|(.))", re.S
)
_PLAIN = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", "'": "'", '"': '"'}


class Unreadable(ValueError):
    """The file is not Python: ``line`` from 1."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.line = line


def read(content: bytes) -> Body:
    """The statements of a module. Raises Unreadable."""
    try:
        module = ast.parse(content)
    except SyntaxError as error:
        raise Unreadable(error.msg or "syntax error", error.lineno or 1) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise Unreadable(str(error) or type(error).__name__, 1) from None
    try:
        return _Reader(content).body(module.body)
    except RecursionError:
        raise Unreadable("nested too deeply", 1) from None


def line_of(content: bytes, line: int) -> tuple[int, int]:
    """(start, end) of a line, from 1."""
    starts = [0, *(found.end() for found in re.finditer(rb"\n", content))]
    start = starts[min(line, len(starts)) - 1]
    end = content.find(b"\n", start)
    return start, len(content) if end < 0 else end


class _Reader:
    def __init__(self, content: bytes) -> None:
        self.content = content
        self.lines = [0, *(found.end() for found in re.finditer(rb"\r\n|\n|\r", content))]
        self.shift = 3 if content.startswith(b"\xef\xbb\xbf") else 0  # a byte order mark

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        return self._at(node.lineno, node.col_offset), self._at(
            node.end_lineno or node.lineno, node.end_col_offset or 0
        )

    def _at(self, line: int, column: int) -> int:
        return self.lines[min(line, len(self.lines)) - 1] + column + (self.shift if line == 1 else 0)

    def body(self, nodes: list[ast.stmt]) -> Body:
        return tuple(made for node in nodes for made in self.statement(node))

    def statement(self, node: ast.stmt) -> list[Node]:
        at = self.span(node)
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                params = tuple(a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs))
                return [Function(*at, node.name, params, self.body(node.body))]
            case ast.ClassDef():
                return [Class(*at, node.name, tuple(self.value(base) for base in node.bases), self.body(node.body))]
            case ast.Assign():
                return [Assign(*at, self._names(target), self.value(node.value)) for target in node.targets]
            case ast.AnnAssign(value=ast.expr() as value):
                return [Assign(*at, self._names(node.target), self.value(value))]
            case ast.AugAssign():
                left = self.value(node.target)
                return [
                    Assign(*at, self._names(node.target), Binary(*at, _operator(node.op), left, self.value(node.value)))
                ]
            case ast.Expr():
                return [self.value(node.value)]
            case ast.Return(value=value):
                return [Leave(*at, self.value(value) if value is not None else None)]
            case ast.If():
                return [If(*at, self.value(node.test), self.body(node.body), self.body(node.orelse))]
            case ast.For() | ast.AsyncFor():
                return [Loop(*at, self._names(node.target), self.value(node.iter), self.body(node.body))]
            case ast.While():
                return [Loop(*at, (), Node(*at), self.body(node.body))]
            case ast.With() | ast.AsyncWith():
                heads = tuple(
                    (self.value(i.context_expr), (self._names(i.optional_vars) or ("",))[0] if i.optional_vars else "")
                    for i in node.items
                )
                return [With(*at, heads, self.body(node.body))]
            case ast.Try():
                handlers = [statement for handler in node.handlers for statement in handler.body]
                return [Group(*at, self.body([*node.body, *handlers, *node.orelse, *node.finalbody]))]
            case ast.Match():
                return [Group(*at, self.body([statement for case in node.cases for statement in case.body]))]
        return []

    def _names(self, target: ast.expr) -> tuple[str, ...]:
        match target:
            case ast.Name():
                return (target.id,)
            case ast.Tuple() | ast.List():
                return tuple(name for item in target.elts for name in (self._names(item) or ("",)))
            case ast.Attribute(value=ast.Name(id="self")):
                return (target.attr,)
        return ()

    def value(self, node: ast.expr) -> Node:
        at = self.span(node)
        match node:
            case ast.Constant(value=str() as text):
                return Text(*at, self.string(at, text))
            case ast.Constant(value=bool() | int() | float() | None as value):
                return Value(*at, value)
            case ast.JoinedStr():
                pieces = self.string(at, None)
                return Text(*at, pieces)
            case ast.Name():
                return Name(*at, node.id)
            case ast.Attribute():
                return Member(*at, self.value(node.value), node.attr)
            case ast.Call():
                return self._call(node, at)
            case ast.List() | ast.Tuple() | ast.Set():
                return Items(*at, tuple(self.value(item) for item in node.elts))
            case ast.Dict():
                pairs = zip(node.keys, node.values, strict=True)
                return Pairs(*at, tuple((self.value(k) if k else Node(*at), self.value(v)) for k, v in pairs))
            case ast.BinOp():
                return Binary(*at, _operator(node.op), self.value(node.left), self.value(node.right))
            case ast.Compare(ops=[op], comparators=[right]):
                return Binary(*at, _comparison(op), self.value(node.left), self.value(right))
            case ast.UnaryOp(op=ast.Invert()):
                return Call(*at, None, "~", (self.value(node.operand),))
            case ast.UnaryOp(op=ast.Not()):
                return Not(*at, self.value(node.operand))
            case ast.BoolOp(op=op):
                word = "and" if isinstance(op, ast.And) else "or"
                return reduce(lambda left, right: Binary(*at, word, left, right), map(self.value, node.values))
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
                return Value(*at, -number)
            case ast.Subscript():
                return Index(*at, self.value(node.value), self.value(node.slice))
            case ast.Await() | ast.Starred():
                return self.value(node.value)
            case ast.NamedExpr():
                return self.value(node.value)
            case ast.Lambda():
                return Function(*at, "", tuple(a.arg for a in node.args.args), (self.value(node.body),))
            case ast.IfExp():
                return Choice(*at, self.value(node.test), self.value(node.body), self.value(node.orelse))
            case ast.ListComp() | ast.GeneratorExp() | ast.SetComp():
                return Group(*at, (self.value(node.elt),))
        return Node(*at)

    def _call(self, node: ast.Call, at: tuple[int, int]) -> Node:
        args = tuple(self.value(arg) for arg in node.args)
        named = {word.arg or "**": self.value(word.value) for word in node.keywords}
        match node.func:
            case ast.Name():
                return Call(*at, None, node.func.id, args, named)
            case ast.Attribute():
                return Call(*at, self.value(node.func.value), node.func.attr, args, named)
        return Call(*at, self.value(node.func), "", args, named)

    def string(self, at: tuple[int, int], wanted: str | None) -> tuple[Part | Node, ...]:
        """The pieces of a literal: one or more strings side by side. ``wanted``: what Python makes of it."""
        text = self.content[at[0] : at[1]].decode("utf-8", "replace")
        pieces: list[Part | Node] = []
        position = 0
        while found := _TOKEN.match(text, position):
            prefix, mark = found.group(1).lower(), found.group(2)
            position = _string(text, found.end(), mark, prefix, at[0], pieces)
        if wanted is not None and "".join(piece.text for piece in pieces if isinstance(piece, Part)) != wanted:
            return (Part(wanted, at[0], at[1], False),)  # written in a way that is not mapped
        return tuple(pieces)


def _string(text: str, position: int, mark: str, prefix: str, base: int, pieces: list[Part | Node]) -> int:
    """Take in the body of one string that begins at a character; the character behind it."""
    raw, formatted = "r" in prefix, "f" in prefix
    offset = base + len(text[:position].encode())
    run = position

    def flush(to: int) -> None:
        nonlocal offset
        if to > run:
            size = len(text[run:to].encode())
            pieces.append(Part(text[run:to], offset, offset + size, True))
            offset += size

    def put(to: int, piece: Part | Node | str) -> None:
        nonlocal offset, run
        flush(position)
        size = len(text[position:to].encode())
        if isinstance(piece, str):
            piece = Part(piece, offset, offset + size, False)
        elif isinstance(piece, Node) and type(piece) is Node:
            piece = Node(offset, offset + size)
        if not isinstance(piece, Part) or piece.text:
            pieces.append(piece)
        offset += size
        run = to

    while position < len(text):
        if text.startswith(mark, position):
            flush(position)
            return position + len(mark)
        char = text[position]
        if char == "\\" and not raw and (found := _ESCAPE.match(text, position)):
            value = _unescaped(found)
            if value is not None:
                put(found.end(), value)
            position = found.end()
        elif char == "\\" and raw:
            position += 2
        elif formatted and char in "{}" and text.startswith(char * 2, position):
            put(position + 2, char)
            position += 2
        elif formatted and char == "{":
            end, inner = _field(text, position)
            put(end, _expression(inner, offset + len(text[run:position].encode()) + 1))
            position = end
        elif char == "\r":  # Python reads every line end as \n
            end = position + (2 if text.startswith("\n", position + 1) else 1)
            put(end, "\n")
            position = end
        else:
            position += 1
    flush(position)
    return position


def _unescaped(found: re.Match[str]) -> str | None:
    line, octal, hexadecimal, four, eight, name, char = found.groups()
    if line:
        return ""
    if octal:
        return chr(int(octal, 8))
    for digits in (hexadecimal, four, eight):
        if digits:
            return chr(min(int(digits, 16), 0x10FFFF))
    if name:
        try:
            return unicodedata.lookup(name)
        except KeyError:
            return None
    return _PLAIN.get(char)  # an unknown escape stays as it is


def _field(text: str, position: int) -> tuple[int, str]:
    """(behind the closing brace, the expression) of a replacement field of an f-string."""
    depth, at, quote = 0, position, ""
    stop = None
    while at < len(text):
        char = text[at]
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
            if not depth:
                return at + 1, text[position + 1 : stop or at]
        elif depth == 1 and stop is None and (char == ":" or (char == "!" and text[at + 1 : at + 2] != "=")):
            stop = at
        at += 1
    return len(text), ""


def _expression(source: str, offset: int) -> Node:
    """A replacement field's expression. Its parts stand where the field stands: their places are not told apart."""
    try:
        node = ast.parse(source.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Node(offset, offset)
    size = len(source.encode())
    match node:
        case ast.Name():
            return Name(offset, offset + size, node.id)
        case ast.Attribute():
            names, inner = [node.attr], node.value
            while isinstance(inner, ast.Attribute):
                names.append(inner.attr)
                inner = inner.value
            if isinstance(inner, ast.Name):
                made: Node = Name(offset, offset + size, inner.id)
                for name in reversed(names):
                    made = Member(offset, offset + size, made, name)
                return made
        case ast.Constant(value=str() as text):
            return Text(offset, offset + size, (Part(text, offset, offset + size, False),))
        case ast.Constant(value=bool() | int() | float() | None as value):
            return Value(offset, offset + size, value)
    return Node(offset, offset + size)


def _operator(node: ast.operator) -> str:
    return {ast.Add: "+", ast.Mod: "%", ast.Mult: "*", ast.BitAnd: "&", ast.BitOr: "|"}.get(type(node), "?")


def _comparison(node: ast.cmpop) -> str:
    return {ast.Eq: "==", ast.NotEq: "!=", ast.In: "in", ast.NotIn: "not in"}.get(type(node), "?")
