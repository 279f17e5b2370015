"""decisions.yaml both ways: what is written is read again, what people wrote in it stays, what is wrong is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsql_migrate.errors import Failure
from dsql_migrate.rewrite.decisions import CHOICES, Decisions, Taken, check_decisions, possible
from dsql_migrate.rewrite.decisions.decisions import By
from dsql_migrate.rewrite.decisions.document import read_document
from dsql_migrate.rewrite.decisions.writing import decisions_text
from dsql_migrate.rewrite.run import rewrite
from dsql_migrate.target import load_target

SOURCE = """\
CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE TYPE size AS ENUM ('s', 'm');
CREATE TABLE t (id serial PRIMARY KEY, m mood, s size, tags text[], more text[]);
"""


def source(folder: Path, sql: str = SOURCE) -> str:
    path = folder / "source.sql"
    path.write_text(sql, "utf-8")
    return str(path)


def bundle(folder: Path, text: str | None = None, sql: str = SOURCE, **flags: str) -> Path:
    """A bundle of the source, by a decisions file where ``text`` is given."""
    decisions = Decisions.of(**flags)
    if text is not None:
        file = folder / "mine.yaml"
        file.write_bytes(text.encode("utf-8", "surrogatepass"))
        decisions = decisions.with_document(read_document(file))
    rewrite(source(folder, sql), folder / "out", decisions=decisions, force=True)
    return folder / "out"


def took(out: Path) -> dict[str, str]:
    """What became of each column, as pre-data.sql says."""
    text = (out / "pre-data.sql").read_text("utf-8")
    columns = ("m", "s", "tags", "more")
    return {name: " ".join(text.partition(f" {name} ")[2].split(",")[0].split()[:1]) for name in columns}


def test_what_is_written_is_read_again_and_changes_nothing(tmp_path: Path) -> None:
    first = (bundle(tmp_path) / "decisions.yaml").read_text("utf-8")
    assert (bundle(tmp_path, first) / "decisions.yaml").read_text("utf-8") == first
    chosen = (bundle(tmp_path, enums="check", arrays="text") / "decisions.yaml").read_text("utf-8")
    assert "\n  enums: check\n" in chosen
    assert took(bundle(tmp_path, chosen)) == {"m": "text", "s": "text", "tags": "text", "more": "text"}


def test_functions_in_sql_are_asked_for_in_the_file_too(tmp_path: Path) -> None:
    sql = "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$BEGIN RETURN 7; END$$;\nCREATE TABLE t (id int);\n"
    said = bundle(tmp_path, sql=sql, plpgsql_functions="sql")
    written = (said / "decisions.yaml").read_text("utf-8")
    made = (said / "pre-data.sql").read_text("utf-8")
    assert "LANGUAGE sql" in made
    assert (bundle(tmp_path, written, sql=sql) / "pre-data.sql").read_text("utf-8") == made


def test_the_nearest_word_wins(tmp_path: Path) -> None:
    """An object's own entry, then the option of the command line, then the file's defaults, then the built-in one."""
    text = "defaults:\n  enums: check\n  arrays: json\nobjects:\n  type:public.mood:\n    enums: domain\n"
    assert took(bundle(tmp_path, text)) == {"m": "mood", "s": "text", "tags": "json", "more": "json"}
    assert took(bundle(tmp_path, text, arrays="text", enums="domain"))["tags"] == "text"
    assert took(bundle(tmp_path, text, enums="domain"))["s"] == "size"
    own = text.replace("enums: domain", "enums: check").replace("enums: check\n  arrays", "enums: domain\n  arrays")
    assert took(bundle(tmp_path, own, enums="domain"))["m"] == "text"
    assert took(bundle(tmp_path, "objects:\n  type:public.mood:\n    enums: default\n"))["m"] == "mood"


EDITED = """\
# Ours. Do not touch before the release.
objects:   # by hand
  type:public.size:
    # Anna wants the domain to stay

    'enums': "domain"     # since 2025
  type:public.gone:
    enums: check   # may come back
  column:public.t.tags: {arrays: text}
x-owner: [anna, ben]
defaults:

  # what we want
  arrays: json   # small

schema_version: 1
"""


def test_remarks_order_quotes_and_strange_entries_stay(tmp_path: Path) -> None:
    written = (bundle(tmp_path, EDITED) / "decisions.yaml").read_text("utf-8")
    left = [line for line in written.splitlines() if line in EDITED.splitlines()]
    assert left == EDITED.splitlines()
    assert took(bundle(tmp_path, EDITED)) == {"m": "mood", "s": "size", "tags": "text", "more": "json"}
    assert (bundle(tmp_path, written) / "decisions.yaml").read_text("utf-8") == written


def test_new_objects_and_choices_are_put_where_they_belong(tmp_path: Path) -> None:
    lines = (bundle(tmp_path, EDITED) / "decisions.yaml").read_text("utf-8").splitlines()
    at = {line.strip(): number for number, line in enumerate(lines)}
    remark, entry = at["# Anna wants the domain to stay"], at["""'enums': "domain"     # since 2025"""]
    assert at["type:public.size:"] < remark < entry
    assert "column:public.t.id:" in at
    assert at["x-owner: [anna, ben]"] > at["column:public.t.more:"]
    assert at["enums: default"] > at["x-owner: [anna, ben]"]  # in defaults


