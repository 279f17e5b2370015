"""The tokens of a MySQL statement, and a reader that walks them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["word", "name", "string", "number", "mark"]

_TOKEN = re.compile(
    r"\s+|(?P<bits>[xX]'[0-9A-Fa-f]*'|[bB]'[01]*'|0x[0-9A-Fa-f]+)|(?P<name>`(?:[^`]|``)*`)"
    r"|(?P<string>'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.|\"\")*\")"
    r"|(?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)|(?P<word>[@A-Za-z_$\x80-\U0010ffff][\w$@.]*)|(?P<mark>.)",
    re.DOTALL,
)
_ESCAPES = {"0": "\0", "n": "\n", "t": "\t", "r": "\r", "b": "\b", "Z": "\x1a", "%": "\\%", "_": "\\_"}


@dataclass(frozen=True, slots=True)
class Word:
    """One token; ``text`` is what it means: a name or string without its quotes, a word in small letters."""

    kind: Kind
    text: str
    start: int
    end: int


def unquoted(text: str) -> str:
    """What a MySQL string in quotes says."""
    inner = text[1:-1].replace(text[0] * 2, text[0])
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found.group(1), found.group(1)), inner, flags=re.DOTALL)


def words_of(text: str) -> list[Word]:
    """The tokens of a text without comments."""
    found = []
    for match in _TOKEN.finditer(text):
        group = match.lastgroup
        if group is None:
            continue
        raw = match.group()
        start, end = match.span()
        if group == "name":
            found.append(Word("name", raw[1:-1].replace("``", "`"), start, end))
        elif group == "string":
            found.append(Word("string", unquoted(raw), start, end))
        elif group == "word":
            found.append(Word("word", raw.lower(), start, end))
        elif group in ("bits", "number"):
            found.append(Word("number", raw, start, end))
        else:
            found.append(Word("mark", raw, start, end))
    return found


class Walk:
    """A place among the tokens of one statement."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.words = words_of(text)
        self.at = 0

    @property
    def here(self) -> Word | None:
        return self.words[self.at] if self.at < len(self.words) else None

    def is_(self, *words: str) -> bool:
        """Whether these words or marks come next."""
        part = self.words[self.at : self.at + len(words)]
        return len(part) == len(words) and all(
            w.kind in ("word", "mark") and w.text == text for w, text in zip(part, words, strict=True)
        )

    def take(self, *words: str) -> bool:
        """Go past these words where they come next."""
        found = self.is_(*words)
        if found:
            self.at += len(words)
        return found

    def next(self) -> Word:
        """The next token. Raises ValueError at the end."""
        word = self.here
        if word is None:
            raise ValueError("it ends too early")
        self.at += 1
        return word

    def name(self) -> str:
        """A name, in backticks or bare. Raises ValueError."""
        word = self.next()
        if word.kind == "name" or (word.kind == "string" and self.text[word.start] == '"'):
            return word.text
        if word.kind == "word":
            return self.text[word.start : word.end]
        raise ValueError(f"a name is missing before {word.text!r}")

    def qualified(self) -> tuple[str | None, str]:
        """``db.name`` or ``name``."""
        first = self.name()
        if self.take("."):
            return first, self.name()
        if "." in first and self.text[self.words[self.at - 1].start] not in '`"':
            database, _, name = first.partition(".")
            return database, name
        return None, first

    def parenthesis(self) -> str:
        """What stands between the parentheses that open here. Raises ValueError."""
        if not self.is_("("):
            raise ValueError("a parenthesis is missing")
        start, depth = self.next().end, 1
        while depth:
            word = self.next()
            if word.kind == "mark":
                depth += {"(": 1, ")": -1}.get(word.text, 0)
        return self.text[start : self.words[self.at - 1].start].strip()

    def skip_to(self, *marks: str) -> str:
        """The text up to one of these marks outside of parentheses, which is left where it is; or to the end."""
        start = self.here.start if self.here else len(self.text)
        depth = 0
        while (word := self.here) is not None:
            if word.kind == "mark":
                if depth == 0 and word.text in marks:
                    break
                depth += {"(": 1, ")": -1}.get(word.text, 0)
            self.at += 1
        end = self.words[self.at - 1].end if self.at else start
        return self.text[start : max(end, start)]
