"""What was chosen: for everything, and for single objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from dsql_migrate.errors import Failure
from dsql_migrate.rewrite.decisions.choices import CHOICES, Choice, Option

if TYPE_CHECKING:
    from dsql_migrate.target import Target

By = Literal["default", "general", "object"]


@dataclass(frozen=True, slots=True)
class Taken:
    """One choice as it was made for one object. ``by``: the default, a choice for all objects, or one for this."""

    key: str
    id: str
    option: str
    by: By


@dataclass(frozen=True, slots=True)
class Decisions:
    """What people chose. Where they chose nothing, the first option that the day allows holds.

    ``general``: option by key. ``objects``: option by ledger id and key. ``general`` is of flags and of the file's own
    ``defaults``; an object's own entry goes before both.
    """

    general: Mapping[str, str] = field(default_factory=dict)
    objects: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    remarks: bool = True  # say in the scripts what changed, by which rule

    @classmethod
    def of(cls, *, remarks: bool = True, **chosen: str | int | None) -> Decisions:
        """From keyword arguments, ``_`` for ``-``; None means none. ``check_decisions`` says what is wrong with it."""
        general = {key.replace("_", "-"): str(option) for key, option in chosen.items() if option is not None}
        return cls(general, remarks=remarks)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Decisions:
        """What ``as_json`` gave."""
        objects = {id: dict(chosen) for id, chosen in value["objects"].items()}
        return cls(dict(value["general"]), objects, remarks=value.get("remarks", True))

    def as_json(self) -> dict[str, Any]:
        """For the ledger."""
        objects = {id: dict(chosen) for id, chosen in self.objects.items()}
        return {"general": dict(self.general), "objects": objects, "remarks": self.remarks}

    def take(self, key: str, id: str, target: Target) -> Taken:
        """The choice for one object. Raises KeyError for a key that is no choice."""
        own = self.objects.get(id, {}).get(key)
        if own is not None:
            return Taken(key, id, own, "object")
        if key in self.general:
            return Taken(key, id, self.general[key], "general")
        return Taken(key, id, default(CHOICES[key], target).name, "default")


def default(choice: Choice, target: Target) -> Option:
    """The first option that DSQL allows on the day."""
    return next((option for option in choice.options if possible(option, target)), choice.options[-1])


def possible(option: Option, target: Target) -> bool:
    """Whether DSQL has what an option needs."""
    return all(target.has(capability) for capability in option.needs)


def check_decisions(decisions: Decisions, target: Target) -> None:
    """Raises Failure for a choice that there is not, or that DSQL refuses on the day."""
    for where, key, option in _all(decisions):
        choice = CHOICES.get(key)
        if choice is None:
            raise Failure(f"{where}{key}: there is no such decision", hint=f"there are: {', '.join(CHOICES)}")
        if choice.number and option.isdecimal():
            _check_cache(where, key, int(option), target)
            continue
        known = next((o for o in choice.options if o.name == option), None)
        if known is None:
            names = ", ".join(o.name for o in choice.options)
            raise Failure(f"{where}{key}: {option!r} is none of its options", hint=f"there are: {names}")
        missing = next((c for c in known.needs if not target.has(c)), None)
        if missing is not None:
            since = target.since(missing)
            when = f"from {since}" if since else "on a later day"
            raise Failure(f"{where}{key}: {option} is not to be had on {target.as_of}", hint=f"DSQL has it {when}")


def _all(decisions: Decisions) -> Iterator[tuple[str, str, str]]:
    for key, option in decisions.general.items():
        yield "--", key, option
    for id, chosen in decisions.objects.items():
        for key, option in chosen.items():
            yield f"{id}: ", key, option


def _check_cache(where: str, key: str, size: int, target: Target) -> None:
    least = target.limit("identity-cache-min")
    if size != 1 and size < least:
        raise Failure(f"{where}{key} {size}: DSQL takes 1, or {least} and more")
