"""Values that are known when the code is written: what a trigger's TG_ variables decide, and what follows from it."""

from __future__ import annotations

from dsql_migrate.stubs.code.values import (
    Choice,
    Coalesce,
    Compare,
    Constant,
    Distinct,
    IsNull,
    Joined,
    Logic,
    Not,
    OneOf,
    Value,
)
from dsql_migrate.stubs.translate.kinds import BOOLEAN, TEXT

TRUE, FALSE, NULL = Constant(True, BOOLEAN), Constant(False, BOOLEAN), Constant(None, BOOLEAN)


def fold(value: Value) -> Value:
    """The same value, as a constant where it is one. Its parts have been folded."""
    match value:
        case Not(Constant(known)):
            return NULL if known is None else _truth(not known)
        case Logic(op, parts):
            return _logic(op, parts)
        case Compare(op, Constant(left), Constant(right)):
            if left is None or right is None:
                return NULL
            if isinstance(left, int) == isinstance(right, int) and op in ("=", "<>"):
                return _truth((left == right) == (op == "="))
            if isinstance(left, int) and isinstance(right, int):
                return _truth({"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[op])
        case Distinct(Constant(left), Constant(right), negated):
            return _truth((left != right) != negated)
        case IsNull(Constant(known), negated):
            return _truth((known is None) != negated)
        case OneOf(Constant(known), options, negated) if known is not None:
            if any(isinstance(one, Constant) and one.value == known for one in options):
                return _truth(not negated)
            if all(isinstance(one, Constant) and one.value is not None for one in options):
                return _truth(negated)
        case Coalesce(parts):
            return _coalesce(parts)
        case Joined(parts):
            return _joined(parts)
        case Choice(branches, otherwise):
            return _choice(branches, otherwise)
    return value


def is_true(value: Value) -> bool:
    return isinstance(value, Constant) and value.value is True


def is_never(value: Value) -> bool:
    """Whether a condition is false or NULL."""
    return isinstance(value, Constant) and not value.value


def _truth(known: bool) -> Constant:
    return TRUE if known else FALSE


def _logic(op: str, parts: tuple[Value, ...]) -> Value:
    decides = op == "or"
    flat: list[Value] = []
    for part in parts:
        flat += part.values if isinstance(part, Logic) and part.op == op else [part]
    if any(isinstance(part, Constant) and part.value is decides for part in flat):
        return _truth(decides)
    left = [part for part in flat if not (isinstance(part, Constant) and part.value is (not decides))]
    if not left:
        return _truth(not decides)
    return left[0] if len(left) == 1 else Logic("or" if decides else "and", tuple(left))


def _coalesce(parts: tuple[Value, ...]) -> Value:
    left: list[Value] = []
    for part in parts:
        if isinstance(part, Constant) and part.value is None:
            continue
        left.append(part)
        if isinstance(part, Constant) or getattr(part, "nullable", True) is False:
            break
    if not left:
        return parts[0]
    return left[0] if len(left) == 1 else Coalesce(tuple(left))


def _joined(parts: tuple[Value, ...]) -> Value:
    flat: list[Value] = []
    for part in parts:
        for one in part.parts if isinstance(part, Joined) else (part,):
            last = flat[-1] if flat else None
            if isinstance(one, Constant) and one.value is None:
                return Constant(None, TEXT)
            if isinstance(one, Constant) and isinstance(last, Constant):
                flat[-1] = Constant(f"{last.value}{one.value}", TEXT)
            else:
                flat.append(one)
    return flat[0] if len(flat) == 1 else Joined(tuple(flat))


def _choice(branches: tuple[tuple[Value, Value], ...], otherwise: Value) -> Value:
    left: list[tuple[Value, Value]] = []
    for condition, result in branches:
        if is_never(condition):
            continue
        if is_true(condition):
            return Choice(tuple(left), result) if left else result
        left.append((condition, result))
    return Choice(tuple(left), otherwise) if left else otherwise
