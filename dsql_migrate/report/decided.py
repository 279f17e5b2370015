"""What was decided where there was a choice, and by whom: read from the ledger, for every form of the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dsql_migrate.errors import InputError
from dsql_migrate.rewrite.decisions import CHOICES

OPEN = "default"
WHO = {
    OPEN: "nobody yet: the default",
    "file": "decisions.yaml, for all",
    "option": "an option of the command line",
    "object": "decisions.yaml, for these",
}


@dataclass(frozen=True, slots=True)
class Decided:
    """One option that holds for some objects. ``by``: a key of ``WHO``; ``ids`` are those of the ledger."""

    key: str
    question: str
    option: str
    effect: str
    by: str
    who: str
    ids: tuple[str, ...]

    @property
    def count(self) -> int:
        """For how many objects it holds."""
        return len(self.ids)

    @property
    def open(self) -> bool:
        """Whether nobody has decided it yet."""
        return self.by == OPEN


def read_decided(ledger: Mapping[str, Any]) -> tuple[Decided, ...]:
    """The decisions of a ledger, in the order of the list of choices, the open ones of each first.

    Raises InputError where they have another shape; a ledger without any has none.
    """
    found = []
    try:
        told = {str(key): dict(options) for key, options in dict(ledger.get("choices") or {}).items()}
        for key in [*(k for k in CHOICES if k in told), *sorted(set(told) - set(CHOICES))]:
            rows = [(str(o), str(by), ids) for o, whose in told[key].items() for by, ids in dict(whose).items()]
            for option, by, ids in sorted(rows, key=lambda row: (row[1] != OPEN, row[0], row[1])):
                found.append(_decided(key, option, by, tuple(map(str, ids))))
    except (TypeError, ValueError):
        raise InputError("ledger.json: choices are not in the form that this version reads") from None
    return tuple(found)


def _decided(key: str, option: str, by: str, ids: tuple[str, ...]) -> Decided:
    choice = CHOICES.get(key)
    effect = next((o.effect for o in choice.options if o.name == option), "") if choice is not None else ""
    return Decided(key, choice.question if choice is not None else "", option, effect, by, WHO.get(by, by), ids)
