"""The pieces of a PL/pgSQL body that its statements are made of: names, texts of SQL, places, comments."""

from __future__ import annotations

from dsql_migrate.source import regex
from dsql_migrate.source.build.literals import literal
from dsql_migrate.source.parse import Token, Unparsable, parse_many, tokens
from dsql_migrate.source.quoted import chunks, joined
from dsql_migrate.source.words import Words
from dsql_migrate.stubs.plpgsql.tree import Place, Remark, Sql, Text

_COMMENT = regex.compile(r"--([^\n\r]*)|/\*(.*?)\*/", regex.DOTALL)


def folded(token: Token) -> str:
    """The name that a token says, as PostgreSQL stores it."""
    return token.word[1:-1].replace('""', '"') if token.word[:1] == '"' else token.word


class Pieces(Words):
    """A body by its tokens. ``i`` is the number of the token at hand."""

    def __init__(self, body: bytes) -> None:
        super().__init__(tokens(body))
        self.body = body

    # -- places -----------------------------------------------------------------------------------------------------

    def line(self, at: int) -> int:
        """The line of the token ``at``."""
        start = self.tokens[min(at, len(self.tokens) - 1)].start if self.tokens else 0
        return self.body.count(b"\n", 0, start) + 1

    def trouble(self, message: str, at: int | None = None) -> Unparsable:
        """What to raise where it cannot be read on."""
        at = min(self.i if at is None else at, len(self.tokens) - 1)
        return Unparsable(message, self.tokens[at].start if self.tokens else 0)

    def expect(self, *words: str) -> None:
        """Go behind these words. Raises Unparsable where others stand there."""
        for word in words:
            if self.word() != word:
                raise self.trouble(f"{word.upper()} is missing")
            self.i += 1

    def end_of_statement(self) -> int:
        """The number of the semicolon that ends the statement at hand."""
        end = self.semicolon(self.i)
        if end >= len(self.words):
            raise self.trouble("a semicolon is missing", end)
        return end

    # -- texts ------------------------------------------------------------------------------------------------------

    def text(self, first: int, behind: int) -> str:
        """The text from token ``first`` to the one before ``behind``."""
        if first >= behind:
            return ""
        return self.body[self.tokens[first].start : self.tokens[behind - 1].end].decode("utf-8", "surrogateescape")

    def sql(self, first: int, behind: int) -> Sql:
        """A piece of SQL. Raises Unparsable where there is none."""
        if first >= behind:
            raise self.trouble("an expression is missing", first)
        return Sql(self.text(first, behind), self.line(first))

    def without(self, first: int, behind: int, cut: tuple[int, int] | None) -> Sql:
        """A statement with the tokens ``cut[0]`` to the one before ``cut[1]`` left out."""
        if cut is None:
            return self.sql(first, behind)
        head, tail = self.text(first, cut[0]), self.text(cut[1], behind)
        return Sql(f"{head} {tail}".rstrip(), self.line(first))

    def string(self, at: int) -> str:
        """The value of the string literal at a token."""
        token = self.tokens[at]
        parts = chunks(self.body, token.start, token.end)
        if parts:
            return joined(parts)[0].decode("utf-8", "surrogateescape")
        written = self.body[token.start : token.end]
        if written in (b"''", b"E''", b"e''"):
            return ""
        ((_, node),) = parse_many(b"SELECT " + written)
        value = literal(node["targetList"][0]["ResTarget"]["val"])
        if value is None:
            raise self.trouble("a string is expected", at)
        return value

    def listed(self, first: int, behind: int) -> list[tuple[int, int]]:
        """The items between commas: (first token, behind the last)."""
        found = []
        while first < behind:
            comma = min(self.until(first, ","), behind)
            found.append((first, comma))
            first = comma + 1
        return found

    def sqls(self, first: int, behind: int) -> tuple[Sql, ...]:
        """Expressions between commas."""
        return tuple(self.sql(*item) for item in self.listed(first, behind))

    def using(self, first: int, behind: int) -> Text:
        """text [USING value, …]."""
        at = min(self.until(first, "using"), behind)
        return Text(self.sql(first, at), self.sqls(at + 1, behind))

    def arguments(self, first: int, behind: int) -> tuple[tuple[str | None, Sql], ...]:
        """Arguments of a cursor: value, … or name := value, …"""
        found: list[tuple[str | None, Sql]] = []
        for start, end in self.listed(first, behind):
            named = self.words[start + 1 : start + 2] in ([":="], ["=>"])
            found.append((folded(self.tokens[start]) if named else None, self.sql(start + 2 * named, end)))
        return tuple(found)

    # -- names ------------------------------------------------------------------------------------------------------

    def name(self) -> str:
        """The name at hand, and go behind it."""
        if self.i >= len(self.tokens) or not (self.word()[:1].isidentifier() or self.word()[:1] == '"'):
            raise self.trouble("a name is expected")
        self.i += 1
        return folded(self.tokens[self.i - 1])

    def place(self) -> Place:
        """The variable, field or element at hand, and go behind it."""
        names = [self.word() if self.word()[:1] == "$" else ""]
        if names[0]:
            self.i += 1
        else:
            names[0] = self.name()
        while self.word() == ".":
            self.i += 1
            names.append(self.name())
        elements = []
        while self.word() == "[":
            end = self.closing(self.i)
            colon = min(self.until(self.i + 1, ":"), end)
            sides = [(self.i + 1, colon)] + ([(colon + 1, end)] if colon < end else [])
            elements.append(tuple(self.sql(*side) if side[0] < side[1] else None for side in sides))
            self.i = end + 1
        field = []
        while self.word() == ".":
            self.i += 1
            field.append(self.name())
        return Place(tuple(names), tuple(elements), tuple(field))

    def places(self, behind: int) -> tuple[Place, ...]:
        """Places between commas up to a token. Raises Unparsable where something else stands there."""
        found = [self.place()]
        while self.word() == "," and self.i < behind:
            self.i += 1
            found.append(self.place())
        return tuple(found)

    # -- comments ---------------------------------------------------------------------------------------------------

    def remarks(self) -> tuple[list[Remark], list[Remark]]:
        """The comments between the token before and the one at hand: those on its line, and those that stand alone."""
        start = self.tokens[self.i - 1].end if self.i else 0
        end = self.tokens[self.i].start if self.i < len(self.tokens) else len(self.body)
        gap = self.body[start:end].decode("utf-8", "surrogateescape")
        line = self.body.count(b"\n", 0, start) + 1
        beside: list[Remark] = []
        alone: list[Remark] = []
        if "--" not in gap and "/*" not in gap:
            return beside, alone
        for found in _COMMENT.finditer(gap):
            text = " ".join(
                part.strip(" \t*-") for part in (found.group(1) or found.group(2) or "").splitlines()
            ).strip()
            same = self.i > 0 and "\n" not in gap[: found.start()]
            if text:
                (beside if same else alone).append(Remark(text, line + gap.count("\n", 0, found.start())))
        return beside, alone
