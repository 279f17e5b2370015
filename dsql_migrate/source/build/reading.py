"""What every builder needs: the statement's tokens, spans from places, names, types and expressions."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import Any

from dsql_migrate.source.build.literals import literal, number, scalar, strings
from dsql_migrate.source.build.uses import Uses
from dsql_migrate.source.facts import Expression, Name, SequenceOptions, Span, TypeName
from dsql_migrate.source.lexemes import lexemes
from dsql_migrate.source.parse import Node

_SERIAL = {"serial4": "serial", "serial8": "bigserial", "serial2": "smallserial"}
_ZONED = ("timestamp", "time")
# What cannot be the second word of a type.
_BEHIND_TYPE = frozenset({"", ",", ")", "not", "null", "default", "primary", "unique", "references"})
_INTERVAL = frozenset({"year", "month", "day", "hour", "minute", "second", "to"})


class Reading:
    """One statement while it is read: its text and its tokens, which are known by their numbers.

    ``words`` has their texts, lower case unless quoted, ``starts`` and ``ends`` where they stand; comments and closing
    semicolons are left out. Raises Unparsable where the scanner gives up.
    """

    __slots__ = ("ends", "starts", "text", "words")

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.words, self.starts, self.ends = lexemes(text)

    @property
    def span(self) -> Span:
        """First to last token, without the semicolon."""
        return Span(self.starts[0], self.ends[-1]) if self.words else Span(0, 0)

    def index(self, offset: int) -> int:
        """The number of the first token that starts at or behind the offset."""
        return bisect_left(self.starts, offset)

    def word(self, i: int) -> str:
        """The text of token ``i``, lower case unless it is quoted; "" where there is no such token."""
        return self.words[i] if 0 <= i < len(self.words) else ""

    def close(self, i: int) -> int:
        """The number of the token that closes the bracket at token ``i``."""
        depth = 0
        words = self.words
        for j in range(i, len(words)):
            word = words[j]
            if word == "(" or word == "[":
                depth += 1
            elif word == ")" or word == "]":
                depth -= 1
                if depth == 0:
                    return j
        return len(words) - 1

    def between(self, first: int, last: int) -> Span:
        """From the start of token ``first`` to the end of token ``last``, both included."""
        if first > last:
            at = self.starts[first] if first < len(self.starts) else len(self.text)
            return Span(at, at)
        return Span(self.starts[first], self.ends[last])

    def until(self, start: int, stop: int) -> Span:
        """From an offset to the end of the last token before the offset ``stop``."""
        last = bisect_right(self.starts, stop - 1) - 1
        return Span(start, self.ends[last] if last >= 0 else stop)

    def split(self, first: int, last: int) -> list[tuple[int, int]]:
        """Runs of tokens between commas at depth 0, from token ``first`` to ``last``, both included."""
        depth, begin = 0, first
        runs = []
        for i, word in enumerate(self.words[first : last + 1], first):
            if word == ",":
                if depth == 0:
                    runs.append((begin, i - 1))
                    begin = i + 1
            elif word == "(" or word == "[":
                depth += 1
            elif word == ")" or word == "]":
                depth -= 1
        if begin <= last:
            runs.append((begin, last))
        return runs

    def find(self, word: str, first: int = 0, last: int | None = None) -> int | None:
        """The number of the first token with this word at depth 0, which is that of token ``first``."""
        words = self.words
        stop = len(words) if last is None else last + 1
        depth, at = 0, first
        while True:
            try:
                found = words.index(word, at, stop)
            except ValueError:
                return None
            passed = words[at:found]
            depth += passed.count("(") + passed.count("[") - passed.count(")") - passed.count("]")
            if depth == 0:
                return found
            depth += (word in ("(", "[")) - (word in (")", "]"))
            at = found + 1

    def clause(self, word: str, first: int, last: int | None = None) -> Span | None:
        """Where ``word (…)`` stands at depth 0, from token ``first`` on; None where there is none."""
        at = self.find(word, first, last)
        while at is not None and self.word(at + 1) != "(":
            at = self.find(word, at + 1, last)
        return self.between(at, self.close(at + 1)) if at is not None else None

    def pair(self, word: str, first: int) -> Span | None:
        """Where ``word name`` stands at depth 0, from token ``first`` on; None where there is none."""
        at = self.find(word, first)
        return self.between(at, at + 1) if at is not None else None

    def name_end(self, i: int) -> int:
        """The number of the token behind the dotted name that starts at token ``i``."""
        i += 1
        while self.word(i) == ".":
            i += 2
        return i

    def type_end(self, i: int) -> int:
        """The number of the token behind the type that starts at token ``i``."""
        if self.word(i + 1) in _BEHIND_TYPE:
            return i + 1
        if self.word(i) == "setof":
            i += 1
        first = self.word(i)
        i = self.name_end(i)
        if first == "double" and self.word(i) == "precision":
            i += 1
        if first == "national":
            i += 1
        if first in ("character", "char", "nchar", "national", "bit") and self.word(i) == "varying":
            i += 1
        if first == "interval":
            while self.word(i) in _INTERVAL:
                i += 1
        if self.word(i) == "(":
            i = self.close(i) + 1
        if first in _ZONED and self.word(i) in ("with", "without") and self.word(i + 1) == "time":
            i += 3
        if self.word(i) == "%":
            i += 2
        if self.word(i) == "array":
            i += 1
        while self.word(i) == "[":
            i = self.close(i) + 1
        return i

    def name(self, node: Node) -> Name:
        """A RangeVar as a name."""
        at = node.get("location", -1)
        span = Span(0, 0)
        if at >= 0:
            i = self.index(at)
            span = self.between(i, self.name_end(i) - 1)
        return Name(node.get("schemaname"), node["relname"], span)

    def type(self, node: Node) -> TypeName:
        """A TypeName node as a type."""
        names = strings(node.get("names", ()))
        schema = names[-2] if len(names) > 1 else None
        name = names[-1] if names else "record"
        if schema is None:
            name = _SERIAL.get(name, name)
        written = node.get("typmods")
        modifiers = tuple(m for m in (scalar(n) for n in written) if m is not None) if written else ()
        span = Span(0, 0)
        if node.get("location", -1) >= 0:
            i = self.index(node["location"])
            if node.get("setof") and self.word(i - 1) == "setof":
                i -= 1
            span = self.between(i, self.type_end(i) - 1)
        if node.get("pct_type"):
            name += "%type"
        return TypeName(schema, name, modifiers, len(node.get("arrayBounds", ())), bool(node.get("setof")), span)

    def expression(self, node: Any, span: Span) -> Expression:
        """A tree with its span as an expression: what it refers to, and its value where it is one literal."""
        found = Uses(self.type)
        found.visit(node)
        return Expression(
            span=span,
            text=span.of(self.text),
            columns=tuple(dict.fromkeys(found.columns)),
            functions=tuple(dict.fromkeys(found.functions)),
            types=tuple(dict.fromkeys(found.types)),
            relations=tuple(dict.fromkeys(r for r in found.relations if r.schema or r.name not in found.common)),
            constant=literal(node),
            sequences=tuple(found.sequences),
            clauses=tuple(dict.fromkeys(found.clauses)),
            operators=tuple(dict.fromkeys(found.operators)),
            casts=tuple(dict.fromkeys(found.casts)),
            settings=tuple(found.settings),
        )

    def sequence_options(self, nodes: Iterable[Node]) -> SequenceOptions:
        """The options of CREATE SEQUENCE, ALTER SEQUENCE or an identity column."""
        elements = [n["DefElem"] for n in nodes]
        values: dict[str, Any] = {}
        spans = []
        for element in elements:
            name, arg = element["defname"], element.get("arg")
            at = element.get("location", -1)
            if at >= 0:
                spans.append((name, self._option_span(at, elements)))
            if name == "as" and arg:
                values["type"] = self.type(arg["TypeName"])
            elif name in ("minvalue", "maxvalue"):
                values[name] = "no" if arg is None else number(arg)
            elif name in ("start", "increment", "cache") and arg:
                values[name] = number(arg)
            elif name == "cycle":
                values["cycle"] = bool((arg or {}).get("Boolean", {}).get("boolval", False))
            elif name == "restart":
                values["restart"] = "start" if arg is None else number(arg)
            elif name == "owned_by" and arg:
                values["owned_by"] = tuple(strings(arg["List"]["items"]))
            elif name == "sequence_name" and arg:
                parts = strings(arg["List"]["items"])
                values["sequence_name"] = Name(parts[-2] if len(parts) > 1 else None, parts[-1])
        return SequenceOptions(spans=tuple(spans), **values)

    def _option_span(self, at: int, elements: list[Node]) -> Span:
        later = [e["location"] for e in elements if e.get("location", -1) > at]
        i = self.index(at)
        if later:
            end = self.index(min(later)) - 1
            return self.between(i, end - (self.word(end) == "set"))  # SET START 3 SET CACHE 5 of an identity column
        end = i
        while end + 1 < len(self.words) and self.word(end + 1) not in (")", ";", ","):
            end += 1
        return self.between(i, end)
