"""Expressions of a body as values: those that mean exactly the same in every language, and ``Asked`` for all others."""

from __future__ import annotations

from dsql_migrate.source.terms import Term
from dsql_migrate.stubs.code.values import (
    Arithmetic,
    Asked,
    Choice,
    Coalesce,
    Compare,
    Constant,
    Distinct,
    IsNull,
    Joined,
    Kind,
    Logic,
    Name,
    Not,
    Now,
    OneOf,
    Part,
    Query,
    Value,
)
from dsql_migrate.stubs.translate.binding import Reading, joined, kind_of_value
from dsql_migrate.stubs.translate.calls import called
from dsql_migrate.stubs.translate.converting import converted
from dsql_migrate.stubs.translate.folding import fold
from dsql_migrate.stubs.translate.formats import formatted
from dsql_migrate.stubs.translate.inference import COMPARISONS
from dsql_migrate.stubs.translate.kinds import (
    BIGINT,
    BOOLEAN,
    INTEGER,
    LITERAL,
    NUMERIC,
    TEXT,
    TIMESTAMPTZ,
    UNKNOWN,
    length,
    same,
)
from dsql_migrate.stubs.translate.scope import Beyond

_EQUAL = frozenset({"boolean", "integer", "numeric", "text", "uuid"})  # all languages tell these apart alike
_ORDERED = frozenset({"integer", "numeric"})
_JOINS = frozenset({"text", "integer", "uuid"})  # their text is the same everywhere
_WHOLE = frozenset({"CollateClause", "A_Indirection", "XmlExpr", "RowExpr"})  # whose end the tree does not say


class _Ask(Exception):
    """The database has to evaluate a term."""


def value_of(reading: Reading, target: Kind | None = None) -> Value:
    """The value of an expression that was read as one; converted as PL/pgSQL assigns it where a kind is wanted."""
    root = reading.terms.roots[0]
    try:
        if len(reading.terms.roots) != 1 or (reading.terms.relations and root.kind == "query"):
            raise _Ask
        made = _exact(reading, root)
    except _Ask:
        kind = reading.inference.of(root) if len(reading.terms.roots) == 1 else UNKNOWN
        return asked(reading, 0, len(reading.text), kind, target)
    return made if target is None else converted(made, target)


def condition_of(reading: Reading) -> Value:
    """A condition: IF, WHEN, WHILE."""
    return value_of(reading, BOOLEAN)


def asked(reading: Reading, first: int, behind: int, kind: Kind, target: Kind | None = None) -> Asked:
    """The query that evaluates a part of the text, as the kind that is wanted."""
    pieces = reading.query(first, behind).pieces
    if target is not None and target.sql and target.family != "record" and not same(kind, target):
        return Asked(Query(joined(["SELECT CAST(", *pieces, f" AS {target.sql})"])), target)
    return Asked(Query(joined(["SELECT ", *pieces])), kind if kind != LITERAL else TEXT)


def _exact(reading: Reading, term: Term) -> Value:
    """The value of a term. Raises _Ask where the database has to say it."""
    maker = _MAKERS.get(term.kind)
    if maker is None:
        raise _Ask
    return fold(maker(reading, term))


def part_of(reading: Reading, term: Term) -> Value:
    """The value of a part of a term that evaluates its parts one by one; asked by itself where it must be."""
    try:
        return _exact(reading, term)
    except _Ask:
        if any(t.kind == "other" and t.parts[:1] and t.parts[0] in _WHOLE for t in term.walk()):
            raise
        return asked(reading, term.span.start, term.span.end, reading.inference.of(term))


def given(reading: Reading, term: Term) -> Value:
    """The value of a part of a statement. Raises Beyond where it cannot be taken out of it."""
    try:
        return part_of(reading, term)
    except _Ask:
        raise Beyond(f"it writes {reading.words(term)[:40]}, which cannot be taken out of its statement") from None


def _parts(reading: Reading, terms: tuple[Term, ...]) -> tuple[Value, ...]:
    made = tuple(part_of(reading, term) for term in terms)
    if len(made) > 1 and all(isinstance(value, Asked) for value in made):
        raise _Ask
    return made


def _column(reading: Reading, term: Term) -> Value:
    found = reading.find(term)
    if found is None:
        if term.scope < 0:
            raise Beyond(f"{'.'.join(term.parts)} is no variable of it")
        raise _Ask
    return reading.value(*found)


def _constant(reading: Reading, term: Term) -> Value:
    kind, value = reading.inference.of(term), term.value
    if value is None:
        return Constant(None, UNKNOWN)
    if kind == BOOLEAN:
        return Constant(value == "true", BOOLEAN)
    if kind in (INTEGER, BIGINT):
        return Constant(int(value), kind)
    if kind == NUMERIC and value.lstrip("-").isdigit():
        return Constant(int(value), INTEGER if abs(int(value)) < 2**31 else BIGINT)
    if kind == LITERAL and reading.words(term)[:1] not in ("'", "$"):
        raise _Ask
    return Constant(value, kind)


