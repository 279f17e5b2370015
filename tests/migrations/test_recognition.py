"""What is common to the tools: names and heads, encodings, files named alone, what the user says himself."""

import codecs
import time

import pytest

from dsql_migrate.errors import Failure

TWO = "CREATE TABLE a (id uuid PRIMARY KEY);\nCREATE TABLE b (id uuid PRIMARY KEY);\n"
GOOSE = f"-- +goose Up\n{TWO}"


def test_folders_of_several_tools(folder):
    made = folder(
        {
            "a/V1__x.sql": "SELECT 1;",
            "b/1_x.up.sql": "SELECT 1;",
            "c/001_x.sql": GOOSE,
            "c/dump.sql": TWO,
            "d/20240101_a/migration.sql": "SELECT 1;",
        }
    )
    assert sorted(made.tool()) == [
        "Flyway: name V1__x.sql",
        "Prisma: name 20240101_a/migration.sql",
        "golang-migrate: name 1_x.up.sql",
        "goose: -- +goose Up",
        "psql: ",
    ]


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: codecs.BOM_UTF8 + text.encode(),
        lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
        lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
        lambda text: text.replace("\n", "\r\n").encode(),
    ],
    ids=["utf-8 mark", "utf-16-le", "utf-16-be", "crlf"],
)
def test_encodings(folder, encode):
    text = "-- +goose Up\n-- Ünïcode\nCREATE TABLE ä (id uuid PRIMARY KEY);\n"
    text += "/* ö */ CREATE TABLE b (id uuid PRIMARY KEY);\n"
    made = folder({"1_a.sql": encode(text)})
    assert made.tool() == ["goose: -- +goose Up"]
    assert made.found() == [("1_a.sql", 4, 9, "DSQL618")]


def test_offsets_are_those_of_the_file(folder):
    made = folder({"1_a.sql": GOOSE})
    finding = made.lint().findings[0]
    assert GOOSE.encode()[finding.start : finding.end] == b"CREATE TABLE"
    assert finding.start == GOOSE.rindex("CREATE")


def test_a_file_that_cannot_be_read_is_named_and_the_rest_goes_on(folder):
    made = folder({"1_a.up.sql": TWO, "2_b.up.sql": TWO})
    (made.root / "2_b.up.sql").unlink()
    (made.root / "2_b.up.sql").symlink_to("nowhere")
    result = made.lint()
    assert [skipped.path.rsplit("/", 1)[-1] for skipped in result.skipped] == ["2_b.up.sql"]
    assert len(result.files) == 1


def test_a_file_that_is_no_text_is_named_and_the_rest_goes_on(folder):
    made = folder({"1_a.up.sql": TWO, "2_b.up.sql": b"PGDMP\x00\x01"})
    assert [skipped.reason.rsplit(" is ")[-1] for skipped in made.lint().skipped] == ["not a text file"]
    assert made.order() == ["1_a.up.sql"]


def test_a_pipe_is_not_read_to_tell_what_it_is(folder):
    import os

    from dsql_migrate.source.migrations import projects

    made = folder({})
    os.mkfifo(made.root / "1_a.sql")
    assert [p.tool.name for p in projects([str(made.root / "1_a.sql")], lambda path: b"")] == ["psql"]


def test_a_named_tool_takes_all_it_could_read(folder):
    made = folder({"schema.sql": TWO, "more.txt": TWO})
    assert made.tool(framework="flyway") == ["Flyway: as told"]
    assert made.codes(framework="flyway") == ["DSQL618"]
    assert made.codes(framework="psql") == []
    with pytest.raises(Failure, match="no such framework"):
        made.lint(framework="nope")


@pytest.mark.parametrize("name", ["golang-migrate", "sqlx", "supabase", "atlas", "numbered", "liquibase", "drizzle"])
def test_every_tool_can_be_named(folder, name):
    made = folder({"b.sql": "SELECT 1;", "a.sql": "SELECT 1;"})
    assert len(made.order(framework=name)) == 2
    assert made.tool(framework=name)[0].endswith(": as told")


