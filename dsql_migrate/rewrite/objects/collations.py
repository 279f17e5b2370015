"""Collations that ignore case: DSQL compares text by its bytes."""

from __future__ import annotations

import re

from dsql_migrate.rewrite.plan import Plan
from dsql_migrate.source.facts import Column, CreateDomain, TypeName

# PostgreSQL manual, 24.2.2.3: only a nondeterministic collation says that two texts are equal, and ICU's level 1 or 2
# (ks-level1, colStrength=primary …) leaves case out.
_NONDETERMINISTIC = re.compile(rb"\bdeterministic\s*=\s*'?(?:false|off|no|0)\b", re.I)
_CASELESS = re.compile(rb"ks-level[12](?!.*kc-true)|colstrength=(?:primary|secondary)", re.I | re.S)


def ignores_case(plan: Plan, type: TypeName, column: Column | None) -> bool:
    """Whether a column of this type, with its own COLLATE or its domain's, takes ``A`` and ``a`` for one."""
    name = column.collation if column is not None else None
    if name is None:
        user = plan.catalogue.resolve_type(type).user
        statement = plan.statements.get(user.place.statement) if user is not None else None
        if statement is not None and isinstance(statement.fact, CreateDomain):
            name = statement.fact.collation
    return name is not None and caseless(plan, name)


def caseless(plan: Plan, name: str) -> bool:
    """Whether the script makes a collation of this name that ignores case."""
    bare = name.rpartition(".")[2]
    for thing in plan.catalogue.things:
        if thing.kind == "collation" and thing.name.rpartition(".")[2] == bare:
            text = plan.statements[thing.place.statement].piece.text
            return _NONDETERMINISTIC.search(text) is not None and _CASELESS.search(text) is not None
    return False
