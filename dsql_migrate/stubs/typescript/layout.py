"""Lines of TypeScript broken as prettier breaks them at 100 columns, so that it leaves the written code as it is."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from dsql_migrate.stubs.code.references import Mark, Statement
from dsql_migrate.stubs.typescript.names import literal

WIDTH = 100


@dataclass(frozen=True, slots=True)
class Text:
    """A string literal, and the same as literals that are joined where one line does not hold them."""

    whole: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """An array or an object."""

    items: tuple[str, ...]
    brackets: str = "[]"

    @property
    def whole(self) -> str:
        inner = ", ".join(self.items)
        return f"[{inner}]" if self.brackets == "[]" or not inner else f"{{ {inner} }}"


Item = str | Text | Group


def text(*parts: str) -> Text:
    """These strings, one after the other, as TypeScript."""
    return Text(literal("".join(parts)), tuple(map(literal, parts)))


def sql(statement: Statement) -> tuple[Text, tuple[Mark, ...]]:
    """A statement with $1, $2 … in it, and the marks that these stand for; a value that comes twice is bound once."""
    marks: list[Mark] = []
    clauses = []
    for clause in statement:
        written = ""
        for piece in clause:
            if isinstance(piece, str):
                written += piece
                continue
            if piece not in marks:
                marks.append(piece)
            number = f"${marks.index(piece) + 1}"
            written += f"CAST({number} AS {piece.cast})" if piece.cast else number
        clauses.append(written)
    return text(*(f"{clause} " for clause in clauses[:-1]), clauses[-1]), tuple(marks)


def call(indent: int, head: str, arguments: Sequence[Item], tail: str = ")", *, flat: bool = True) -> str:
    """``head`` (which ends in an opening bracket), the arguments and ``tail``: on one line, or one line each.

    ``flat``: on one line where that has room.
    """
    margin = " " * indent
    line = ", ".join(argument if isinstance(argument, str) else argument.whole for argument in arguments)
    if flat and len(f"{margin}{head}{line}{tail}") <= WIDTH:
        return f"{margin}{head}{line}{tail}"
    *others, last = arguments
    if isinstance(last, Group) and last.items:
        first = "".join(f"{one if isinstance(one, str) else one.whole}, " for one in others)
        if len(f"{margin}{head}{first}{last.brackets[0]}") <= WIDTH:
            inner = [f"{margin}  {item}," for item in last.items]
            return "\n".join([f"{margin}{head}{first}{last.brackets[0]}", *inner, f"{margin}{last.brackets[1]}{tail}"])
    lines = [f"{margin}{head}"]
    for argument in arguments:
        lines += [f"{margin}  {line}" for line in _argument(argument, WIDTH - indent - 3).split("\n")]
        lines[-1] += ","
    return "\n".join([*lines, f"{margin}{tail}"])


def _argument(argument: Item, width: int) -> str:
    if isinstance(argument, str):
        return argument
    if isinstance(argument, Group):
        if len(argument.whole) <= width or not argument.items:
            return argument.whole
        return "\n".join([argument.brackets[0], *(f"  {item}," for item in argument.items), argument.brackets[1]])
    if len(argument.whole) <= width or len(argument.parts) == 1:
        return argument.whole
    return " +\n  ".join(argument.parts)


def listed(items: Sequence[str], indent: int, head: str, tail: str) -> str:
    """``head`` a, b, c ``tail`` in curly brackets: ``import { a, b } from "x";``."""
    margin = " " * indent
    line = f"{margin}{head} {{ {', '.join(items)} }}{tail}"
    if len(line) <= WIDTH:
        return line
    return "\n".join([f"{margin}{head} {{", *(f"{margin}  {item}," for item in items), f"{margin}}}{tail}"])


def comment(indent: int, *paragraphs: str) -> str:
    """A comment for documentation; a paragraph that starts with "- " is an item, close to the one before."""
    margin = " " * indent
    if len(paragraphs) == 1 and len(margin + paragraphs[0]) + 7 <= WIDTH:
        return f"{margin}/** {paragraphs[0]} */"
    lines: list[str] = []
    for number, paragraph in enumerate(paragraphs):
        item = paragraph.startswith("- ")
        if number and not item:
            lines.append(f"{margin} *")
        lines += _wrapped(paragraph, f"{margin} * ", "  " if item else "")
    return "\n".join([f"{margin}/**", *lines, f"{margin} */"])


def remark(indent: int, words: str) -> str:
    """A comment of lines."""
    return "\n".join(_wrapped(words, " " * indent + "// "))


def _wrapped(paragraph: str, head: str, more: str = "") -> list[str]:
    return textwrap.wrap(
        paragraph, WIDTH, initial_indent=head, subsequent_indent=head + more,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
