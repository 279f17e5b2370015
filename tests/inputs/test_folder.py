"""A folder of migrations as the input: what the tool would send, as one bundle, with the places of the migrations."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from dsql_migrate.cli import group
from dsql_migrate.errors import Failure
from dsql_migrate.inputs.folder import replayed

FLYWAY = {
    "V1__shop.sql": "CREATE TABLE item (id serial PRIMARY KEY, name text, price money);\nCREATE TABLE gone (a int);\n",
    "V2__prices.sql": """-- prices in cents
ALTER TABLE item DROP COLUMN price;
ALTER TABLE item ADD COLUMN cents bigint NOT NULL DEFAULT 0;
INSERT INTO item (name, cents) VALUES ('pen', 120), ('book', 900);
DROP TABLE gone;
""",
    "U2__prices.sql": "ALTER TABLE item DROP COLUMN cents;\n",
    "V10__last.sql": "ALTER TABLE item RENAME COLUMN name TO title;\nCREATE INDEX item_title ON item (title)",
}


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def run(*arguments: str) -> Result:
    return CliRunner().invoke(group, list(arguments))


def ledger(out: Path) -> dict[str, Any]:
    return dict(json.loads((out / "ledger.json").read_text()))


def entries(out: Path) -> dict[str, dict[str, Any]]:
    return {entry["id"]: entry for entry in ledger(out)["entries"]}


def test_migrations_become_one_bundle_of_what_they_leave(tmp_path: Path) -> None:
    folder, out = write(tmp_path / "db", FLYWAY), tmp_path / "out"
    done = run("rewrite", str(folder), "-o", str(out))
    assert done.exit_code == 0, done.output
    schema = (out / "pre-data.sql").read_text()
    assert "cents bigint DEFAULT 0 NOT NULL" in schema or "cents bigint NOT NULL DEFAULT 0" in schema
    assert "title text" in schema
    assert "price" not in schema
    assert "gone" not in schema
    assert "(title, cents, id) VALUES ('pen', 120, 1), ('book', 900, 2)" in (out / "data.sql").read_text()


def test_entries_and_remarks_tell_the_migration_and_its_line(tmp_path: Path) -> None:
    folder, out = write(tmp_path / "db", FLYWAY), tmp_path / "out"
    assert run("rewrite", str(folder), "-o", str(out), "-q").exit_code == 0
    found = entries(out)
    place = {id: (Path(entry["file"]).name, entry["line"]) for id, entry in found.items()}
    assert place["table:public.item"] == ("V1__shop.sql", 1)
    assert place["column:public.item.cents"] == ("V2__prices.sql", 3)
    assert place["index:public.item_title"] == ("V10__last.sql", 2)
    assert ledger(out)["source"]["tool"] == "flyway"


@pytest.mark.server
def test_a_folder_is_verified_and_verified_again(tmp_path: Path) -> None:
    folder, out = write(tmp_path / "db", FLYWAY), tmp_path / "out"
    assert run("migrate", str(folder), "-o", str(out), "-q").exit_code == 0
    moved = tmp_path / "elsewhere"
    folder.rename(moved)
    assert run("verify", str(out), "--source", str(moved), "-q").exit_code == 0
    (moved / "V10__last.sql").write_text("SELECT 1;\n")
    assert "is not what" in str(run("verify", str(out), "--source", str(moved), "-q").exception)


def test_what_a_reader_cannot_turn_into_sql_is_named_and_ends_with_1(tmp_path: Path) -> None:
    program = """
exports.up = async knex => {
  await knex.schema.createTable('seat', t => { t.bigInteger('id').primary(); t.text('row'); });
  await knex('seat').insert({ id: 1, row: nextRow() });
  await knex('seat').insert({ id: 2, row: 'B' });
};
exports.down = async knex => { await knex.schema.dropTable('seat'); };
"""
    folder, out = write(tmp_path / "db", {"migrations/20240101_seat.js": program}), tmp_path / "out"
    done = run("rewrite", str(folder), "-o", str(out))
    assert done.exit_code == 1
    assert "20240101_seat.js:4: error DSQL906" in done.output
    (unread,) = [e for e in entries(out).values() if e["kind"] == "migration"]
    assert (unread["disposition"], unread["line"]) == ("unknown", 4)
    rows = (out / "data.sql").read_text()
    assert "'B'" in rows
    assert "NULL" not in rows
    assert "nextRow" in (out / "quarantine.sql").read_text() or "NULL" in (out / "quarantine.sql").read_text()


def test_files_that_are_no_migrations_are_named(tmp_path: Path) -> None:
    files = {"migrations/V1__a.sql": "CREATE TABLE a (id int PRIMARY KEY);\n", "queries/find.sql": "SELECT $1;\n"}
    folder = write(tmp_path / "db", files)
    done = run("rewrite", str(folder), "-o", str(tmp_path / "out"))
    assert done.exit_code == 0
    assert "1 file is no migration of flyway and not read" in done.output
    assert "find.sql" in done.output


def test_two_tools_in_one_folder_are_refused(tmp_path: Path) -> None:
    files = {"a/V1__a.sql": "SELECT 1;\n", "b/0001.sql": "-- +goose Up\nSELECT 1;\n"}
    with pytest.raises(Failure, match=r"several tools: flyway in .*a, goose in .*b"):
        replayed(str(write(tmp_path / "db", files)))


def test_the_tool_may_be_named(tmp_path: Path) -> None:
    files = {"2.sql": "CREATE TABLE b (id int PRIMARY KEY);\n", "10.sql": "ALTER TABLE b ADD c int;\n"}
    folder, out = write(tmp_path / "db", files), tmp_path / "out"
    assert run("rewrite", str(folder), "--framework", "numbered", "-o", str(out), "-q").exit_code == 0
    assert "column:public.b.c" in entries(out)
    assert ledger(out)["source"]["framework"] == "numbered"
    unknown = run("rewrite", str(folder), "--framework", "nobodys", "-o", str(tmp_path / "other"))
    assert "no such framework" in str(unknown.exception)


def test_plain_scripts_run_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    files = {"part 2.sql": "CREATE TABLE b (id int PRIMARY KEY);\n", "part 10.sql": "ALTER TABLE b ADD c int;\n"}
    with replayed(str(write(tmp_path / "db", files))) as source:
        text = source.read(0, source.size)
    assert text.index(b"CREATE TABLE") < text.index(b"ALTER TABLE")


def test_a_migration_that_never_closes_a_quote_does_not_swallow_the_next(tmp_path: Path) -> None:
    files = {"V1__a.sql": "INSERT INTO a VALUES ('open;\n", "V2__b.sql": "CREATE TABLE b (id int PRIMARY KEY);\n"}
    folder, out = write(tmp_path / "db", files), tmp_path / "out"
    assert run("rewrite", str(folder), "-o", str(out), "-q").exit_code == 1
    found = entries(out)
    assert "table:public.b" in found
    assert any("never closed" in entry["reason"] for entry in found.values())


def test_a_folder_without_migrations_is_one_message(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="holds no migrations and no SQL"):
        replayed(str(tmp_path))
