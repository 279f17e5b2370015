"""Comparisons whose meaning hung on a type: the order of an enum, text without regard to case, money."""

from __future__ import annotations

from collections.abc import Mapping

from dsql_migrate.rewrite.data import money
from dsql_migrate.rewrite.following.site import Site, Unfollowed
from dsql_migrate.rewrite.quoting import literal
from dsql_migrate.schema import Resolved
from dsql_migrate.source.facts import TypeName
from dsql_migrate.source.terms import Term

_ORDER = {"<", "<=", ">", ">="}
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_SCALAR = _ORDER | {"=", "<>", "!="}
_PATTERN: Mapping[str, str] = {
    "~": "~*", "!~": "!~*", "~*": "~*", "!~*": "!~*",
    "~~": "ILIKE", "!~~": "NOT ILIKE", "~~*": "ILIKE", "!~~*": "NOT ILIKE",
}  # fmt: skip
_TEXT = frozenset({"text", "varchar", "bpchar", "name"})


def comparison(site: Site, term: Term) -> str | None:
    """What such a comparison becomes; None where the term is none."""
    if term.kind == "call":
        return _greatest(site, term)
    if term.kind not in ("operation", "any", "all", "other") or not term.parts:
        return None
    bases = [_base(site, part) for part in _sides(term)]
    if any(base is not None and base.kind == "enum" for base in bases):
        return _enum(site, term, bases)
    if any(base is not None and base.name == "citext" for base in bases):
        return _citext(site, term, bases)
    return _money(site, term, bases)


def told_apart(site: Site, term: Term) -> str | None:
    """Rows that a query tells apart by text that ignored case: that stays as it is written, and is said."""
    for part in term.apart:
        found, base = site.column(part), _base(site, part)
        if (found is not None and found.choice.rule == "DSQL103") or (base is not None and base.name == "citext"):
            name = found.column.name if found is not None else "what it casts to citext"
            site.note("DSQL101", f"GROUP BY, DISTINCT and UNION tell upper and lower case of {name} apart now")
    return None


def _sides(term: Term) -> list[Term]:
    """What is compared: the members of IN and BETWEEN one by one."""
    lists = [part.terms if part.kind == "other" and part.parts == ("List",) else (part,) for part in term.terms]
    return [side for sides in lists for side in sides]


def gone_cast(site: Site, term: Term) -> str | None:
    """A cast to citext: to text."""
    if term.kind == "cast" and term.type is not None and _is_citext(site, term.type):
        array = "[]" * term.type.dimensions
        return f"{_operand(site, term.terms[0])}::text{array}"
    return None


def _base(site: Site, term: Term) -> Resolved | None:
    """The scalar type below the domains of a column, of a domain's VALUE, or of what is cast; None of another term."""
    type: TypeName | None = None
    found = site.column(term)
    if found is not None:
        type = found.column.type
    elif term.kind == "column" and site.domain is not None and term.parts == ("value",):
        type = TypeName(*site.domain.key)
    elif term.kind == "cast":
        type = term.type
    elif term.kind == "array" and term.terms:
        return _base(site, term.terms[0])
    if type is None:
        return None
    site.with_path()
    base = site.plan.catalogue.resolve_type(type).base
    return base if not base.dimensions or term.kind == "cast" else None


def _is_citext(site: Site, type: TypeName) -> bool:
    return type.name == "citext" and site.plan.catalogue.user_type(type.schema, type.name) is None


def _operand(site: Site, term: Term) -> str:
    """The text of a term, in parentheses where what stands behind it would take a part of it alone."""
    said = site.said(term)
    return f"({said})" if term.kind in ("operation", "any", "all", "boolean", "test", "other") else said


# --- enums ---


def _enum(site: Site, term: Term, bases: list[Resolved | None]) -> str | None:
    """``col >= 'b'`` as ``col IN ('b', 'c')``: DSQL keeps the values as text, which has another order."""
    between = term.kind == "other" and "BETWEEN" in term.name
    if term.name not in _ORDER and not between:
        return None
    base = next(b for b in bases if b is not None and b.kind == "enum")
    assert base.user is not None
    values, sign, terms = base.user.values, term.name, _sides(term)
    if term.kind == "operation" and len(terms) == 2 and _value(terms[0]) is not None:
        terms.reverse()
        sign = _TURNED[sign]
    places = [values.index(v) if (v := _value(t)) in values else -1 for t in terms[1:]]
    if not places or -1 in places or _value(terms[0]) is not None:
        raise Unfollowed(f"it needs the order of the enum {base.user.key[1]}, which is text on DSQL")
    if between and (len(places) != 2 or term.name not in ("BETWEEN", "NOT BETWEEN")):
        raise Unfollowed(f"it needs the order of the enum {base.user.key[1]}, which is text on DSQL")
    at = places[0]
    ways = {"<": values[:at], "<=": values[: at + 1], ">": values[at + 1 :], ">=": values[at:]}
    among = values[at : places[1] + 1] if between else ways[sign]
    site.note("DSQL107", f"the order of {base.user.key[1]} is written out")
    listed = ", ".join(literal(v).strip() for v in among) or "NULL"
    return f"{_operand(site, terms[0])} {'NOT ' if term.name.startswith('NOT') else ''}IN ({listed})"


