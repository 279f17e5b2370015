"""Scripts of other databases, which stand beside those of PostgreSQL in many projects (``db/mysql``, ``db/sqlite``)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from functools import cache
from pathlib import PurePath

from dsql_migrate.source import regex

_FOLDERS = {
    "mysql": "MySQL", "mariadb": "MariaDB", "sqlite": "SQLite", "sqlite3": "SQLite", "mssql": "SQL Server",
    "sqlserver": "SQL Server", "oracle": "Oracle", "clickhouse": "ClickHouse", "cockroachdb": "CockroachDB",
    "cockroach": "CockroachDB", "spanner": "Spanner", "snowflake": "Snowflake", "h2": "H2", "db2": "Db2",
}  # fmt: skip
_OURS = frozenset({"postgres", "postgresql", "pg", "pgsql", "psql", "postgresdb", "dsql", "aurora-dsql", "aurora_dsql"})


def folders_for(paths: Iterable[str]) -> dict[str, str]:
    """Path -> the other database whose name a folder of the path bears, where one for PostgreSQL stands beside it."""
    seen: dict[str, bool] = {}
    found: dict[str, str] = {}
    for path in paths:
        *folders, _ = PurePath(path).parts
        for number, name in enumerate(folders):
            database = _FOLDERS.get(name.lower())
            if database is None:
                continue
            place = os.path.join(*folders[:number]) if number else "."
            if place not in seen:
                seen[place] = _has_ours(place)
            if seen[place]:
                found[path] = database
    return found


def _has_ours(folder: str) -> bool:
    try:
        return any(entry.name.lower() in _OURS and entry.is_dir() for entry in os.scandir(folder))
    except OSError:
        return False


def dialect_of(content: bytes) -> str | None:
    """The database a script is for, by syntax that PostgreSQL does not have; None where nothing gives it away.

    Ask only of a script that PostgreSQL's grammar refuses: a word alone proves nothing.
    """
    text = _hidden().sub(b" ", content)
    return next((name for name, mark in _marks() if mark.search(text)), None)


@cache
def _hidden() -> re.Pattern[bytes]:
    """Strings, quoted names, dollar quotes and comments: what they hold gives nothing away."""
    return regex.compile(
        rb"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$", re.DOTALL
    )


@cache
def _marks() -> tuple[tuple[str, re.Pattern[bytes]], ...]:
    flags = re.IGNORECASE | re.MULTILINE
    return (
        ("ClickHouse", regex.compile(rb"\bengine\s*=\s*\w*MergeTree\b|\bLowCardinality\s*\(", flags)),
        (
            "MySQL",
            regex.compile(
                rb"`\w+`|\bengine\s*=\s*(?:innodb|myisam|memory)\b|\bauto_increment\b|\b(?:medium|long|tiny)text\b"
                rb"|\balter\s+table\s+\S+\s+(?:modify|change)\b|\bconvert\s+to\s+character\s+set\b|\bunsigned\b",
                flags,
            ),
        ),
        ("SQL Server", regex.compile(rb"^\s*GO\s*$|\[dbo\]\.|\bidentity\s*\(\s*1\s*,\s*1\s*\)|\bnvarchar\s*\(", flags)),
        ("Oracle", regex.compile(rb"\bvarchar2\s*\(|\bnumber\s*\(\s*\d", flags)),
        ("SQLite", regex.compile(rb"\bautoincrement\b|^\s*pragma\s+\w+", flags)),
    )
