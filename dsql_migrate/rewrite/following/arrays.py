"""Array columns that are JSON or text now: operators and functions on them keep their meaning, NULLs and all.

Where JSON has an operator of exactly the same meaning, that is taken; else the array is made again from the column at
its place, which any array operator and function then works on: DSQL has arrays in expressions, only not in columns.
"""

from __future__ import annotations

from dsql_migrate.rewrite.following.site import Site, Unfollowed
from dsql_migrate.rewrite.plan import ColumnPlan
from dsql_migrate.rewrite.quoting import literal
from dsql_migrate.source.terms import Term

_TEXTS = frozenset({"text", "varchar", "bpchar"})
_NUMBERS = frozenset({"int2", "int4", "int8"})
RULE = "DSQL102"


def array_use(site: Site, term: Term) -> str | None:
    """What a use of an array column becomes; None where the term is none."""
    for form in (_membership, _containment, _length, _unnested, _indexed):
        new = form(site, term)
        if new is not None:
            return new
    column = _array(site, term)
    if column is None or _stays(site, term):
        return None
    return again(site, term, column)


def _array(site: Site, term: Term) -> ColumnPlan | None:
    """The plan of an array column that another type holds now."""
    found = site.column(term)
    if found is None or found.choice.sql is None or found.choice.rule != RULE:
        return None
    return found


def _stays(site: Site, term: Term) -> bool:
    """Whether nothing is done with a column there but to show it, count it or ask whether it is NULL."""
    return site.is_output(term) or site.role(term) in ("test", "call:count", "query")


def _element(site: Site, column: ColumnPlan) -> str:
    """The type of the elements, as SQL on the target."""
    resolved = site.plan.catalogue.resolve_type(column.column.type)
    base = resolved.base
    if max(resolved.dimensions, base.dimensions) > 1:
        raise Unfollowed(f"column {column.column.name} was an array of more than one dimension")
    if base.kind == "enum":
        return "text"
    known = site.plan.target.types.get(base.name)
    usable = base.kind == "base" and base.name not in site.plan.target.extension_types
    if not usable or base.name in site.plan.target.expressions_refused:
        raise Unfollowed(f"column {column.column.name} was an array of {base.name}, which DSQL does not have")
    modifiers = f"({','.join(base.modifiers)})" if base.modifiers else ""
    return (known.display if known else base.name) + modifiers


def _is_text(site: Site, column: ColumnPlan) -> bool:
    base = site.plan.catalogue.resolve_type(column.column.type).base
    return base.kind == "enum" or (base.kind == "base" and base.name in _TEXTS)


def again(site: Site, term: Term, column: ColumnPlan) -> str:
    """The array that a column held. Raises Unfollowed where it cannot be made there."""
    name, element, form = site.words(term), _element(site, column), column.choice.internal
    site.note(RULE, f"{column.column.name} is {form} now")
    if form == "text":
        return f"{name}::{element}[]"
    if not site.subqueries:
        raise Unfollowed(f"column {column.column.name} is {form} on DSQL, and an array cannot be made of it there")
    kept = "" if element == "text" else f"::{element}"
    rows = f"{form}_array_elements_text({name}) WITH ORDINALITY AS e(v, n)"
    made = f"ARRAY(SELECT e.v{kept} FROM {rows} ORDER BY e.n)"
    return made if column.column.not_null else f"CASE WHEN {name} IS NOT NULL THEN {made} END"


def _membership(site: Site, term: Term) -> str | None:
    """'x' = ANY (column), where it only decides which rows are taken."""
    if term.kind != "any" or term.parts != ("=",) or len(term.terms) != 2:
        return None
    column = _array(site, term.terms[1])
    if column is None or column.choice.internal != "jsonb":
        return None
    left = term.terms[0]
    value = _constant(left)
    if not site.in_filter(term) or value is None:
        return _redone(site, term, 1, column)
    name = site.words(term.terms[1])
    site.note(RULE, f"{column.column.name} is jsonb now")
    if _is_text(site, column):
        return f"{name} ? {literal(value).strip()}"
    if _number(site, column) and value.lstrip("-").isdigit():
        return f"{name} @> '{value}'::jsonb"
    return _redone(site, term, 1, column)


def _redone(site: Site, term: Term, at: int, column: ColumnPlan) -> str:
    """An operation with the array in place of the column at one side."""
    side = term.terms[at]
    made = again(site, side, column)
    start, end = term.span.start, term.span.end
    lead = site.between(start, side.span.start, term)
    rest = site.between(side.span.end, end, term)
    made = f"({made})" if made.startswith("CASE") and not lead.rstrip().endswith("(") else made
    return lead + made + rest


