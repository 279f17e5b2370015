"""What a comparison works on, and what it collects: checks with their differences, and what stays unproved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from dsql_migrate.verify.expect import Expectations, ObjectExpectation, relocated
from dsql_migrate.verify.inventory import Item, items
from dsql_migrate.verify.loaded import LoadReport
from dsql_migrate.verify.structure import Catalogue

_SHOWN = 5  # differences in a check's one-line detail


@dataclass(slots=True)
class Check:
    """One check. It fails where it has differences; ``counts`` says on how much it looked."""

    name: str
    differences: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    objects: set[str] = field(default_factory=set)  # ids that differ
    notes: list[str] = field(default_factory=list)  # what it does not speak of, in words

    def count(self, what: str, number: int = 1) -> None:
        self.counts[what] = self.counts.get(what, 0) + number

    def differ(self, id: str, what: str) -> None:
        """Note a difference: what is wrong with the object of this id."""
        self.objects.add(id)
        self.differences.append(f"{id} {what}")

    def as_json(self) -> dict[str, Any]:
        found = sorted(set(self.differences))
        shown = "; ".join(found[:_SHOWN])
        more = f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        return {
            "name": self.name,
            "ok": not found,
            "detail": shown + more,
            "counts": dict(sorted(self.counts.items())),
            "differences": found,
            "objects": sorted(self.objects),
            **({"notes": sorted(self.notes)} if self.notes else {}),
        }


@dataclass
class Comparison:
    """Both sides, what the plan promises, and what the load could not do."""

    source: Catalogue
    target: Catalogue
    expectations: Expectations
    load: LoadReport
    unproved: dict[str, str] = field(default_factory=dict)

    @cached_property
    def source_items(self) -> Mapping[str, Item]:
        return {item.id: item for item in items(self.source)}

    @cached_property
    def target_items(self) -> Mapping[str, Item]:
        return {item.id: item for item in items(self.target)}

    @cached_property
    def target_aggregates(self) -> frozenset[str]:
        """Ids of the target's aggregates up to their arguments, which are written in several ways."""
        return frozenset(id.partition("(")[0] for id in self.target_items if id.startswith("aggregate:"))

    @cached_property
    def promised(self) -> Mapping[str, tuple[ObjectExpectation, ...]]:
        """Target id -> the entries that promise it."""
        found: dict[str, tuple[ObjectExpectation, ...]] = {}
        for expectation in self.objects:
            for id in expectation.targets:
                found[id] = (*found.get(id, ()), expectation)
        return found

    @cached_property
    def merged(self) -> Mapping[str, str]:
        """Source table -> the target table that its rows go into; partitions and children follow their parents."""
        tables = self.expectations.tables
        named = {part.name: table.qualified for table in tables for part in table.parts if not part.relation}
        lone = {part.name for table in self.expectations.tables for part in table.parts if part.only}
        found = dict(named)
        for name in self.source.tables:
            above, seen = name, {name}
            while above not in named:
                table = self.source.tables.get(above)
                parents = () if table is None else (table.partition_of,) if table.partition_of else table.parents
                if not parents or parents[0] in seen or parents[0] in lone:
                    break
                above = parents[0]
                seen.add(above)
            if above in named:
                found[name] = named[above]
        return found

    @cached_property
    def sources(self) -> Mapping[str, tuple[str, ...]]:
        """Target table -> the source tables that its rows come from."""
        found: dict[str, tuple[str, ...]] = {}
        for source, target in self.merged.items():
            found[target] = (*found.get(target, ()), source)
        return found

    @cached_property
    def objects(self) -> tuple[ObjectExpectation, ...]:
        """The plan's promises, those of merged tables under the ids of the tables that they went into."""
        moved = {source: target for source, target in self.merged.items() if source != target}
        return tuple(
            replace(one, targets=tuple(dict.fromkeys(relocated(id, moved) for id in one.targets)))
            for one in self.expectations.objects
        )

    def leave(self, id: str, reason: str) -> None:
        """Note what cannot be proved; the first reason stays."""
        self.unproved.setdefault(id, reason)

    def why_missing(self, id: str) -> str | None:
        """Why the source lacks an object, where the load knows.

        Of itself, or of what it became a part of on the target.
        """
        why = self.load.why_missing(id)
        if why is None and id.startswith("sequence:"):
            promised = (one for one in self.objects if one.id == id)
            why = next(
                (w for one in promised for t in one.targets if (w := self.load.why_missing(t)) is not None), None
            )
        return why

    def missing_in_source(self, expectation: ObjectExpectation) -> bool:
        """Whether the source database lacks the object for a reason that the load knows; then it is not judged."""
        why = self.load.why_missing(expectation.id)
        if why is not None:
            self.leave(expectation.id, why)
        return why is not None
