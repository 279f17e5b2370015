r"""A psql script of several files: \i is followed, and told where it cannot be."""

from pathlib import Path

from dsql_migrate.rewrite.decisions import Decisions
from dsql_migrate.rewrite.run import rewrite


def test_included_files_are_part_of_the_script(tmp_path: Path) -> None:
    (tmp_path / "tables.sql").write_text("CREATE TABLE t (id int PRIMARY KEY);\n", encoding="utf-8")
    script = tmp_path / "all.sql"
    script.write_text("\\i tables.sql\n\\ir rows.sql\nINSERT INTO t VALUES (1);\n", encoding="utf-8")
    found = rewrite(str(script), tmp_path / "out", decisions=Decisions())
    entries = {e["id"]: e for e in found.ledger["entries"]}
    assert entries["table:public.t"]["disposition"] == "kept"
    told = next(e for e in entries.values() if e["kind"] == "psql")
    assert (told["disposition"], told["name"]) == ("dropped", r"\ir rows.sql")
    assert told["reason"].endswith("what it holds is not in the bundle")
