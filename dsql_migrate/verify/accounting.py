"""Conservation: what the source has stands in the ledger once, and what the target has stands there too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dsql_migrate.verify.inventory import Item
from dsql_migrate.verify.outcome import Check, Comparison

# Kinds that the inventory reads; a ledger entry of another kind needs no object in the source.
_READ = frozenset(
    (
        "schema", "table", "column", "default", "identity", "constraint", "index", "sequence", "view",
        "materialized view", "function", "procedure", "aggregate", "trigger", "rule", "policy", "type", "domain",
        "extension", "collation", "cast", "comment",
    )
)  # fmt: skip
_COMMENTED = (
    "table", "foreign table", "column", "constraint", "domain constraint", "index", "sequence", "view",
    "materialized view", "trigger", "type", "domain", "function", "procedure", "aggregate", "schema",
)  # fmt: skip


def accounted(comparison: Comparison, entries: Iterable[Mapping[str, Any]]) -> Check:
    """Every object of the source has exactly one entry, and every entry of an object names one that is there."""
    check = Check("objects accounted for")
    listed = list(entries)
    ids = Counter(str(entry["id"]) for entry in listed)
    # Gone with its session; in the input alone, and not in the script that was made of it; or in none of both.
    passing = {str(e["id"]) for e in listed if e.get("detail") in ("temporary", "not translated", "outside")}
    for id, number in sorted(ids.items()):
        if number > 1:
            check.differ(id, f"stands in the ledger {number} times")
    known = {_loose(id): id for id in ids}
    absent = {str(e["name"]) for e in listed if e["kind"] == "table" and e["disposition"] not in ("kept", "rewritten")}
    used: set[str] = set()
    made = dict(comparison.load.made)
    for item in comparison.source_items.values():
        found = {known[other] for other in _names(comparison, item) if other in known}
        used |= found
        check.count("objects")
        if found:
            check.count("accounted")
        elif item.optional or _member_of(item, absent):
            check.count("covered by another")
        elif item.id in made:
            check.count("made by code")
            comparison.leave(item.id, f"code that runs on line {made[item.id]} made it: the ledger has that statement")
        else:
            check.differ(item.id, "has no ledger entry")
    for id in sorted(ids.keys() - used):
        if not _needs_object(id) or id in passing:
            continue
        why = comparison.why_missing(id)
        if id.startswith("default:") and f"column:{id.partition(':')[2]}" in comparison.source_items:
            check.count("no default")  # DEFAULT NULL; where the ledger overlooked a DROP DEFAULT, "columns" sees it
        elif why is not None:
            comparison.leave(id, why)
            check.count("not loaded")
        else:
            check.differ(id, "stands in the ledger, but is not in the source database")
    return check


def _member_of(item: Item, tables: set[str]) -> bool:
    """Whether it is a column, or something of one, of a table that is not carried over: CREATE TABLE AS names none."""
    return item.kind in ("column", "default", "identity") and item.name.rpartition(".")[0] in tables


def _loose(id: str) -> str:
    """Arguments of aggregates are written in several ways (*, ORDER BY, type names): the name decides."""
    return id.partition("(")[0] if id.startswith("aggregate:") else id


def _names(comparison: Comparison, item: Item) -> Iterator[str]:
    """The ids under which an object may stand in the ledger."""
    yield _loose(item.id)
    if item.kind == "table":
        table = comparison.source.tables[item.name]
        if table.partition_of is not None:
            yield f"partition:{item.name}"
        if table.foreign:
            yield f"foreign table:{item.name}"
    if item.kind == "identity":
        sequence = comparison.source.sequences.get(item.id)
        if sequence is not None:
            yield f"sequence:{sequence.schema}.{sequence.name}"
    if item.kind == "comment" and item.name.endswith(")"):
        yield item.id.partition("(")[0]  # COMMENT ON FUNCTION name, where there is one of the name only
    if item.kind == "comment" and item.name.startswith("domain "):
        yield f"comment:type {item.name.removeprefix('domain ')}"
    if item.kind == "comment" and item.name.startswith("type "):
        yield f"comment:domain {item.name.removeprefix('type ')}"


def _needs_object(id: str) -> bool:
    kind, _, name = id.partition(":")
    if kind == "comment":
        return any(name.startswith(f"{commented} ") for commented in _COMMENTED)
    return kind in _READ


def nothing_extra(comparison: Comparison) -> Check:
    """Every object of the target is promised by an entry, or made by the plan on purpose."""
    check = Check("nothing extra")
    explained = {*comparison.promised, *comparison.expectations.extra}
    for table in comparison.expectations.tables:
        explained.add(f"table:{table.qualified}")
        for column in table.columns:
            expression = column.default or column.generated
            for kind, there in (("column", True), ("default", expression), ("identity", column.identity)):
                if there:
                    explained.add(f"{kind}:{table.qualified}.{column.name}")
    explained |= _helper_constraints(comparison, explained)
    for item in comparison.target_items.values():
        check.count("objects")
        if item.id not in explained and not item.optional:
            check.differ(item.id, "is on the target, and no entry explains it")
    return check


def _helper_constraints(comparison: Comparison, explained: set[str]) -> set[str]:
    """CHECKs of domains that stand for enums: they are how the domain is one."""
    enums = {
        id.partition(":")[2]
        for id, entries in comparison.promised.items()
        if id.startswith("domain:") and id in explained and any(entry.kind == "type" for entry in entries)
    }
    return {c.id for c in comparison.target.constraints.values() if c.of_domain and c.owner in enums}
