"""The fixtures that a project's own tests get: `def test_x(dsql)` and nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PLUGIN = "dsql_migrate.engine.pytest_plugin"
HEAVY = (
    "psycopg", "pglast", "sqlglot", "ruamel.yaml", "dsql_migrate.engine.local", "dsql_migrate.engine.postgres.server",
)  # fmt: skip


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """An empty project whose tests find this checkout, and the plugin of it."""
    root = str(Path(__file__).resolve().parents[2])
    monkeypatch.setenv("PYTHONPATH", root)
    monkeypatch.setenv("PYTEST_ADDOPTS", f"-p {PLUGIN} -p no:cacheprovider")
    return pytester


def run(project: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return project.runpytest_subprocess(*arguments, timeout=120)


@pytest.mark.server
def test_a_test_gets_a_database_of_its_own(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import os, subprocess, sys
        import psycopg, pytest

        seen = set()

        @pytest.mark.parametrize("n", [1, 2])
        def test_it(dsql, n):
            with dsql.connect() as connection:
                connection.execute("CREATE TABLE t (id int PRIMARY KEY)")
            seen.add(dsql.database)
            assert len(seen) == n
            assert dsql.host == "127.0.0.1" and str(dsql.port) in dsql.url

        def test_another_program(dsql):
            program = "import psycopg; psycopg.connect('').execute('SELECT 1')"
            subprocess.run([sys.executable, "-c", program], env={**os.environ, **dsql.environment}, check=True)
        """
    )
    run(project).assert_outcomes(passed=3)


@pytest.mark.server
def test_a_schema_is_run_once_and_is_in_every_database(project: pytest.Pytester) -> None:
    project.makeini("[pytest]\ndsql_schema = base.sql more\n")
    (project.path / "base.sql").write_text("CREATE TABLE a (id int PRIMARY KEY);\nCREATE TABLE b (id int PRIMARY KEY);")
    (project.path / "more").mkdir()
    (project.path / "more" / "V10.sql").write_text("INSERT INTO a SELECT n + 1 FROM c;\n")
    (project.path / "more" / "V9.sql").write_text("CREATE TABLE c (n int);\nCOPY c FROM stdin;\n41\n\\.\n")
    project.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("n", [1, 2])
        def test_it(dsql, n):
            with dsql.connect() as connection:
                assert connection.execute("SELECT id FROM a").fetchall() == [(42,)]
                connection.execute("DELETE FROM a")
        """
    )
    run(project).assert_outcomes(passed=2)


@pytest.mark.server
def test_a_project_may_make_the_template_by_other_means(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import os, subprocess, sys
        import pytest

        @pytest.fixture(scope="session")
        def dsql_template(dsql_server):
            name = dsql_server.new_database()
            program = "import psycopg; psycopg.connect('', autocommit=True).execute('CREATE TABLE t (id int)')"
            environment = {**os.environ, **dsql_server.environment(name)}
            subprocess.run([sys.executable, "-c", program], env=environment, check=True)
            dsql_server.freeze(name)
            return name

        @pytest.mark.parametrize("n", [1, 2])
        def test_it(dsql, n):
            with dsql.connect() as connection:
                assert connection.execute("SELECT count(*) FROM t").fetchone() == (0,)
                connection.execute("INSERT INTO t VALUES (1)")
        """
    )
    run(project).assert_outcomes(passed=2)


@pytest.mark.server
def test_what_the_engine_refuses_in_a_schema_is_told_with_its_place(project: pytest.Pytester) -> None:
    project.makeini("[pytest]\ndsql_schema = schema.sql\n")
    (project.path / "schema.sql").write_text("CREATE TABLE a (id int PRIMARY KEY);\n\nCREATE TABLE a (id int);\n")
    project.makepyfile("def test_it(dsql): pass")
    result = run(project)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*schema.sql:3: 42P07: relation \"a\" already exists"])
    assert "Traceback" not in result.stdout.str()
    assert "schema_files.py" not in result.stdout.str()


@pytest.mark.server
def test_a_day_can_be_chosen_and_a_wrong_one_is_told(project: pytest.Pytester) -> None:
    project.makepyfile("def test_it(dsql): assert str(dsql.engine.target.as_of) == '2026-08-01'")
    run(project, "-o", "dsql_as_of=2026-08-01").assert_outcomes(passed=1)
    result = run(project, "-o", "dsql_as_of=yesterday")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*dsql_as_of is a day such as 2026-09-15, not 'yesterday'*"])


@pytest.mark.server
def test_chaos_is_for_the_tests_and_the_schema_is_there_all_the_same(project: pytest.Pytester) -> None:
    project.makeini("[pytest]\ndsql_schema = schema.sql\n")
    (project.path / "schema.sql").write_text("".join(f"CREATE TABLE t{n} (id int PRIMARY KEY);\n" for n in range(9)))
    project.makepyfile(
        """
        import psycopg

        def test_it(dsql):
            answers = []
            with dsql.connect() as connection:
                while len(answers) < 100 and {None, "40001"} - set(answers):
                    try:
                        connection.execute("SELECT * FROM t8")
                        answers.append(None)
                    except psycopg.Error as error:
                        answers.append(error.sqlstate)
            assert set(answers) == {None, "40001"}
        """
    )
    run(project, "--dsql-chaos", "0.5").assert_outcomes(passed=1)


def test_a_probability_is_asked_for(project: pytest.Pytester) -> None:
    project.makepyfile("def test_it(): pass")
    result = run(project, "--dsql-chaos", "2")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--dsql-chaos*invalid*2*"])


@pytest.mark.server
def test_each_worker_of_xdist_has_an_engine_of_its_own(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import os, pytest

        @pytest.mark.parametrize("n", range(4))
        def test_it(dsql, n, tmp_path_factory):
            with dsql.connect() as connection:
                connection.execute("SELECT 1")
            folder = tmp_path_factory.getbasetemp().parent
            (folder / f"{os.environ['PYTEST_XDIST_WORKER']}-{dsql.port}").touch()
        """
    )
    run(project, "-n", "2", "--dist", "each", "--basetemp", str(project.path / "base")).assert_outcomes(passed=8)
    assert len(list((project.path / "base").glob("gw*-*"))) == 2


def test_a_project_that_asks_for_nothing_pays_for_nothing(project: pytest.Pytester) -> None:
    names = ", ".join(repr(name) for name in HEAVY)
    project.makepyfile(
        f"""
        import sys

        def test_it():
            assert [name for name in ({names}) if name in sys.modules] == []
        """
    )
    run(project).assert_outcomes(passed=1)


def test_the_plugin_is_found_by_its_entry_point() -> None:
    import tomllib

    described = tomllib.loads((Path(__file__).resolve().parents[2] / "pyproject.toml").read_text())
    (module,) = described["project"]["entry-points"]["pytest11"].values()
    subprocess.run([sys.executable, "-c", f"from {module} import dsql, dsql_server"], check=True)
