"""What stands in an input and in no statement of the script that it was made into."""

from __future__ import annotations

from typing import Literal

from dsql_migrate.record import Record


class Untranslated(Record):
    """An object, a guarantee or a statement that could not be turned into a PostgreSQL statement.

    ``line`` is that of ``file``. ``text`` is its source, for quarantine.sql; empty where it is told elsewhere.
    """

    kind: str
    name: str
    file: str
    line: int
    disposition: Literal["rewritten", "application", "dropped", "unknown"]
    reason: str
    rule: str | None = None
    text: str = ""
    numbered: bool = False  # its name is not unique: the line tells it apart
