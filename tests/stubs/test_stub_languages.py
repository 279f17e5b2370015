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


CASCADE = """
CREATE TABLE room (id integer PRIMARY KEY);
CREATE TABLE gone (id integer PRIMARY KEY);
CREATE TABLE booking (id integer PRIMARY KEY, room integer REFERENCES room ON DELETE CASCADE);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO gone VALUES (OLD.id); RETURN OLD; END $$;
CREATE TRIGGER noted AFTER DELETE ON booking FOR EACH ROW EXECUTE FUNCTION note();
"""


def test_a_trigger_that_a_key_of_the_database_would_pass_by_has_no_code(tmp_path: Path) -> None:
    """A room that goes takes its bookings along inside the database: code that fires for some deletes only is worse
    than none, and each language says so."""
    (tmp_path / "hotel.sql").write_text(CASCADE)
    out = tmp_path / "out"
    done = CliRunner().invoke(
        group, ["rewrite", str(tmp_path / "hotel.sql"), "-o", str(out), "--stubs", "python,typescript"]
    )
    assert done.exit_code == 0, done.output
    why = "a foreign key of the database changes rows of its table, and calls no code"
    assert why in (out / "ledger.json").read_text()
    assert not (out / "app" / "python").exists()
    assert why in (out / "app" / "typescript" / "hotel" / "README.md").read_text()
    assert "INSERT INTO gone" not in (out / "app" / "typescript" / "hotel" / "booking.ts").read_text()