def test_an_option_of_the_command_line_is_put_into_the_file(tmp_path: Path) -> None:
    written = (bundle(tmp_path, EDITED, arrays="jsonb") / "decisions.yaml").read_text("utf-8")
    assert "\n  arrays: jsonb   # small\n" in written


def test_remarks_that_the_tool_made_follow(tmp_path: Path) -> None:
    first = (bundle(tmp_path) / "decisions.yaml").read_text("utf-8")
    assert "    enums: default  # now domain; or check" in first
    edited = first.replace("enums: default  # now", "enums: check  # now", 1)
    edited = edited.replace("\n  enums: default", "\n  enums: check")
    second = (bundle(tmp_path, edited) / "decisions.yaml").read_text("utf-8")
    assert "    enums: check  # or domain" in second
    assert "    enums: default  # now check; or domain" in second


def test_windows_line_ends_and_a_missing_last_one_stay(tmp_path: Path) -> None:
    text = "defaults:\r\n  enums: check\r\nobjects:\r\n  type:public.mood:\r\n    enums: domain"
    bundle(tmp_path, text)
    written = (tmp_path / "out" / "decisions.yaml").read_bytes()
    assert b"\r\n    enums: domain  # or check, lookup-table\r\n" in written
    assert written.count(b"\n") == written.count(b"\r\n")
    assert took(bundle(tmp_path, written.decode()))["m"] == "mood"


@pytest.mark.parametrize("text", [
    "", "# only a remark\n", "schema_version: 1\n", "objects:\n", "objects: {}\ndefaults: {}\n",
    "{defaults: {enums: check}}", "{}", "objects: {type:public.mood: {}}\n", "objects:\n  type:public.mood:\n",
    "defaults: {enums: check}  # short\nobjects: {}  # none yet\n", "\ufeffdefaults:\n  enums: check\n",
    "--- # start\ndefaults:\n  enums: check\n...\n",
])  # fmt: skip
def test_every_layout_can_be_added_to(tmp_path: Path, text: str) -> None:
    written = (bundle(tmp_path, text) / "decisions.yaml").read_text("utf-8")
    file = tmp_path / "again.yaml"
    file.write_text(written, "utf-8")
    document = read_document(file)
    assert set(document.objects) == {
        "type:public.mood", "type:public.size", "column:public.t.id", "column:public.t.tags", "column:public.t.more",
    }  # fmt: skip
    assert {"enums", "arrays"} <= set(document.defaults)
    assert (bundle(tmp_path, written) / "decisions.yaml").read_text("utf-8") == written


@pytest.mark.parametrize(("text", "place", "says"), [
    ("defaults:\n  enum: check\n", "2:3", "no decision 'enum'"),
    ("defaults:\n  enums: chek\n", "2:10", "'chek' is no option of enums"),
    ("defaults:\n  arrays: 5\n", "2:11", "arrays takes one word, not a number"),
    ("defaults:\n  arrays: [text]\n", "2:11", "arrays takes one word, not a list"),
    ("defaults:\n  arrays:\n", "3:1", "arrays takes one word, not nothing"),
    ("defaults:\n  identity-cache: many\n", "2:19", "'many' is no option of identity-cache"),
    ("defaults:\n  identity-cache: -1\n", "2:19", "'-1' is no option of identity-cache"),
    ("defaults:\n  enums: check\n  enums: domain\n", "3:3", "'enums' stands twice, first on line 2"),
    ("objects:\n  t:\n    arrays: text\n  t:\n    arrays: json\n", "4:3", "'t' stands twice, first on line 2"),
    ("objects:\n  - t\n", "2:3", "objects: keys with values are expected"),
    ("objects:\n  t: text\n", "2:6", "t: keys with values are expected"),
    ("object:\n", "1:1", "unknown key 'object'"),
    ("defaults: [\n", "2:1", "not YAML"),
    ("defaults:\n  enums: check\n bad: x\n", "3:2", "not YAML"),
    ("\tdefaults: x\n", "1:1", "not YAML"),
    ("defaults:\n  enums: \x07\n", "2:10", "not YAML: a control character"),
    ("a: 1\n---\nb: 1\n", "2:1", "not YAML"),
    ("defaults: &a\n  enums: check\n", "1:1", "anchors"),
    ("defaults:\n  enums: !!python/object/apply:os.system [id]\n", "2:10", "enums takes one word"),
    ("defaults:\n  enums: !x check\n", "2:10", "enums takes one word"),
    ("schema_version: 2\n", "1:17", "schema_version '2' is not known"),
    ("- a\n", "1:1", "the file: keys with values are expected"),
    ("? [a, b]\n: c\n", "1:3", "a key is one word"),
])  # fmt: skip
def test_what_is_wrong_is_named_with_its_place(tmp_path: Path, text: str, place: str, says: str) -> None:
    file = tmp_path / "mine.yaml"
    file.write_bytes(text.encode())
    with pytest.raises(Failure) as error:
        read_document(file)
    assert error.value.message.startswith(f"{file}:{place}: "), error.value.message
    assert says in error.value.message
    assert "\n" not in error.value.message


