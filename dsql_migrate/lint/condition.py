"""The ``where`` of a rule: conditions on the fields of a part, compiled to one function.

where:
  order: [asc, desc]                      # one of
  owner.persistence: temporary            # a field of the statement; parent.x: of the part it stands in
  tablespace_span: true                   # there (false: not there, empty or 0)
  type.name: {not_in: target.types}
  columns: {over: limit.key-columns}      # a number, or the length of a list
  name: {matches: "^pg_"}
  options: {has: cascade}                 # has_other: has something that is not in the list
  owner: {is: AlterTable}                 # the kind of a part
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from operator import attrgetter, eq, not_, truth
from typing import Any

from dsql_migrate.lint.subjects import Subject
from dsql_migrate.target import Target

Test = Callable[[Any], bool]
Getter = Callable[[Subject], Any]
_ROOTS = frozenset({"owner", "parent", "object"})


class BadRule(ValueError):
    """A rule that cannot be understood; the message says where."""


def condition(where: Mapping[str, Any], target: Target) -> Callable[[Subject], bool]:
    """One function for the whole of ``where``. Raises BadRule."""
    tests = [(getter(path), _test(value, target)) for path, value in where.items()]
    if not tests:
        return lambda subject: True
    if len(tests) == 1:
        ((only_get, only_test),) = tests
        return lambda subject: only_test(only_get(subject))

    def holds(subject: Subject) -> bool:
        for get, test in tests:  # noqa: SIM110 - all(…) takes half as long again, and this runs for every column
            if not test(get(subject)):
                return False
        return True

    return holds


@cache
def getter(path: str) -> Getter:
    """A function that fetches a dotted path; None where a step of it is not there."""
    steps = path.split(".")
    if any(step.startswith("_") or not step for step in steps):
        raise BadRule(f"not a field: {path}")
    if steps[0] in _ROOTS:
        root, rest = steps[0], steps[1:]
    else:
        root, rest = "part", steps
    if root == "part" and len(rest) == 1:
        (field,) = rest
        return lambda subject: getattr(subject.part, field, None)

    def get(subject: Subject) -> Any:
        value = getattr(subject, root)
        for step in rest:
            value = getattr(value, step, None)
            if value is None:
                return None
        return value

    return get


def guard(where: Mapping[str, Any], kind: type, target: Target) -> tuple[Callable[[Any], Any], Test] | None:
    """A field's fetch and a test on it that all of ``where`` needs; None where no condition is on the part itself.

    Both take a part of this kind or its value; a truth that is no bool may come back, and the fetch raises
    AttributeError where a step of its path is not there.
    """
    own = [(field, value) for field, value in where.items() if field.partition(".")[0] not in _ROOTS]
    own = [(field, value) for field, value in own if hasattr(kind, field.partition(".")[0])]
    if not own:
        return None
    # Python's own tests before ours; and what has to be false is so for most parts
    field, value = min(own, key=lambda item: (isinstance(item[1], Mapping), item[1] is False))
    if isinstance(value, Mapping) and ("has" in value or "has_other" in value):
        return attrgetter(field), truth  # what has something is not empty
    return attrgetter(field), _test(value, target)


def held_by_kind(where: Mapping[str, Any], subject: Subject) -> bool:
    """Whether the conditions on the kinds of owner and parent hold; true of all parts of these kinds or of none."""
    for root in _ROOTS & where.keys():
        value = where[root]
        if isinstance(value, Mapping) and {"is", "is_not"}.issuperset(value):
            found = getattr(subject, root)
            if not all(_kind_test(name, operand)(found) for name, operand in value.items()):
                return False
    return True


def _plain_test(value: Any) -> Test:
    if isinstance(value, bool):
        return truth if value else not_
    if isinstance(value, list):
        return frozenset(value).__contains__
    return partial(eq, value)


def _test(value: Any, target: Target) -> Test:
    if not isinstance(value, Mapping):
        return _plain_test(value)
    tests = [_operator(name, operand, target) for name, operand in value.items()]
    return lambda found: all(test(found) for test in tests)


def _operator(name: str, operand: Any, target: Target) -> Test:
    if name in ("in", "not_in"):
        members = _members(operand, target)
        return (lambda found: found in members) if name == "in" else (lambda found: found not in members)
    if name in ("over", "under"):
        bound = _number(operand, target)
        return (lambda found: _size(found) > bound) if name == "over" else (lambda found: _size(found) < bound)
    if name == "matches":
        pattern = re.compile(str(operand), re.IGNORECASE)
        return lambda found: isinstance(found, str) and pattern.search(found) is not None
    if name == "has":
        wanted = frozenset(operand if isinstance(operand, list) else [operand])
        return lambda found: found is not None and not wanted.isdisjoint(found)
    if name == "has_other":
        known = frozenset(operand)
        return lambda found: found is not None and not known.issuperset(found)
    if name in ("is", "is_not"):
        return _kind_test(name, operand)
    raise BadRule(f"unknown condition: {name}")


def _kind_test(name: str, operand: Any) -> Test:
    kinds = frozenset(operand if isinstance(operand, list) else [operand])
    if name == "is":
        return lambda found: type(found).__name__ in kinds
    return lambda found: type(found).__name__ not in kinds


def _members(operand: Any, target: Target) -> frozenset[str]:
    if isinstance(operand, list):
        return frozenset(operand)
    names = {
        "target.types": target.types,
        "target.settable": target.settable,
        "target.functions_refused": target.functions_refused,
        "target.commentable": target.commentable,
        "target.returns_refused": target.returns_refused,
    }
    if operand in names:
        return frozenset(names[operand])
    raise BadRule(f"not a list, and not one of {', '.join(names)}: {operand}")


def _number(operand: Any, target: Target) -> int:
    if isinstance(operand, int):
        return operand
    name = str(operand).removeprefix("limit.")
    if name not in target.limits:
        raise BadRule(f"no such limit: {operand}")
    return target.limit(name)


def _size(found: Any) -> int:
    if isinstance(found, int):
        return found
    return len(found) if isinstance(found, Sequence) else 0
