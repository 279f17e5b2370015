"""Alembic: the statements of a side inside ``with op.get_context().autocommit_block():``."""

from __future__ import annotations

import ast
import io
import re
import tokenize

from dsql_migrate.lint.fixing.text import line_ending
from dsql_migrate.lint.fixing.transactions.case import Case, Refused

_BLOCK = "with op.get_context().autocommit_block():"
_SIDES = ("upgrade", "downgrade")


def autocommit(case: Case) -> dict[str, bytes]:
    """The body of ``upgrade`` or ``downgrade`` moved in by one step. Lines inside of strings stay where they are."""
    try:
        module = ast.parse(case.content)
        text = case.content.decode("utf-8")
        inside = _lines_in_strings(text)
    except (SyntaxError, ValueError, RecursionError, tokenize.TokenError):
        raise Refused("it is not Python that can be read") from None
    if not re.search(r"(?m)^from alembic import (?:.*\b)?op\b(?! as)", text):
        raise Refused("op is not imported by its own name")
    lines = text.split("\n")
    marked = {finding.line for finding in case.findings}
    sides = [node for node in module.body if isinstance(node, ast.FunctionDef) and node.name in _SIDES]
    for side in reversed(sides):
        if any(side.lineno <= line <= (side.end_lineno or 0) for line in marked):
            _moved_in(side, lines, inside, line_ending(case.content).removesuffix("\n"))
    return {case.path: "\n".join(lines).encode()}


def _moved_in(side: ast.FunctionDef, lines: list[str], inside: set[int], end: str) -> None:
    body = side.body[1:] if ast.get_docstring(side) is not None else side.body
    if not body or body[0].lineno <= side.lineno:
        raise Refused(f"{side.name} stands on one line")
    if any("autocommit_block" in ast.unparse(node) for node in body):
        raise Refused("it has an autocommit block already")
    first, last = body[0].lineno, body[-1].end_lineno or body[-1].lineno
    line = lines[first - 1]
    indent = line[: len(line) - len(line.lstrip())]
    for number in range(first, last + 1):
        if number not in inside and lines[number - 1].strip():
            lines[number - 1] = indent + lines[number - 1]
    lines.insert(first - 1, indent + _BLOCK + end)


def _lines_in_strings(text: str) -> set[int]:
    """The numbers of lines that begin inside a string."""
    found: set[int] = set()
    opened: list[int] = []  # lines on which f-strings begin, from Python 3.12 on
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        kind = tokenize.tok_name[token.type]
        if kind == "STRING":
            found.update(range(token.start[0] + 1, token.end[0] + 1))
        elif kind == "FSTRING_START":
            opened.append(token.start[0])
        elif kind == "FSTRING_END":
            found.update(range(opened.pop() + 1, token.end[0] + 1))
    return found
