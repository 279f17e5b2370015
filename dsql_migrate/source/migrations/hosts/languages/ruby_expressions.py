"""Primary expressions of Ruby, and the calls behind them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dsql_migrate.source.migrations.hosts.languages.tree import (
    Call,
    Function,
    Group,
    Index,
    Items,
    Member,
    Name,
    Node,
    Pairs,
    Text,
    Value,
)  # fmt: skip
from dsql_migrate.source.migrations.hosts.sql import Part

if TYPE_CHECKING:
    from dsql_migrate.source.migrations.hosts.languages.ruby import Parser

_WORD = re.compile(r"[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*")
_METHOD = re.compile(r"[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*[!?]?")
_NUMBER = re.compile(r"0[xX][\da-fA-F_]+|\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?")
_HEREDOC = re.compile(r"<<([~-]?)(['\"`]?)([A-Z_]\w*)\2")
_KEY = re.compile(r"([A-Za-z_]\w*[?!]?):(?!:)|\"([^\"\\#\n]*)\":(?!:)|'([^'\\\n]*)':(?!:)")
_ARGUMENT = re.compile(
    r"[A-Za-z_\d'\"@\u0080-\uffff]|\[|:(?!:)|::[A-Z]|->|-\d|%[wWiIqQ]?[\[({<|!]|<<[~-]?['\"A-Z]|\*\*?\w|&\w|&:|!\w"
)
_NOT_ARGUMENTS = frozenset({"do", "if", "unless", "and", "or", "then", "rescue", "while", "until", "end", "in",
    "ensure",
                            "else", "elsif", "when"})  # fmt: skip
_CHAIN = re.compile(r"(?:[ \t\r]*(?:#[^\n]*)?\n)+[ \t]*(?=&?\.[A-Za-z_])")


def postfix(p: Parser, start: int) -> Node:
    """A primary expression with the members, calls and indexes behind it."""
    node = _primary(p, start)
    while True:
        before = p.at
        p.skip()
        if (found := _CHAIN.match(p.text, p.at)) and p.at not in p.jumps:
            p.at = found.end()
        elif p.at in p.jumps and (found := re.compile(r"[ \t]*(?=&?\.[A-Za-z_])").match(p.text, p.jumps[p.at])):
            p.at = found.end()  # a chain that goes on behind a heredoc
        if p.text.startswith("::", p.at) and (found := _WORD.match(p.text, p.at + 2)):
            p.at = found.end()
            node = Member(*p.span(start), node, found.group())
        elif p.text.startswith("&.", p.at) or (p.text.startswith(".", p.at) and not p.text.startswith("..", p.at)):
            p.at += 2 if p.text[p.at] == "&" else 1
            p.skip(True)
            found = _METHOD.match(p.text, p.at)
            name = found.group() if found else ""
            p.at = found.end() if found else p.at + 1
            node = _call(p, start, node, name)
        elif p.text.startswith("[", p.at) and p.at == before:
            p.at += 1
            p.skip(True)
            key = p.expression()
            p.take("]", True)
            node = Index(*p.span(start), node, key)
        else:
            p.at = before
            return node


def _call(p: Parser, start: int, on: Node | None, name: str) -> Node:
    """The arguments and the block of a call whose name has been taken."""
    args: tuple[Node, ...] = ()
    named: dict[str, Node] = {}
    parenthesised = p.text.startswith("(", p.at)
    if parenthesised:
        p.at += 1
        kept, p.plain = p.plain, 0
        args, named = _arguments(p, ")")
        p.plain = kept
    elif _has_argument(p):
        p.plain += 1
        args, named = _arguments(p, "")
        p.plain -= 1
    block = p.block() if parenthesised or not args or not p.text.startswith("{", p.at) else None
    if block is None and named.get("&") is not None and isinstance(named["&"], Function):
        block = named["&"]
    if on is None and not parenthesised and not args and not named and block is None and name[-1:] not in "!?":
        return Name(*p.span(start), name)
    return Call(*p.span(start), on, name, args, named, block)


def _has_argument(p: Parser) -> bool:
    """Whether an argument begins behind a blank: a call without parentheses."""
    if p.text[p.at : p.at + 1] not in (" ", "\t"):
        return False
    kept = p.at
    p.skip()
    found = _ARGUMENT.match(p.text, p.at)
    word = _WORD.match(p.text, p.at)
    is_key = _KEY.match(p.text, p.at) is not None
    p.at = kept
    return found is not None and (is_key or not (word and word.group() in _NOT_ARGUMENTS))


def _arguments(p: Parser, closed: str) -> tuple[tuple[Node, ...], dict[str, Node]]:
    """Arguments up to a bracket, or to the end of the line."""
    args: list[Node] = []
    named: dict[str, Node] = {}
    while p.at < p.size:
        if closed and p.take(closed, True):
            break
        p.skip(bool(closed))
        before = p.at
        key = _KEY.match(p.text, p.at)
        if key:
            p.at = key.end()
            p.skip(True)
            word = next(group for group in key.groups() if group is not None)
            named[word] = p.expression()
        else:
            star = p.text[p.at : p.at + 2] if p.text.startswith("**", p.at) else p.text[p.at : p.at + 1]
            if star in ("*", "**", "&"):
                p.at += len(star)
            value = p.expression()
            if p.take("=>"):
                p.skip(True)
                other = p.expression()
                text = (
                    "".join(piece.text for piece in value.pieces if isinstance(piece, Part))
                    if isinstance(value, Text)
                    else ""
                )
                named[text or "=>"] = other
            elif star in ("**", "&"):
                named[star] = value
            else:
                args.append(value)
        if not p.take(",", bool(closed)):
            if closed:
                p.skip(True)
                if p.take(closed):
                    break
                if p.at == before:
                    p.at += 1
                continue
            break
        p.skip(True)
    return tuple(args), named


def _primary(p: Parser, start: int) -> Node:
    p.skip()
    char = p.text[p.at : p.at + 1]
    if char in ("'", '"', "`") and char:
        return _strings(p, start)
    if char == ":" and (found := re.compile(r":(?:(\w+[!?=]?)|([\"']))").match(p.text, p.at)):
        p.at = found.end()
        if found.group(1):
            part = Part(found.group(1), p.byte(found.start(1)), p.byte(found.end(1)), True)
            return Text(*p.span(start), (part,), True)
        text = p.delimited(start, found.group(2), found.group(2) == '"')
        return Text(text.start, text.end, text.pieces, True)
    if char == "%" and (found := re.compile(r"%([wWiIqQrsx]?)([^\w\s])").match(p.text, p.at)):
        return _percent(p, start, found)
    if char == "<" and (found := _HEREDOC.match(p.text, p.at)):
        return p.heredoc(found)
    if char == "[":
        p.at += 1
        kept, p.plain = p.plain, 0
        items, _ = _arguments(p, "]")
        p.plain = kept
        return Items(*p.span(start), items)
    if char == "{":
        return _hash(p, start)
    if char == "(":
        p.at += 1
        kept, p.plain = p.plain, 0
        body = p.body(")")
        p.plain = kept
        p.take(")", True)
        return body[0] if len(body) == 1 else Group(*p.span(start), body)
    if p.text.startswith("->", p.at):
        p.at += 2
        p.skip()
        if p.text.startswith("(", p.at):
            p._names(")")
        kept, p.plain = p.plain, 0
        block = p.block()
        p.plain = kept
        return block or Node(*p.span(start))
    if found := _NUMBER.match(p.text, p.at):
        p.at = found.end()
        return Value(*p.span(start), _number(found.group()))
    if found := re.compile(r"@{1,2}[A-Za-z_]\w*|\$\w+").match(p.text, p.at):
        p.at = found.end()
        return Name(*p.span(start), found.group().lstrip("@"))
    found = _METHOD.match(p.text, p.at)
    if found:
        return _named(p, start, found)
    if char and char not in ")]},;\n":
        p.at += 1
    return Node(*p.span(start))


def _named(p: Parser, start: int, found: re.Match[str]) -> Node:
    name = found.group()
    if (
        name.endswith("?")
        and p.text[found.end() : found.end() + 1] == " "
        and p.text[found.end() - 2].isalnum() is False
    ):
        name = name[:-1]
    p.at = start + len(name) if p.text.startswith(name, start) else found.end()
    if name in ("true", "false", "nil"):
        return Value(*p.span(start), {"true": True, "false": False}.get(name))
    keyword = {"if": False, "unless": True}.get(name)
    if keyword is not None:
        return p.decision(start, keyword)
    match name:
        case "def":
            return p.definition(start)
        case "class" | "module":
            return p.klass(start)
        case "case":
            return p.choice(start)
        case "while" | "until" | "for":
            return p.repeat(start)
        case "begin":
            return Group(*p.span(start), p._guarded())
        case "return" | "yield" | "next" | "break":
            if not _has_argument(p):
                return Node(*p.span(start))
            return p.expression()
    if name[0].isupper() and not p.text.startswith("(", p.at) and not _has_argument(p):
        return Name(*p.span(start), name)
    return _call(p, start, None, name)


def _strings(p: Parser, start: int) -> Node:
    """A string, and those beside it."""
    pieces: list[Part | Node] = []
    while True:
        mark = p.text[p.at]
        p.at += 1
        pieces += p.delimited(start, mark, mark != "'").pieces
        kept = p.at
        p.skip()
        if p.text[p.at : p.at + 1] not in ("'", '"') or not p.text[p.at : p.at + 1]:
            p.at = kept
            return Text(*p.span(start), tuple(pieces))


def _percent(p: Parser, start: int, found: re.Match[str]) -> Node:
    kind, opening = found.groups()
    p.at = found.end()
    text = p.delimited(start, opening, kind not in ("q", "w", "i"))
    if kind not in ("w", "W", "i", "I"):
        return text if kind not in ("r", "x") else Node(*p.span(start))
    items: list[Node] = []
    for piece in text.pieces:
        if isinstance(piece, Part):
            for word in re.finditer(r"\S+", piece.text):
                first = piece.start + len(piece.text[: word.start()].encode()) if piece.as_is else piece.start
                last = first + len(word.group().encode()) if piece.as_is else piece.end
                items.append(Text(first, last, (Part(word.group(), first, last, piece.as_is),), kind in "iI"))
    return Items(*p.span(start), tuple(items))


def _hash(p: Parser, start: int) -> Node:
    p.at += 1
    pairs: list[tuple[Node, Node]] = []
    kept, p.plain = p.plain, 0
    while p.at < p.size and not p.take("}", True):
        before = p.at
        key = _KEY.match(p.text, p.at)
        if key:
            group = next(number for number in (1, 2, 3) if key.group(number) is not None)
            first, last = p.byte(key.start(group)), p.byte(key.end(group))
            p.at = key.end()
            p.skip(True)
            pairs.append((Text(first, last, (Part(key.group(group), first, last, True),), True), p.expression()))
        else:
            left = p.expression()
            if p.take("=>", True):
                p.skip(True)
                pairs.append((left, p.expression()))
        p.take(",", True)
        if p.at == before:
            p.at += 1
    p.plain = kept
    return Pairs(*p.span(start), tuple(pairs))


def _number(text: str) -> int | float | None:
    plain = text.replace("_", "")
    try:
        return int(plain, 16) if plain[:2].lower() == "0x" else int(plain)
    except ValueError:
        return float(plain)
