"""JavaScript and TypeScript as the tree. What is not understood is passed over whole."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable

from dsql_migrate.source.migrations.hosts.languages.javascript_text import blanks, closing, type_end
from dsql_migrate.source.migrations.hosts.languages.tree import (
    Assign,
    Body,
    Class,
    Function,
    Group,
    If,
    Leave,
    Loop,
    Node,
)

_WORD = re.compile(r"[A-Za-z_$\u0080-\uffff][\w$\u0080-\uffff]*")
_GENERIC = re.compile(r"<[\w\s.,\[\]|&<>'\"{}:;?]{0,300}?>(?=\s*\()")
_MODIFIERS = frozenset({"public", "private", "protected", "static", "readonly", "async", "override", "declare",
                        "abstract", "get", "set", "export", "default", "accessor"})  # fmt: skip
_SKIPPED = frozenset({"import", "interface", "type", "enum", "namespace", "declare"})


class Unreadable(ValueError):
    """The file is nested too deeply to be read."""


def read(content: bytes) -> Body:
    """The statements of a file. Raises Unreadable."""
    text = content.decode("utf-8", "surrogateescape")
    try:
        return _Parser(text).program()
    except RecursionError:
        raise Unreadable("nested too deeply") from None


class _Parser:
    def __init__(self, text: str) -> None:
        self.text, self.at, self.size = text, 0, len(text)
        wide = [] if text.isascii() else [i for i, char in enumerate(text) if char > "\x7f"]
        self._wide = wide
        extra, sums = 0, []
        for i in wide:
            extra += len(text[i].encode("utf-8", "surrogateescape")) - 1
            sums.append(extra)
        self._sums = sums

    def byte(self, at: int) -> int:
        """The byte offset of a character."""
        if not self._wide:
            return at
        before = bisect_right(self._wide, at - 1)
        return at + (self._sums[before - 1] if before else 0)

    def span(self, start: int) -> tuple[int, int]:
        return self.byte(start), self.byte(self.at)

    def skip(self) -> None:
        self.at = blanks(self.text, self.at)

    def looking(self, what: str) -> bool:
        self.skip()
        return self.text.startswith(what, self.at)

    def take(self, what: str) -> bool:
        if self.looking(what):
            self.at += len(what)
            return True
        return False

    def word(self) -> str:
        """The word that comes next, not taken."""
        self.skip()
        found = _WORD.match(self.text, self.at)
        return found.group() if found else ""

    def take_word(self, word: str) -> bool:
        if self.word() == word:
            self.at += len(word)
            return True
        return False

    # --- statements -------------------------------------------------------------------------------------------------

    def program(self) -> Body:
        found: list[Node] = []
        while True:
            self.skip()
            if self.at >= self.size:
                return tuple(found)
            before = self.at
            found += self.statement()
            if self.at == before:
                self.at += 1

    def block(self) -> Body:
        """Statements between braces; one statement where there are none."""
        if not self.take("{"):
            return tuple(self.statement())
        found: list[Node] = []
        while not self.looking("}") and self.at < self.size:
            before = self.at
            found += self.statement()
            if self.at == before:
                self.at += 1
        self.take("}")
        return tuple(found)

    def statement(self) -> list[Node]:
        self.skip()
        start = self.at
        if self.take(";"):
            return []
        if self.looking("{"):
            body = self.block()
            return [Group(*self.span(start), body)]
        if self.looking("@"):  # a decorator
            self.at += 1
            self.expression()
            return []
        word = self.word()
        reader = _STATEMENTS.get(word)
        if reader is not None and not self._is_label(word):
            self.at += len(word)
            return reader(self, start)
        if word in _SKIPPED and re.match(r"\s+[\w${*'\"]", self.text[self.at + len(word) : self.at + len(word) + 40]):
            self._skip_declaration()
            return []
        node = self.expression()
        self.take(";")
        return [node]

    def _is_label(self, word: str) -> bool:
        rest = blanks(self.text, self.at + len(word))
        return self.text[rest : rest + 1] in (":", "=", ".", ",") and word not in ("return",)

    def _skip_declaration(self) -> None:
        """import, interface, type: to its end."""
        while self.at < self.size:
            self.at = blanks(self.text, self.at, lines=False)
            char = self.text[self.at : self.at + 1]
            if char in "'\"`":
                self.at = closing(self.text, self.at)
            elif char in "({[":
                self.at = closing(self.text, self.at)
                if char == "{" and not re.match(r"\s*(?:from|=|\||&|;|,|\[)", self.text[self.at : self.at + 20]):
                    return
            elif char in (";", "\n", ""):
                self.at += 1
                return
            else:
                self.at += 1

    def declaration(self, start: int) -> list[Node]:
        """const, let, var."""
        found: list[Node] = []
        while True:
            names = self._pattern()
            if self.take(":"):
                self._type()
            if self.looking("=") and not self.looking("=="):
                self.at += 1
                value = self.expression()
                found.append(Assign(*self.span(start), names, value))
            if not self.take(","):
                break
        self.take(";")
        return found

    def _pattern(self) -> tuple[str, ...]:
        """The names that a declaration binds; one name, or those of a pattern."""
        self.skip()
        if self.text[self.at : self.at + 1] in ("{", "["):
            end = closing(self.text, self.at)
            inner = self.text[self.at + 1 : end - 1]
            self.at = end
            return tuple(re.findall(r"(?:^|,)\s*(?:[\w$]+\s*:\s*)?([\w$]+)", inner)) or ("",)
        word = self.word()
        self.at += len(word) or 1
        self.take("!")
        return (word,)

    def function(self, start: int) -> list[Node]:
        self.take("*")
        name = self.word()
        self.at += len(name)
        return [self._function(start, name)]

    def _function(self, start: int, name: str) -> Function:
        """Parameters, a return type, a body in braces."""
        params = self._params()
        if self.take(":"):
            self._type(body=True)
        body = self.block() if self.looking("{") else ()
        return Function(*self.span(start), name, params, body)

    def _params(self) -> tuple[str, ...]:
        self.skip()
        found = _GENERIC.match(self.text, self.at)
        if found:
            self.at = found.end()
        if not self.take("("):
            return ()
        names: list[str] = []
        while not self.take(")") and self.at < self.size:
            before = self.at
            self.take("...")
            if self.looking("@"):
                self.at += 1
                self.expression()
            while self.word() in _MODIFIERS and re.match(r"\w+\s+[\w$]", self.text[self.at : self.at + 40]):
                self.at += len(self.word())
            pattern = self._pattern()
            names.append(pattern[0] if len(pattern) == 1 else "")
            self.take("?")
            if self.take(":"):
                self._type()
            if self.looking("=") and not self.looking("=>"):
                self.at += 1
                self.expression()
            self.take(",")
            if self.at == before:
                self.at += 1
        return tuple(names)

    def _type(self, body: bool = False) -> None:
        """Pass over a type of TypeScript; ``body``: a brace at its end begins the function's body."""
        self.at = type_end(self.text, self.at, body)

    def klass(self, start: int) -> list[Node]:
        return [self._class(start)]

    def _class(self, start: int) -> Class:
        name = self.word() if self.word() not in ("extends", "implements") else ""
        self.at += len(name)
        while self.at < self.size and not self.looking("{"):
            self.at += 1
        self.take("{")
        body: list[Node] = []
        while not self.take("}") and self.at < self.size:
            before = self.at
            body += self._member()
            if self.at == before:
                self.at += 1
        return Class(*self.span(start), name, (), tuple(body))

    def _member(self) -> list[Node]:
        """A method or a field of a class."""
        self.skip()
        start = self.at
        if self.take(";"):
            return []
        if self.take("@"):
            self.expression()
            return []
        while self.word() in _MODIFIERS and re.match(r"\w+\s+[\w$\[#*'\"]", self.text[self.at : self.at + 60]):
            self.at += len(self.word())
        self.take("*")
        self.take("#")
        name = self.word()
        self.at += len(name)
        self.take("?")
        self.take("!")
        if self.looking("(") or self.looking("<"):
            return [self._function(start, name)]
        if self.take(":"):
            self._type()
        if self.take("="):
            value = self.expression()
            self.take(";")
            return [Assign(*self.span(start), (name,), value)]
        self.take(";")
        return []

    def decision(self, start: int) -> list[Node]:
        test = self._parenthesised()
        then = self.block()
        other: Body = ()
        if self.take_word("else"):
            other = self.block()
        return [If(*self.span(start), test, then, other)]

    def _parenthesised(self) -> Node:
        self.take("(")
        node = self.expression()
        self.take(")")
        return node

    def loop(self, start: int) -> list[Node]:
        self.take_word("await")
        self.take("(")
        for word in ("const", "let", "var"):
            self.take_word(word)
        names = self._pattern()
        items: Node = Node(self.byte(start), self.byte(self.at))
        if self.take_word("of") or self.take_word("in"):
            items = self.expression()
            self.take(")")
        else:
            depth = 1
            while self.at < self.size and depth:
                self.skip()
                char = self.text[self.at : self.at + 1]
                if char in "'\"`":
                    self.at = closing(self.text, self.at)
                    continue
                depth += {"(": 1, ")": -1}.get(char, 0)
                self.at += 1
        return [Loop(*self.span(start), names, items, self.block())]

    def repeat(self, start: int) -> list[Node]:
        test = self._parenthesised()
        return [test, Loop(*self.span(start), (), Node(0, 0), self.block())]

    def attempt(self, start: int) -> list[Node]:
        parts = list(self.block())
        if self.take_word("catch"):
            if self.looking("("):
                self.at = closing(self.text, self.at)
            parts += self.block()
        if self.take_word("finally"):
            parts += self.block()
        return [Group(*self.span(start), tuple(parts))]

    def choice(self, start: int) -> list[Node]:
        """switch: every case."""
        parts: list[Node] = [self._parenthesised()]
        self.take("{")
        while not self.take("}") and self.at < self.size:
            before = self.at
            if self.take_word("case"):
                self.expression()
                self.take(":")
            elif self.take_word("default"):
                self.take(":")
            else:
                parts += self.statement()
            if self.at == before:
                self.at += 1
        return [Group(*self.span(start), tuple(parts))]

    def result(self, start: int) -> list[Node]:
        """return, throw: the value is an expression like any other."""
        self.skip()
        ended = self.text[self.at : self.at + 1] in (";", "}", "")
        node = None if ended else self.expression()
        self.take(";")
        return [Leave(*self.span(start), node)]

    def exported(self, start: int) -> list[Node]:
        self.take_word("default")
        self.skip()
        if self.looking("{"):
            mark = self.at
            end = closing(self.text, mark)
            if re.match(r"\s*(?:from\b|;|$)", self.text[end : end + 40]) and ":" not in self.text[mark:end]:
                self.at = end
                self._skip_declaration()
                return []
            return [Assign(*self.span(start), ("module.exports",), self.expression())]
        if self.looking("*"):
            self._skip_declaration()
            return []
        return self.statement()

    # --- expressions: in the other half -----------------------------------------------------------------------------

    def expression(self) -> Node:
        from dsql_migrate.source.migrations.hosts.languages.javascript_expressions import expression

        return expression(self)


_STATEMENTS: dict[str, Callable[[_Parser, int], list[Node]]] = {
    "const": _Parser.declaration,
    "let": _Parser.declaration,
    "var": _Parser.declaration,
    "function": _Parser.function,
    "class": _Parser.klass,
    "if": _Parser.decision,
    "for": _Parser.loop,
    "while": _Parser.repeat,
    "try": _Parser.attempt,
    "switch": _Parser.choice,
    "return": _Parser.result,
    "throw": _Parser.result,
    "export": _Parser.exported,
}
