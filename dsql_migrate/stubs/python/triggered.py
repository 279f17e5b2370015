"""What the modules of tables with triggers share: rows before they are stored, and the errors of RAISE."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.pq import DiagnosticField
from psycopg.types.json import Jsonb

from .runtime import Row, Table, Work

_DETAILS = {
    "detail": DiagnosticField.MESSAGE_DETAIL,
    "hint": DiagnosticField.MESSAGE_HINT,
    "constraint": DiagnosticField.CONSTRAINT_NAME,
    "column": DiagnosticField.COLUMN_NAME,
    "table": DiagnosticField.TABLE_NAME,
    "schema": DiagnosticField.SCHEMA_NAME,
    "datatype": DiagnosticField.DATATYPE_NAME,
}


@dataclass(frozen=True)
class TriggeredTable(Table):
    """A table whose BEFORE triggers see a row as it would be stored.

    `types` are its columns with their types, `defaults` the SQL of their defaults,
    `json` the columns whose values psycopg gives as Python objects.
    """

    types: Mapping[str, LiteralString] = field(default_factory=dict)
    defaults: Mapping[str, LiteralString] = field(default_factory=dict)
    json: tuple[str, ...] = ()
    lengths: Mapping[str, int] = field(default_factory=dict)

    def complete(self, work: Work, values: Row) -> Row:
        """A new row with these values in their columns' types, and defaults."""
        return self._select(work, values, list(self.types))

    def cast(self, work: Work, values: Row) -> Row:
        """These values in their columns' types."""
        names = [name for name in values if name in self.types]
        return self._select(work, values, names) if names else {}

    def changed(self, values: Row, given: Row, new: Row) -> Row:
        """What is to be stored: the caller's values, and what differs from `given`."""
        found = dict(values)
        for name, value in new.items():
            if name in found and value == given[name]:
                continue
            if name in found or name in self.defaults or value != given[name]:
                wrap = name in self.json and value is not None
                found[name] = Jsonb(value) if wrap else value
        return found

    def _select(self, work: Work, values: Row, names: list[str]) -> Row:
        columns, bound = [], []
        for name in names:
            text = sql.SQL("NULL")
            if name in values:
                text = sql.SQL("%s")
                bound.append(values[name])
            elif name in self.defaults:
                text = sql.SQL(self.defaults[name].replace("%", "%%"))
            type_ = sql.SQL(self.types[name].replace("%", "%%"))
            shape = sql.SQL("CAST({} AS {}) AS {}")
            alias = sql.Identifier(name.replace("%", "%%"))
            columns.append(shape.format(text, type_, alias))
        query = sql.SQL("SELECT {}").format(sql.SQL(", ").join(columns))
        found = work.rows(query, bound)[0]
        for name, most in self.lengths.items():
            value = found.get(name)
            if isinstance(value, str) and len(value) > most:
                found[name] = self._short(name, value, most)
        return found

    def _short(self, name: str, value: str, most: int) -> str:
        """As a column takes a text that is too long: only spaces may go."""
        if value[most:].strip(" "):
            kind = "character varying" if self.types[name] == "varchar" else "character"
            raise failure("22001", f"value too long for type {kind}({most})")
        return value[:most]


def failure(state: str, message: str, **details: str | None) -> psycopg.Error:
    """RAISE EXCEPTION: the error that PostgreSQL gives for this SQLSTATE."""
    try:
        kind = psycopg.errors.lookup(state)
    except KeyError:
        kind = type("RaisedError", (psycopg.DatabaseError,), {"sqlstate": state})
    info: dict[int, bytes | None] = {
        DiagnosticField.SEVERITY: b"ERROR",
        DiagnosticField.SEVERITY_NONLOCALIZED: b"ERROR",
        DiagnosticField.SQLSTATE: state.encode(),
        DiagnosticField.MESSAGE_PRIMARY: message.encode(),
    }
    for name, text in details.items():
        info[_DETAILS[name]] = (text or "").encode()
    return kind(message, info=info)


def integer(value: int, bits: int) -> int:
    """The value, where an integer of so many bits holds it; else 22003."""
    if -(1 << bits - 1) <= value < 1 << bits - 1:
        return value
    name = {16: "smallint", 32: "integer", 64: "bigint"}[bits]
    raise failure("22003", f"{name} out of range")


def shown(value: Any) -> str:
    """A value in a message of RAISE."""
    return "<NULL>" if value is None else str(value)


def as_json(value: Any) -> Jsonb | None:
    """A json value for a statement; NULL stays NULL."""
    return None if value is None else Jsonb(value)
