r"""The SQL that brings the table of a materialized view up to date, within what a transaction of DSQL may change.

One query compares the view that keeps the query with the table, at one moment, and gives a row for each transaction
that makes the table the same; psql's ``\gexec`` runs them. Each holds its values as they are, so the query is computed
once. Rows that are the same are not touched. Run again after a break, it does what is left.

A row is told by the text of its values, as they stand in VALUES; of equal rows, all leave, or as many come as are
missing. Where an index says which columns tell rows apart, an old and a new row of one key go in one transaction. How
many rows and bytes a transaction may change is the target's to say.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from dsql_migrate.rewrite.quoting import identifier, literal, qualified
from dsql_migrate.schema.model import Key
from dsql_migrate.target import Target

FILL = 80  # where post-data.sql has the first rows: behind the indexes, which a query may need
_OWN = (b"WITH found AS (\n    SELECT '('", b"FROM portions", b"GROUP BY by_rows, by_size\nORDER BY by_rows, by_size")
_ROWS_SHARE = 3  # of the rows that a transaction may change: equal rows that leave come on top
_BYTES_SHARE = 5  # of its bytes: a row may come on top, and quoting may double what is written


@dataclass(frozen=True, slots=True)
class Refresh:
    """``table`` is made equal to ``query``. ``columns``: name, and SQL that makes a value of the query (``{}``) one of
    the table. ``keys``: columns that tell rows apart, () where nothing does. ``apart``: old rows leave before new ones
    come, as more than these columns are unique."""

    table: Key
    query: Key
    columns: tuple[tuple[str, str], ...]
    keys: tuple[str, ...] = ()
    apart: bool = False

    def at_once(self) -> Refresh:
        """For a table that is empty: nothing has to leave it."""
        return replace(self, apart=False)


def refresh_steps(refresh: Refresh, target: Target) -> tuple[str, ...]:
    """The queries, each with its ``\\gexec``, in their order."""
    if refresh.apart:
        return _step(refresh, target, leave_only=True), _step(refresh, target)
    return (_step(refresh, target),)


def is_refresh(sql: bytes) -> bool:
    """Whether a query is one of ``refresh_steps``, from its first word on: in a bundle that is rewritten again."""
    return sql.startswith(_OWN[0]) and _OWN[1] in sql and sql.rstrip().endswith(_OWN[2])


def _step(refresh: Refresh, target: Target, *, leave_only: bool = False) -> str:
    rows = target.limit("transaction-rows") // _ROWS_SHARE
    size = target.limit("transaction-bytes") // _BYTES_SHARE
    stored = [(name, "{}") for name, _ in refresh.columns]
    now, key_now = _row("q", refresh.columns), _key("q", refresh.columns, refresh.keys)
    was, key_was = _row("t", stored), _key("t", stored, refresh.keys)
    parts = [*_leaving(refresh, was), *([] if leave_only else [_coming(refresh)])]
    statement = "\n    || ".join(parts)
    wanted = "\nWHERE leaves" if leave_only else ""
    return f"""WITH found AS (
    SELECT {now} AS values_of,
        {key_now} AS key_of, 1 AS now, 0 AS was
    FROM {qualified(refresh.query)} AS q
    UNION ALL
    SELECT {was},
        {key_was}, 0, 1
    FROM {qualified(refresh.table)} AS t
), changed AS (
    SELECT values_of, key_of, sum(was) AS was, sum(was) > sum(now) AS leaves,
        CASE WHEN sum(was) > sum(now) THEN sum(now) ELSE sum(now) - sum(was) END::integer AS comes
    FROM found
    GROUP BY values_of, key_of
    HAVING sum(was) <> sum(now)
), copies AS (
    SELECT values_of, key_of, was, leaves, comes > 0 AS comes, generate_series(1, greatest(comes, 1)) AS copy
    FROM changed
), portions AS (
    SELECT values_of, key_of, leaves AND copy = 1 AS leaves, comes,
        trunc(sum(CASE WHEN leaves AND copy = 1 THEN was + 1 ELSE 1 END) OVER same_key / {rows}) AS by_rows,
        trunc(sum(octet_length(values_of)) OVER same_key / {size}) AS by_size
    FROM copies
    WINDOW same_key AS (ORDER BY coalesce(key_of, values_of), copy)
)
SELECT {statement}
FROM portions{wanted}
GROUP BY by_rows, by_size
ORDER BY by_rows, by_size \\gexec"""


def _row(alias: str, columns: Iterable[tuple[str, str]]) -> str:
    """SQL for the text of a row's values as it stands in VALUES: (1, 'a', NULL)."""
    texts = [f"quote_nullable({as_stored.format(_of(alias, name))}::text)" for name, as_stored in columns]
    return "'(' || " + " || ', ' || ".join(texts) + " || ')'"


def _key(alias: str, columns: Iterable[tuple[str, str]], keys: tuple[str, ...]) -> str:
    """SQL for the text of a row's key, as it stands in a list; NULL where part of it is: then nothing tells it."""
    if not keys:
        return "NULL::text"
    forms = dict(columns)
    texts = [f"quote_literal({forms[name].format(_of(alias, name))}::text)" for name in keys]
    return "'(' || " + " || ', ' || ".join(texts) + " || ')'"


def _of(alias: str, name: str) -> str:
    return f"{alias}.{identifier(name)}"


def _leaving(refresh: Refresh, row: str) -> Iterable[str]:
    """SQL for the statements that take rows away: by their key, and by their values where they have none."""
    table = qualified(refresh.table)
    if refresh.keys:
        keys = ", ".join(_of("t", name) for name in refresh.keys)
        start = literal(f"DELETE FROM {table} AS t WHERE ({keys}) IN (").strip()
        yield f"coalesce({start} || string_agg(key_of, ', ') FILTER (WHERE leaves) || '); ', '')"
    start = literal(f"DELETE FROM {table} AS t WHERE {row} IN (").strip()
    which = "leaves AND key_of IS NULL" if refresh.keys else "leaves"
    yield f"coalesce({start} || string_agg(quote_literal(values_of), ', ') FILTER (WHERE {which}) || '); ', '')"


def _coming(refresh: Refresh) -> str:
    """SQL for the statement that puts rows in, each as often as it is missing."""
    names = ", ".join(identifier(name) for name, _ in refresh.columns)
    start = literal(f"INSERT INTO {qualified(refresh.table)} ({names}) VALUES ").strip()
    return f"coalesce({start} || string_agg(values_of, ', ') FILTER (WHERE comes) || ';', '')"


def refresh_script(refresh: Refresh, head: Iterable[str], target: Target) -> str:
    """The script of one materialized view. ``head``: lines of its comment."""
    lines = [f"-- {line}".rstrip() for line in head]
    return "\n".join([*lines, "SET client_encoding = 'UTF8';", ""]) + "\n" + "\n\n".join(
        refresh_steps(refresh, target)
    ) + "\n"
