"""The laws hold whatever is decided: over generated schemas, the cases and real dumps, with options drawn at random."""

from __future__ import annotations

import json
import random
import shutil
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import test_conservation as conservation
import test_idempotence as idempotence
import test_two_witnesses as witnesses
import test_untouched_bytes as bytes_stay
from bundles import Bundle
from census import take
from generated_schemas import Written, schemas
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from dsql_migrate.migration import migrate
from dsql_migrate.rewrite.decisions import CHOICES, Decisions, possible
from dsql_migrate.rewrite.decisions.document import read_document
from dsql_migrate.rewrite.run import rewrite
from dsql_migrate.target import load_target

STOPS = {"blocker"}  # the migration stops there, which is what was decided
OPTIONS = {
    key: [o.name for o in choice.options if o.name not in STOPS and possible(o, load_target())]
    for key, choice in CHOICES.items()
}


def general(chance: random.Random) -> dict[str, str]:
    """An option for some of the choices."""
    return {key: chance.choice(options) for key, options in OPTIONS.items() if chance.random() < 0.6}


def for_objects(chance: random.Random, taken: Mapping[tuple[str, str], object]) -> dict[str, dict[str, str]]:
    """Options of their own for some of the objects that came up."""
    found: dict[str, dict[str, str]] = {}
    for id, key in sorted(taken):
        if chance.random() < 0.3:
            found.setdefault(id, {})[key] = chance.choice(OPTIONS[key])
    return found


def decided(chance: random.Random, source: Path, folder: Path, as_of: object = None) -> Bundle:
    """A bundle by decisions for all and for single objects."""
    decisions = Decisions(general(chance))
    first = rewrite(str(source), folder / "first", decisions=decisions)
    decisions = replace(decisions, objects=for_objects(chance, first.plan.taken))
    rewrite(str(source), folder / "out", decisions=decisions)
    return Bundle(source.stem, source, folder / "out", None, decisions)


def conserved(bundle: Bundle) -> None:
    """Everything is accounted for, once, and both witnesses agree on it."""
    census = take(bundle.source)
    conservation.test_every_statement_is_accounted_for(bundle, census)
    conservation.test_every_object_is_there_once(bundle, census)
    conservation.test_no_object_is_made_up(bundle, census)
    conservation.test_ids_are_unique_and_totals_add_up(bundle)
    conservation.test_what_is_carried_says_where(bundle)
    bytes_stay.test_remarks_inside_create_table_stay(bundle)
    witnesses.test_a_bundle_pleases_both(bundle)


def hold(bundle: Bundle, folder: Path) -> None:
    """Every law that needs no server."""
    conserved(bundle)
    _its_decisions_make_it_again(bundle, folder)
    if bundle.decisions.objects and _moved(bundle):
        return  # decisions for single objects name them as they were before they moved into public
    if _numbers_stayed(bundle) or _own_keys(bundle) or _stored_views(bundle):
        return
    (folder / "whole").mkdir()
    idempotence.test_a_whole_bundle_is_not_rewritten_twice(bundle, folder / "whole")


def _moved(bundle: Bundle) -> bool:
    schemas = [entry for entry in conservation.entries_of(bundle) if entry["kind"] == "schema"]
    return any("__" in schema["reason"] for schema in schemas)


def _numbers_stayed(bundle: Bundle) -> bool:
    """Whether `keys: uuid` left numbers alone for the sake of something that is not in the bundle to say so again."""
    return any("it stays a number, though uuid" in entry["reason"] for entry in conservation.entries_of(bundle))


def _stored_views(bundle: Bundle) -> bool:
    """Whether a table holds a materialized view: it is asked for a key only where it looks like any other."""
    kinds = {entry["kind"] for entry in conservation.entries_of(bundle)}
    keyed = bundle.decisions.general.get("no-primary-key", "keep") != "keep"
    return keyed and "materialized view" in kinds


