"""Calls of an aggregate of the script that is a built-in one under another name."""

from __future__ import annotations

from dsql_migrate.rewrite.following.site import Site, Unfollowed
from dsql_migrate.rewrite.objects.aggregates import builtin_of
from dsql_migrate.source.lexemes import lexemes
from dsql_migrate.source.terms import Term

RULE = "DSQL512"


def own_aggregate(site: Site, term: Term) -> str | None:
    """The call of the built-in aggregate; None where the term is no such call. Raises Unfollowed."""
    if term.kind != "call" or term.head.end <= term.head.start or not term.terms:
        return None
    site.with_path()
    schema = term.parts[-2] if len(term.parts) > 1 else None
    routines = site.plan.catalogue.routines_named(schema, term.name)
    if len(routines) != 1 or "," in routines[0].signature:
        return None
    builtin = builtin_of(site.plan, routines[0])
    if builtin is None:
        return None
    site.note(RULE, f"{builtin.shown} instead of {term.name}(…)")
    open_, close, value = _places(site.text, term)
    whole = site.between(open_, close, term)
    if builtin.wraps and not term.plain:
        raise Unfollowed(f"it calls the aggregate {term.name} with more than its argument")
    return builtin.call(whole, site.between(open_, value, term)) + site.between(close + 1, term.span.end, term)


def _places(text: bytes, term: Term) -> tuple[int, int, int]:
    """Where the parentheses of a call begin inside and end, and where its first argument ends, brackets included."""
    inner = text[term.head.end :]
    words, starts, ends = lexemes(inner)
    argument, depth, brackets, end, close = term.terms[0].span, 0, 0, 0, 0
    for word, first, last in zip(words, starts, ends, strict=False):
        depth += (word == "(") - (word == ")")
        at = term.head.end + first
        if at < argument.start:
            brackets = depth - 1
        elif at >= argument.end and word == ")" and brackets:
            brackets -= 1
            end = term.head.end + last
        if depth == 0:
            close = at
            break
    return term.head.end + starts[0] + 1, close, max(end, argument.end)
