"""Law: what goes in equals what comes out. A census of the source, taken by pglast alone, against the ledger."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from bundles import Bundle
from census import Census, take

pytestmark = pytest.mark.filterwarnings("ignore")


def entries_of(bundle: Bundle) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(bundle.text("ledger.json"))["entries"]
    return found


def short(entry: dict[str, Any]) -> tuple[str, str]:
    """(kind, name without its schema and without the types of arguments), as the census has it."""
    name = str(entry["name"])
    bare = name if entry["kind"] in ("schema", "extension") else name.partition(".")[2] or name
    return entry["kind"], bare.partition("(")[0] if entry["kind"] in ("function", "procedure", "aggregate") else bare


@pytest.fixture
def census(bundle: Bundle) -> Census:
    return take(bundle.source)


def test_every_statement_is_accounted_for(bundle: Bundle, census: Census) -> None:
    """Each statement has an entry on its line; or what it speaks of has one, unless the script renames or drops it."""
    entries = entries_of(bundle)
    lines = {entry["line"] for entry in entries}
    words = {part for entry in entries for part in _parts(str(entry["name"]))}
    elsewhere = [s for s in census.statements if s.line not in lines]
    lost = [s for s in elsewhere if not s.names or not set(s.names) - census.changed <= words]
    assert not lost, f"{bundle.name}: {lost[:5]}"


def _parts(name: str) -> list[str]:
    """The words of a name; names may hold a dot of their own, so what stands behind the schema counts as one too."""
    bare = name.partition(".")[2]
    return [name, bare, bare.rpartition(".")[0], *name.replace("(", ".").split(".")]


def test_every_object_is_there_once(bundle: Bundle, census: Census) -> None:
    """What the source makes and neither drops nor renames stands in the ledger under its own name and kind."""
    known = {short(entry) for entry in entries_of(bundle)}
    missing = {made for made in census.made if made not in known and not census.changed & set(made[1].split("."))}
    assert not missing, f"{bundle.name}: {sorted(missing)[:8]}"


def test_no_object_is_made_up(bundle: Bundle, census: Census) -> None:
    """An entry for a table, index, view … that the source does not make would be one too many."""
    kinds = ("table", "index", "view", "materialized view", "trigger", "policy", "rule", "extension")
    named = {name for _, name in census.made}
    extra = [e["id"] for e in entries_of(bundle) if e["kind"] in kinds and short(e) not in census.made]
    extra = [id for id in extra if not census.changed and id.partition(":")[2].partition(".")[2] not in named]
    unnamed = Counter(census.unnamed_indexes)
    assert len(extra) <= unnamed.total(), f"{bundle.name}: {extra[:8]}"


def test_ids_are_unique_and_totals_add_up(bundle: Bundle) -> None:
    ledger = json.loads(bundle.text("ledger.json"))
    entries = ledger["entries"]
    ids = Counter(entry["id"] for entry in entries)
    assert not [id for id, count in ids.items() if count > 1]
    assert ledger["totals"] == {**dict.fromkeys(ledger["totals"], 0), **Counter(e["disposition"] for e in entries)}
    assert sum(ledger["totals"].values()) == len(entries)
    assert ledger["source"]["rows"] == sum(e["rows"] for e in entries if e["kind"] == "rows" and "rows" in e)
    assert all(entry["id"].startswith(f"{entry['kind']}:") for entry in entries)


def test_what_is_carried_says_where(bundle: Bundle) -> None:
    """A kept or rewritten object names the file it went into; what is dropped says why."""
    for entry in entries_of(bundle):
        if entry["disposition"] in ("kept", "rewritten") and entry["kind"] not in ("setting", "schema"):
            assert entry["into"], entry["id"]
        if entry["disposition"] in ("application", "dropped", "unknown"):
            assert entry["reason"], entry["id"]