def _own_keys(bundle: Bundle) -> bool:
    """Whether the bundle has foreign keys of its own making, and the source's are decided to stand elsewhere.

    Those of an enum's table and of a table of elements stand behind the load whatever is decided on the source's; in
    the bundle they look like any other.
    """
    reasons = [str(entry["reason"]) for entry in conservation.entries_of(bundle)]
    own = any("enum to a table of its values" in r or "its elements are rows of" in r for r in reasons)
    own = own or bundle.decisions.general.get("large-values") == "out-of-line"
    said = [bundle.decisions.general, *bundle.decisions.objects.values()]
    return own and any(chosen.get("foreign-keys", "native") != "native" for chosen in said)


def _its_decisions_make_it_again(bundle: Bundle, folder: Path) -> None:
    """decisions.yaml of a bundle says everything: with it alone the same bundle comes out."""
    file = bundle.folder / "decisions.yaml"
    rewrite(str(bundle.source), folder / "again", decisions=Decisions().with_document(read_document(file)))
    for name in ("pre-data.sql", "data.sql", "post-data.sql", "quarantine.sql", "decisions.yaml"):
        assert (folder / "again" / name).read_bytes() == bundle.text(name), name


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("decided")


def fresh(bench: Path, written: Written) -> tuple[Path, Path]:
    """An empty folder, and the script in it."""
    shutil.rmtree(bench / "one", ignore_errors=True)
    (bench / "one").mkdir()
    source = bench / "one" / "source.sql"
    source.write_text(written.sql, "utf-8", newline="")
    note(written.sql)
    return bench / "one", source


LIMITS = settings(
    deadline=None, suppress_health_check=list(HealthCheck), phases=(Phase.generate, Phase.shrink)
)


@settings(LIMITS, max_examples=30)
@given(written=schemas(), seed=st.integers(0, 2**32))
def test_generated_schemas(bench: Path, written: Written, seed: int) -> None:
    folder, source = fresh(bench, written)
    bundle = decided(random.Random(seed), source, folder)
    note(repr(bundle.decisions))
    ledger = json.loads(bundle.text("ledger.json"))
    assert [e["id"] for e in ledger["entries"] if e["disposition"] == "unknown"] == []
    of_rows = [entry for entry in ledger["entries"] if entry["kind"] == "rows"]
    if all(entry["disposition"] in ("kept", "rewritten") for entry in of_rows):
        assert sum(entry["rows"] for entry in of_rows) == written.rows
    hold(bundle, folder)


def chances(name: str) -> Iterator[int]:
    """Numbers to draw options by: the same ones in every run, others with ``--hypothesis-profile=search``."""
    searching = settings.get_current_profile_name() == "search"
    for number in range(10 if searching else 2):
        yield random.SystemRandom().getrandbits(32) if searching else zlib.crc32(name.encode()) + number


def test_cases_and_dumps(bundle: Bundle, tmp_path: Path) -> None:
    if bundle.source.stat().st_size > 100_000:
        pytest.skip("a long one is no better a test")
    if bundle.as_of is not None:
        pytest.skip("options are drawn for the newest day")
    for seed in chances(bundle.name):
        print("options drawn by", seed)  # shown where it fails
        folder = tmp_path / str(seed)
        folder.mkdir()
        hold(decided(random.Random(seed), bundle.source, folder), folder)


@pytest.mark.server
@settings(LIMITS, max_examples=4, phases=(Phase.generate,))
@given(written=schemas(), seed=st.integers(0, 2**32))
def test_generated_schemas_migrate(bench: Path, written: Written, seed: int) -> None:
    """The bundle applies, and everything in it compares equal with the source."""
    folder, source = fresh(bench, written)
    chance = random.Random(seed)
    decisions = Decisions(general(chance))
    first = rewrite(str(source), folder / "first", decisions=decisions)
    decisions = replace(decisions, objects=for_objects(chance, first.plan.taken))
    done = migrate(str(source), folder / "out", decisions=decisions)
    note(repr(decisions))
    bad = {check["name"]: check["objects"] for check in done.verification["checks"] if not check["ok"]}
    assert done.ok, (bad, [e["id"] for e in done.ledger["entries"] if e["disposition"] == "unknown"])
    assert sum(table["rows_source"] or 0 for table in done.verification["tables"]) <= written.rows
