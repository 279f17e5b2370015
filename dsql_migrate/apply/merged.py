"""Plain INSERTs of one transaction put together: a server has far less work with one statement of many rows.

The bundle stays as its author wrote it; only what goes over the wire is shorter.
"""

from __future__ import annotations

from collections.abc import Iterable

from dsql_migrate.rewrite.data.plain_insert import plain_rows

_MOST_BYTES = 1 << 16  # of one statement, unless it is longer by itself


def merged(statements: Iterable[bytes]) -> list[bytes]:
    """The statements, in order, with neighbours that have one head and rows of literals as one statement.

    PostgreSQL takes each row of VALUES for the column's type by itself (transformInsertRow), so that rows mean the same
    together as alone.
    """
    found: list[bytes] = []
    head, size = b"", 0
    rows: list[bytes] = []

    def end() -> None:
        if rows:
            found.append(head + b" " + b",\n".join(rows) + b";")
            rows.clear()

    for statement in statements:
        plain = plain_rows(statement)
        if plain is None:
            end()
            found.append(statement)
            continue
        if rows and (plain[0] != head or size + len(plain[1]) > _MOST_BYTES):
            end()
        if not rows:
            head, size = plain[0], 0
        rows.append(plain[1])
        size += len(plain[1])
    end()
    return found
