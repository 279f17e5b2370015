"""What the policy asks about the database, answered from PostgreSQL's catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from dsql_migrate.engine.endpoint import Result
from dsql_migrate.engine.policy.verdict import KnownType, Name

# public and sys do not count towards the limit (rules/limits.yaml: schemas).
_OWN_SCHEMAS = (
    "n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT IN ('information_schema', 'sys')"  # pg_ names are the system's
)
_OFF = frozenset({"off", "false", "no", "0"})
_COUNTS = {
    "schemas": f"SELECT count(*) FROM pg_namespace n WHERE {_OWN_SCHEMAS} AND n.nspname <> 'public'",
    "tables": "r",
    "views": "v",
    "sequences": "S",
}


class Answers(Protocol):
    """A connection of any kind."""

    def execute(self, sql: str) -> Result:
        """Run one query."""


class DatabaseCatalog:
    """Implements ``policy.Catalog``; asks afresh each time, inside whatever transaction is open."""

    def __init__(self, database: Answers) -> None:
        self._database = database

    def type(self, name: Name) -> KnownType | None:
        """The type of that name, found by the search path."""
        found = self._ask(
            "SELECT format_type(t.oid, NULL), t.typtype, t.typbasetype FROM pg_type t"
            f" WHERE t.oid = to_regtype({literal(dotted(name))})"
        )
        if not found.rows:
            return None
        display, kind, base = found.rows[0]
        return KnownType(str(display), self._base(str(base)) if kind == "d" else None)

    def columns(self, table: Name) -> Mapping[str, tuple[str, int | None]]:
        """Each column's internal type name, and the length it was declared with."""
        found = self._ask(
            "SELECT a.attname, t.typname, t.typtype, t.typbasetype, a.atttypmod FROM pg_attribute a"
            " JOIN pg_type t ON t.oid = a.atttypid"
            f" WHERE a.attrelid = to_regclass({literal(dotted(table))}) AND a.attnum > 0 AND NOT a.attisdropped"
            " ORDER BY a.attnum"
        )
        columns: dict[str, tuple[str, int | None]] = {}
        for name, kind, typtype, base, modifier in found.rows:
            own = self._base(str(base)) if typtype == "d" else str(kind)
            # varchar(n) and char(n) keep n + 4 there
            length = int(str(modifier)) - 4 if own in ("varchar", "bpchar") and int(str(modifier)) > 4 else None
            columns[str(name)] = (own, length)
        return columns

    def primary_key(self, table: Name) -> tuple[str, frozenset[str]] | None:
        """The primary key's constraint name and columns."""
        found = self._ask(
            "SELECT c.conname, a.attname FROM pg_constraint c"
            " JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)"
            f" WHERE c.contype = 'p' AND c.conrelid = to_regclass({literal(dotted(table))})"
        )
        if not found.rows:
            return None
        return str(found.rows[0][0]), frozenset(str(row[1]) for row in found.rows)

    def indexes(self, table: Name) -> int:
        """How many indexes the table has."""
        return self._number(
            f"SELECT count(*) FROM pg_index WHERE indrelid = to_regclass({literal(dotted(table))})",
        )

    def statistics(self, table: Name) -> int:
        """How many extended statistics the table has."""
        return self._number(
            f"SELECT count(*) FROM pg_statistic_ext WHERE stxrelid = to_regclass({literal(dotted(table))})",
        )

    def takes_index_at_once(self, table: Name) -> bool:
        """Whether the session lets CREATE INDEX do without a job, and the table is empty."""
        ((disabled, there),) = self._ask(
            "SELECT lower(current_setting('dsql.disable_sync_create_index', true)),"
            f" to_regclass({literal(dotted(table))})"
        ).rows
        if disabled not in _OFF or there is None:
            return False
        return not self._ask(f"SELECT 1 FROM {dotted(table)} LIMIT 1").rows

    def count(self, what: str) -> int:
        """How many schemas, tables, views or sequences there are."""
        known = _COUNTS[what]
        if len(known) > 1:
            return self._number(known)
        return self._number(
            "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            f" WHERE c.relkind = '{known}' AND {_OWN_SCHEMAS}"
        )

    def _base(self, oid: str) -> str:
        """The internal name under a domain; domains may stand on domains."""
        while True:
            ((name, kind, below),) = self._ask(
                f"SELECT typname, typtype, typbasetype FROM pg_type WHERE oid = {int(oid)}"
            ).rows
            if kind != "d":
                return str(name)
            oid = str(below)

    def _number(self, sql: str) -> int:
        return int(str(self._ask(sql).rows[0][0]))

    def _ask(self, sql: str) -> Result:
        return self._database.execute(sql)


def dotted(name: Name) -> str:
    """A name as SQL: each part quoted."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in name)


def literal(value: str) -> str:
    """A string as SQL, whatever standard_conforming_strings says."""
    quoted = value.replace("'", "''")
    return f" E'{quoted}'".replace("\\", "\\\\") if "\\" in value else f"'{quoted}'"
