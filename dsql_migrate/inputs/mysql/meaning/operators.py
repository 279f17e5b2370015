"""Operators of MySQL: comparisons, which do not look at case under most collations, conditions, arithmetic."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from dsql_migrate.inputs.mysql.meaning.kinds import (
    AND,
    ATOM,
    BOOLEAN,
    COMPARED,
    FLOAT,
    IS,
    LIKE,
    NOT,
    OR,
    OTHER,
    PLUS,
    SIGN,
    TIMES,
    Kind,
    Told,
    Untranslatable,
    Value,
    call,
    cast,
    condition,
    number,
    numbered,
    string,
    texted,
    wrapped,
)

_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?\Z")
_CLOCK = re.compile(r"\d\d:\d\d:\d\d(?:\.\d{1,6})?\Z")
# What a pattern means the same with in ICU, which MySQL has, PCRE, which MariaDB has, and PostgreSQL.
_PATTERN = re.compile(r"(?:[\w @,.:;/#%&=!\"'<>~`^$\[\]()|*+?{}-]|\\[.^$|()\[\]{}*+?\\/dws-])*\Z", re.ASCII)
_OTHERWISE = re.compile(r"\(\?|[*+?}][*+?]|\[[.=:]|\\w|\\s|--|&&")


def folds(a: Value, b: Value) -> bool:
    """Whether MySQL compares two texts without looking at case."""
    return (a.kind.loose or b.kind.loose) and not (a.kind.exact or b.kind.exact)


def folded(value: Value, told: Told) -> Value:
    """A text in small letters."""
    told.folded = True
    if isinstance(value.constant, str):
        return string(value.constant.lower())
    small = value.sql.startswith("LOWER(") and value.binds == ATOM
    return value if small else call("LOWER", value.kind, value)


def _letterless(value: Value) -> bool:
    text = value.constant
    return isinstance(text, str) and text.isascii() and text.lower() == text.upper()


def alike(a: Value, b: Value, told: Told, equal: bool = True) -> tuple[Value, Value]:
    """Two values so that PostgreSQL compares them as MySQL does. Raises Untranslatable."""
    names = {a.kind.name, b.kind.name}
    if "null" in names:
        return a, b
    if names & {"json", "bits", "geometry"}:
        raise Untranslatable("a comparison with JSON, bits or a geometry")
    if "boolean" in names:
        return _with_boolean(a, b)
    if "enum" in names:
        return _with_enum(a, b, told, equal)
    if "text" in names:
        return _with_text(a, b, told, equal)
    if "bytes" in names and names - {"bytes", "unknown"}:
        raise Untranslatable("a comparison of bytes with something else")
    timed, counted = any(v.kind.time or v.kind.name == "time" for v in (a, b)), any(v.kind.number for v in (a, b))
    if timed and counted:
        raise Untranslatable("a comparison of a time with a number")
    return a, b


def _with_boolean(a: Value, b: Value) -> tuple[Value, Value]:
    if a.kind.name == b.kind.name == "boolean":
        return a, b
    other = b if a.kind.name == "boolean" else a
    if other.constant in (0, 1):
        truth = condition(other)
        return (a, truth) if other is b else (truth, b)
    return numbered(a), numbered(b)


def _with_enum(a: Value, b: Value, told: Told, equal: bool) -> tuple[Value, Value]:
    if not equal:
        raise Untranslatable("an order of an enum's labels: MySQL has it by their text in a comparison")
    if a.kind.name == "enum" and isinstance(b.constant, str):
        return a, _label(a, b)
    if b.kind.name == "enum" and isinstance(a.constant, str):
        return _label(b, a), b
    return _with_text(texted(a, told), texted(b, told), told, equal)


def _label(column: Value, constant: Value) -> Value:
    wanted = str(constant.constant)
    for label in column.kind.labels:
        if label == wanted or (label.lower() == wanted.lower() and not column.kind.exact):
            return string(label)
    raise Untranslatable(f"a comparison of an enum with {wanted!r}, which is no label of it")


def _with_text(a: Value, b: Value, told: Told, equal: bool) -> tuple[Value, Value]:
    if a.kind.name != "text":
        b, a = _with_text(b, a, told, equal)
        return a, b
    if b.kind.name == "unknown" and not a.kind.loose:
        return a, b
    if b.kind.name in ("text", "unknown"):
        if not folds(a, b) or (equal and (_letterless(a) or _letterless(b))):
            return a, b
        if not equal:
            raise Untranslatable("an order of texts by a collation that does not look at case")
        return folded(a, told), folded(b, told)
    if b.kind.number:
        if a.constant is None:
            raise Untranslatable("a comparison of a text with a number")
        return numbered(a), b
    if isinstance(a.constant, str):
        return moment(a, b.kind), b
    raise Untranslatable("a comparison of a text with another type")


def moment(constant: Value, kind: Kind) -> Value:
    """A text literal as a time, for comparing it with one of a kind. Raises Untranslatable."""
    text = str(constant.constant)
    if kind.time and _DAY.match(text):
        return constant
    if kind.time and _MOMENT.match(text):
        return cast(constant, "TIMESTAMP", Kind("datetime")) if kind.name == "date" else constant
    if kind.name == "time" and _CLOCK.match(text):
        return constant
    raise Untranslatable(f"a comparison with {text!r}, which PostgreSQL does not read as MySQL does")


def compared(operator: str, a: Value, b: Value, told: Told) -> Value:
    """=, <>, <, >, <=, >= and <=>. Raises Untranslatable."""
    left, right = alike(a, b, told, equal=operator in ("=", "<>", "<=>"))
    shown = {"<=>": "IS NOT DISTINCT FROM"}.get(operator, operator)
    binds = IS if operator == "<=>" else COMPARED
    return Value(f"{wrapped(left, LIKE)} {shown} {wrapped(right, LIKE)}", BOOLEAN, binds)


def among(value: Value, listed: Sequence[Value], told: Told) -> Value:
    """IN over a list. Raises Untranslatable."""
    pairs = [alike(value, each, told) for each in listed]
    lefts = {left.sql for left, _ in pairs}
    if len(lefts) == 1:
        inside = ", ".join(right.sql for _, right in pairs)
        return Value(f"{wrapped(pairs[0][0], OTHER)} IN ({inside})", BOOLEAN, LIKE)
    if all(right.constant is not None for _, right in pairs):  # some have letters, some have none
        left = next(left for left, right in pairs if left.sql != value.sql)
        inside = ", ".join(right.sql for _, right in pairs)
        return Value(f"{wrapped(left, OTHER)} IN ({inside})", BOOLEAN, LIKE)
    return any_of([compared("=", value, each, told) for each in listed])


def between(value: Value, low: Value, high: Value, told: Told) -> Value:
    """BETWEEN. Raises Untranslatable."""
    _, least = alike(value, low, told, equal=False)
    left, most = alike(value, high, told, equal=False)
    return Value(f"{wrapped(left, OTHER)} BETWEEN {wrapped(least, OTHER)} AND {wrapped(most, OTHER)}", BOOLEAN, LIKE)


def like(value: Value, pattern: Value, escape: Value | None, told: Told) -> Value:
    """LIKE, whose escape is a backslash in both. Raises Untranslatable."""
    left, right = texted(value, told), texted(pattern, told)
    name = "ILIKE" if folds(left, right) else "LIKE"
    behind = f" ESCAPE {escape.sql}" if escape is not None else ""
    return Value(f"{wrapped(left, OTHER)} {name} {wrapped(right, OTHER)}{behind}", BOOLEAN, LIKE)


def matches(value: Value, pattern: Value, told: Told) -> Value:
    """REGEXP. Raises Untranslatable where a pattern may mean something else in PostgreSQL."""
    text = pattern.constant
    if not isinstance(text, str):
        raise Untranslatable("REGEXP with a pattern that is no literal")
    if not _PATTERN.match(text) or _OTHERWISE.search(text):
        raise Untranslatable(f"REGEXP with {text!r}, which may mean something else in PostgreSQL")
    left = texted(value, told)
    return Value(f"{wrapped(left, OTHER)} {'~*' if folds(left, pattern) else '~'} {pattern.sql}", BOOLEAN, OTHER)


def negated(value: Value) -> Value:
    """NOT."""
    return Value(f"NOT {wrapped(condition(value), NOT)}", BOOLEAN, NOT)


def all_of(values: Sequence[Value]) -> Value:
    """AND."""
    return Value(" AND ".join(wrapped(condition(v), AND) for v in values), BOOLEAN, AND)


def any_of(values: Sequence[Value]) -> Value:
    """OR."""
    if len(values) == 1:
        return values[0]
    return Value(" OR ".join(wrapped(condition(v), OR) for v in values), BOOLEAN, OR)


def either(a: Value, b: Value) -> Value:
    """XOR."""
    left, right = condition(a), condition(b)
    return Value(f"{wrapped(left, LIKE)} <> {wrapped(right, LIKE)}", BOOLEAN, COMPARED)


def minus(value: Value) -> Value:
    """A sign."""
    inner = numbered(value)
    if isinstance(inner.constant, int) or (inner.constant is not None and inner.kind.name == "decimal"):
        return number(f"-{inner.constant}") if not str(inner.constant).startswith("-") else inner
    return Value(f"-{wrapped(inner, ATOM)}", replace(inner.kind, positive=False), SIGN)


def plus(operator: str, a: Value, b: Value) -> Value:
    """Sums, differences and products: MySQL counts in 64 bits. Raises Untranslatable."""
    left, right = numbered(a), numbered(b)
    kinds = (left.kind, right.kind)
    binds = TIMES if operator == "*" else PLUS
    kind = _result(operator, *kinds)
    narrow = [v.kind.small for v in (left, right)]
    constant = left.constant is not None or right.constant is not None
    if kind.name == "integer" and (all(narrow) or (any(narrow) and constant)):
        if left.constant is not None:
            right = cast(right, "BIGINT", right.kind)
        else:
            left = cast(left, "BIGINT", left.kind)
    return Value(f"{wrapped(left, binds)} {operator} {wrapped(right, binds + 1)}", kind, binds)


def _result(operator: str, a: Kind, b: Kind) -> Kind:
    names = {a.name, b.name}
    if "unknown" in names or "null" in names:
        return Kind()
    positive = a.positive and b.positive and operator != "-"
    if "float" in names:
        return replace(FLOAT, positive=positive)
    if names == {"integer"}:
        return Kind("integer", positive=positive)
    scales = [0 if kind.name == "integer" else kind.scale for kind in (a, b)]
    known = [scale for scale in scales if scale is not None]
    scale = None if len(known) < 2 else sum(known) if operator == "*" else max(known)
    return Kind("decimal", positive=positive, scale=scale, long=a.long or b.long)


def divided(a: Value, b: Value) -> Value:
    """``/``: NULL where the divisor is 0; exact numbers get four digits more. Raises Untranslatable."""
    left, right = numbered(a), numbered(b)
    names = {left.kind.name, right.kind.name}
    if "unknown" in names or "null" in names:
        raise Untranslatable("a quotient of numbers whose types are not known")
    divisor = wrapped(right, ATOM) if right.constant not in (None, 0) else f"NULLIF({right.sql}, 0)"
    if "float" in names:
        return Value(f"{wrapped(left, TIMES)} / {divisor}", FLOAT, TIMES)
    scale = 0 if left.kind.name == "integer" else left.kind.scale
    if scale is None:
        raise Untranslatable("a quotient of a number whose digits behind the point are not known")
    exact = cast(left, "NUMERIC", left.kind) if left.kind.name == "integer" else left
    positive = left.kind.positive and right.kind.positive
    kind = Kind("decimal", scale=scale + 4, long=True, positive=positive)
    return Value(f"{wrapped(exact, TIMES)} / {divisor}", kind, TIMES)


def whole_quotient(a: Value, b: Value) -> Value:
    """DIV. Raises Untranslatable."""
    left, right = numbered(a), numbered(b)
    if {left.kind.name, right.kind.name} - {"integer", "decimal"}:
        raise Untranslatable("DIV of floats or of numbers whose types are not known")
    divisor = right.sql if right.constant not in (None, 0) else f"NULLIF({right.sql}, 0)"
    if left.kind.name == right.kind.name == "integer":
        inside = wrapped(right, ATOM) if right.constant not in (None, 0) else divisor
        return Value(f"{wrapped(left, TIMES)} / {inside}", Kind("integer"), TIMES)
    exact = f"CAST({left.sql} AS NUMERIC)"
    return Value(f"CAST(DIV({exact}, {divisor}) AS BIGINT)", Kind("integer"))


def remainder(a: Value, b: Value) -> Value:
    """``%``, MOD: NULL where the divisor is 0. Raises Untranslatable."""
    left, right = numbered(a), numbered(b)
    if {left.kind.name, right.kind.name} - {"integer", "decimal"}:
        raise Untranslatable("MOD of floats or of numbers whose types are not known")
    divisor = wrapped(right, ATOM) if right.constant not in (None, 0) else f"NULLIF({right.sql}, 0)"
    kind = _result("+", replace(left.kind, small=False), right.kind)
    return Value(f"{wrapped(left, TIMES)} % {divisor}", replace(kind, positive=left.kind.positive), TIMES)


def of_bits(operator: str, a: Value, b: Value) -> Value:
    """&, |, ^ and shifts, which MySQL does in 64 bits without a sign: the same where nothing is negative."""
    left, right = numbered(a), numbered(b)
    if {left.kind.name, right.kind.name} - {"integer"}:
        raise Untranslatable(f"{operator} of something else than integers")
    positive = [v.kind.positive for v in (left, right)]
    if not (all(positive) or (operator == "&" and any(positive))):
        raise Untranslatable(f"{operator} of a number that may be negative, which MySQL takes for one without a sign")
    if operator == "<<" or (operator == ">>" and not (isinstance(right.constant, int) and right.constant < 64)):
        raise Untranslatable(f"a shift by {operator}, which ends otherwise beyond 63 bits")
    if left.kind.small != right.kind.small and left.constant is None and right.constant is None:
        left = cast(left, "BIGINT", left.kind) if left.kind.small else left
        right = cast(right, "BIGINT", right.kind) if right.kind.small else right
    shown = "#" if operator == "^" else operator
    return Value(f"{wrapped(left, PLUS)} {shown} {wrapped(right, PLUS)}", Kind("integer", positive=True), OTHER)
