"""The way back of every converted column of a plan: what the check "converted back" runs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from dsql_migrate.rewrite.data.split import Split
from dsql_migrate.rewrite.data.values import Conversion
from dsql_migrate.rewrite.forms import Facet
from dsql_migrate.rewrite.plan import ColumnPlan, Plan, TablePlan
from dsql_migrate.verify.element_promises import put_together
from dsql_migrate.verify.expect import Back

_NUMBERS = frozenset({"numeric", "float4", "float8"})
_ZEROS = re.compile(rb"(\.[0-9]*?)0+(?=[,}\s\"]|\Z)")
_POINT = re.compile(rb"\.(?=[,}\s\"]|\Z)")
_MINUS = re.compile(rb"(?<![0-9.eE])-(?=0+(?:\.0*)?(?:[,}\s\"]|\Z))")


def backs(plan: Plan, planned: TablePlan) -> Iterator[Back]:
    """Of each column of a table whose type is another one on the target, and of numbers in its primary key."""
    primary = planned.table.primary_key
    for column in [*planned.columns.values(), *(c for c, _ in planned.extra)]:
        name, choice = column.column.name, column.choice
        if choice.elements is not None and choice.elements.part:
            yield Back(name, (name,), lambda values: values[0], sql=put_together(plan, planned, column))
            continue
        if choice.elements is not None:
            continue  # they are rows of a table that is compared by itself
        if choice.facets and choice.split is not None:
            yield Back(name, column.facets, choice.split.back, "", _same_parts(choice.split, choice.facets))
        elif choice.conversion is not None and not choice.facets:
            keyed = primary is not None and name in primary.columns and choice.internal == "numeric"
            if keyed or _differs(plan, column):
                yield _of_one(plan, column, choice.conversion)


def _differs(plan: Plan, column: ColumnPlan) -> bool:
    resolved = plan.catalogue.resolve_type(column.column.type)
    choice = column.choice
    if choice.conversion is not None and not choice.conversion.unchanged:
        return True
    return resolved.dimensions > 0 or resolved.base.kind != "base" or resolved.base.name != choice.internal


def _of_one(plan: Plan, column: ColumnPlan, conversion: Conversion) -> Back:
    name, back = column.column.name, conversion.back
    resolved = plan.catalogue.resolve_type(column.column.type)
    if back is None:
        return Back(name, (name,), None, conversion.loss or "")
    convert = back

    def there(values: tuple[bytes | None, ...]) -> bytes | None:
        return None if values[0] is None else convert(values[0])

    return Back(name, (name,), there, "", same_number if resolved.base.name in _NUMBERS else None)


def _same_parts(split: Split, facets: tuple[Facet, ...]) -> Callable[[bytes], bytes] | None:
    """Compares a value by its parts where some of them are numbers; the text of the whole says which zeros it had."""
    if _NUMBERS.isdisjoint(facet.internal for facet in facets):
        return None

    def parts(text: bytes) -> bytes:
        found = zip(split.convert(text), facets, strict=True)
        return repr(
            [same_number(value) if value and facet.internal in _NUMBERS else value for value, facet in found]
        ).encode()

    return parts


def same_number(text: bytes) -> bytes:
    """Numbers, alone or in an array, as they are by value: without zeros behind the point's digits, without -0."""
    return _MINUS.sub(b"", _POINT.sub(b"", _ZEROS.sub(rb"\1", text)))