def _value(term: Term) -> str | None:
    """The value of a constant, casts aside."""
    while term.kind == "cast" and term.terms:
        term = term.terms[0]
    return term.value if term.kind == "constant" else None


def _greatest(site: Site, term: Term) -> str | None:
    if term.name not in ("min", "max", "greatest", "least") or not term.terms:
        return None
    base = _base(site, term.terms[0])
    if base is not None and base.kind == "enum" and base.user is not None:
        raise Unfollowed(f"it needs the order of the enum {base.user.key[1]}, which is text on DSQL")
    return None


# --- citext ---


def _citext(site: Site, term: Term, bases: list[Resolved | None]) -> str | None:
    """Both sides by lower(…), and patterns by the operators that ignore case.

    citext held against text is compared as text (its cast to text is implicit, the other way is not), so that stays.
    """
    if any(base is not None and base.name in _TEXT for base in bases) or len(term.terms) < 2:
        return None
    left, *others = _sides(term)
    sign = term.name
    if sign in _PATTERN and others[0].name in ("like_escape", "similar_to_escape"):
        raise Unfollowed("it compares citext by a pattern with an escape")
    if sign in _PATTERN and len(others) == 1 and term.kind in ("operation", "other"):
        site.note("DSQL101", "compared without regard to case, as citext does")
        return f"{_bare(site, left)} {_PATTERN[sign]} {_bare(site, others[0])}"
    if sign not in _SCALAR:
        raise Unfollowed("it compares citext without regard to case in a way that text does not have")
    site.note("DSQL101", "compared by lower(…), as citext does")
    first = _lowered(site, left)
    if term.kind in ("any", "all"):
        return f"{first} {sign} {term.kind.upper()} ({_lowered(site, others[0])})"
    if term.kind == "other" and sign in ("=", "<>"):
        listed = ", ".join(_lowered(site, other) for other in others)
        return f"{first} {'NOT ' if sign == '<>' else ''}IN ({listed})"
    if term.kind != "operation" or len(others) != 1:
        raise Unfollowed("it compares citext without regard to case in a way that text does not have")
    return f"{first} {sign} {_lowered(site, others[0])}"


def _bare(site: Site, term: Term) -> str:
    """A side without its cast to citext."""
    return _operand(site, term.terms[0] if term.kind == "cast" and term.terms else term)


def _lowered(site: Site, term: Term) -> str:
    if term.kind == "cast" and term.terms and term.type is not None and _is_citext(site, term.type):
        return _lowered(site, term.terms[0])
    if term.kind == "constant":
        return literal(term.value.lower()).strip() if term.value is not None else "NULL"
    if term.kind == "array":
        return f"ARRAY[{', '.join(_lowered(site, part) for part in term.terms)}]"
    return f"lower({site.said(term)})"


# --- money ---


def _money(site: Site, term: Term, bases: list[Resolved | None]) -> str | None:
    """What is held against a column of money that is a numeric now is one too."""
    numeric = [
        (found := site.column(part)) is not None and found.choice.internal == "numeric" and base is not None
        and base.name == "money" for part, base in zip(_sides(term), bases, strict=True)
    ]  # fmt: skip
    if term.kind != "operation" or not any(numeric) or len(term.terms) != 2:
        return None
    sides = [_amount(site, part) for part in term.terms]
    if sides == [_operand(site, part) for part in term.terms]:
        return None
    site.note("DSQL101", "an amount is a number now")
    return f"{sides[0]} {term.name} {sides[1]}"


def _amount(site: Site, term: Term) -> str:
    if term.kind != "cast" or term.type is None or term.type.name != "money":
        return _operand(site, term)
    inner = term.terms[0]
    if inner.kind != "constant" or inner.value is None:
        return f"{_operand(site, inner)}::numeric"
    try:
        return money.to_numeric(inner.value.encode()).decode()
    except ValueError as error:
        raise Unfollowed(f"it names an amount: {error}") from None
