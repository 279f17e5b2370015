"""The cache of runs: it changes nothing but the time, and it never outlives what a result rests on."""

from __future__ import annotations

import json
import os
import random
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from dsql_migrate.lint import Options, Result, lint_paths, project
from dsql_migrate.lint.caching import cache
from dsql_migrate.lint.caching.cached import lint_cached
from dsql_migrate.target import load_target, store

BAD = "TRUNCATE t;\nCREATE INDEX i ON t (a DESC);\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DSQL_MIGRATE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("DSQL_MIGRATE_NO_CACHE", raising=False)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    (tmp_path / "work" / "a.sql").write_text(BAD)
    (tmp_path / "work" / "b.sql").write_text("SELECT 1; -- dsql: ignore[truncate] x\nTRUNCATE u; -- dsql: ignore\n")
    return tmp_path / "work"


@pytest.fixture
def examined(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were really looked at."""
    looked: list[str] = []
    real: Callable[..., project.Examined] = project.examine

    def examine(found: project.Project, *rest: object) -> project.Examined:
        looked.extend(found.files)
        return real(found, *rest)

    monkeypatch.setattr(project, "examine", examine)
    return looked


def told(result: Result) -> tuple[object, ...]:
    """All of a result that a person may see."""
    day = (result.target.as_of, result.target.newest)
    counts = (result.suppressed, result.baselined, result.notes)
    return (result.findings, result.files, result.skipped, result.runs, day, counts)


def run(*paths: str, as_of: date | None = None, **options: object) -> tuple[object, ...]:
    """The result with the cache, which has to be the one without."""
    found = told(lint_cached(paths or (".",), as_of, Options(**options)))
    assert found == told(lint_paths(paths or (".",), load_target(as_of), None, Options(**options, cache=False)))
    return found


def files() -> list[Path]:
    folder = Path(cache.folder())
    return sorted(folder.iterdir()) if folder.is_dir() else []


def test_the_second_run_looks_at_nothing(here: Path, examined: list[str]) -> None:
    first = lint_cached((".",), None, Options())
    assert sorted(examined) == ["a.sql", "b.sql"]
    examined.clear()
    assert told(lint_cached((".",), None, Options())) == told(first)
    assert examined == []


def test_only_what_has_changed_is_looked_at(here: Path, examined: list[str]) -> None:
    lint_cached((".",), None, Options())
    examined.clear()
    (here / "a.sql").write_text("SELECT 1;\n")
    (here / "c.sql").write_text(BAD)
    lint_cached((".",), None, Options())
    assert sorted(examined) == ["a.sql", "c.sql"]


def test_content_counts_and_not_the_time_of_a_file(here: Path, examined: list[str]) -> None:
    lint_cached((".",), None, Options())
    examined.clear()
    os.utime(here / "a.sql", (0, 0))
    lint_cached((".",), None, Options())
    assert examined == []
    was = (here / "a.sql").stat()
    (here / "a.sql").write_text(BAD.replace("DESC", "ASC "))
    os.utime(here / "a.sql", ns=(was.st_atime_ns, was.st_mtime_ns))
    run()


def test_selection_severities_and_baseline_are_no_part_of_it(here: Path, examined: list[str]) -> None:
    lint_cached((".",), None, Options())
    examined.clear()
    assert lint_cached((".",), None, Options(select=("truncate",))).findings[0].code == "DSQL605"
    assert lint_cached((".",), None, Options(severity={"truncate": "info"})).count("info") == 1
    assert lint_cached((".",), None, Options(ignore=("ALL",))).findings == ()
    assert examined == []


def test_options_that_change_the_findings_are_part_of_it(here: Path) -> None:
    (here / "c.sql").write_text("CREATE TABLE c (d jsonb PRIMARY KEY);\nCREATE TABLE e (id bigint PRIMARY KEY);\n")
    whole = {
        run(),
        run(as_of=date(2026, 5, 31)),
        run(transaction="per-file"),
        run(framework="flyway"),
        run(exclude=("c.sql",)),
        run("a.sql"),
    }
    assert len(whole) == 6


def test_changed_rules_are_part_of_it(here: Path, tmp_path: Path) -> None:
    folder = tmp_path / "ours"
    folder.mkdir()
    rule = "code: OUR001\nname: ours\nseverity: error\nsummary: s\non: CreateIndex\nmessage: %s\nwhy: w\ninstead: i\n"
    (folder / "r.yaml").write_text(rule % "one")
    assert "one" in [finding.message for finding in run(rule_folders=(folder,))[0]]
    (folder / "r.yaml").write_text(rule % "two")
    store._load.cache_clear()  # another process has none
    assert "two" in [finding.message for finding in run(rule_folders=(folder,))[0]]


def test_another_version_of_the_program_is_part_of_it(
    here: Path, examined: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lint_cached((".",), None, Options())
    examined.clear()
    monkeypatch.setattr("dsql_migrate.lint.caching.stamp.__version__", "99")
    lint_cached((".",), None, Options())
    assert sorted(examined) == ["a.sql", "b.sql"]


def test_a_tool_that_is_set_up_later_is_seen(here: Path) -> None:
    (here / "V1__a.sql").write_text(
        "CREATE TABLE t (id bigint PRIMARY KEY);\nCREATE TABLE u (id bigint PRIMARY KEY);\n"
    )
    run()
    (here / "flyway.conf").write_text("flyway.executeInTransaction=false\n")
    run()
    (here / "V1__a.sql.conf").write_text("executeInTransaction=true\n")
    run()
    (here / "flyway.conf").unlink()
    run()


def test_migrations_that_are_not_looked_at_count_too(here: Path) -> None:
    (here / "db").mkdir()
    (here / "db" / "V1__a.sql").write_text("CREATE TABLE t (id bigint PRIMARY KEY, a int);\n")
    (here / "db" / "V2__b.sql").write_text("ALTER TABLE t ADD UNIQUE (a);\nINSERT INTO t SELECT 1;\n")
    run("db/V2__b.sql")
    (here / "db" / "V1__a.sql").write_text("CREATE TABLE s (id bigint PRIMARY KEY, a int);\n")
    run("db/V2__b.sql")
    (here / "db" / "V0__a.sql").write_text("CREATE TABLE t (id bigint PRIMARY KEY, a int);\n")
    run("db/V2__b.sql")


NAMES = (
    "a.sql",
    "V1__a.sql",
    "V2__b.sql",
    "V3__c.sql",
    "db/1_x.up.sql",
    "db/1_x.down.sql",
    "db/2_y.up.sql",
    "flyway.conf",
)
TEXTS = (
    "CREATE TABLE t (id bigint PRIMARY KEY, a int);\n",
    "ALTER TABLE t ADD COLUMN b int DEFAULT 1;\nTRUNCATE t;\n",
    "-- +goose Up\nCREATE TABLE g (id bigint PRIMARY KEY);\n-- +goose Down\nDROP TABLE g;\n",
    "-- migrate:up transaction:false\nCREATE INDEX ON t (a DESC);\n-- migrate:down\nSELECT 1;\n",
    "--liquibase formatted sql\n--changeset a:1\nCREATE TABLE l (id bigint);\n",
    "flyway.locations=filesystem:.\nflyway.mixed=true\n",
    "DROP TABLE t; -- dsql: ignore[truncate]\nnot a statement;\n",
    "",
)


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_to_the_files_the_result_is_that_of_a_fresh_run(here: Path, seed: int) -> None:
    chance = random.Random(seed)
    (here / "db").mkdir()
    for _ in range(12):
        for name in chance.sample(NAMES, 2):
            if chance.random() < 0.25:
                (here / name).unlink(missing_ok=True)
            else:
                (here / name).write_text(chance.choice(TEXTS))
        run(chance.choice((".", "db", "V2__b.sql" if (here / "V2__b.sql").exists() else ".")))


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"format": 0}', b"[" * 100_000])
def test_a_damaged_cache_is_not_used(here: Path, content: bytes) -> None:
    lint_cached((".",), None, Options())
    (file,) = files()
    file.write_bytes(content)
    run()
    assert json.loads(file.read_bytes())["format"] == cache.FORMAT


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="there are no owners here")
def test_what_others_could_have_written_is_not_read(here: Path, examined: list[str]) -> None:
    lint_cached((".",), None, Options())
    (file,) = files()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    for place, mode in ((file, 0o666), (file.parent, 0o777)):
        before = place.stat().st_mode
        os.chmod(place, mode)
        examined.clear()
        lint_cached((".",), None, Options())
        assert examined, place
        os.chmod(place, before)


def test_a_folder_that_cannot_be_written_is_no_trouble(
    here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DSQL_MIGRATE_CACHE_DIR", str(tmp_path / "file"))
    run()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_is_read_once_and_not_kept(here: Path) -> None:
    os.mkfifo(here / "pipe")
    with subprocess.Popen([sys.executable, "-c", "open('pipe', 'w').write('TRUNCATE t;')"], cwd=here) as writer:
        found = lint_cached(("pipe",), None, Options())
        writer.wait()
    assert [finding.code for finding in found.findings] == ["DSQL605"]
    assert files() == []


def test_it_can_be_turned_off(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lint_cached((".",), None, Options(cache=False))
    monkeypatch.setenv("DSQL_MIGRATE_NO_CACHE", "1")
    lint_cached((".",), None, Options())
    assert files() == []


def test_it_does_not_grow_for_ever(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MOST_FILES", 3)
    for number in range(6):
        lint_cached((".",), None, Options(exclude=(f"{number}.sql",)))
    assert len(files()) == 3
    os.utime(files()[0], (0, 0))
    lint_cached((".",), None, Options(exclude=("7.sql",)))
    assert len(files()) == 3
    assert all(file.stat().st_mtime > 0 for file in files())


def test_a_run_that_starts_a_program_is_not_kept(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = project.examine

    def examine(*arguments: object) -> project.Examined:
        subprocess.run([sys.executable, "-c", ""], check=True)
        return real(*arguments)

    monkeypatch.setattr(project, "examine", examine)
    lint_cached((".",), None, Options())
    assert files() == []


# What a run from the cache must not load: it has 15 ms besides click.
LIGHT = (
    "pglast", "pathlib", "dsql_migrate.schema", "dsql_migrate.lint.rule", "dsql_migrate.lint.condition",
    "dsql_migrate.lint.runner", "dsql_migrate.lint.project", "dsql_migrate.source.facts",
    "dsql_migrate.source.migrations", "dsql_migrate.target.target", "dsql_migrate.target.store", "hashlib", "tempfile",
)  # fmt: skip


def test_a_run_from_the_cache_loads_nothing_that_it_does_not_need(here: Path) -> None:
    code = (
        "import sys; from dsql_migrate.cli import group; "
        "group.main(['lint', '--exit-zero', '.'], standalone_mode=False); "
        f"print([name for name in {LIGHT!r} if name in sys.modules])"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-S", "-c", code]
    first = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.splitlines()
    last = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.splitlines()
    assert first[:-1] == last[:-1]
    assert "pglast" in first[-1]
    assert last[-1] == "[]"
