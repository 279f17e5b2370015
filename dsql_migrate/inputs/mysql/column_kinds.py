"""What is known of a column for the expressions that use it: its type, its collation, its character set."""

from __future__ import annotations

from dsql_migrate.inputs.mysql.meaning.kinds import Kind
from dsql_migrate.inputs.mysql.table import Column, Table
from dsql_migrate.inputs.mysql.types import Form

_WITHOUT_CASE = frozenset(("enum", "set", "json", "uuid", "inet6", "inet4"))  # as entries about collations tell them
_UTF8 = ("utf8", "utf8mb3", "utf8mb4", "ascii")
_INTEGERS = ("smallint", "integer", "bigint")


def usual(charset: str | None) -> str | None:
    """The collation that a character set has where none is said."""
    if charset is None or charset == "binary":
        return None
    return f"{charset}_general_ci"


def ignores_case(column: Column, table: Table) -> bool:
    """Whether a column of text is compared without looking at case."""
    return column.type not in _WITHOUT_CASE and _loose(column, table)


def _loose(column: Column, table: Table) -> bool:
    """By its collation; where nothing is said it is the server's, which ignores case unless somebody changed that."""
    charset = table.options.get("charset")
    said = column.collate or usual(column.charset) or table.options.get("collate") or usual(charset)
    return said.lower().endswith("_ci") if said is not None else "binary" not in (column.charset, charset)


def kind_of(column: Column, table: Table, form: Form) -> Kind:
    """What an expression has to know of a column."""
    loose = _loose(column, table)
    if form.labels or column.type == "enum":
        return Kind("enum", loose=loose, labels=form.labels or column.labels)
    positive = column.unsigned or column.auto_increment or column.type == "serial"
    if form.numeric:
        name, _, size = form.sql.partition("(")
        if name in _INTEGERS:
            return Kind("integer", small=name != "bigint", positive=positive)
        if name.strip() == "numeric":
            return Kind("decimal", scale=int(size.rstrip(")").rpartition(",")[2]), positive=positive)
        return Kind("float", positive=positive)
    if form.kind == "text":
        if form.sql in ("uuid", "inet"):
            return Kind()
        padded = form.sql.startswith("character(")
        return Kind("text", loose=loose and column.type != "json", utf8=_in_utf8(column, table), padded=padded)
    if form.kind in ("datetime", "timestamp", "time"):
        return Kind(form.kind, whole=not column.arguments or column.arguments == ("0",))
    return Kind(form.kind, stored=form.kind == "boolean")


def _in_utf8(column: Column, table: Table) -> bool:
    collate = column.collate or table.options.get("collate") or ""
    charset = column.charset or (collate.partition("_")[0] if column.collate else None) or table.options.get("charset")
    charset = charset or collate.partition("_")[0] or "utf8mb4"
    return charset.lower() in _UTF8
