"""HTML, Markdown and JSON: they agree, load nothing, and hostile names stay names."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from dsql_migrate.errors import Failure
from dsql_migrate.report import Report, build, render, write_report
from dsql_migrate.report.markdown import code, text
from dsql_migrate.report.visible import cut, visible

Document = dict[str, Any]
HOSTILE = "</code><script>alert(1)</script>\u202e\n| `x` {{ 7*7 }} \x1b[31m\ud800"
VOID = {"meta", "link", "br", "input"}


class Page(HTMLParser):
    """Collects tags, ids, links and rows, and holds that what opens is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(html)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture
def report(ledger: Document, verification: Document, findings: list[Document]) -> Report:
    return build(ledger, verification, findings, {"seconds": 2})


@pytest.fixture
def hostile(ledger: Document, verification: Document, findings: list[Document]) -> Report:
    for document in (*ledger["entries"][:40], *findings[:20], *verification["checks"], *verification["tables"]):
        for key in ("name", "reason", "message", "object", "detail", "code", "rule"):
            if document.get(key) and key != "detail":
                document[key] = HOSTILE
    ledger["source"]["path"] = HOSTILE
    return build(ledger, verification, findings, {HOSTILE: HOSTILE})


def test_html_loads_nothing(report: Report) -> None:
    html = render(report, ".html")
    page = Page(html)
    loading = [(t, a) for t, a in page.tags if "src" in a or t in ("img", "iframe", "object", "embed")]
    assert not loading
    assert [a["href"] for t, a in page.tags if t == "link"] == ["data:,"]
    assert "@import" not in html
    assert "url(" not in html
    assert "default-src 'none'" in html.replace("&#39;", "'")


def test_html_links_lead_somewhere_and_ids_stand_once(report: Report, hostile: Report) -> None:
    for one in (report, hostile):
        page = Page(render(one, ".html"))
        ids = [a["id"] for _, a in page.tags if "id" in a]
        assert len(ids) == len(set(ids))
        links = {(a["href"] or "")[1:] for t, a in page.tags if t == "a"}
        assert links <= set(ids)


def test_html_is_laid_out_for_a_screen_reader(report: Report) -> None:
    page = Page(render(report, ".html"))
    names = [tag for tag, _ in page.tags]
    assert names.count("h1") == names.count("main") == 1
    assert all(a.get("scope") in ("col", "row") for t, a in page.tags if t == "th")
    assert ("html", {"lang": "en"}) in page.tags


@pytest.mark.parametrize("ending", [".html", ".md", ".json"])
def test_hostile_names_stay_names(hostile: Report, ending: str) -> None:
    rendered = render(hostile, ending)
    rendered.encode("utf-8")
    assert "\u202e" not in rendered
    assert "\x1b" not in rendered
    assert "49" not in re.findall(r"\{\{ (\d+) \}\}", rendered)
    if ending == ".html":
        assert [t for t, _ in Page(rendered).tags].count("script") == 1
    if ending == ".md":
        assert "<script" not in re.sub(r"`+[^`\n].*?`+", "", rendered)


def test_the_three_formats_count_the_same(report: Report, ledger: Document) -> None:
    count = len(ledger["entries"])
    document = json.loads(render(report, ".json"))
    assert len(document["ledger"]) == sum(document["totals"].values()) == count
    rows = [a for t, a in Page(render(report, ".html")).tags if t == "tr" and "data-d" in a]
    assert len(rows) == count
    markdown = render(report, ".md").split("## The ledger")[1]
    assert len(re.findall(r"^\| \d", markdown, re.MULTILINE)) == count
    for ending in (".html", ".md"):
        assert f"{count}" in render(report, ending)


def test_markdown_tables_have_as_many_cells_as_heads(hostile: Report) -> None:
    width = 0
    for line in render(hostile, ".md").splitlines():
        if not line.startswith("|"):
            width = 0
            continue
        cells = len(re.findall(r"(?<!\\)\|", line))
        assert width in (0, cells), line
        width = cells


def test_markdown_escapes() -> None:
    assert code("a`b|c") == "``a`b\\|c``"
    assert code("`") == "`` ` ``"
    assert text("<b> a|b *x* @octocat #12 https://e.x") == (
        "&lt;b&gt; a\\|b \\*x\\* @<!-- -->octocat #<!-- -->12 https:<!-- -->//e.x"
    )
    assert text("- 2026-09-15") == "\\- 2026-09-15"


def test_characters_without_a_shape_are_spelt_out() -> None:
    assert visible("a\n\u202eb\x00\U000e0001é") == "a\\n\\u202eb\\u0000\\U000e0001é"
    assert [cut("abcdef", n) for n in (6, 4, 1, 0)] == ["abcdef", "abc…", "…", ""]
    assert cut("日本語", 5) == "日本…"


def test_the_same_report_gives_the_same_bytes(
    report: Report, ledger: Document, verification: Document, findings: list[Document]
) -> None:
    again = build(ledger, verification, findings, {"seconds": 2})
    for ending in (".html", ".md", ".json"):
        assert render(report, ending) == render(again, ending)


def test_thousands_of_entries_are_closed_and_listed_once(bundle: Callable[[list[str]], Document]) -> None:
    html = render(build(bundle(["rewritten"] * 3000), None, []), ".html")
    page = Page(html)
    assert sum(t == "tr" and "data-d" in a for t, a in page.tags) == 3000
    assert not [a for t, a in page.tags if t == "details" and "open" in a]
    assert "And 2,800 more" in html
    assert len(html) < 2_000_000


def test_a_report_is_written_whole_and_never_over_another(report: Report, tmp_path: Path) -> None:
    path = tmp_path / "report.md"
    write_report(report, path)
    assert path.read_text("utf-8") == render(report, ".md")
    with pytest.raises(Failure, match="exists"):
        write_report(report, path)
    write_report(report, path, force=True)
    with pytest.raises(Failure, match="cannot end in"):
        write_report(report, tmp_path / "report.pdf")
    with pytest.raises(Failure, match="cannot be written"):
        write_report(report, tmp_path / "absent" / "report.md")
    assert [p.name for p in tmp_path.iterdir()] == ["report.md"]
