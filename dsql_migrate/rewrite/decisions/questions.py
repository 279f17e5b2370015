"""What there is to ask, and what an answer makes of the decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dsql_migrate.rewrite.decisions.choices import CHOICES, Choice, Option
from dsql_migrate.rewrite.decisions.decisions import Decisions, Taken, default, possible

if TYPE_CHECKING:
    from dsql_migrate.target import Target

Came = Mapping[tuple[str, str], Taken]  # what came up, by ledger id and key


@dataclass(frozen=True, slots=True)
class Question:
    """One choice and all objects that have it. ``options``: those that DSQL has on the day."""

    choice: Choice
    options: tuple[Option, ...]
    taken: tuple[Taken, ...]
    now: str  # what holds for all of them that have no entry of their own

    @property
    def own(self) -> tuple[Taken, ...]:
        """Those that were decided by themselves."""
        return tuple(one for one in self.taken if one.by == "object")


def questions(came: Came, decisions: Decisions, target: Target) -> dict[str, Question]:
    """The choices that came up, by key, in the order in which they are listed."""
    found = {}
    for key, choice in CHOICES.items():
        taken = tuple(sorted((one for one in came.values() if one.key == key), key=lambda one: one.id))
        if taken:
            chosen = decisions.for_all(key)
            now = chosen[0] if chosen is not None else default(choice, target).name
            options = tuple(option for option in choice.options if possible(option, target))
            found[key] = Question(choice, options, taken, now)
    return found


def for_all(decisions: Decisions, question: Question, option: str) -> Decisions:
    """With an option for every object that the question is about; their own entries are gone."""
    key = question.choice.key
    own = {id: {k: o for k, o in chosen.items() if k != key} for id, chosen in decisions.objects.items()}
    return replace(decisions, general={**decisions.general, key: option}, objects=own)


def for_one(decisions: Decisions, key: str, id: str, option: str) -> Decisions:
    """With an option for one object."""
    chosen = {**decisions.objects.get(id, {}), key: option}
    return replace(decisions, objects={**decisions.objects, id: chosen})
