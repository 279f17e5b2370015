"""What a MySQL type is in PostgreSQL: its SQL, and which kind of value its rows hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dsql_migrate.inputs.mysql.table import Column
from dsql_migrate.rewrite.quoting import literal

# How a value of a row is written for PostgreSQL: values.py has one function a kind.
Kind = Literal[
    "number", "wide", "boolean", "text", "bytes", "bits", "date", "datetime", "timestamp", "time", "json", "geometry"
]  # fmt: skip

_INTEGERS = {  # name -> (signed, unsigned)
    "tinyint": ("smallint", "smallint"),
    "smallint": ("smallint", "integer"),
    "mediumint": ("integer", "integer"),
    "int": ("integer", "bigint"),
    "integer": ("integer", "bigint"),
    "bigint": ("bigint", "bigint"),
    "serial": ("bigint", "bigint"),
    "int1": ("smallint", "smallint"), "int2": ("smallint", "integer"), "int3": ("integer", "integer"),
    "int4": ("integer", "bigint"), "int8": ("bigint", "bigint"), "middleint": ("integer", "integer"),
}  # fmt: skip
_TEXTS = frozenset(("tinytext", "text", "mediumtext", "longtext", "long"))
_BYTES = frozenset(("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"))
_SHAPES = frozenset(
    ("geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon",
     "geometrycollection", "geomcollection")
)  # fmt: skip
_FLOATS = frozenset(("float", "float4", "double", "float8", "real"))


@dataclass(frozen=True, slots=True)
class Form:
    """A column's type. ``check``: a condition with ``{}`` for the column; ``note``: what the type no longer says."""

    sql: str
    kind: Kind
    check: str | None = None
    note: str | None = None
    labels: tuple[str, ...] = ()  # of an enum, whose type has to be made

    @property
    def numeric(self) -> bool:
        return self.kind in ("number", "wide")


def form_of(column: Column, booleans: bool, wide: bool) -> Form:
    """The form of a column. ``booleans``: tinyint(1) is boolean; ``wide``: bigint unsigned is numeric(20,0).

    Raises ValueError for a type that is not known.
    """
    name, arguments = column.type, column.arguments
    if name in ("bool", "boolean"):
        return Form("boolean", "boolean")
    if name == "tinyint" and arguments == ("1",) and not column.unsigned and booleans:
        return Form("boolean", "boolean")
    if name in _INTEGERS:
        return _integer(column, wide)
    if name in ("decimal", "numeric", "dec", "fixed"):
        size = ", ".join(arguments) or "10, 0"
        return Form(f"numeric({size})", "number", "{} >= 0" if column.unsigned else None)
    if name in _FLOATS:
        single = name in ("float", "float4") and not (len(arguments) == 1 and int(arguments[0]) > 24)
        return Form("real" if single else "double precision", "number", "{} >= 0" if column.unsigned else None)
    if name == "bit":
        bits = int(arguments[0]) if arguments else 1
        return Form("boolean", "boolean") if bits == 1 else Form(f"bit({bits})", "bits")
    return _of_text_or_time(column)


def _integer(column: Column, wide: bool) -> Form:
    signed, unsigned = _INTEGERS[column.type]
    if not (column.unsigned or column.type == "serial"):
        return Form(signed, "number")
    check = None if column.auto_increment or column.type == "serial" else "{} >= 0"
    if unsigned == "bigint" and column.type in ("bigint", "int8", "serial"):
        if wide and not column.auto_increment:
            return Form("numeric(20, 0)", "number", check)
        return Form("bigint", "wide", check)
    return Form(unsigned, "number", check)


def _of_text_or_time(column: Column) -> Form:
    name, arguments = column.type, column.arguments
    size = f"({arguments[0]})" if arguments else ""
    if name == "char":
        return Form(f"character{size or '(1)'}", "text")
    if name in ("varchar", "varcharacter", "nvarchar"):
        return Form(f"character varying{size}", "text")
    if name == "nchar":
        return Form(f"character{size or '(1)'}", "text")
    if name in _TEXTS:
        return Form("text", "text")
    if name in _BYTES:
        return Form("bytea", "bytes")
    if name == "enum":
        return Form("", "text", labels=column.labels)
    if name == "set":
        listed = ", ".join(literal(label).strip() for label in column.labels)
        return Form("text", "text", f"string_to_array({{}}, ',') <@ ARRAY[{listed}]::text[]")
    if name == "date":
        return Form("date", "date")
    if name == "datetime":
        return Form(f"timestamp{size or '(0)'} without time zone", "datetime")
    if name == "timestamp":
        return Form(f"timestamp{size or '(0)'} with time zone", "timestamp")
    if name == "time":
        return Form(f"time{size or '(0)'} without time zone", "time")
    if name == "year":
        return Form("smallint", "number")
    if name == "json":
        return Form("jsonb", "json")
    if name in _SHAPES:
        return Form("bytea", "geometry", note=f"{name}: well-known binary, without its SRID")
    if name in ("uuid", "inet6", "inet4"):  # MariaDB's
        return Form("uuid" if name == "uuid" else "inet", "text")
    raise ValueError(f"the type {name} is not known")
