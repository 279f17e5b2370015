"""A finding keeps its fingerprint when the text around it changes, and no two findings share one."""

import re
from pathlib import Path

import pytest

from dsql_migrate.lint import lint_paths
from dsql_migrate.lint.paths import portable
from dsql_migrate.lint.sifting.fingerprint import fingerprints


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def of(text: str, name: str = "a.sql") -> list[str]:
    Path(name).write_text(text, encoding="utf-8", newline="")
    return fingerprints(lint_paths([name]).findings)


def test_it_is_hexadecimal_and_the_same_each_time() -> None:
    (one,) = of("TRUNCATE t;\n")
    assert re.fullmatch("[0-9a-f]{32}", one)
    assert of("TRUNCATE t;\n") == [one]


@pytest.mark.parametrize(
    "moved",
    ["-- größe\n\nSELECT 1;\n  TRUNCATE t;\n", "\tTRUNCATE   t;\r\n", "TRUNCATE t;\nSELECT 2;\n"],
    ids=["lines before", "blanks and line ends", "lines after"],
)
def test_it_survives_what_does_not_change_the_line(moved: str) -> None:
    assert of(moved) == of("TRUNCATE t;\n")


def test_another_line_another_file_another_object_are_other_findings() -> None:
    texts = [of("TRUNCATE t;"), of("TRUNCATE u;"), of("TRUNCATE t;", "b.sql")]
    assert len({one for found in texts for one in found}) == 3


def test_equal_findings_are_told_apart_by_their_order() -> None:
    two = of("TRUNCATE t;\nTRUNCATE t;\n")
    assert len(set(two)) == 2
    assert of("TRUNCATE t;\n") == two[:1]
    assert of("TRUNCATE t;\nTRUNCATE u;\nTRUNCATE t;\n")[::2] == two


def test_it_does_not_matter_how_the_file_is_named(tmp_path: Path) -> None:
    wanted = of("TRUNCATE t;\n")
    for path in ("./a.sql", str(tmp_path / "a.sql"), f"../{tmp_path.name}/a.sql"):
        assert fingerprints(lint_paths([path]).findings) == wanted, path


def test_paths_are_relative_only_inside_the_working_directory(tmp_path: Path) -> None:
    base = str(tmp_path)
    assert portable(f"{base}/db/V1 ü.sql", base) == "db/V1 ü.sql"
    assert portable("./db//V1.sql", base) == "db/V1.sql"
    assert portable(f"{base}-other/V1.sql", base) == f"{base}-other/V1.sql"
    assert portable("../V1.sql", base) == "../V1.sql"
    assert portable("<stdin>", base) == "<stdin>"


def test_a_working_directory_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    assert portable(f"{tmp_path}/link/a.sql", f"{tmp_path}/real") == "a.sql"