def test_bytes_that_are_no_text_and_files_that_are_not_there(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_bytes(b"a: 1\n\xff: 2\n")
    with pytest.raises(Failure, match=r"mine\.yaml:2:1: not UTF-8"):
        read_document(file)
    with pytest.raises(Failure, match="No such file"):
        read_document(tmp_path / "none.yaml")
    with pytest.raises(Failure, match="directory"):
        read_document(tmp_path)


def test_misspelt_words_are_guessed(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    for text, guess in (("default:\n", "defaults"), ("defaults: {foreign_key: x}\n", "foreign-keys"),
                        ("defaults: {enums: domains}\n", "domain")):  # fmt: skip
        file.write_text(text)
        with pytest.raises(Failure) as error:
            read_document(file)
        assert f"did you mean {guess}?" in (error.value.hint or "")


def test_an_option_that_the_day_does_not_have_is_named_with_its_place(tmp_path: Path) -> None:
    from datetime import date

    file = tmp_path / "mine.yaml"
    file.write_text("defaults:\n  arrays: text\nobjects:\n  type:public.mood:\n    enums: domain\n")
    decisions = Decisions().with_document(read_document(file))
    check_decisions(decisions, load_target())
    with pytest.raises(Failure) as error:
        check_decisions(decisions, load_target(date(2026, 1, 1)))
    assert error.value.message == f"{file}:5:5: enums: domain is not to be had on 2026-01-01"
    assert error.value.hint == "DSQL has it from 2026-05-21"


@pytest.mark.parametrize("text", ["objects:\n  type:public.moood: {enums: check}\n"])
def test_a_name_that_is_not_there_is_reported_and_stays(tmp_path: Path, text: str) -> None:
    from dsql_migrate.findings import decision_findings

    file = tmp_path / "mine.yaml"
    file.write_text(text + "  column:public.t.id: {arrays: text}\n")
    decisions = Decisions().with_document(read_document(file))
    done = rewrite(source(tmp_path), tmp_path / "out", decisions=decisions)
    first, second = decision_findings(done.plan)
    assert (first["code"], first["severity"], first["line"], first["column"]) == ("DSQL909", "warning", 2, 3)
    assert first["message"] == "type:public.moood: the input has no such object"
    assert first["help"] == "did you mean type:public.mood?"
    assert (second["line"], second["column"]) == (3, 24)
    assert second["message"] == "column:public.t.id: arrays does not come up for it"
    assert "type:public.moood: {enums: check}" in (tmp_path / "out" / "decisions.yaml").read_text()
    assert json.loads((tmp_path / "out" / "ledger.json").read_text())["totals"]["unknown"] == 0


NAMES = st.text(st.characters(exclude_categories=(), exclude_characters="\x00"), min_size=1, max_size=12)
KEYS = st.sampled_from(sorted(CHOICES))


@st.composite
def decided(draw: st.DrawFn) -> Taken:
    target = load_target()
    key = draw(KEYS)
    options = [option.name for option in CHOICES[key].options if possible(option, target)]
    id = f"{draw(st.sampled_from(CHOICES[key].kinds))}:public.{draw(NAMES)}"
    by: By = draw(st.sampled_from(("default", "object")))
    return Taken(key, id, draw(st.sampled_from(options)), by)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("decisions")


@settings(max_examples=150, deadline=None)
@given(first=st.lists(decided(), max_size=6), later=st.lists(decided(), max_size=6))
def test_any_name_can_be_a_key(shelf: Path, first: list[Taken], later: list[Taken]) -> None:
    """Quotes, line feeds, half characters, colons: what is written is what is read, today and added tomorrow."""
    file = shelf / "any.yaml"
    target = load_target()
    objects: dict[str, dict[str, str]] = {}
    for one in first:
        if one.by == "object":
            objects.setdefault(one.id, {})[one.key] = one.option
    file.write_text(decisions_text(unique(first), Decisions(objects=objects), target), "utf-8", newline="")
    document = read_document(file)
    assert {(id, key) for id, chosen in document.objects.items() for key in chosen} == {(t.id, t.key) for t in first}
    again = Decisions().with_document(document)
    assert {id: chosen for id, chosen in again.objects.items() if chosen} == objects
    file.write_text(decisions_text(unique([*first, *later]), again, target), "utf-8", newline="")
    document = read_document(file)
    both = {(t.id, t.key) for t in (*first, *later)}
    assert {(id, key) for id, chosen in document.objects.items() for key in chosen} == both
    assert {id: c for id, c in Decisions().with_document(document).objects.items() if c} == objects


def unique(taken: list[Taken]) -> list[Taken]:
    return list({(t.id, t.key): t for t in taken}.values())
