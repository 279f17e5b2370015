"""Types that the source makes, as far as bodies of functions may name them."""

from __future__ import annotations

from dsql_migrate.rewrite.plan import Plan, dotted
from dsql_migrate.schema.model import UserType
from dsql_migrate.source.facts import display
from dsql_migrate.stubs.obligations import TypeShape


def type_shapes(plan: Plan) -> tuple[TypeShape, ...]:
    """Each type of the source: what it is on the target, or that it is not there."""
    return tuple(_shape(plan, user) for user in plan.catalogue.types.values() if user.kind != "extension")


def _shape(plan: Plan, user: UserType) -> TypeShape:
    name = dotted(user.key)
    kept = f"type:{name}" not in plan.lost
    if kept and user.kind == "domain" and user.base is not None and plan.target.has("domains"):
        return TypeShape(name, display(user.base))
    if kept and user.kind == "enum" and plan.decide("enums", f"type:{name}") == "domain":
        return TypeShape(name, "text")
    fields = tuple((column.name, display(column.type)) for column in user.columns)
    return TypeShape(name, None, fields if user.kind == "composite" else ())
