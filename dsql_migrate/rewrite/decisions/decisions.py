"""What was chosen: for everything, and for single objects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from dsql_migrate.errors import Failure
from dsql_migrate.rewrite.decisions.choices import CHOICES, Choice, Option

if TYPE_CHECKING:
    from dsql_migrate.rewrite.decisions.document import Document
    from dsql_migrate.target import Target

By = Literal["default", "file", "option", "object"]


@dataclass(frozen=True, slots=True)
class Taken:
    """One choice as it was made for one object.

    ``by``: nobody (the default), the file's ``defaults``, an option of the command line, or an entry of the object.
    """

    key: str
    id: str
    option: str
    by: By


@dataclass(frozen=True, slots=True)
class Decisions:
    """What people chose. Where they chose nothing, the first option that the day allows holds.

    ``general``: option by key, as the command line said. ``filed``: the same of the ``defaults`` of a file.
    ``objects``: option by ledger id and key. An object's own entry goes before the command line, and that before the
    file's ``defaults``. ``document``: the file that they come from, which is written again with its comments.
    """

    general: Mapping[str, str] = field(default_factory=dict)
    objects: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    filed: Mapping[str, str] = field(default_factory=dict)
    document: Document | None = field(default=None, compare=False)
    remarks: bool = True  # say in the scripts what changed, by which rule

    @classmethod
    def of(cls, *, remarks: bool = True, **chosen: str | int | None) -> Decisions:
        """From keyword arguments, ``_`` for ``-``; None means none. ``check_decisions`` says what is wrong with it."""
        general = {key.replace("_", "-"): str(option) for key, option in chosen.items() if option is not None}
        return cls(general, remarks=remarks)

    def with_document(self, document: Document) -> Decisions:
        """These, and below them what a file says."""
        from dsql_migrate.rewrite.decisions.document import DEFAULT

        filed = {key: option for key, option in document.defaults.items() if option != DEFAULT}
        objects = {
            id: {key: option for key, option in chosen.items() if option != DEFAULT}
            for id, chosen in document.objects.items()
        }
        return replace(self, objects={**objects, **self.objects}, filed=filed, document=document)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Decisions:
        """What ``as_json`` gave."""
        objects = {id: dict(chosen) for id, chosen in value["objects"].items()}
        return cls(dict(value["general"]), objects, dict(value.get("defaults", {})), remarks=value.get("remarks", True))

    def as_json(self) -> dict[str, Any]:
        """For the ledger."""
        return {
            "general": dict(self.general),
            "defaults": dict(self.filed),
            "objects": {id: dict(chosen) for id, chosen in self.objects.items() if chosen},
            "remarks": self.remarks,
        }

    def for_all(self, key: str) -> tuple[str, By] | None:
        """What was chosen for everything, and where; None where nobody chose."""
        if key in self.general:
            return self.general[key], "option"
        return (self.filed[key], "file") if key in self.filed else None

    def take(self, key: str, id: str, target: Target) -> Taken:
        """The choice for one object. Raises KeyError for a key that is no choice."""
        own = self.objects.get(id, {}).get(key)
        if own is not None:
            return Taken(key, id, own, "object")
        chosen = self.for_all(key)
        return Taken(key, id, *chosen) if chosen else Taken(key, id, default(CHOICES[key], target).name, "default")


def default(choice: Choice, target: Target) -> Option:
    """The first option that DSQL allows on the day."""
    return next((option for option in choice.options if possible(option, target)), choice.options[-1])


def possible(option: Option, target: Target) -> bool:
    """Whether DSQL has what an option needs."""
    return all(target.has(capability) for capability in option.needs)


def choices_taken(taken: Iterable[Taken]) -> dict[str, dict[str, dict[str, list[str]]]]:
    """Every choice that came up, for the ledger: ids by key, option, and who chose."""
    found: dict[str, dict[str, dict[str, list[str]]]] = {}
    for one in sorted(taken, key=lambda t: (t.key, t.id)):
        found.setdefault(one.key, {}).setdefault(one.option, {}).setdefault(one.by, []).append(one.id)
    return found


def check_decisions(decisions: Decisions, target: Target) -> None:
    """Raises Failure for a choice that there is not, or that DSQL refuses on the day; with its place in a file."""
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
    """(where, key, option) of everything that holds; what the command line overrules does not."""
    document = decisions.document
    for key, option in decisions.general.items():
        yield "", key, option
    for key, option in decisions.filed.items():
        if key not in decisions.general:
            yield f"{document.where(None, key)}: " if document else "", key, option
    for id, chosen in decisions.objects.items():
        for key, option in chosen.items():
            filed = document is not None and document.objects.get(id, {}).get(key) == option
            yield f"{document.where(id, key)}: " if document and filed else f"{id}: ", key, option


def _check_cache(where: str, key: str, size: int, target: Target) -> None:
    least = target.limit("identity-cache-min")
    if size != 1 and size < least:
        raise Failure(f"{where}{key} {size}: DSQL takes 1, or {least} and more")
