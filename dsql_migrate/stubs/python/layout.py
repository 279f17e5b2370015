"""Lines of Python broken as ruff (and black) break them, so that a formatter leaves the written code as it is."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from dsql_migrate.stubs.naming import literal

WIDTH = 88  # ruff's and black's default: the bundle has no configuration of its own


@dataclass(frozen=True, slots=True)
class Text:
    """A string literal, and the same as adjacent literals that may stand on lines of their own."""

    whole: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Items:
    """A list, dict or tuple that is an argument: ``head`` ends in its bracket, ``tail`` is the one that closes it."""

    head: str
    items: tuple[str, ...]
    tail: str

    @property
    def whole(self) -> str:
        return f"{self.head}{', '.join(self.items)}{self.tail}"


def text(*parts: str) -> Text:
    """These strings, one after the other, as Python."""
    return Text(literal("".join(parts)), tuple(map(literal, parts)))


def call(indent: int, head: str, arguments: Sequence[str | Text | Items], tail: str = ")") -> str:
    """``head`` (which ends in an opening bracket), the arguments and ``tail``, on as few lines as ruff would use."""
    flat = [argument if isinstance(argument, str) else argument.whole for argument in arguments]
    margin, inner = " " * indent, " " * (indent + 4)
    line = f"{margin}{head}{', '.join(flat)}{tail}"
    if len(line) <= WIDTH:
        return line
    line = f"{inner}{', '.join(flat)}"
    if len(line) <= WIDTH:
        return f"{margin}{head}\n{line}\n{margin}{tail}"
    lines: list[str] = []
    for argument, whole in zip(arguments, flat, strict=True):
        if isinstance(argument, Items):
            fits = len(inner + whole) < WIDTH
            item = [f"{inner}    {one}," for one in argument.items]
            lines += [f"{inner}{whole},"] if fits else [f"{inner}{argument.head}", *item, f"{inner}{argument.tail},"]
            continue
        parts = (whole,) if isinstance(argument, str) or len(inner + whole) < WIDTH else argument.parts
        lines += [*(f"{inner}{part}" for part in parts[:-1]), f"{inner}{parts[-1]},"]
    if len(lines) > len(arguments) == 1:  # adjacent literals alone take no comma
        lines[-1] = lines[-1].removesuffix(",")
    return "\n".join([f"{margin}{head}", *lines, f"{margin}{tail}"])


def docstring(indent: int, *paragraphs: str) -> str:
    """A docstring of these paragraphs; one that starts with "- " is an item, close to the paragraph before."""
    margin = " " * indent
    if len(paragraphs) == 1 and len(margin + paragraphs[0]) + 6 <= WIDTH:
        return f'{margin}"""{paragraphs[0]}"""'
    lines: list[str] = []
    for n, paragraph in enumerate(paragraphs):
        item = paragraph.startswith("- ")
        if n and not item:
            lines.append("")
        lines += textwrap.wrap(
            paragraph if n else '"""' + paragraph,
            WIDTH - 3,  # a line alone would get its closing quotes as well
            initial_indent=margin,
            subsequent_indent=margin + ("  " if item else ""),
            break_long_words=False,
            break_on_hyphens=False,
        )
    return "\n".join(lines) + f'\n{margin}"""'


def imports(indent: int, head: str, names: Sequence[str]) -> str:
    """``from x import a, b``, in brackets where it is too long; the names in the order in which isort sorts them."""
    margin = " " * indent
    ordered = sorted(names, key=lambda name: (not name.isupper(), not name[:1].isupper(), name))
    line = f"{margin}{head} {', '.join(ordered)}"
    if len(line) <= WIDTH:
        return line
    return "\n".join([f"{margin}{head} (", *(f"{margin}    {name}," for name in ordered), f"{margin})"])
