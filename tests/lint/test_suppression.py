"""Comments that take findings out: where they count, where they are none, and what is said of those that do nothing."""

from pathlib import Path

import pytest

from dsql_migrate.lint import Finding, Options, Result, lint_paths

BAD = "CREATE INDEX ASYNC i ON t (a DESC);"  # DSQL304, and nothing else


def run(tmp_path: Path, text: str, name: str = "a.sql", **options: object) -> Result:
    (tmp_path / name).write_text(text)
    return lint_paths([str(tmp_path / name)], options=Options(**options))


def codes(tmp_path: Path, text: str) -> list[tuple[int, str]]:
    return [(finding.line, finding.code) for finding in run(tmp_path, text).findings]


def fixed(text: str, findings: tuple[Finding, ...]) -> str:
    data = text.encode()
    for finding in reversed(findings):
        assert finding.fix is not None
        for edit in finding.fix.edits:
            data = data[: edit.start] + edit.text.encode() + data[edit.end :]
    return data.decode()


@pytest.mark.parametrize(
    "text",
    [
        f"{BAD} -- dsql: ignore[DSQL304] small\n",
        f"{BAD} -- dsql: ignore[index-sort-order] small\n",
        f"{BAD} -- dsql: ignore[DSQL3]\n",
        f"{BAD} -- dsql: ignore[dsql304, truncate] small\nTRUNCATE t; -- dsql: ignore[truncate]\n",
        f"{BAD} -- dsql: ignore small\n",
        f"{BAD} -- a remark -- dsql: ignore[DSQL304]\n",
        f"{BAD} /* dsql: ignore[DSQL304] small */\n",
        f"-- dsql: ignore[DSQL304] small\n{BAD}\n",
        f"-- dsql: ignore[DSQL304] small\n-- more\n\n{BAD}\n",
        f"SELECT 1;\n/* dsql: ignore[DSQL304]\n   small */\n{BAD}\n",
        "-- dsql: ignore[DSQL304]\nCREATE INDEX ASYNC i\nON t\n(a DESC);\n",
        "CREATE INDEX ASYNC i ON t (\n-- dsql: ignore[DSQL304] small\na DESC\n);\n",
        "CREATE INDEX ASYNC i ON t (\n-- dsql: ignore[DSQL304] small\n\n-- more\na DESC\n);\n",
        "CREATE INDEX ASYNC i ON t (\na DESC -- dsql: ignore[DSQL304] small\n);\n",
        f"SELECT 1;\n{BAD}\n-- dsql: ignore-file[DSQL304] small\n",
        f"-- dsql: ignore-file old\n{BAD}\n",
        f"{BAD}\t-- dsql: ignore[DSQL304]\r\nSELECT 1;\r\n",
    ],
)
def test_a_comment_takes_the_finding_out(tmp_path: Path, text: str) -> None:
    result = run(tmp_path, text)
    if "truncate] small" in text:
        assert [f.message for f in result.findings] == ["the comment ignores nothing of truncate"]
        assert result.suppressed == 2
    else:
        assert result.findings == ()
        assert result.suppressed == 1


@pytest.mark.parametrize(
    "text",
    [
        f"SELECT 1; -- dsql: ignore[DSQL304] another line\n{BAD}\n",
        f"-- dsql: ignore[DSQL304] another statement\nSELECT 1;\n{BAD}\n",
        f"{BAD} -- dsql: ignore[DSQL605] another rule\n",
        "CREATE INDEX ASYNC i ON t (\n-- dsql: ignore[DSQL304] another line\nb,\na DESC\n);\n",
    ],
)
def test_elsewhere_it_does_nothing_and_is_told(tmp_path: Path, text: str) -> None:
    assert sorted(code for _, code in codes(tmp_path, text)) == ["DSQL304", "DSQL907"]


@pytest.mark.parametrize(
    "text",
    [
        "INSERT INTO n VALUES ('-- dsql: ignore-file');",
        "INSERT INTO n VALUES (E'it\\'s -- dsql: ignore-file');",
        "SELECT $x$\n-- dsql: ignore-file\n$x$;",
        'SELECT 1 AS "-- dsql: ignore-file";',
        "COPY n (a) FROM stdin;\n-- dsql: ignore-file\n\\.\n",
    ],
)
def test_strings_and_rows_hold_no_comments(tmp_path: Path, text: str) -> None:
    assert "DSQL304" in {code for _, code in codes(tmp_path, f"{text}\n{BAD}\n")}


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        ("-- dsql: ignore[DSQL999] x", "the comment names no rule: DSQL999"),
        ("-- dsql: ignore[index-sort-oder] x", "the comment names no rule: index-sort-oder"),
        ("-- dsql: ignore[DSQL304 x", "the comment ignores nothing: the bracket is not closed"),
        ("-- dsql: ignore[] x", "the comment ignores nothing: a rule is missing between the brackets"),
        ("-- dsql: ignore DSQL304", "the comment ignores nothing: write ignore[DSQL304]"),
        ("-- dsql: ignore: DSQL304", "the comment ignores nothing: write ignore[…]"),
        ("-- dsql: ignroe[DSQL304]", "the comment ignores nothing: ignroe is not understood: write ignore[…]"),
        ("-- dsql: noqa", "the comment ignores nothing: noqa is not understood: write ignore[…]"),
    ],
)
def test_what_is_not_understood_hides_nothing_and_is_told(tmp_path: Path, comment: str, message: str) -> None:
    result = run(tmp_path, f"{BAD} {comment}\n")
    assert [f.message for f in result.findings if f.code == "DSQL907"] == [message]
    assert "DSQL304" in {f.code for f in result.findings}


