"""Ruby as the tree: what migrations are written in. What is not understood is passed over."""

from __future__ import annotations

import re
from bisect import bisect_right

from dsql_migrate.source.migrations.hosts.languages.ruby_text import pieces_of
from dsql_migrate.source.migrations.hosts.languages.tree import (
    Assign,
    Binary,
    Body,
    Call,
    Class,
    Function,
    Group,
    If,
    Index,
    Loop,
    Member,
    Name,
    Node,
    Text,
    Value,
)  # fmt: skip

_WORD = re.compile(r"[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*")
_OPERATOR = re.compile(r"===|==|!=|=~|!~|<=>|<=|>=|&&|\|\||\*\*|<<|>>|\.\.\.?|[-+*/%<>|&^]|(?:and|or)\b")
_ENDS = frozenset({"end", "else", "elsif", "when", "rescue", "ensure", "in"})
_OPENS = {"(": ")", "[": "]", "{": "}", "<": ">"}


class Unreadable(ValueError):
    """The file is nested too deeply to be read."""


def read(content: bytes) -> Body:
    """The statements of a file. Raises Unreadable."""
    try:
        return Parser(content.decode("utf-8", "surrogateescape")).program()
    except RecursionError:
        raise Unreadable("nested too deeply") from None


class Parser:
    """Statements are ended by lines; the bodies of heredocs are jumped over where their line ends."""

    def __init__(self, text: str) -> None:
        self.text, self.at, self.size = text, 0, len(text)
        self.jumps: dict[int, int] = {}  # a line's end -> behind the heredocs that begin there
        self.plain = 0  # inside the arguments of a command: `do` belongs to the command
        self._wide = [] if text.isascii() else [i for i, char in enumerate(text) if char > "\x7f"]
        extra, self._sums = 0, []
        for i in self._wide:
            extra += len(text[i].encode("utf-8", "surrogateescape")) - 1
            self._sums.append(extra)

    def byte(self, at: int) -> int:
        """The byte offset of a character."""
        if not self._wide:
            return at
        before = bisect_right(self._wide, at - 1)
        return at + (self._sums[before - 1] if before else 0)

    def span(self, start: int) -> tuple[int, int]:
        """From a character to where the reading is, in bytes."""
        return self.byte(start), self.byte(self.at)

    # --- blanks and words -------------------------------------------------------------------------------------------

    def skip(self, lines: bool = False) -> None:
        """Over blanks and comments; with ``lines`` over the ends of lines too."""
        while self.at < self.size:
            char = self.text[self.at]
            if char == "\n":
                if not lines:
                    return
                self.newline()
            elif char in " \t\r\f" or self.text.startswith("\\\n", self.at):
                self.at += 2 if char == "\\" else 1
            elif char == "#":
                end = self.text.find("\n", self.at)
                self.at = self.size if end < 0 else end
            elif lines and self.text.startswith("=begin", self.at) and (not self.at or self.text[self.at - 1] == "\n"):
                end = self.text.find("\n=end", self.at)
                self.at = self.size if end < 0 else end + 5
            else:
                return

    def newline(self) -> None:
        """Over the end of a line, and the heredocs behind it."""
        self.at = self.jumps.get(self.at, self.at + 1)

    def looking(self, what: str, lines: bool = False) -> bool:
        self.skip(lines)
        return self.text.startswith(what, self.at)

    def take(self, what: str, lines: bool = False) -> bool:
        if self.looking(what, lines):
            self.at += len(what)
            return True
        return False

    def word(self) -> str:
        self.skip()
        found = _WORD.match(self.text, self.at)
        return found.group() if found else ""

    def take_word(self, word: str) -> bool:
        if self.word() == word and self.text[self.at + len(word) : self.at + len(word) + 1] not in ("?", "!", ":"):
            self.at += len(word)
            return True
        return False

    def separators(self) -> None:
        """Over what is between statements."""
        while True:
            self.skip(True)
            if not self.text.startswith(";", self.at):
                return
            self.at += 1

    # --- statements -------------------------------------------------------------------------------------------------

    def program(self) -> Body:
        found: list[Node] = []
        while True:
            found += self.body()
            self.separators()
            if self.at >= self.size or self.text.startswith("__END__", self.at):
                return tuple(found)
            self.at += len(self.word()) or 1  # an end too many

    def body(self, closed: str = "") -> Body:
        """Statements up to end, else, when …, or up to a closing brace."""
        found: list[Node] = []
        while True:
            self.separators()
            if self.at >= self.size or (closed and self.text.startswith(closed, self.at)):
                return tuple(found)
            if self.word() in _ENDS and not re.match(r"\w+:(?!:)", self.text[self.at : self.at + 12]):
                return tuple(found)
            before = self.at
            found += self.statement()
            if self.at == before:
                self.at += 1

    def statement(self) -> list[Node]:
        self.skip()
        start = self.at
        node = self.expression()
        if isinstance(node, Name) and node.name[:1].islower():
            node = Call(node.start, node.end, None, node.name, ())
        while True:  # modifiers
            if self.take_word("if"):
                node = If(*self.span(start), self.expression(), (node,), ())
            elif self.take_word("unless"):
                node = If(*self.span(start), self.expression(), (), (node,))
            elif self.take_word("rescue") or self.take_word("while") or self.take_word("until"):
                self.expression()
            else:
                return [node]

    def end(self) -> None:
        """The end of a construct, with what may stand before it."""
        self.separators()
        self.take_word("end")

    def definition(self, start: int) -> Node:
        """def."""
        self.skip()
        found = re.compile(r"(?:self\.)?([\w]+[!?=]?)").match(self.text, self.at)
        name = found.group(1) if found else ""
        self.at = found.end() if found else self.at
        params: tuple[str, ...] = ()
        if self.text.startswith("(", self.at):
            params = self._names(")")
        elif not self.looking("\n") and not self.looking(";") and not self.looking("="):
            line = self.text.find("\n", self.at)
            params = tuple(re.findall(r"[*&]*([a-z_]\w*)[^,]*", self.text[self.at : line]))
            self.at = line if line >= 0 else self.size
        if self.take("="):
            self.skip(True)
            return Function(*self.span(start), name, params, (self.expression(),))
        body = self._guarded()
        return Function(*self.span(start), name, params, body)

    def _guarded(self) -> Body:
        """A body with its rescue, else and ensure, up to end."""
        found = list(self.body())
        while True:
            self.separators()
            word = self.word()
            if word in ("rescue", "ensure", "else"):
                self.at += len(word)
                if word == "rescue":
                    line = self.text.find("\n", self.at)
                    self.at = line if line >= 0 else self.size
                found += self.body()
            else:
                self.end()
                return tuple(found)

    def _names(self, closed: str) -> tuple[str, ...]:
        """The names between brackets or bars; defaults are passed over."""
        self.at += 1
        start, depth = self.at, 0
        while self.at < self.size:
            char = self.text[self.at]
            if char == closed and not depth:
                break
            depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(char, 0)
            self.at += 1
        inner = self.text[start : self.at]
        self.at += 1
        return tuple(re.findall(r"(?:^|,)\s*[*&(]*([a-z_]\w*)", inner))

    def klass(self, start: int) -> Node:
        """class, module."""
        self.skip()
        found = re.compile(r"[\w:]+|<<\s*\w+").match(self.text, self.at)
        name = found.group() if found else ""
        self.at = found.end() if found else self.at
        bases: tuple[Node, ...] = ()
        if self.take("<"):
            bases = (self.expression(),)
        return Class(*self.span(start), name, bases, self._guarded())

    def decision(self, start: int, negated: bool) -> Node:
        """if, unless, and what follows."""
        test = self.expression()
        self.take_word("then")
        then = self.body()
        other: Body = ()
        self.separators()
        here = self.at
        if self.take_word("elsif"):
            other = (self.decision(here, False),)
            return If(*self.span(start), test, then, other)
        if self.take_word("else"):
            other = self.body()
        self.end()
        return If(*self.span(start), test, other, then) if negated else If(*self.span(start), test, then, other)

    def choice(self, start: int) -> Node:
        """case: every branch."""
        if not self.looking("\n"):
            self.expression()
        parts: list[Node] = []
        self.separators()
        while self.word() in ("when", "in", "else"):
            word = self.word()
            self.at += len(word)
            if word != "else":
                line = re.compile(r"\bthen\b|\n").search(self.text, self.at)
                self.at = (line.end() if line.group() == "then" else line.start()) if line else self.size
            parts += self.body()
            self.separators()
        self.end()
        return Group(*self.span(start), tuple(parts))

    def repeat(self, start: int) -> Node:
        """while, until, for."""
        names: tuple[str, ...] = ()
        found = re.compile(r"\s*([a-z_]\w*(?:\s*,\s*[a-z_]\w*)*)\s+in\b").match(self.text, self.at)
        if found:
            names = tuple(re.findall(r"\w+", found.group(1)))
            self.at = found.end()
        items = self.expression()
        self.take_word("do")
        return Loop(*self.span(start), names, items if names else Node(0, 0), self._guarded())

    # --- expressions ------------------------------------------------------------------------------------------------

    def expression(self) -> Node:
        """An expression with its operators; assignments."""
        self.skip()
        start = self.at
        left = self.operand()
        while True:
            self.skip()
            found = re.compile(r"(\|\||&&|[-+*/<]{1,2})?=(?![=~>])").match(self.text, self.at)
            if found and isinstance(left, Name | Member | Index | Call):
                self.at = found.end()
                self.skip(True)
                value = self.expression()
                name = left.name if isinstance(left, Name | Call | Member) else ""
                if found.group(1) in ("+", "<<"):
                    value = Binary(*self.span(start), "+", left, value)
                return Assign(*self.span(start), (name.lstrip("@"),), value)
            if self.looking("?") and self.text[self.at + 1 : self.at + 2] in (" ", "\n"):
                self.at += 1
                self.skip(True)
                then = self.expression()
                self.take(":", True)
                self.skip(True)
                return Group(*self.span(start), (then, self.expression()))
            found = _OPERATOR.match(self.text, self.at)
            if found is None or (found.group() == "|" and self.plain < 0):
                return left
            self.at = found.end()
            self.skip(True)
            right = self.operand()
            operator = "+" if found.group() == "<<" else found.group()
            if operator in ("+", "==", "!=", "%"):
                left = Binary(*self.span(start), operator, left, right)
            else:
                left = Group(*self.span(start), (left, right))

    def operand(self) -> Node:
        """A primary expression with its calls."""
        self.skip()
        start = self.at
        while self.take("!") or self.take_word("not") or self.take_word("defined?"):
            pass
        if self.text.startswith("-", self.at) and not self.text.startswith("->", self.at):
            self.at += 1
            inner = self.operand()
            if isinstance(inner, Value) and isinstance(inner.value, int | float):
                return Value(*self.span(start), -inner.value)
            return inner
        from dsql_migrate.source.migrations.hosts.languages.ruby_expressions import postfix

        return postfix(self, start)

    def block(self) -> Function | None:
        """{ |x| … } or do |x| … end."""
        self.skip()
        start = self.at
        if self.text.startswith("{", self.at):
            self.at += 1
            params = self._bars()
            kept, self.plain = self.plain, 0
            body = self.body("}")
            self.plain = kept
            self.take("}", True)
            return Function(*self.span(start), "", params, body)
        if not self.plain and self.take_word("do"):
            params = self._bars()
            return Function(*self.span(start), "", params, self._guarded())
        return None

    def _bars(self) -> tuple[str, ...]:
        return self._names("|") if self.looking("|", False) or self.looking("|", True) else ()

    def heredoc(self, found: re.Match[str]) -> Node:
        """A heredoc: its body begins behind the line; the reading goes on in the line."""
        start = self.at
        self.at = found.end()
        line = self.text.find("\n", self.at)
        if line < 0:
            return Node(*self.span(start))
        body = self.jumps.get(line, line + 1)
        closed = re.compile(rf"^[ \t]*{re.escape(found.group(3))}[ \t]*\r?$", re.M).search(self.text, body)
        end = closed.start() if closed else self.size
        behind = closed.end() if closed else self.size
        self.jumps[line] = min(behind + 1, self.size)
        pieces = pieces_of(self, body, end, found.group(2) != "'", found.group(1) == "~")
        return Text(self.byte(start), self.byte(self.at), pieces)

    def delimited(self, start: int, opening: str, interpolates: bool) -> Text:
        """A string up to its closing delimiter; ``at`` stands behind the opening one."""
        closed = _OPENS.get(opening, opening)
        at, depth = self.at, 0
        while at < self.size:
            char = self.text[at]
            if char == "\\":
                at += 2
                continue
            if interpolates and self.text.startswith("#{", at):
                at = closing(self.text, at + 1)
                continue
            if char == closed and not depth:
                break
            if closed != opening:
                depth += (char == opening) - (char == closed)
            at += 1
        pieces = pieces_of(self, self.at, min(at, self.size), interpolates, False, closed)
        self.at = min(at + 1, self.size)
        return Text(*self.span(start), pieces)


def closing(text: str, at: int) -> int:
    """Behind the brace that closes the one at a character; strings inside are passed over."""
    depth = 0
    while at < len(text):
        char = text[at]
        if char in "'\"":
            end = at + 1
            while end < len(text) and text[end] != char:
                end += 2 if text[end] == "\\" else 1
            at = end + 1
            continue
        depth += (char == "{") - (char == "}")
        at += 1
        if not depth:
            return at
    return at
