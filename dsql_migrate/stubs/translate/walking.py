"""What a piece of code holds, and what it does: its values, whether it reads FOUND, whether it runs anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

from dsql_migrate.stubs.code import steps as s
from dsql_migrate.stubs.code.values import Asked, Call, Name
from dsql_migrate.stubs.translate.kinds import BOOLEAN

FOUND = Name("found", BOOLEAN, nullable=False)
_OWN = frozenset({"found", "count"})


def parts(value: Any) -> Iterator[Any]:
    """A value or step and all in it."""
    yield value
    if isinstance(value, tuple):
        for one in value:
            yield from parts(one)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from parts(getattr(value, field.name))


def reads_found(value: Any) -> bool:
    """Whether FOUND is read in it; where a step sets it, that is no reading."""
    if isinstance(value, tuple):
        return any(map(reads_found, value))
    if value == FOUND:
        return True
    if is_dataclass(value) and not isinstance(value, type):
        names = [f.name for f in fields(value) if not (f.name in _OWN and isinstance(value, _SETTING))]
        return any(reads_found(getattr(value, name)) for name in names)
    return False


_SETTING = (s.Run, s.Write, s.Rows, s.GiveRows)


def runs_nothing(body: s.Body) -> bool:
    """Whether nothing of it reaches the database."""
    return not any(isinstance(p, (s.Run, s.Write, s.Rows, s.GiveRows, s.Evaluate, Asked, Call)) for p in parts(body))


def writes(body: s.Body) -> bool:
    """Whether anything in it may change rows."""
    for part in parts(body):
        if isinstance(part, (s.Write, s.Evaluate, s.Dynamic, Call)):
            return True
        if isinstance(part, s.Run) and not isinstance(part.query, s.Dynamic):
            first = part.query.pieces[0]
            if not isinstance(first, str) or not first.lstrip(" (").lower().startswith(("select", "values", "table")):
                return True
    return False


def ends(body: s.Body) -> bool:
    """Whether nothing behind it is reached."""
    if not body:
        return False
    last = body[-1]
    if isinstance(last, (s.Give, s.Fail, s.Leave)):
        return True
    if isinstance(last, s.If):
        return bool(last.otherwise) and ends(last.otherwise) and all(ends(b) for _, b in last.branches)
    if isinstance(last, s.While):
        leaves = any(isinstance(p, s.Leave) and not p.again for p in parts(last.body))
        return last.condition is None and not leaves
    if isinstance(last, s.Try):
        return ends(last.body) and all(ends(h.body) for h in last.handlers)
    return False


def raises(body: s.Body) -> bool:
    """Whether all ways through it end by raising, and nothing is run before."""
    if not body or not runs_nothing(body):
        return False
    last = body[-1]
    if isinstance(last, s.If):
        return bool(last.otherwise) and raises(last.otherwise) and all(raises(b) for _, b in last.branches)
    left = any(isinstance(p, (s.Give, s.Leave)) for p in parts(body[:-1]))
    return isinstance(last, s.Fail) and not left


def with_found(body: s.Body) -> s.Body:
    """The body with FOUND set only where it is read afterwards."""
    if not reads_found(body):
        return _set(body, False)[0]
    kept, _ = _set(body, True)
    return kept


def _set(body: s.Body, any_reads: bool, after: bool = False) -> tuple[s.Body, bool]:
    """The body, and whether FOUND is read from its start on. ``after``: whether it is read behind it."""
    made: list[s.Step] = []
    for step in reversed(body):
        kept, after = _step(step, any_reads, after)
        made.append(kept)
    return tuple(reversed(made)), after


def _step(step: s.Step, any_reads: bool, after: bool) -> tuple[s.Step, bool]:
    match step:
        case s.If():
            branches, before = [], reads_found(tuple(c for c, _ in step.branches))
            for condition, body in step.branches:
                inside, live = _set(body, any_reads, after)
                branches.append((condition, inside))
                before |= live
            otherwise, live = _set(step.otherwise, any_reads, after)
            return replace(step, branches=tuple(branches), otherwise=otherwise), before or live
        case s.While() | s.Count() | s.Each() | s.Rows():
            again = after or (any_reads and reads_found(step))
            body, live = _set(step.body, any_reads, again)
            if isinstance(step, s.Rows):
                step = replace(step, found=step.found if after else None)
            return replace(step, body=body), after or live or reads_found(step)
        case s.Block():
            body, live = _set(step.body, any_reads, after)
            return replace(step, body=body), live
        case s.Try():
            handlers = [replace(h, body=_set(h.body, any_reads, after)[0]) for h in step.handlers]
            body, live = _set(step.body, any_reads, after or any_reads)
            return replace(step, body=body, handlers=tuple(handlers)), live or any_reads
        case s.Run() | s.Write() | s.GiveRows():
            kept: s.Step = step if after else replace(step, found=None)
            return kept, reads_found(replace(step, found=None)) or (after and step.found is None)
        case s.Give() | s.Fail():
            return step, reads_found(step)
        case s.Leave():
            return step, any_reads
    return step, after or reads_found(step)
