"""The demo's dump holds what it is there to show, and its archives hold the same."""

import gzip
import re
from pathlib import Path

import pytest

ROWS = 5823


def rows_of(dump: str) -> dict[str, int]:
    blocks = re.findall(r"^COPY (\S+) [^\n]* FROM stdin;\n(.*?)^\\\.$", dump, flags=re.M | re.S)
    return {table: block.count("\n") for table, block in blocks}


def test_one_table_is_too_long_for_a_transaction(demo: Path) -> None:
    rows = rows_of(demo.read_text(encoding="utf-8"))
    assert sum(rows.values()) == ROWS
    assert {table for table, count in rows.items() if count > 3000} == {"public.order_line"}


@pytest.mark.parametrize(
    "wanted",
    [
        r"CREATE TYPE .* AS ENUM",
        r"CREATE DOMAIN",
        r"CREATE EXTENSION",
        r"PARTITION BY RANGE",
        r"ATTACH PARTITION",
        r"LANGUAGE plpgsql",
        r"LANGUAGE sql",
        r"CREATE TRIGGER",
        r"CREATE VIEW",
        r"CREATE MATERIALIZED VIEW",
        r"GENERATED ALWAYS AS IDENTITY",
        r"GENERATED ALWAYS AS \(.*\) STORED",
        r"USING gin",
        r"DESC",
        r"INCLUDE",
        r"DEFERRABLE INITIALLY DEFERRED",
        r"ON DELETE SET NULL",
        r"ON DELETE SET DEFAULT",
        r"FOREIGN KEY \(\w+, \w+\)",
        r"OWNER TO",
        r"^GRANT ",
        r"^ALTER DEFAULT PRIVILEGES",
        r"^COMMENT ON .*'.*''.*'",
        r"setval\(.*, false\)",
        r"\t\\\\\.\t",
        r"\t\\N\t",
        r"\t\t",
    ],
)
def test_what_the_dump_shows(demo: Path, wanted: str) -> None:
    assert re.search(wanted, demo.read_text(encoding="utf-8"), flags=re.M)


def test_the_compressed_dump_is_the_same(demo: Path, project: Path) -> None:
    packed = (project / "tests" / "fixtures" / "shop.sql.gz").read_bytes()
    assert gzip.decompress(packed) == demo.read_bytes()
