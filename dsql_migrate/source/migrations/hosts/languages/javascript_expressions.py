"""Expressions of JavaScript and TypeScript."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dsql_migrate.source.migrations.hosts.languages.javascript_text import blanks, closing, quoted_end, string
from dsql_migrate.source.migrations.hosts.languages.tree import (
    Assign,
    Binary,
    Call,
    Choice,
    Function,
    Group,
    Index,
    Items,
    Member,
    Name,
    Node,
    Not,
    Pairs,
    Text,
    Value,
    dotted,
)
from dsql_migrate.source.migrations.hosts.sql import Part

if TYPE_CHECKING:
    from dsql_migrate.source.migrations.hosts.languages.javascript import _Parser as Parser

_WORD = re.compile(r"[A-Za-z_$\u0080-\uffff][\w$\u0080-\uffff]*")
_NUMBER = re.compile(
    r"0[xX][\da-fA-F_]+n?|0[oO][0-7_]+|0[bB][01_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?n?"
)
_GENERIC = re.compile(r"<[\w\s.,\[\]|&<>'\"{}:;?]{0,300}?>(?=\s*\()")
_REGEX = re.compile(r"/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*")
_OPERATOR = re.compile(
    r"===|!==|==|!=|\?\?=?|&&=?|\|\|=?|<=|>=|\*\*|<<|>>>?|[-+*/%&|^]=?|<|>|(?:in|instanceof|as|satisfies)\b"
)
_PREFIXES = ("await", "new", "typeof", "void", "delete", "yield")
_ARROW = re.compile(r"\s*(?::[^=;{]{0,200}?)?=>")


def expression(p: Parser) -> Node:
    """One expression, up to a comma, a bracket that closes, or a semicolon."""
    p.skip()
    start = p.at
    operands, operators = [_unary(p)], [""]
    while True:
        p.skip()
        if p.looking("=") and not p.looking("==") and not p.looking("=>"):
            p.at += 1
            value = expression(p)
            path = dotted(operands[-1])
            return Assign(*p.span(start), (path or "",), value)
        if p.looking("?") and not p.looking("?.") and not p.looking("??"):
            p.at += 1
            then = expression(p)
            p.take(":")
            return Choice(*p.span(start), _joined(operands, operators), then, expression(p))
        found = _OPERATOR.match(p.text, p.at)
        if found is None:
            return _joined(operands, operators)
        operator = found.group()
        p.at = found.end()
        if operator in ("as", "satisfies"):
            p._type()
            continue
        right = _unary(p)
        if operator == "+=":
            return Assign(*p.span(start), (dotted(operands[-1]),), Binary(*p.span(start), "+", operands[-1], right))
        operands.append(right)
        operators.append(operator)


def _joined(operands: list[Node], operators: list[str]) -> Node:
    """Operands and the operators before each as one node: ``||`` binds least, then ``&&``, then comparisons."""
    for several, word in ((("||", "??"), "or"), (("&&",), "and"), (("===", "!==", "==", "!="), "")):
        for at in range(len(operands) - 1, 0, -1):
            if operators[at] in several:
                left = _joined(operands[:at], operators[:at])
                right = _joined(operands[at:], ["", *operators[at + 1 :]])
                return Binary(left.start, right.end, word or operators[at], left, right)
    left = operands[0]
    for operator, right in zip(operators[1:], operands[1:], strict=True):
        if operator == "+":
            left = Binary(left.start, right.end, operator, left, right)
        else:
            left = Group(left.start, right.end, (left, right))
    return left


def _unary(p: Parser) -> Node:
    p.skip()
    start = p.at
    while True:
        word = p.word()
        if word in _PREFIXES and word != "new" and not re.match(r"\w+\s*[:=.,)]", p.text[p.at : p.at + 20]):
            p.at += len(word)
        elif p.text[p.at : p.at + 1] == "!":
            p.at += 1
            inner = _unary(p)
            return Not(*p.span(start), inner)
        elif p.text[p.at : p.at + 1] == "~" or p.text[p.at : p.at + 3] == "...":
            p.at += 3 if p.text.startswith("...", p.at) else 1
        elif p.text[p.at : p.at + 1] in ("-", "+"):
            negative = p.text[p.at] == "-"
            p.at += 2 if p.text[p.at : p.at + 2] in ("--", "++") else 1
            inner = _unary(p)
            if negative and isinstance(inner, Value) and isinstance(inner.value, int | float):
                return Value(*p.span(start), -inner.value)
            return inner
        else:
            break
        p.skip()
    return _postfix(p)


def _postfix(p: Parser) -> Node:
    p.skip()
    start = p.at
    made = p.take_word("new") if p.word() == "new" else False
    node = _primary(p)
    while True:
        before = p.at
        p.skip()
        char = p.text[p.at : p.at + 1]
        if p.text.startswith("?.", p.at):
            p.at += 2
            if p.text[p.at : p.at + 1] in ("(", "["):
                continue
            node = _member(p, node, start)
        elif char == "." and not p.text.startswith("...", p.at):
            p.at += 1
            node = _member(p, node, start)
        elif char == "(":
            node = _call(p, node, start, made)
            made = False
        elif char == "[":
            p.at += 1
            key = expression(p)
            p.take("]")
            node = Index(*p.span(start), node, key)
        elif char == "`":
            text = _template(p)
            node = _called(p, node, start, (text,), False)
        elif char == "<" and isinstance(node, Name | Member) and (found := _GENERIC.match(p.text, p.at)):
            p.at = found.end()
        elif char == "!" and not p.text.startswith("!=", p.at):
            p.at += 1
        elif p.text.startswith(("++", "--"), p.at):
            p.at += 2
        else:
            p.at = before
            return node


def _member(p: Parser, node: Node, start: int) -> Node:
    p.skip()
    p.take("#")
    word = p.word()
    p.at += len(word) or 1
    return Member(*p.span(start), node, word)


def _call(p: Parser, node: Node, start: int, made: bool) -> Node:
    p.take("(")
    args: list[Node] = []
    while not p.take(")") and p.at < p.size:
        before = p.at
        args.append(expression(p))
        p.take(",")
        if p.at == before:
            p.at += 1
    return _called(p, node, start, tuple(args), made)


def _called(p: Parser, node: Node, start: int, args: tuple[Node, ...], made: bool) -> Node:
    span = p.span(start)
    if isinstance(node, Name):
        return Call(*span, None, node.name, args, {}, None, made)
    if isinstance(node, Member):
        return Call(*span, node.on, node.name, args, {}, None, made)
    return Call(*span, node, "", args, {}, None, made)


def _primary(p: Parser) -> Node:
    p.skip()
    start = p.at
    char = p.text[start : start + 1]
    if char in ("'", '"'):
        p.at = quoted_end(p.text, start)
        return Text(*p.span(start), tuple(string(p.text, start + 1, p.at - 1, p.byte(start + 1))))
    if char == "`":
        return _template(p)
    if char == "[":
        return _array(p)
    if char == "{":
        return _object(p)
    if char == "(":
        return _parentheses(p)
    if char == "/" and (found := _REGEX.match(p.text, start)):
        p.at = found.end()
        return Node(*p.span(start))
    if (found := _NUMBER.match(p.text, start)) and found.group() not in ("", "."):
        p.at = found.end()
        return Value(*p.span(start), _number(found.group()))
    word = p.word()
    if word:
        return _named(p, start, word)
    if char and char not in ")]};,":
        p.at += 1
    return Node(*p.span(start))


def _named(p: Parser, start: int, word: str) -> Node:
    p.at += len(word)
    if word in ("true", "false"):
        return Value(*p.span(start), word == "true")
    if word in ("null", "undefined"):
        return Value(*p.span(start), None)
    if word == "function" or (word == "async" and p.word() == "function"):
        p.take_word("function")
        return p.function(start)[0]
    if word == "class":
        return p._class(start)
    if word == "async":
        p.skip()
        if p.looking("(") and _ARROW.match(p.text, closing(p.text, p.at)):
            return _arrow(p, start)
        inner = p.word()
        if inner:
            p.at += len(inner)
            if p.looking("=>"):
                return _arrow_body(p, start, (inner,))
            p.at -= len(inner)
    if p.looking("=>"):
        return _arrow_body(p, start, (word,))
    return Name(p.byte(start), p.byte(start + len(word)), word)


def _parentheses(p: Parser) -> Node:
    start = p.at
    if _ARROW.match(p.text, closing(p.text, start)):
        return _arrow(p, start)
    p.take("(")
    parts = [expression(p)]
    while p.take(","):
        parts.append(expression(p))
    p.take(")")
    if all(isinstance(part, Value) for part in parts[:-1]):  # compilers write (0, module.function)(…)
        return parts[-1]
    return Group(*p.span(start), tuple(parts))


def _arrow(p: Parser, start: int) -> Node:
    params = p._params()
    if p.take(":"):
        found = re.compile(r"[^=]*(?==>)").match(p.text, p.at)
        p.at = found.end() if found else p.at
    return _arrow_body(p, start, params)


def _arrow_body(p: Parser, start: int, params: tuple[str, ...]) -> Function:
    p.take("=>")
    body = p.block() if p.looking("{") else (expression(p),)
    return Function(*p.span(start), "", params, body)


def _template(p: Parser) -> Text:
    start = p.at
    pieces: list[Part | Node] = []
    p.at += 1
    run = p.at

    def flush() -> None:
        pieces.extend(string(p.text, run, p.at, p.byte(run)))

    while p.at < p.size:
        char = p.text[p.at]
        if char == "\\":
            p.at += 2
        elif char == "`":
            break
        elif char == "$" and p.text.startswith("${", p.at):
            flush()
            here, end = p.at, closing(p.text, p.at + 1)
            p.at += 2
            inner = expression(p)
            p.at = end
            run = end
            pieces.append(_placed(inner, p.byte(here), p.byte(end)))
        else:
            p.at += 1
    p.at = min(p.at, p.size)
    flush()
    p.at = min(p.at + 1, p.size)
    return Text(*p.span(start), tuple(pieces))


def _placed(node: Node, start: int, end: int) -> Node:
    """The expression of a placeholder, placed at the whole placeholder."""
    match node:
        case Name(name=name):
            return Name(start, end, name)
        case Member(on=on, name=name):
            return Member(start, end, on, name)
        case Value(value=value):
            return Value(start, end, value)
        case Text(pieces=pieces):
            return Text(start, end, pieces)
        case Call():
            return Call(start, end, node.on, node.name, node.args, node.named, node.block)
    return Node(start, end)


def _array(p: Parser) -> Node:
    start = p.at
    p.take("[")
    items: list[Node] = []
    while not p.take("]") and p.at < p.size:
        before = p.at
        if not p.take(","):
            items.append(expression(p))
            p.take(",")
        if p.at == before:
            p.at += 1
    return Items(*p.span(start), tuple(items))


def _object(p: Parser) -> Node:
    start = p.at
    p.take("{")
    pairs: list[tuple[Node, Node]] = []
    while not p.take("}") and p.at < p.size:
        before = p.at
        pairs.append(_pair(p))
        p.take(",")
        if p.at == before:
            p.at += 1
    return Pairs(*p.span(start), tuple(pairs))


def _pair(p: Parser) -> tuple[Node, Node]:
    p.skip()
    start = p.at
    if p.take("..."):
        spread = expression(p)
        return Node(*p.span(start)), spread
    while p.word() in ("async", "get", "set") and re.match(r"\w+\s+[\w$\[*'\"]", p.text[p.at : p.at + 60]):
        p.at += len(p.word())
    p.take("*")
    p.skip()
    key: Node
    at = p.at
    if p.text[at : at + 1] in ("'", '"'):
        key = _primary(p)
    elif p.take("["):
        key = expression(p)
        p.take("]")
    else:
        found = _WORD.match(p.text, at) or _NUMBER.match(p.text, at)
        word = found.group() if found else ""
        p.at += len(word) or 1
        key = Text(*p.span(at), (Part(word, p.byte(at), p.byte(p.at), True),))
        rest = blanks(p.text, p.at)
        if p.text[rest : rest + 1] in (",", "}"):
            return key, Name(*p.span(at), word)
    if p.looking("(") or p.looking("<"):
        name = key.pieces[0].text if isinstance(key, Text) and key.pieces and isinstance(key.pieces[0], Part) else ""
        return key, p._function(start, name)
    p.take(":")
    return key, expression(p)


def _number(text: str) -> int | float | None:
    plain = text.replace("_", "").rstrip("n") or "0"
    try:
        return int(plain, 0) if plain[:2].lower() in ("0x", "0o", "0b") else int(plain)
    except ValueError:
        try:
            return float(plain)
        except ValueError:
            return None
