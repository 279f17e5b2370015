"""Expressions and queries of MySQL as PostgreSQL's: sqlglot reads them, meaning/ says what they mean."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, ClassVar

import sqlglot
from sqlglot.dialects.mysql import MySQL
from sqlglot.errors import SqlglotError

from dsql_migrate.inputs.mysql.meaning.kinds import Kind, Relation, Told, Untranslatable, assigned, condition, shown
from dsql_migrate.inputs.mysql.meaning.queries import Find, Query, change, statement
from dsql_migrate.inputs.mysql.words import words_of
from dsql_migrate.source.build import read
from dsql_migrate.source.facts import Unreadable

__all__ = ["Columns", "Untranslatable", "change_of", "check", "immutable", "of_column", "query"]

logging.getLogger("sqlglot").setLevel(logging.CRITICAL)

Columns = Mapping[str, tuple[str, Kind]]  # a name in small letters -> as it was declared, and what it is


class _Parser(MySQL.Parser):  # type: ignore[misc, valid-type]
    FUNCTIONS: ClassVar[dict[str, Any]] = {}
    FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {
        name: parser
        for name, parser in MySQL.Parser.FUNCTION_PARSERS.items()
        if name in ("CAST", "CONVERT", "EXTRACT", "GROUP_CONCAT", "POSITION", "SUBSTR", "SUBSTRING", "TRIM", "VALUES")
    }  # what has words between its arguments


class _Plain(MySQL):
    """MySQL's grammar; functions keep their names, so that what they mean is looked up here and not guessed there."""

    Parser = _Parser


def check(text: str, columns: Columns) -> tuple[str, Told]:
    """A condition over columns. Raises Untranslatable."""
    tree, query, told = _of(text, columns)
    return _read(condition(query.walker.value(tree)).sql), told


def of_column(text: str, columns: Columns, kind: Kind) -> tuple[str, Told]:
    """An expression for a default of a column of a kind. Raises Untranslatable."""
    tree, query, told = _of(text, columns)
    return _read(assigned(query.walker.value(tree), kind, told).sql), told


def immutable(text: str, columns: Columns, kind: Kind | None = None) -> tuple[str, Told]:
    """An expression for a generated column or an index: PostgreSQL takes none there whose value a setting changes.

    Raises Untranslatable.
    """
    tree, query, told = _of(text, columns)
    value = query.walker.value(tree)
    sql = _read((shown(value) if kind is None else assigned(value, kind, told)).sql)
    if told.changing is not None:
        raise Untranslatable(f"PostgreSQL takes nothing in it whose value may change: {told.changing}")
    return sql, told


def query(text: str, find: Find) -> tuple[str, list[tuple[str, Kind]], Told]:
    """A query: its SQL, its columns. Raises Untranslatable."""
    told = Told()
    tree = _parsed(text)
    try:
        sql, columns = statement(tree, find, told)
    except RecursionError:
        raise Untranslatable("it is nested too deeply") from None
    return _read(sql, "{}"), columns, told


def change_of(text: str, find: Find) -> str:
    """A statement about rows: UPDATE, DELETE, INSERT. Raises Untranslatable."""
    tree = _parsed(text)
    try:
        return _read(change(tree, find, Told()), "{}")
    except RecursionError:
        raise Untranslatable("it is nested too deeply") from None


def _of(text: str, columns: Columns) -> tuple[Any, Query, Told]:
    told = Told()
    seen = Query(_nothing, told)
    seen.sources[""] = Relation(dict(columns))
    tree = _parsed(f"SELECT {text}")
    if len(tree.expressions) != 1 or not isinstance(tree, sqlglot.exp.Select):
        raise Untranslatable("it is no expression")
    return tree.expressions[0], seen, told


def _nothing(database: str | None, name: str) -> tuple[str, Relation | None]:
    raise Untranslatable(f"it reads {name}")


def _parsed(text: str) -> Any:
    try:
        return sqlglot.parse_one(_bare_strings(text), dialect=_Plain)
    except SqlglotError as error:
        raise Untranslatable(_first_line(str(error))) from None
    except RecursionError:
        raise Untranslatable("it is nested too deeply") from None


def _read(sql: str, around: str = "SELECT {}") -> str:
    """The SQL, which PostgreSQL's grammar reads. Raises Untranslatable."""
    whole = around.replace("{}", sql)
    if isinstance(read(whole.encode("utf-8", "surrogateescape")), Unreadable):
        raise Untranslatable("PostgreSQL cannot read what it becomes")
    return sql


def _bare_strings(text: str) -> str:
    """The text without introducers of a character set: _utf8mb4'a' is 'a'."""
    found = words_of(text)
    cuts = [
        (word.start, word.end)
        for word, after in pairwise(found)
        if word.kind == "word" and word.text.startswith("_") and after.kind == "string"
    ]
    for start, end in reversed(cuts):
        text = f"{text[:start]} {text[end:]}"
    return text


def _first_line(text: str) -> str:
    return re.sub(r"\x1b\[\d*m", "", text.splitlines()[0] if text else "it cannot be read")[:200]
