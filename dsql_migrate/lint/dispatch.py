"""Which rules may match a part: nearly every rule asks about one field first, and most parts fail that at once.

A run over a schema asks every rule on a kind of part about each part of that kind, tens of thousands of times. So the
rules are sorted once for each kind of part and of what it stands in: those that this alone rules out are left out, and
before each other one the first condition of its ``where`` is set that one fetch and one comparison can answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from dsql_migrate.lint.condition import guard, held_by_kind
from dsql_migrate.lint.subjects import Subject
from dsql_migrate.record import Record

if TYPE_CHECKING:
    from dsql_migrate.lint.rule import ReadyRule
    from dsql_migrate.target import Target


class _Selection(Record):
    """The rules for one kind of part: those to ask always, and those to ask where a field passes a test."""

    always: list[ReadyRule]
    guarded: list[tuple[Callable[[Any], Any], Callable[[Any], Any], ReadyRule]]


class ReadyRules(dict[str, "list[ReadyRule]"]):
    """The rules that apply on a day, by the kind of part they are on. Not to be changed once a part was asked for."""

    def __init__(self, target: Target | None = None) -> None:
        super().__init__()
        self._target = target  # None: there are no rules, as where a script is only read
        self._selections: dict[tuple[type, type, type], _Selection] = {}

    def rules_for(self, subject: Subject) -> Iterable[ReadyRule]:
        """The rules that have to be asked about a part; all others would not match it."""
        part = subject.part
        kinds = (type(part), type(subject.parent), type(subject.owner))
        selection = self._selections.get(kinds)
        if selection is None:
            selection = self._selections[kinds] = self._select(subject)
        if not selection.guarded:
            return selection.always
        try:
            return [*selection.always, *[rule for fetch, test, rule in selection.guarded if test(fetch(part))]]
        except AttributeError:  # a.b, and this part has no a
            return [*selection.always, *[rule for _, _, rule in selection.guarded]]

    def _select(self, subject: Subject) -> _Selection:
        part = subject.part
        rules = list(self.get(type(part).__name__, ()))
        if part is subject.owner:
            rules += self.get("Fact", ())
        selection = _Selection([], [])
        for rule in rules:
            if not held_by_kind(rule.rule.where, subject):
                continue
            asked = guard(rule.rule.where, type(part), self._target) if self._target is not None else None
            if asked is None:
                selection.always.append(rule)
            else:
                selection.guarded.append((*asked, rule))
        return selection