def _cast(reading: Reading, term: Term) -> Value:
    target = reading.inference.of(term)
    inner = _exact(reading, term.terms[0]) if term.terms else Constant(None, UNKNOWN)
    if (target.family in ("text", "boolean", "integer") and length(target) is None) or (
        isinstance(inner, Constant) and inner.value is None
    ):
        made = converted(inner, target)
        if not isinstance(made, Asked):
            return made
    if isinstance(inner, (Name, Part)) and same(inner.kind, target):
        return inner
    raise _Ask


def _boolean(reading: Reading, term: Term) -> Value:
    if term.name == "not":
        return Not(part_of(reading, term.terms[0]))
    return Logic("and" if term.name == "and" else "or", _parts(reading, term.terms))


def _test(reading: Reading, term: Term) -> Value:
    inner = part_of(reading, term.terms[0])
    if term.name in ("is null", "is not null"):
        if kind_of_value(inner).family == "record" and not isinstance(inner, Constant):
            return _whole_row(reading, term, inner)
        return IsNull(inner, term.name == "is not null")
    if isinstance(inner, Asked):
        raise _Ask
    wanted = Constant("true" in term.name, BOOLEAN)
    if "unknown" in term.name:
        return IsNull(inner, "not" in term.name)
    return Distinct(inner, wanted, negated="not" not in term.name)


def _whole_row(reading: Reading, term: Term, inner: Value) -> Value:
    """NEW IS NULL: a row of a trigger has a key, or a column that is NOT NULL; others have to be looked at."""
    if isinstance(inner, Name):
        variable = next((v for block in reading.scope.blocks for v in block.values() if v.name == inner), None)
        columns = variable.columns if variable is not None else None
        if (
            columns
            and inner.name in ("new", "old")
            and term.name == "is null"
            and any(not null for _, _, null in columns)
        ):
            return Constant(False, BOOLEAN)
        if columns:
            return Logic(
                "and", tuple(IsNull(Part(inner, n, k, null), term.name == "is not null") for n, k, null in columns)
            )
    raise _Ask


def _operation(reading: Reading, term: Term) -> Value:
    sign = "<>" if term.name == "!=" else term.name
    if not term.plain and sign == "=" and len(term.terms) == 2:  # IS [NOT] DISTINCT FROM
        left, right = (_exact(reading, part) for part in term.terms)
        negated = (
            " not " in f" {' '.join(reading.words(term)[len(reading.words(term.terms[0])) :].lower().split()[:2])} "
        )
        left, right = _alike(left, right)
        if _whole(left) and _whole(right):
            return Distinct(left, right, negated)
        if not _comparable(left, right, _EQUAL) and not _null(left, right):
            raise _Ask
        return Distinct(left, right, negated)
    if len(term.terms) != 2:
        raise _Ask
    if sign in COMPARISONS:
        left, right = _alike(*(_exact(reading, part) for part in term.terms))
        if sign in ("=", "<>") and _whole(left) and _whole(right):
            return Distinct(left, right, sign == "=")
        if not _comparable(left, right, _EQUAL if sign in ("=", "<>") else _ORDERED) and not _null(left, right):
            raise _Ask
        return Compare(sign, left, right)  # type: ignore[arg-type]
    made = [_exact(reading, part) for part in term.terms]
    if sign == "||":
        kinds = [kind_of_value(value) for value in made]
        texts = any(kind.family == "text" or kind == LITERAL for kind in kinds)
        if not texts or not all(kind.family in _JOINS or kind == LITERAL for kind in kinds):
            raise _Ask
        return Joined(tuple(converted(v, TEXT) if isinstance(v, Constant) else v for v in made))
    if sign in ("+", "-", "*"):
        kinds = [kind_of_value(value) for value in made]
        if all(kind.family == "integer" for kind in kinds):
            kind = max(kinds, key=lambda kind: kind.bits)
            return Arithmetic(sign, made[0], made[1], kind)  # type: ignore[arg-type]
    raise _Ask


def _alike(left: Value, right: Value) -> tuple[Value, Value]:
    """Both sides of a comparison; a string takes the type of the other side."""
    kinds = kind_of_value(left), kind_of_value(right)
    if kinds[0] == LITERAL and kinds[1] != LITERAL:
        return _as(left, kinds[1]), right
    if kinds[1] == LITERAL and kinds[0] != LITERAL:
        return left, _as(right, kinds[0])
    if kinds == (LITERAL, LITERAL):
        return _as(left, TEXT), _as(right, TEXT)
    return left, right


def _as(value: Value, kind: Kind) -> Value:
    made = converted(value, kind)
    if isinstance(made, Asked):
        raise _Ask
    return made


def _comparable(left: Value, right: Value, families: frozenset[str]) -> bool:
    one, other = kind_of_value(left).family, kind_of_value(right).family
    return one in families and (one == other or {one, other} == {"integer", "numeric"})


