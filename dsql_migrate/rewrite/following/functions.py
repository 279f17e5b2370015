"""Functions of extensions that DSQL has a function of its own for."""

from __future__ import annotations

from dsql_migrate.rewrite.edits import Edit, splice
from dsql_migrate.rewrite.following.site import Site
from dsql_migrate.rewrite.plan import Plan
from dsql_migrate.rewrite.quoting import qualified
from dsql_migrate.source.facts import Expression
from dsql_migrate.source.terms import Term

_LOSS = {"nothing": "the same kind of value"}


def calls_another(plan: Plan, default: Expression) -> bool:
    """Whether a default calls a function that DSQL's own could take the place of."""
    return any(
        (f.name in plan.target.default_functions or (known is not None and known.replacement is not None))
        and not plan.catalogue.routines_named(f.schema, f.name)
        for f in default.functions
        for known in (plan.target.functions.get(f.name),)
    )


def own_function(site: Site, term: Term) -> str | None:
    """A call by the name of DSQL's function, or of where the script's own function stands now."""
    if term.kind != "call" or term.head.end <= term.head.start:
        return None
    schema = term.parts[-2] if len(term.parts) > 1 else None
    plan = site.plan
    site.with_path()
    routines = plan.catalogue.routines_named(schema, term.name)
    new = None
    if routines and schema is None and plan.place(routines[0].key) != routines[0].key:
        new = qualified(plan.place(routines[0].key))
    known = plan.target.functions.get(term.name)
    if not routines and schema != "pg_catalog" and known is not None and known.replacement is not None:
        new = known.replacement
        site.note("DSQL520", f"{known.replacement}() instead of {term.name}()")
    other = plan.target.default_functions.get(term.name) if site.default and not routines else None
    if new is None and other is not None:
        new, loss = other
        site.note("DSQL520", f"{new}() instead of {term.name}(): {_LOSS.get(loss, f'without {loss}')}")
    if new is None:
        return None
    edits = [Edit(term.head.start, term.head.end, new), *site.edits(term, parts_only=True), *site.flat]
    return splice(site.text, edits, term.span.start, term.span.end).decode("utf-8", "surrogateescape")
