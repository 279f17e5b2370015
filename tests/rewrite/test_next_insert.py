"""After the load, the next INSERT of every table gets a number that is free."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from bundles import CASES, options_of

from dsql_migrate.apply import apply_bundle
from dsql_migrate.engine.endpoint import PsycopgEndpoint
from dsql_migrate.engine.local import Database
from dsql_migrate.rewrite.run import rewrite

pytestmark = pytest.mark.server

CASES_WITH_NUMBERS = (
    "identity-of-pg_dump", "inserts-with-serial-ids-left-out", "names-quoted", "nextval-among-rows",
    "numbers-drawn-by-name", "numbers-go-on", "sequences-renamed", "serial-of-pg_dump", "serial-written-by-hand",
    "shared-sequence",
)  # fmt: skip

# Every column that draws numbers, of identity or by DEFAULT, with the other columns that want a value.
DRAWN = """
SELECT n.nspname, c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relkind = 'r' AND n.nspname NOT IN ('sys', 'pg_catalog', 'information_schema')
  AND (a.attidentity <> '' OR pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%')
"""


def loaded(case: str, dsql: Database, folder: Path) -> psycopg.Connection[tuple[object, ...]]:
    source = CASES / case
    options = options_of(source)
    rewrite(str(source / "source.sql"), folder, as_of=options.as_of, decisions=options.decisions)
    result = apply_bundle(folder, PsycopgEndpoint(dsql.dsn), journal=False)
    assert result.ok, result.failure
    return dsql.connect()


@pytest.mark.parametrize("case", CASES_WITH_NUMBERS)
def test_the_next_insert_works(case: str, dsql: Database, tmp_path: Path) -> None:
    connection = loaded(case, dsql, tmp_path / "out")
    drawn = connection.execute(DRAWN).fetchall()
    assert drawn
    for schema, table, column in drawn:
        relation = f'"{schema}"."{table}"'
        before = {row[0] for row in connection.execute(f'SELECT "{column}" FROM {relation}').fetchall()}
        columns = [c for s, t, c in drawn if (s, t) == (schema, table)]
        needed = connection.execute(
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = %s AND table_name = %s"
            " AND is_nullable = 'NO' AND column_default IS NULL",
            (schema, table),
        ).fetchall()
        others = {name: "'1'" for name, _ in needed if name not in columns}
        names = ", ".join(f'"{name}"' for name in others)
        values = f"({names}) VALUES ({', '.join(others.values())})" if others else "DEFAULT VALUES"
        new = connection.execute(f'INSERT INTO {relation} {values} RETURNING "{column}"').fetchone()
        assert new is not None
        assert new[0] not in before, f"{relation}.{column}"


def test_sequences_stand_behind_the_rows(dsql: Database, tmp_path: Path) -> None:
    connection = loaded("numbers-go-on", dsql, tmp_path / "out")
    wanted = {"guests_id_seq": 6, "rooms_number_seq": 204, "countdown": -11, "tickets": 160, "seats_id_seq": 41,
              "keys_id_seq": 21, "locks_id_seq": 10, "doors_id_seq": 500, "empty_id_seq": 1}  # fmt: skip
    found = {}
    for name in wanted:
        row = connection.execute(f"SELECT nextval('{name}')").fetchone()
        found[name] = row[0] if row else None
    assert found == wanted
