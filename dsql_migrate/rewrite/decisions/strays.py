"""Entries of ``decisions.yaml`` that no object of the input answers to: the dump moved on, or a name is misspelt."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from dsql_migrate.rewrite.decisions.decisions import Taken
from dsql_migrate.rewrite.decisions.document import Document, Place

_FEW = 2_000  # names are compared with so many others at most: each comparison takes a while


@dataclass(frozen=True, slots=True)
class Stray:
    """An entry that decides nothing. ``key`` is None where the object itself is not there."""

    place: Place
    id: str
    key: str | None
    message: str
    hint: str


def strays(
    document: Document, taken: Mapping[tuple[str, str], Taken], entries: Collection[str]
) -> Iterator[Stray]:
    """In the order of the file. ``taken``: the choices that came up; ``entries``: the ids of the ledger."""
    keys: dict[str, list[str]] = {}
    for id, key in taken:
        keys.setdefault(id, []).append(key)
    for id, chosen in document.objects.items():
        if id not in keys and id not in entries:
            hint = _like(id, keys)
            yield Stray(document.places[id, None], id, None, f"{id}: the input has no such object", hint)
            continue
        for key in chosen:
            if key not in keys.get(id, ()):
                has = ", ".join(keys.get(id, ())) or "no choice"
                message = f"{id}: {key} does not come up for it"
                yield Stray(document.places[id, key], id, key, message, f"it has {has}")


def _like(id: str, known: Collection[str]) -> str:
    kind = id.partition(":")[0]
    same = [other for other in known if other.startswith(f"{kind}:")] or list(known)
    found = difflib.get_close_matches(id, same[:_FEW], 1, 0.75)
    return f"did you mean {found[0]}?" if found else ""
