"""What the parser says is shown on one line, without the rest of the script."""

import pytest

from dsql_migrate.lint import lint_paths


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("SELECT 'abc\n; TRUNCATE t;\n", """unterminated quoted string at or near "'abc…\""""),
        ("SELECT 1 FROM FROM t;", 'syntax error at or near "FROM"'),
    ],
)
def test_a_message_repeats_one_line_of_the_script_at_most(tmp_path, sql, told):
    (tmp_path / "a.sql").write_text(sql)
    (finding,) = lint_paths([str(tmp_path)]).findings
    assert finding.message == f"this statement cannot be read: {told}"


def test_a_folder_without_any_migration_says_that_nothing_was_looked_at(tmp_path):
    from dsql_migrate.lint.output.summary import summary_line

    assert summary_line(lint_paths([str(tmp_path)])).startswith("No SQL and no migrations here: nothing was looked at")
