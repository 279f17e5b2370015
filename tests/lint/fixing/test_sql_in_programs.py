"""SQL inside other files is mended where that leaves the file what it is."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from dsql_migrate.cli import lint

HEAD = 'from alembic import op\n\nrevision = "1"\ndown_revision = None\n\n\ndef upgrade():\n'


def mended(folder: Path, body: str, *arguments: str) -> str:
    """The body of a revision after the fix."""
    file = folder / "1_a.py"
    file.write_text(HEAD + body)
    CliRunner().invoke(lint.command, ["--fix", *arguments, str(folder)])
    after = file.read_text()
    compile(after, "1_a.py", "exec")
    assert after.startswith(HEAD)
    return after[len(HEAD) :]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("    op.execute('CREATE INDEX i ON t (a DESC)')\n", "    op.execute('CREATE INDEX ASYNC i ON t (a)')\n"),
        (
            '    op.execute("""\n        CREATE INDEX\n        i ON t USING btree (a)\n    """)\n',
            '    op.execute("""\n        CREATE INDEX ASYNC\n        i ON t (a)\n    """)\n',
        ),
        ("    op.execute(r'CREATE INDEX i ON t (a)')\n", "    op.execute(r'CREATE INDEX ASYNC i ON t (a)')\n"),
        ("    op.execute(u'CREATE INDEX é ON t (a)')\n", "    op.execute(u'CREATE INDEX ASYNC é ON t (a)')\n"),
        (
            "    op.execute('CREATE INDEX i '\n               'ON t (a DESC)')\n",
            "    op.execute('CREATE INDEX ASYNC i '\n               'ON t (a)')\n",
        ),
    ],
)
def test_strings_of_python(tmp_path: Path, before: str, after: str) -> None:
    assert mended(tmp_path, before) == after


def test_what_the_tool_would_write_itself_is_not_in_the_file(tmp_path: Path) -> None:
    body = '    op.create_index("i", "t", ["a"])\n'
    assert mended(tmp_path, body, "--unsafe-fixes") == body


def test_a_statement_that_is_all_of_a_string_does_not_go(tmp_path: Path) -> None:
    body = '    op.execute("CREATE EXTENSION pgcrypto")\n'
    assert mended(tmp_path, body, "--unsafe-fixes") == body


def test_a_quote_that_the_string_has_no_place_for(tmp_path: Path) -> None:
    """The default is in the string's own quotes, escaped: what stands in the file is not the SQL."""
    body = "    op.execute('ALTER TABLE t ADD COLUMN c text DEFAULT \\'x\\'')\n"
    assert mended(tmp_path, body, "--unsafe-fixes") == body
    other = body.replace("\\'", "'").replace("('A", '("A').replace("')", '")')
    assert "SET DEFAULT 'x'" in mended(tmp_path, other, "--unsafe-fixes")


def test_no_line_break_goes_into_a_string_on_one_line(tmp_path: Path) -> None:
    body = "    with op.get_context().autocommit_block():\n        op.execute('ALTER TABLE t ADD CHECK (a > 0)')\n"
    after = mended(tmp_path, body, "--unsafe-fixes")
    assert "NOT VALID" in after
    assert after.count("\n") == body.count("\n")
