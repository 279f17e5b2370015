"""Rows that differ because of the script itself: its clock, its triggers, its functions. A second load tells."""

from pathlib import Path

import pytest

from dsql_migrate.migration import Migrated, migrate

pytestmark = pytest.mark.server


def migrated(script: str, folder: Path) -> Migrated:
    path = folder / "script.sql"
    path.write_text(script, encoding="utf-8")
    return migrate(str(path), folder / "out")


def reasons(found: Migrated) -> dict[str, str]:
    return {item["object"]: item["reason"] for item in found.verification["unproved"]}


def test_a_value_of_the_clock_is_unproved_and_the_rest_is_compared(tmp_path: Path) -> None:
    found = migrated("CREATE TABLE t (i int, at timestamptz DEFAULT now());\nINSERT INTO t (i) VALUES (1);\n", tmp_path)
    assert found.ok
    assert reasons(found)["column:public.t.at"] == "its values are others at each run of the script"


def test_rows_that_a_trigger_made_are_unproved(tmp_path: Path) -> None:
    script = """CREATE TABLE t (i int);
CREATE TABLE log (i int);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO log VALUES (new.i); RETURN new; END$$;
CREATE TRIGGER note AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION note();
INSERT INTO t VALUES (1), (2);
"""
    found = migrated(script, tmp_path)
    assert found.ok
    assert set(reasons(found)) >= {"rows:public.log"}
    assert [t["rows_target"] for t in found.verification["tables"]] == [0, 2]


def test_rows_that_a_called_function_made_are_unproved(tmp_path: Path) -> None:
    script = """CREATE TABLE versions (v text);
CREATE FUNCTION say(v text) RETURNS void LANGUAGE plpgsql AS $$BEGIN INSERT INTO versions VALUES (v); END$$;
SELECT say('1.0');
"""
    found = migrated(script, tmp_path)
    assert found.ok
    assert "rows:public.versions" in reasons(found)


def test_default_null_of_a_type_with_a_length_is_no_default(tmp_path: Path) -> None:
    script = "CREATE TABLE t (a varchar(9) DEFAULT NULL, b numeric(9,2) DEFAULT NULL::numeric, c cidr DEFAULT NULL);\n"
    assert migrated(script, tmp_path).ok


def test_a_schema_that_the_script_takes_for_there(tmp_path: Path) -> None:
    script = "SET search_path = sales, pg_catalog;\nCREATE TABLE t (i int);\nCREATE TABLE crm.u (i int);\n"
    assert migrated(script, tmp_path).ok
