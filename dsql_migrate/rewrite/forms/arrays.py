"""Arrays: DSQL has none in columns."""

from __future__ import annotations

from dataclasses import replace

from dsql_migrate.rewrite.data.elements import Counted, numbered
from dsql_migrate.rewrite.data.split import Split
from dsql_migrate.rewrite.data.values import SourceType, column, conversion
from dsql_migrate.rewrite.forms.choice import Elements, Facet, Situation, TypeChoice
from dsql_migrate.rewrite.forms.internal import internal
from dsql_migrate.rewrite.forms.parts import json_type, part
from dsql_migrate.schema import Resolved
from dsql_migrate.source.facts import TypeName


def array(at: Situation, resolved: Resolved) -> TypeChoice:
    """By the decision ``arrays``; in a key text, and so is an array of domains that are arrays."""
    element = resolved.base
    kind = element.kind if element.kind in ("enum", "composite", "range") else "base"
    dimensions = resolved.arrays[0]
    to = "text" if at.in_key or len(resolved.arrays) > 1 else at.want("arrays")
    why = ""
    if to == "child-table":
        why = "it is part of another value" if at.whole else at.no_rows
        why = why or ("it has several dimensions" if dimensions > 1 or element.name == "box" else "")
        if not why:
            return _rows(at, resolved)
        to, why = json_type(at, to), f"; no table of its own: {why}"
    found = conversion(SourceType(element.name, dimensions, kind), to)
    return TypeChoice(internal(to), to, found, "DSQL102", f"array: {at.target.losses['[]']}{why}", opaque=True)


def _rows(at: Situation, resolved: Resolved) -> TypeChoice:
    """The number of elements in the column's place, and the elements in a table beside."""
    one = part(replace(at, whole=True), _element(resolved))
    elements = Elements(one.facet(""), Counted(one.convert), one.source_sql, one.target_sql, one.choice.checks)
    count = Split(
        "array to rows",
        1,
        lambda value: (None if value is None else b"%d" % len(numbered(value, one.convert)),),
        lambda values: values[0],
        (lambda expression: f"cardinality({expression})",),
        (column,),
        "its elements, which are rows of a table beside",
    )
    reason = "array: its elements are rows of a table of their own, this is their number"
    return TypeChoice(
        "", None, None, "DSQL102", reason, opaque=True, facets=(Facet("_count", "integer", "int4", not_null=True),),
        split=count, elements=elements, blocker=one.choice.blocker,
    )  # fmt: skip


def _element(resolved: Resolved) -> TypeName:
    """The type of one element, as a name that resolves to it."""
    level = resolved
    while not level.dimensions and level.under is not None:
        level = level.under
    if level.user is not None:
        return TypeName(level.user.key[0], level.user.key[1], level.modifiers)
    return TypeName(level.schema, level.name, level.modifiers)
