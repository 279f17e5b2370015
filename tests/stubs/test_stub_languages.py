"""``--stubs``: what the bundle's code is written in."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dsql_migrate.cli import group

SOURCE = """
CREATE TABLE room (id integer PRIMARY KEY);
CREATE TABLE booking (id integer PRIMARY KEY, room integer REFERENCES room, day date,
    EXCLUDE (room WITH =, day WITH =));
"""


def rewritten(folder: Path, *words: str) -> Result:
    (folder / "hotel.sql").write_text(SOURCE)
    given = ["rewrite", str(folder / "hotel.sql"), "-o", str(folder / "out"), "--as-of", "2026-05-31", *words]
    return CliRunner().invoke(group, given)


@pytest.mark.parametrize(
    ("words", "languages"),
    [
        ((), {"python"}),
        (("--stubs", "typescript"), {"typescript"}),
        (("--stubs", "typescript,python"), {"python", "typescript"}),
    ],
)
def test_chosen(words: tuple[str, ...], languages: set[str], tmp_path: Path) -> None:
    done = rewritten(tmp_path, *words)
    assert done.exit_code == 0, done.output
    ledger = (tmp_path / "out" / "ledger.json").read_text()
    for language, file in (("python", "booking.py"), ("typescript", "booking.ts")):
        path = f"app/{language}/hotel/{file}"
        assert (tmp_path / "out" / path).exists() == (language in languages)
        assert (path in ledger) == (language in languages)
    assert (tmp_path / "out" / "app" / "guards.sql").exists() == ("python" in languages)
    assert (tmp_path / "out" / "audit" / "booking_room_day_excl.sql").exists()


@pytest.mark.parametrize("word", ["cobol", "", "python,cobol"])
def test_one_that_is_not_offered(word: str, tmp_path: Path) -> None:
    done = rewritten(tmp_path, "--stubs", word)
    assert done.exit_code == 2
    assert "take of python, typescript" in done.output
