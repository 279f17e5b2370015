"""The constraints that the table modules keep, and errors like PostgreSQL's."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TypeVar

import psycopg
from psycopg.pq import DiagnosticField

from .runtime import Key, Row, Work

E = TypeVar("E", bound=psycopg.Error)


class ForeignKeyViolation(psycopg.errors.ForeignKeyViolation):
    """SQLSTATE 23503, with what PostgreSQL says in `diag` (`constraint_name` …)."""


@dataclass(frozen=True)
class ForeignKey:
    """The names a foreign key goes by in its errors; tables as (schema, name)."""

    name: str
    table: tuple[str, str]
    columns: tuple[str, ...]
    references: tuple[str, str]
    referenced_columns: tuple[str, ...]

    def before(self, row: Row, key: Key) -> Row:
        """The row as it was when these columns still held `key`."""
        return {**row, **dict(zip(self.columns, key, strict=True))}

    def missing(self, key: Key) -> ForeignKeyViolation:
        """There is no row that `key` names."""
        detail = f"{_key_text(self.columns, key)} is not present in table"
        return self._refused(f'{detail} "{self.references[1]}".')

    def mixed(self) -> ForeignKeyViolation:
        """MATCH FULL and a key with a NULL beside a value."""
        nulls = "MATCH FULL does not allow mixing of null and nonnull key values."
        return self._refused(nulls)

    def still_referenced(self, key: Key) -> ForeignKeyViolation:
        """A row that `key` names is gone, and a row still names it."""
        text = (
            f'update or delete on table "{self.references[1]}" violates '
            f'foreign key constraint "{self.name}" on table "{self.table[1]}"'
        )
        detail = f"{_key_text(self.referenced_columns, key)} is still referenced from"
        return self._violation(text, f'{detail} table "{self.table[1]}".')

    def _refused(self, detail: str) -> ForeignKeyViolation:
        text = (
            f'insert or update on table "{self.table[1]}" violates '
            f'foreign key constraint "{self.name}"'
        )
        return self._violation(text, detail)

    def _violation(self, text: str, detail: str) -> ForeignKeyViolation:
        return _refusal(ForeignKeyViolation, text, detail, self.table, self.name)


class ExclusionViolation(psycopg.errors.ExclusionViolation):
    """SQLSTATE 23P01, with the constraint's name in `diag.constraint_name`."""


@dataclass(frozen=True)
class Exclusion:
    """An exclusion constraint: no two rows of the table may meet in its way."""

    name: str
    table: tuple[str, str]

    def guard(self, work: Work, values: Key) -> None:
        """Let one transaction at a time add rows that are equal in `values`.

        There is no row yet that a second writer could be held off with, so both write
        one row of a table made for that (app/guards.sql).
        """
        parts = (*self.table, self.name, *map(str, values))
        key = hashlib.sha256("\0".join(parts).encode()).hexdigest()
        work.rows(
            "INSERT INTO public.dsql_migrate_guard (key, name) VALUES (%s, %s) "
            "ON CONFLICT (key) DO UPDATE SET name = excluded.name",
            [key, self.name],
        )

    def conflict(self, columns: tuple[str, ...], key: Key) -> ExclusionViolation:
        """The row with this primary key meets another one."""
        text = f'conflicting key value violates exclusion constraint "{self.name}"'
        detail = f"{_key_text(columns, key)} conflicts with an existing row."
        return _refusal(ExclusionViolation, text, detail, self.table, self.name)


def _refusal(
    kind: type[E], text: str, detail: str, table: tuple[str, str], constraint: str
) -> E:
    """The error as PostgreSQL raises it."""
    fields = {
        DiagnosticField.SEVERITY: "ERROR",
        DiagnosticField.SEVERITY_NONLOCALIZED: "ERROR",
        DiagnosticField.SQLSTATE: kind.sqlstate or "XX000",
        DiagnosticField.MESSAGE_PRIMARY: text,
        DiagnosticField.MESSAGE_DETAIL: detail,
        DiagnosticField.SCHEMA_NAME: table[0],
        DiagnosticField.TABLE_NAME: table[1],
        DiagnosticField.CONSTRAINT_NAME: constraint,
    }
    info: dict[int, bytes | None] = {f: t.encode() for f, t in fields.items()}
    return kind(f"{text}\nDETAIL:  {detail}", info=info)


def _key_text(columns: tuple[str, ...], key: Key) -> str:
    return f"Key ({', '.join(columns)})=({', '.join(map(str, key))})"
