"""A comment on a pull request: a table that nothing in a script can break out of, and never too long."""

import re
from collections.abc import Callable
from dataclasses import replace

from markdown_it import MarkdownIt

from dsql_migrate.lint import Result
from dsql_migrate.lint.output import render
from dsql_migrate.lint.output.markdown import LIMIT

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def page(text: str) -> str:
    return READER.render(text)


def test_counts_table_and_advice(linted: Callable[..., Result]) -> None:
    text = render("markdown", linted("CREATE TABLE t (id uuid PRIMARY KEY, n numeric);\nCREATE INDEX i ON t (n);\n"))
    assert text.startswith("### dsql-migrate lint\n\n**1 error, 1 warning in 1 of 1 file; 1 fixable with `--fix`.**")
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert [row.split(" | ")[0] for row in rows[1:]] == ["| error", "| warning"]  # worst first
    assert "`a.sql:2:8`" in rows[1]
    assert "*(fixable)*" in rows[1]
    assert "<summary>What to do</summary>" in text


def test_nothing_found_needs_no_table(linted: Callable[..., Result]) -> None:
    text = render("markdown", linted("SELECT 1;"))
    assert text == "### dsql-migrate lint\n\n**Nothing found in 1 file.** As of 2026-09-15.\n"


def test_hostile_words_stay_words(hostile: Result) -> None:
    html = page(render("markdown", hostile))
    table = html[html.index("<tbody>") : html.index("</tbody>")]
    assert table.count("<tr>") == 3
    assert table.count("<td>") == 12
    # the reader hands HTML on as it stands: what is left of tags are the table's and ours
    assert set(re.findall(r"</?([a-z0-9]+)", html)) <= {
        "h3", "p", "strong", "code", "table", "thead", "tbody", "tr", "th", "td", "em", "details", "summary", "ul",
        "li", "blockquote", "span",
    }  # fmt: skip
    prose = re.sub(r"<code>.*?</code>", "", html, flags=re.S)
    assert not re.search(r"@\w|#\d|://", prose)
    assert "a|b `c` ]]&gt; &lt;b&gt;&amp;amp;" in prose


def test_a_comment_is_never_longer_than_github_takes(hostile: Result) -> None:
    many = tuple(
        replace(finding, line=number, path=f"db/V{number}.sql", help=f"{finding.help} {number}")
        for number in range(1, 2000)
        for finding in hostile.findings
    )
    many = tuple(replace(f, message=f.message * 40) for f in many)
    text = render("markdown", replace(hostile, findings=many, skipped=hostile.skipped * 3000))
    assert len(text) < LIMIT + 2000
    assert re.search(r"… and \d+ more findings\.", text)
    first_rows = re.findall(r"^\| (\w+) \| `+ ?db", text, re.M)
    assert set(first_rows) == {"error"}
    assert text.rstrip().endswith("more")


def test_a_path_with_backticks_and_borders_is_one_code_span(linted: Callable[..., Result]) -> None:
    text = render("markdown", linted("TRUNCATE t;\n", "db/a`|``b.sql"))
    assert "<code>db/a`|``b.sql:1:1</code>" in page(text)