@pytest.mark.parametrize("option", ["per-statement", "none"])
def test_what_is_sent_can_be_said(folder, option):
    assert folder({"V1__a.sql": TWO}).codes(transaction=option) == []
    assert folder({"a.sql": TWO}).codes("a.sql", transaction="per-file") == ["DSQL618"]


def test_a_comment_says_it_for_a_file(folder):
    comment = "-- made by hand\n-- dsql: transaction=none\n"
    assert folder({"V1__a.sql": comment + TWO}).codes() == []
    assert folder({"V1__a.sql": TWO + comment}).codes() == ["DSQL618"]
    assert folder({"V1__a.sql": f"/* x */\n{comment}{TWO}"}).codes(transaction="per-file") == []
    assert folder({"a.sql": f"-- dsql: transaction=per-file\n{TWO}"}).codes("a.sql") == ["DSQL618"]


def test_a_comment_says_it_for_a_side(folder):
    down = "-- +goose Down\n-- dsql: transaction=none\nDROP TABLE a;\nDROP TABLE b;\n"
    assert folder({"1_a.sql": GOOSE + down}).found() == [("1_a.sql", 3, 1, "DSQL618")]


def test_five_hundred_names_are_quick(folder):
    from dsql_migrate.source.migrations import projects

    made = folder({f"m/{n:04}_x.sql": GOOSE for n in range(500)})
    files = sorted(str(path) for path in (made.root / "m").iterdir())
    start = time.process_time()
    found = list(projects(files, lambda path: b""))
    assert time.process_time() - start < 0.25  # 20 ms; a bound for loaded machines
    assert [len(project.files) for project in found] == [500]


def test_a_large_file_is_not_read_to_tell_what_it_is(folder):
    from dsql_migrate.source.migrations import projects

    made = folder({"dump.sql": TWO * 20_000, "V1__a.sql": TWO})
    read: list[str] = []

    def reader(path: str) -> bytes:
        read.append(path)
        return b""

    assert len(list(projects([str(made.root / "dump.sql"), str(made.root / "V1__a.sql")], reader))) == 2
    assert read == []


def test_every_tool_is_known_by_its_name_and_has_a_sign():
    from pathlib import Path

    from dsql_migrate.source.migrations import TOOLS, signs, tool

    text = Path(signs.__code__.co_filename).read_text()
    for name in TOOLS:
        assert tool(name).name == name
        assert name == "psql" or f'"{name}"' in text, f"signs.py asks {name} of no file"


def test_a_script_loads_no_other_tool(tmp_path):
    import subprocess
    import sys

    (tmp_path / "schema.sql").write_text(TWO)
    script = (
        "import sys; from dsql_migrate.source.migrations import projects;"
        f"list(projects([{str(tmp_path / 'schema.sql')!r}], lambda path: b''));"
        "print(*(m.rsplit('.', 1)[1] for m in sys.modules if m.startswith('dsql_migrate.source.migrations.')))"
    )
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert sorted(loaded) == ["model", "psql", "signs", "tree"]


def test_the_cache_sees_a_change_of_a_migration_that_is_only_known(folder, tmp_path, monkeypatch):
    from dsql_migrate.lint.caching.cached import lint_cached
    from dsql_migrate.lint.options import Options

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    made = folder(
        {"V1__a.sql": "CREATE TABLE m (id uuid PRIMARY KEY, j jsonb);", "V2__b.sql": "CREATE INDEX ASYNC i ON m (j);"}
    )
    asked = [str(made.root / "V2__b.sql")]
    assert [finding.code for finding in lint_cached(asked, None, Options()).findings] == ["DSQL207"]
    made.write({"V1__a.sql": "CREATE TABLE m (id uuid PRIMARY KEY, j text);"})
    assert [finding.code for finding in lint_cached(asked, None, Options()).findings] == []
    made.write({"V1__a.sql.conf": "", "V2__b.sql.conf": "executeInTransaction=false"})
    assert [finding.code for finding in lint_cached(asked, None, Options()).findings] == []