def _null(left: Value, right: Value) -> bool:
    """Whether one side is NULL: nothing has to be compared."""
    return any(isinstance(side, Constant) and side.value is None for side in (left, right))


def _whole(value: Value) -> bool:
    return kind_of_value(value).family == "record"


def _call(reading: Reading, term: Term) -> Value:
    if term.name == "coalesce" and len(term.parts) == 1 and term.terms:
        parts = _parts(reading, term.terms)
        kind = next((k for k in map(kind_of_value, parts) if k not in (UNKNOWN, LITERAL)), TEXT)
        if kind.family == "numeric":
            kind = NUMERIC
        if any(isinstance(part, Constant) and isinstance(converted(part, kind), Asked) for part in parts):
            raise _Ask
        made = tuple(converted(part, kind) if isinstance(part, Constant) else part for part in parts)
        kinds = {kind_of_value(part).family for part in made}
        if len(kinds) > 1:
            raise _Ask
        return Coalesce(made)
    if term.name in ("now", "transaction_timestamp") and not term.terms and term.plain:
        return Now(TIMESTAMPTZ)
    if term.name == "format" and term.plain and term.terms:
        known = formatted([_exact(reading, part) for part in term.terms])
        if known is not None:
            return known
    if reading.world.routines(term.parts[-2] if len(term.parts) > 1 else None, term.name):
        found = call_of(reading, term)
        if found is not None:
            return found
    raise _Ask


def known_of(reading: Reading, term: Term) -> Value | None:
    """The value of a part of a query that the code can make by itself; None where it cannot."""
    try:
        return _exact(reading, term)
    except _Ask:
        return None


def call_of(reading: Reading, term: Term) -> Value | None:
    """A call of another function that is translated; None where its arguments come from a query."""
    if not reading.is_constant(term):
        return None
    try:
        return called(reading, term, lambda part: part_of(reading, part), converted)
    except _Ask:
        return None


def _other(reading: Reading, term: Term) -> Value:
    written, sign = reading.words(term).lower(), term.parts[0] if term.parts else ""
    if written == "current_timestamp":
        return Now(TIMESTAMPTZ)
    if sign == "CaseExpr":
        return _case(reading, term)
    if sign in ("=", "<>") and written.startswith("nullif"):
        left, right = _alike(*(_exact(reading, part) for part in term.terms))
        if not _comparable(left, right, _EQUAL):
            raise _Ask
        return Choice(((Compare("=", left, right), Constant(None, kind_of_value(left))),), left)
    if sign in ("=", "<>") and len(term.terms) == 2 and term.terms[1].parts == ("List",):
        value = _exact(reading, term.terms[0])
        options = [_alike(value, _exact(reading, part))[1] for part in term.terms[1].terms]
        if kind_of_value(value) == LITERAL or not all(_comparable(value, one, _EQUAL) for one in options):
            raise _Ask
        return OneOf(value, tuple(options), sign == "<>")
    if sign in ("BETWEEN", "NOT BETWEEN"):
        value, low, high = (_exact(reading, part) for part in (term.terms[0], *term.terms[1].terms))
        if not (_comparable(value, low, _ORDERED) and _comparable(value, high, _ORDERED)):
            raise _Ask
        made = Logic("and", (Compare(">=", value, low), Compare("<=", value, high)))
        return Not(made) if sign.startswith("NOT") else made
    raise _Ask


def _case(reading: Reading, term: Term) -> Value:
    parts = list(term.terms)
    subject = parts.pop(0) if parts[0].parts != ("CaseWhen",) else None
    other = parts.pop() if parts[-1].parts != ("CaseWhen",) else None
    branches = []
    for when in parts:
        condition = part_of(reading, when.terms[0])
        if subject is not None:
            left, right = _alike(_exact(reading, subject), condition)
            if not _comparable(left, right, _EQUAL):
                raise _Ask
            condition = fold(Compare("=", left, right))
        branches.append((condition, part_of(reading, when.terms[1])))
    otherwise = part_of(reading, other) if other is not None else Constant(None, UNKNOWN)
    results = [result for _, result in branches] + [otherwise]
    kinds = {kind_of_value(r).family for r in results if kind_of_value(r) not in (UNKNOWN, LITERAL)}
    if len(kinds) > 1 or all(isinstance(value, Asked) for value in results):
        raise _Ask
    kind = next((kind_of_value(r) for r in results if kind_of_value(r) not in (UNKNOWN, LITERAL)), TEXT)
    if any(isinstance(r, Constant) and isinstance(converted(r, kind), Asked) for r in results):
        raise _Ask
    done = tuple((c, converted(r, kind) if isinstance(r, Constant) else r) for c, r in branches)
    return Choice(done, converted(otherwise, kind) if isinstance(otherwise, Constant) else otherwise)


_MAKERS = {
    "column": _column, "parameter": _column, "constant": _constant, "cast": _cast, "boolean": _boolean, "test": _test,
    "operation": _operation, "call": _call, "other": _other,
}  # fmt: skip
