"""Identifiers and literals as PostgreSQL writes them."""

from __future__ import annotations

import re

from dsql_migrate.schema.model import Key

_PLAIN = re.compile(r"[a-z_][a-z0-9_$]*\Z")
# PostgreSQL 16's reserved words, and those that may not name a column or a type unquoted (src/include/parser/kwlist.h).
_RESERVED = frozenset(
    [
        "all",
        "analyse",
        "analyze",
        "and",
        "any",
        "array",
        "as",
        "asc",
        "asymmetric",
        "authorization",
        "between",
        "bigint",
        "binary",
        "bit",
        "boolean",
        "both",
        "case",
        "cast",
        "char",
        "character",
        "check",
        "coalesce",
        "collate",
        "collation",
        "column",
        "concurrently",
        "constraint",
        "create",
        "cross",
        "current_catalog",
        "current_date",
        "current_role",
        "current_schema",
        "current_time",
        "current_timestamp",
        "current_user",
        "dec",
        "decimal",
        "default",
        "deferrable",
        "desc",
        "distinct",
        "do",
        "else",
        "end",
        "except",
        "exists",
        "extract",
        "false",
        "fetch",
        "float",
        "for",
        "foreign",
        "freeze",
        "from",
        "full",
        "grant",
        "greatest",
        "group",
        "grouping",
        "having",
        "ilike",
        "in",
        "initially",
        "inner",
        "inout",
        "int",
        "integer",
        "intersect",
        "interval",
        "into",
        "is",
        "isnull",
        "join",
        "json_array",
        "json_arrayagg",
        "json_object",
        "json_objectagg",
        "lateral",
        "leading",
        "least",
        "left",
        "like",
        "limit",
        "localtime",
        "localtimestamp",
        "national",
        "natural",
        "nchar",
        "none",
        "normalize",
        "not",
        "notnull",
        "null",
        "nullif",
        "numeric",
        "offset",
        "on",
        "only",
        "or",
        "order",
        "out",
        "outer",
        "overlaps",
        "overlay",
        "placing",
        "position",
        "precision",
        "primary",
        "real",
        "references",
        "returning",
        "right",
        "row",
        "select",
        "session_user",
        "setof",
        "similar",
        "smallint",
        "some",
        "substring",
        "symmetric",
        "system_user",
        "table",
        "tablesample",
        "then",
        "time",
        "timestamp",
        "to",
        "trailing",
        "treat",
        "trim",
        "true",
        "union",
        "unique",
        "user",
        "using",
        "values",
        "varchar",
        "variadic",
        "verbose",
        "when",
        "where",
        "window",
        "with",
        "xmlattributes",
        "xmlconcat",
        "xmlelement",
        "xmlexists",
        "xmlforest",
        "xmlnamespaces",
        "xmlparse",
        "xmlpi",
        "xmlroot",
        "xmlserialize",
        "xmltable",
    ]
)


def identifier(name: str) -> str:
    """A name, quoted where PostgreSQL needs it."""
    if _PLAIN.match(name) and name not in _RESERVED:
        return name
    return '"' + name.replace('"', '""') + '"'


def qualified(key: Key) -> str:
    """schema.name, each part quoted where needed."""
    return f"{identifier(key[0])}.{identifier(key[1])}"


def literal(value: str) -> str:
    """A string literal; with E'' where it holds a backslash, so that it reads the same under any setting."""
    body = value.replace("'", "''")
    if "\\" in body:
        return " E'" + body.replace("\\", "\\\\") + "'"
    return f"'{body}'"


def commented(text: str) -> str:
    """Every line behind ``-- ``; other line ends of the text cannot end the comment."""
    return "\n".join(f"-- {line}".rstrip() for line in re.split(r"\r\n|[\n\r\v\f\x85\u2028\u2029]", text))


def one_line(text: str) -> str:
    """A text that goes into a one-line comment: control characters become spaces."""
    return re.sub(r"[\x00-\x1f\x7f\x85\u2028\u2029]+", " ", text)


def article(noun: str) -> str:
    """a table, an index."""
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"