def test_an_unknown_name_comes_with_a_suggestion(tmp_path: Path) -> None:
    (_, found) = run(tmp_path, f"{BAD} -- dsql: ignore[index-sort-oder]\n").findings
    assert found.help == "did you mean index-sort-order?"


@pytest.mark.parametrize(
    "prose", ["-- dsql: we sort here", "-- dsql: ignored by the planner", "-- dsql: transaction=none"]
)
def test_prose_and_other_directives_are_left_alone(tmp_path: Path, prose: str) -> None:
    assert codes(tmp_path, f"{prose}\nSELECT 1;\n") == []


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("SELECT 1; -- dsql: ignore[DSQL304] x\nSELECT 2;\n", "SELECT 1;\nSELECT 2;\n"),
        ("SELECT 1;\n  -- dsql: ignore x\nSELECT 2;\n", "SELECT 1;\nSELECT 2;\n"),
        ("SELECT 1; /* dsql: ignore */ SELECT 2;\n", "SELECT 1; SELECT 2;\n"),
        ("SELECT 1; -- why -- dsql: ignore\n", "SELECT 1; -- why\n"),
        (f"{BAD} -- dsql: ignore[DSQL301, DSQL304 ,truncate] x\n", f"{BAD} -- dsql: ignore[DSQL304] x\n"),
        ("-- ü\nSELECT 1; -- dsql: ignore[DSQL304] x", "-- ü\nSELECT 1;"),
    ],
)
def test_the_fix_deletes_what_does_nothing(tmp_path: Path, text: str, left: str) -> None:
    result = run(tmp_path, text)
    assert {f.code for f in result.findings} == {"DSQL907"}
    assert fixed(text, result.findings) == left
    assert run(tmp_path, left).findings == ()


def test_it_points_at_the_comment(tmp_path: Path) -> None:
    (found,) = run(tmp_path, "SELECT 'ü'; SELECT 1; -- dsql: ignore[DSQL304] x\n").findings
    assert (found.line, found.column, found.end_column) == (1, 26, 47)
    assert found.frame == "SELECT 'ü'; SELECT 1; -- dsql: ignore[DSQL304] x"


def test_a_comment_is_used_by_a_rule_that_is_not_selected(tmp_path: Path) -> None:
    result = run(tmp_path, f"{BAD} -- dsql: ignore[DSQL304] x\n", ignore=("DSQL304",))
    assert (result.findings, result.suppressed) == ((), 0)


def test_the_finding_about_a_comment_can_be_ignored_itself(tmp_path: Path) -> None:
    assert run(tmp_path, "-- dsql: ignore-file[DSQL907]\nSELECT 1; -- dsql: ignore[DSQL304]\n").findings == ()


# -- migrations in other languages ------------------------------------------------------------------------------------


def alembic(tmp_path: Path, body: str) -> list[tuple[int, str]]:
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = m\n")
    folder = tmp_path / "m" / "versions"
    folder.mkdir(parents=True)
    file = folder / "1_a.py"
    file.write_text(f'from alembic import op\nrevision = "1"\ndown_revision = None\n\n\ndef upgrade():\n{body}')
    result = lint_paths([str(tmp_path)], options=Options(framework="alembic"))
    return [(f.line, f.code) for f in result.findings if f.code in ("DSQL605", "DSQL907")]


@pytest.mark.parametrize(
    "body",
    [
        '    op.execute("TRUNCATE t")  # dsql: ignore[truncate] small\n',
        '    # dsql: ignore[truncate] small\n    op.execute("TRUNCATE t")\n',
        '    # dsql: ignore[truncate] small\n    op.execute(\n        """\nTRUNCATE t\n"""\n    )\n',
        '    op.execute("""\n    TRUNCATE t -- dsql: ignore[truncate] small\n    """)\n',
        '    op.execute("""\n    -- dsql: ignore[truncate] small\n    TRUNCATE t\n    """)\n',
        '    # dsql: ignore-file[truncate] small\n    op.execute("TRUNCATE t")\n',
    ],
)
def test_comments_of_a_program_count(tmp_path: Path, body: str) -> None:
    assert alembic(tmp_path, body) == []


def test_comments_of_a_program_speak_of_one_statement(tmp_path: Path) -> None:
    body = '    # dsql: ignore[truncate]\n    op.execute("TRUNCATE t")\n    op.execute("TRUNCATE t")\n'
    assert alembic(tmp_path, body) == [(9, "DSQL605")]


def test_a_string_of_a_program_is_no_comment(tmp_path: Path) -> None:
    body = '    x = "# dsql: ignore-file"\n    op.execute("TRUNCATE t")\n'
    assert alembic(tmp_path, body) == [(8, "DSQL605")]
