"""Expressions and queries of MySQL as PostgreSQL's, through sqlglot: the only file that imports it."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from itertools import pairwise

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError

from dsql_migrate.inputs.mysql.words import words_of
from dsql_migrate.rewrite.quoting import identifier
from dsql_migrate.source.build import read
from dsql_migrate.source.facts import Unreadable

logging.getLogger("sqlglot").setLevel(logging.ERROR)

Names = Mapping[str, str]  # a name in small letters -> as it was declared
_UNSIGNED = {
    exp.DataType.Type.UBIGINT: exp.DataType.Type.BIGINT,
    exp.DataType.Type.UINT: exp.DataType.Type.BIGINT,
    exp.DataType.Type.UDECIMAL: exp.DataType.Type.DECIMAL,
    exp.DataType.Type.DATETIME: exp.DataType.Type.TIMESTAMP,
}
# Of PostgreSQL: stable or volatile (pg_proc.provolatile), and casts of text to times.
_CHANGING = re.compile(
    r"(?i)\b(?:to_char|to_date|to_timestamp|concat|concat_ws|format|now|random|gen_random_uuid|age)\s*\("
    r"|\b(?:current_(?:date|time|timestamp|user)|localtime(?:stamp)?)\b|\bas (?:date|time|timestamp|timestamptz)\b"
)
# Functions that sqlglot has no class for, and that PostgreSQL has under the same name with the same arguments.
_SAME = frozenset(("ascii", "md5", "repeat", "reverse", "pi", "sin", "cos", "tan", "asin", "acos", "atan", "degrees",
                   "radians", "lpad", "rpad", "format_bytes", "bit_length", "octet_length", "translate"))  # fmt: skip


class Untranslatable(ValueError):
    """What sqlglot or PostgreSQL's grammar has no way for; the message says what."""


def expression(text: str, names: Names, schema: str) -> str:
    """An expression over columns, with their declared names. Raises Untranslatable."""
    sql = _translated(text, names, schema)
    if isinstance(read(f"SELECT {sql}".encode("utf-8", "surrogateescape")), Unreadable):
        raise Untranslatable("PostgreSQL cannot read what it becomes")
    return sql


def immutable(text: str, names: Names, schema: str) -> str:
    """An expression for a generated column or an index: PostgreSQL takes none there whose value a setting changes.

    Raises Untranslatable.
    """
    sql = expression(text, names, schema)
    found = _CHANGING.search(sql)
    if found is not None:
        raise Untranslatable(f"PostgreSQL takes no {found.group().strip(' (')} in it, whose value may change")
    return sql


def query(text: str, names: Names, schema: str) -> str:
    """A whole statement: SELECT, UPDATE, DELETE, INSERT … SELECT. Raises Untranslatable."""
    sql = _translated(text, names, schema)
    fact = read(sql.encode("utf-8", "surrogateescape"))
    if isinstance(fact, Unreadable):
        raise Untranslatable("PostgreSQL cannot read what it becomes")
    return sql


def _translated(text: str, names: Names, schema: str) -> str:
    try:
        tree = sqlglot.parse_one(_bare_strings(text), read="mysql")
        tree = tree.transform(lambda node: _mended(node, names, schema))
        return str(tree.sql(dialect="postgres", unsupported_level=ErrorLevel.RAISE))
    except SqlglotError as error:
        raise Untranslatable(_first_line(str(error))) from None
    except RecursionError:
        raise Untranslatable("it is nested too deeply") from None


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


def _mended(node: exp.Expression, names: Names, schema: str) -> exp.Expression:
    if isinstance(node, exp.Column) and node.args.get("db"):
        node.set("db", None)
        node.set("catalog", None)
    elif isinstance(node, exp.Table):
        node.set("catalog", None)
        own = schema != "public" and isinstance(node.this, exp.Identifier)
        node.set("db", exp.to_identifier(schema) if own else None)
    elif isinstance(node, exp.Identifier):
        name = names.get(node.name.lower(), node.name)
        return exp.Identifier(this=name, quoted=identifier(name) != name)
    elif isinstance(node, exp.Anonymous):
        name = str(node.this).lower()
        if name == "json_unquote" and len(node.expressions) == 1 and isinstance(node.expressions[0], exp.JSONExtract):
            inner = node.expressions[0]
            return exp.JSONExtractScalar(this=inner.this, expression=inner.expression, only_json_types=True)
        if name not in _SAME:
            raise Untranslatable(f"PostgreSQL has no function {name}()")
    elif isinstance(node, exp.DataType) and node.this in _UNSIGNED:
        return exp.DataType(this=_UNSIGNED[node.this], expressions=node.expressions)
    return node


def _first_line(text: str) -> str:
    return re.sub(r"\x1b\[\d*m", "", text.splitlines()[0] if text else "it cannot be read")[:200]