def _containment(site: Site, term: Term) -> str | None:
    """column @> ARRAY['a', 'b'], && and <@ with constants."""
    if term.kind != "operation" or term.name not in ("@>", "<@", "&&") or len(term.terms) != 2:
        return None
    sides = [_array(site, t) for t in term.terms]
    at = next((i for i, side in enumerate(sides) if side is not None), None)
    if at is None or all(sides):
        return None
    column = sides[at]
    assert column is not None
    values = _constants(term.terms[1 - at])
    text, name = _is_text(site, column), site.words(term.terms[at])
    if column.choice.internal != "jsonb" or values is None or not (text or _number(site, column)):
        return _redone(site, term, at, column)
    site.note(RULE, f"{column.column.name} is jsonb now")
    if term.name == "&&":
        if not text or not values:
            return _redone(site, term, at, column)
        return f"{name} ?| ARRAY[{', '.join(literal(v).strip() for v in values)}]"
    import json

    items = [json.dumps(v, ensure_ascii=False) if text else v for v in values]
    document = f"{literal('[' + ', '.join(items) + ']').strip()}::jsonb"
    return f"{name} {term.name} {document}" if at == 0 else f"{document} {term.name} {name}"


def _length(site: Site, term: Term) -> str | None:
    """cardinality(column), array_length(column, 1), array_upper(column, 1)."""
    if term.kind != "call" or term.name not in ("cardinality", "array_length", "array_upper") or not term.terms:
        return None
    column = _array(site, term.terms[0])
    if column is None or column.choice.internal not in ("json", "jsonb"):
        return None
    if term.name != "cardinality" and (len(term.terms) != 2 or term.terms[1].value != "1"):
        return None
    _element(site, column)
    site.note(RULE, f"{column.column.name} is {column.choice.internal} now")
    length = f"{column.choice.internal}_array_length({site.words(term.terms[0])})"
    return length if term.name == "cardinality" else f"NULLIF({length}, 0)"


def _unnested(site: Site, term: Term) -> str | None:
    """unnest(column)."""
    if term.kind != "call" or term.name != "unnest" or len(term.terms) != 1:
        return None
    column = _array(site, term.terms[0])
    if column is None or column.choice.internal not in ("json", "jsonb") or not _is_text(site, column):
        return None
    base = site.plan.catalogue.resolve_type(column.column.type).base
    if base.modifiers or base.name == "bpchar" or not site.subqueries:
        return None
    site.note(RULE, f"{column.column.name} is {column.choice.internal} now")
    made = f"{column.choice.internal}_array_elements_text({site.words(term.terms[0])})"
    function = next((r for r in site.terms.relations if r.function is not None and r.function.span == term.span), None)
    if function is not None and function.called == "unnest":
        return f"{made} AS unnest"
    return made


def _indexed(site: Site, term: Term) -> str | None:
    """column[1]."""
    if term.kind != "other" or term.parts != ("A_Indirection",) or len(term.terms) != 2:
        return None
    column = _array(site, term.terms[0])
    at = term.terms[1]
    if column is None or at.parts != ("A_Indices",):
        return None
    number = at.terms[0].value if len(at.terms) == 1 else None
    if column.choice.internal not in ("json", "jsonb") or number is None or not number.isdecimal() or number == "0":
        return f"({again(site, term.terms[0], column)}){site.between(term.terms[0].span.end, term.span.end, term)}"
    element = _element(site, column)
    site.note(RULE, f"{column.column.name} is {column.choice.internal} now")
    taken = f"({site.words(term.terms[0])} ->> {int(number) - 1})"
    return taken if element == "text" else f"{taken}::{element}"


def _number(site: Site, column: ColumnPlan) -> bool:
    base = site.plan.catalogue.resolve_type(column.column.type).base
    return base.kind == "base" and base.name in _NUMBERS


def _constant(term: Term) -> str | None:
    """The value of a constant, through casts to text and whole numbers; None where it is none, or NULL."""
    while term.kind == "cast" and term.terms and term.type is not None:
        if term.type.dimensions or term.type.modifiers or term.type.name not in (_TEXTS | _NUMBERS) - {"bpchar"}:
            return None
        term = term.terms[0]
    return term.value if term.kind == "constant" else None


def _constants(term: Term) -> list[str] | None:
    """The elements of ARRAY[…] where all are constants and none is NULL; through a cast to an array of the like."""
    while term.kind == "cast" and term.terms and term.type is not None:
        if not term.type.dimensions or term.type.name not in _TEXTS | _NUMBERS:
            return None
        term = term.terms[0]
    if term.kind != "array":
        return None
    values = [_constant(t) for t in term.terms]
    return [v for v in values if v is not None] if None not in values else None
