"""The words of a text on the way through them: what stands ahead, where a run of them ends."""

from __future__ import annotations

from dsql_migrate.source.parse import Token

_OPENS = frozenset("([")
_CLOSES = frozenset(")]")


class Words:
    """The tokens of a text and the number of the one at hand, ``i``."""

    def __init__(self, found: list[Token]) -> None:
        self.tokens = found
        self.words = [token.word for token in found]
        self.i = 0

    def word(self, ahead: int = 0) -> str:
        """The word of a token from the one at hand on; "" behind the last."""
        at = self.i + ahead
        return self.words[at] if at < len(self.words) else ""

    def until(self, first: int, *stops: str) -> int:
        """The number of the first token with one of these words, outside brackets and CASE … END; else the end."""
        depth = cases = 0
        for at in range(first, len(self.words)):
            word = self.words[at]
            if depth == 0 and cases == 0 and word in stops:
                return at
            if word in _OPENS:
                depth += 1
            elif word in _CLOSES:
                depth -= 1
            elif word == "case":
                cases += 1
            elif word == "end" and cases:
                cases -= 1
        return len(self.words)

    def semicolon(self, first: int) -> int:
        """The number of the semicolon that ends the statement."""
        depth = 0
        for at in range(first, len(self.words)):
            word = self.words[at]
            if word == ";" and depth <= 0:
                return at
            depth += (word in _OPENS) - (word in _CLOSES)
        return len(self.words)

    def closing(self, at: int) -> int:
        """The number of the token that closes the bracket at a token."""
        depth = 0
        for i in range(at, len(self.words)):
            depth += (self.words[i] in _OPENS) - (self.words[i] in _CLOSES)
            if depth == 0:
                return i
        return len(self.words) - 1

    def assignment(self) -> int | None:
        """The number of the := or = behind a variable, a field or an element; None where there is no assignment."""
        at = self.i + 1
        while at < len(self.words):
            word = self.words[at]
            if word in (":=", "="):
                return at
            if word == ".":
                at += 2
            elif word == "[":
                at = self.closing(at) + 1
            else:
                return None
        return None
