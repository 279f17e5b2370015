"""The proof of each ledger entry, as the ledger has it: ``exact``, ``replayed`` (with what), ``unproved`` and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def proved_by_made(
    verification: dict[str, Any], made: Mapping[str, int], homes: Mapping[str, str]
) -> dict[str, str]:
    """The proofs, by ledger id, of tables that made rows have proved; they are no longer among the unproved.

    ``made``: how many rows, by table of the target. ``homes``: source table -> the table of the target with its rows.
    """
    found = {}
    reasons = {item["object"]: item["reason"] for item in verification["unproved"]}
    differing = {id for check in verification["checks"] for id in check["objects"]}
    proved = {name: made[home] for name, home in homes.items() if home in made} | dict(made)
    for name, rows in proved.items():
        why = reasons.get(f"rows:{name}", "the input has no rows for it")
        label = f"replayed with {rows} made row{'' if rows == 1 else 's'}: {why}"
        found[f"rows:{name}"] = label
        if f"table:{name}" not in differing:
            found[f"table:{name}"] = label
    verification["unproved"] = [item for item in verification["unproved"] if item["object"] not in found]
    return found


def enter_proofs(
    ledger: dict[str, Any], proofs: Mapping[str, str], verification: Mapping[str, Any], homes: Mapping[str, str]
) -> None:
    """Put the proof of every entry into the ledger.

    ``homes``: source table -> the table of the target with its rows.
    """
    equal = {
        t["name"] for t in verification["tables"] if t["digest_source"] and t["digest_source"] == t["digest_target"]
    }
    for entry in ledger["entries"]:
        if entry["disposition"] == "dropped":
            entry["proof"] = "exact"  # left out by a decision: there is nothing to prove
        elif entry["kind"] == "rows" and entry["disposition"] in ("kept", "rewritten"):
            same = homes.get(entry["name"], entry["name"]) in equal
            unproved = "unproved: its table's rows were not compared, or differ"
            entry["proof"] = proofs.get(entry["id"]) or ("replayed" if same else unproved)
        else:
            entry["proof"] = proofs.get(entry["id"]) or _proof(entry)


def _proof(entry: Mapping[str, Any]) -> str:
    """For what the comparison does not speak of."""
    if entry["disposition"] == "unknown":
        return "unproved: not understood"
    if entry["disposition"] == "application":
        stub = any(path.startswith("app/") for path in entry["into"])
        return "unproved: the stub is not driven here" if stub else "unproved: no code is written for it"
    return "replayed"
