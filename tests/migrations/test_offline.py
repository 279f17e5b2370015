"""--run-tool: the SQL is the tool's own, its places are those of the source; without it nothing of a project is run."""

import subprocess
import sys
from pathlib import Path

import pytest

from dsql_migrate.lint import lint_paths
from dsql_migrate.lint.finding import Finding
from dsql_migrate.lint.options import Options

REVISION = """from alembic import op
import sqlalchemy as sa
revision = "a"
down_revision = None

def upgrade():
    op.create_table("t", sa.Column("id", sa.Integer(), primary_key=True))
    op.execute(built_somehow())

def downgrade():
    pass
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "alembic.ini").write_text("[alembic]\n")
    (tmp_path / "versions").mkdir()
    (tmp_path / "versions/a.py").write_text(REVISION)
    return tmp_path


def tool(folder: Path, body: str) -> str:
    """A Python of the project that writes what it is told to."""
    script = folder / "python"
    script.write_text(f"#!/bin/sh\n{body}\n")
    script.chmod(0o755)
    return str(script)


def lint(folder: Path, run_tool: str | None) -> list[Finding]:
    return list(lint_paths([str(folder / "versions")], options=Options(run_tool=run_tool)).findings)


SQL = """case "$*" in *downgrade*) exit 0;; esac
cat <<'X'
BEGIN;
CREATE TABLE t (
    id SERIAL NOT NULL,
    PRIMARY KEY (id)
);
TRUNCATE elsewhere;
INSERT INTO alembic_version (version_num) VALUES ('a');
COMMIT;
X"""


def test_what_the_source_says_too_keeps_its_place_and_the_rest_stands_at_the_side(project):
    found = {finding.code: finding for finding in lint(project, tool(project, SQL))}
    text = (project / "versions/a.py").read_bytes()
    assert text[found["DSQL401"].start : found["DSQL401"].end] == b"sa.Integer()"
    assert text[found["DSQL605"].start : found["DSQL605"].end] == b"def upgrade():"
    assert "DSQL906" not in found


@pytest.mark.parametrize("body", ["echo oh no >&2; exit 1", "exit 3"])
def test_where_the_tool_fails_the_source_is_read_and_it_is_told(project, body):
    found = lint(project, tool(project, body))
    told = [finding.message for finding in found if finding.code == "DSQL906"]
    assert "DSQL401" in {finding.code for finding in found}
    assert any("the source was read instead" in message for message in told)
    assert any("known only when" in message or "put together" in message for message in told)


def test_a_python_that_is_not_there_is_told(project):
    assert any("cannot be run" in finding.message for finding in lint(project, str(project / "missing")))


def test_nothing_is_run_without_the_option_nor_for_what_a_configuration_says(project):
    marker = project / "ran"
    python = tool(project, f"touch {marker}")
    lint(project, None)
    (project / "dsql-migrate.toml").write_text(f'[lint]\nrun-tool = true\ntool-python = "{python}"\n')
    command = [sys.executable, "-c", "from dsql_migrate.cli import main; main()", "lint", "--no-cache", "versions"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    assert not marker.exists()
