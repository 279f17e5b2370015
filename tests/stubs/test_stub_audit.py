"""Orphan queries: which rows they list, and names that try to get out."""

from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from stub_cases import SHOP, foreign_key

from dsql_migrate.engine.postgres.server import Server
from dsql_migrate.stubs.audit import orphan_query, write_audits
from dsql_migrate.stubs.obligations import Obligations


def test_one_file_a_key(tmp_path: Path) -> None:
    files = write_audits(SHOP, tmp_path)
    assert files == {
        "constraint:orders_customer_id_fkey": "audit/orders_customer_id_fkey.sql",
        "constraint:line_order_id_fkey": "audit/line_order_id_fkey.sql",
    }
    assert (tmp_path / "audit/line_order_id_fkey.sql").read_text() == (
        "-- Rows of public.line that foreign key line_order_id_fkey would refuse.\n"
        "-- From shop.dump.sql, line 15. No row: the key holds.\n"
        "SELECT\n  child.*\nFROM public.line AS child\nWHERE\n  NOT child.order_id IS NULL\n"
        "  AND NOT EXISTS(\n    SELECT\n      1\n    FROM public.orders AS parent\n    WHERE\n"
        "      parent.id = child.order_id\n  );\n"
    )


def test_keys_of_one_name_on_two_tables_have_two_files(tmp_path: Path) -> None:
    made = [foreign_key("same", child, ["x"], "p", referenced_columns=("id",)) for child in ("a", "b")]
    keys = tuple(replace(key, id=key.table[1]) for key in made)
    files = write_audits(Obligations("x", (), keys), tmp_path)
    assert len(set(files.values())) == 2


def test_no_key_no_folder(tmp_path: Path) -> None:
    assert write_audits(Obligations("x"), tmp_path) == {}
    assert not list(tmp_path.iterdir())


HOSTILE = 'x\n; DROP TABLE "y"\'; --'


@pytest.mark.server
@pytest.mark.parametrize("match", ["simple", "full"])
def test_the_rows_are_the_orphans(match: str, server: Server, tmp_path: Path) -> None:
    """NULLs: MATCH SIMPLE lets a key with any NULL pass, MATCH FULL only one of NULLs alone."""
    quoted = '"' + HOSTILE.replace('"', '""') + '"'
    key = foreign_key(
        HOSTILE, HOSTILE, [HOSTILE, "select"], "p%s", match=match, referenced_columns=("A", HOSTILE), line=3
    )
    written = write_audits(Obligations(HOSTILE, (), (key,)), tmp_path)
    text = (tmp_path / written[key.id]).read_text(encoding="utf-8")
    assert [line[:2] for line in text.split("\n")][:2] == ["--", "--"]
    dsn = server.create_database(f"audit_{match}")
    with psycopg.connect(dsn) as conn:
        conn.execute(f'CREATE TABLE "p%s" ("A" int, {quoted} int); INSERT INTO "p%s" VALUES (1, 2)'.encode())
        conn.execute(f'CREATE TABLE {quoted} (n text, {quoted} int, "select" int)'.encode())
        rows = [("whole", 1, 2), ("wrong", 1, 3), ("mixed", 1, None), ("mixed too", None, 9), ("none", None, None)]
        for n, a, b in rows:
            conn.execute(f"INSERT INTO {quoted} VALUES (%s, %s, %s)".encode(), (n, a, b))
        found = {row[0] for row in conn.execute(text.encode())}
        assert found == {"wrong"} | ({"mixed", "mixed too"} if match == "full" else set())
        assert found == {row[0] for row in conn.execute(orphan_query(key).encode())}
