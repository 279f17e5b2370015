"""The README of a bundle: counts of the ledger, what is left to do, and no way out of it for names of the source."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from dsql_migrate.rewrite.decisions import Decisions
from dsql_migrate.rewrite.run import Rewritten, rewrite
from dsql_migrate.rewrite.writing.readme import readme
from dsql_migrate.target import load_target

SCRIPT = """\
CREATE TYPE mood AS ENUM ('low', 'high');
CREATE TABLE people (id serial PRIMARY KEY, mood mood, boss int REFERENCES people);
CREATE INDEX people_mood ON people (mood);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER people_touch BEFORE UPDATE ON people FOR EACH ROW EXECUTE FUNCTION touch();
INSERT INTO people VALUES (1, 'low', NULL), (2, 'high', 1);
"""


def made(script: str, folder: Path, **chosen: str) -> tuple[Rewritten, str]:
    source = folder / "source.sql"
    source.write_text(script)
    done = rewrite(str(source), folder / "out", decisions=Decisions.of(**chosen), force=True)
    return done, (folder / "out" / "README.md").read_text()


def test_it_counts_what_the_ledger_holds(tmp_path: Path) -> None:
    done, page = made(SCRIPT, tmp_path)
    totals = done.ledger["totals"]
    for disposition, count in totals.items():
        assert f"{count} {disposition}" in page
    assert "loads 2 rows of 1 table" in page
    assert "1 index, 1 foreign key" in page
    assert f"## What is left to do: {totals['application']} obligations" in page
    assert "| triggers |" not in page
    assert "| trigger | 1 | `app/`, `quarantine.sql` | `public.people.people_touch` |" in page
    assert "**Nothing was run yet**" in page
    assert page.index("pre-data.sql") < page.index("data.sql` | loads") < page.index("post-data.sql")


def test_choices_are_shown_with_what_could_be_instead(tmp_path: Path) -> None:
    _, page = made(SCRIPT, tmp_path, foreign_keys="application")
    assert re.search(r"`foreign-keys` \| `application` \| 1 \| an option \| `native`, `inline` \|", page)
    assert re.search(r"`enums` \| `domain` \| 1 \| default \| ", page)
    assert "| `app/` |" in page
    assert "| foreign key | 1 | `app/`, `audit/` |" in page


def test_troubles_come_before_all_else(tmp_path: Path) -> None:
    _, page = made("CREATE TABLE t (id int);\nCREATE TABEL u (id int);\n", tmp_path)
    assert page.index("## Before anything else: 1 trouble") < page.index("## What is left to do")
    assert "- line 2:" in page


HOSTILE = ["a|b", "`code`", "x\n# Done: nothing is left\n", "<script>alert(1)</script>", "[a](java:x)", "\u202ead"]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_cannot_become_markup(name: str, tmp_path: Path) -> None:
    quoted = name.replace('"', '""')
    _, page = made(f"CREATE FUNCTION \"{quoted}\"() RETURNS trigger LANGUAGE plpgsql AS 'x';\n", tmp_path)
    (row,) = [line for line in page.splitlines() if line.startswith("| function | 1 |")]
    cells = re.split(r"(?<!\\)\|", row)
    assert len(cells) == 6  # two borders, four cells
    assert "\n# Done" not in page
    assert "\u202e" not in page
    assert re.fullmatch(r" (`+).*\1 ", cells[4]), "the name stands in a code span"


def test_after_a_run_it_says_what_came_out(tmp_path: Path) -> None:
    done, _ = made(SCRIPT, tmp_path)
    ledger = json.loads((tmp_path / "out" / "ledger.json").read_text())
    for entry in ledger["entries"]:
        entry["proof"] = "replayed"
    ledger["entries"][0]["proof"] = "unproved: nobody could run it"
    checks: list[dict[str, Any]] = [{"name": "rows", "ok": True, "detail": "", "counts": {}}]
    proof: dict[str, Any] = {"engine": "PostgreSQL 16", "checks": checks, "ok": True}

    def page() -> str:
        return readme(ledger, done.plan.taken.values(), load_target(), tmp_path / "out", (), proof)

    assert "**It verified**" in page()
    assert "## What is unproved: 1 object" in page()
    assert "nobody could run it" in page()
    checks.append({"name": "digests", "ok": False, "detail": "public.people differs", "counts": {}})
    assert "**It did not verify.**" in page()
    assert "- digests: public.people differs" in page()
