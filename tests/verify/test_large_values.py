"""Values beyond DSQL's limit: asked for where there are any, and put together again on the engine."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from dsql_migrate.migration import migrate
from dsql_migrate.rewrite.decisions import Decisions
from dsql_migrate.rewrite.run import rewrite
from dsql_migrate.target import load_target

LIMIT = load_target().limit("value-bytes")
OUT = Decisions.of(large_values="out-of-line")
TABLE = "CREATE TABLE t (id int PRIMARY KEY, body text, title text NOT NULL, file bytea, seal bytea NOT NULL{});\n"


def words(chance: random.Random, size: int) -> str:
    """Text of so many bytes that does not get smaller by compression; of two and four bytes a character."""
    text = "".join(chr(chance.choice((0x400, 0x1F300)) + chance.randrange(250)) for _ in range(size // 4))
    text = text[: len(text.encode()[:size].decode(errors="ignore"))]
    return text + "x" * (size - len(text.encode()))


def script(folder: Path, more: str = "") -> Path:
    """COPY and INSERT of values of two and a half limits, exactly one, one byte more, NULL and none."""
    chance = random.Random(7)

    def file(size: int) -> str:
        return "\\x" + chance.randbytes(size).hex()

    rows = [
        ("1", words(chance, LIMIT * 5 // 2), words(chance, LIMIT + 1), "\\N", "\\\\x"),
        ("2", words(chance, LIMIT), "", "\\N", "\\\\x00"),
        ("3", "\\N", "a", "\\" + file(LIMIT), "\\\\x01"),
        ("4", "", "b", "\\" + file(LIMIT * 5 // 2), "\\" + file(LIMIT + 1)),
    ]
    copied = "".join("\t".join(row) + "\n" for row in rows)
    values = f"(5, '{words(chance, LIMIT + 3)}', 'it''s', '{file(LIMIT + 2)}', ''), (6, upper('x'), 'y', NULL, '')"
    path = folder / "in.sql"
    path.write_text(f"{TABLE.format(more)}COPY t FROM stdin;\n{copied}\\.\nINSERT INTO t VALUES {values};\n")
    return path


@pytest.mark.server
def test_values_in_parts_are_the_source_s(tmp_path: Path) -> None:
    done = migrate(str(script(tmp_path)), tmp_path / "out", decisions=OUT)
    assert done.ok
    data = (tmp_path / "out" / "data.sql").read_text()
    assert all(f"COPY public.t_{name}_parts (id, part, value)" in data for name in ("body", "title", "file", "seal"))
    assert "DSQL711" not in (tmp_path / "out" / "findings.json").read_text()


VIEWS = """
CREATE VIEW v AS SELECT t.id, t.body, length(t.seal) AS n, id AS "iD" FROM t;
CREATE VIEW w AS SELECT id, title FROM t AS x WHERE body IS NULL OR EXISTS (SELECT * FROM t y WHERE y.file = x.file);
CREATE VIEW over_v AS SELECT body, v.id FROM v;
CREATE VIEW grouped AS SELECT a.id, a.body, b.n FROM t a JOIN v b USING (id) GROUP BY a.id, a.body, b.n;
CREATE VIEW star AS SELECT * FROM t;
CREATE FUNCTION body_of(integer) RETURNS text LANGUAGE sql AS $$ SELECT body FROM t WHERE id = $1 $$;
"""


@pytest.mark.server
def test_views_put_the_parts_together(tmp_path: Path) -> None:
    path = script(tmp_path)
    path.write_text(path.read_text() + VIEWS)
    done = migrate(str(path), tmp_path / "out", decisions=OUT)
    assert done.ok, [check for check in done.verification["checks"] if not check["ok"]]
    assert done.verification["unproved"] == []
    found = {e["name"]: (e["disposition"], e["reason"]) for e in done.ledger["entries"] if e["kind"] == "view"}
    assert {name: how for name, (how, _) in found.items()} == {
        "public.v": "rewritten", "public.w": "rewritten", "public.over_v": "kept", "public.grouped": "rewritten",
        "public.star": "application",
    }  # fmt: skip
    assert "its * stands for body too" in found["public.star"][1]


def asked(script: Path, folder: Path, decisions: Decisions) -> dict[str, str]:
    """What was decided of large values, by column."""
    found = rewrite(str(script), folder, decisions=decisions).plan.taken
    chosen = {id: one.option for (id, key), one in found.items() if key == "large-values"}
    return {id.removeprefix("column:public.t."): option for id, option in chosen.items()}


def test_it_is_asked_where_such_values_were_seen(tmp_path: Path) -> None:
    path = script(tmp_path, ", other text, CHECK (length(title) < 9999999)")
    path.write_text(path.read_text().replace("COPY t FROM", "COPY t (id, body, title, file, seal) FROM"))
    assert asked(path, tmp_path / "a", Decisions()) == dict.fromkeys(("body", "file", "seal"), "blocker")
    chosen = Decisions(objects={"column:public.t.other": {"large-values": "out-of-line"}})
    assert asked(path, tmp_path / "b", chosen)["other"] == "out-of-line"
    ddl = (tmp_path / "b" / "pre-data.sql").read_text()
    assert "CREATE TABLE public.t_other_parts" in ddl
    assert "t_body_parts" not in ddl


def test_what_stays_is_a_finding(tmp_path: Path) -> None:
    done = rewrite(str(script(tmp_path)), tmp_path / "out")
    told = [what for _, rule, what in done.totals.troubles if rule == "DSQL711"]
    assert len(told) == 6
    assert not [what for what in told if f"has {LIMIT:,} bytes" in what]
