"""Parts of a value that become columns of their own: the ends of a range, the fields of a composite."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from dsql_migrate.rewrite.data.split import Sql
from dsql_migrate.rewrite.data.values import Convert, column, keep
from dsql_migrate.rewrite.forms.choice import Facet, Situation, TypeChoice
from dsql_migrate.rewrite.forms.shown import format_type
from dsql_migrate.rewrite.quoting import qualified
from dsql_migrate.schema.model import Key
from dsql_migrate.schema.types import canonical
from dsql_migrate.source.facts import TypeName

_PLACE = re.compile(r"(?<!\{)\{(\d*)\}(?!\})")


@dataclass(frozen=True, slots=True)
class Part:
    """One part in its form on the target: ``sql`` is its type as DDL has it, ``shown`` as format_type prints it."""

    choice: TypeChoice
    sql: str
    shown: str
    user: Key | None = None

    @property
    def convert(self) -> Convert:
        """A value of the source to one of the target, for a part that is one column."""
        return self.choice.conversion.convert if self.choice.conversion else keep

    @property
    def back(self) -> Convert:
        """The other way; where there is none, the value as the target prints it."""
        return (self.choice.conversion.back if self.choice.conversion else None) or keep

    def source_sql(self, expression: str) -> str:
        """The expression over the source's part that compares with ``target_sql``."""
        found = self.choice.conversion
        return found.source_sql(expression) if found and found.source_sql else expression

    @property
    def target_sql(self) -> Sql:
        """The same over the target's column."""
        found = self.choice.conversion
        return found.target_sql if found and found.source_sql else column

    def facet(self, suffix: str) -> Facet:
        """The part as a column."""
        return Facet(suffix, self.sql, self.choice.internal, self.shown, user=self.user)


def part(at: Situation, type: TypeName) -> Part:
    """The form of a part of this type, by the decisions about the column that it is a part of."""
    from dsql_migrate.rewrite.forms.choose import choose

    choice = choose(replace(at, numeric=None, ignores_case=False, not_null=False), type)
    if choice.sql is not None:
        return Part(choice, choice.sql, choice.shown or choice.sql)
    resolved = at.catalogue.resolve_type(type)
    if resolved.user is not None and not resolved.dimensions:
        return Part(choice, qualified(resolved.user.key), resolved.user.key[1], resolved.user.key)
    text = format_type(canonical(type))
    return Part(choice, text, text)


def moved(checks: Sequence[str], first: int) -> tuple[str, ...]:
    """The conditions of a part's CHECKs, with its columns counted from ``first``."""
    return tuple(_PLACE.sub(lambda m: f"{{{first + int(m[1] or 0)}}}", check) for check in checks)


def json_type(at: Situation, wanted: str) -> str:
    """jsonb where it is wanted or a value has to stay one column, and the day has it; else the next best."""
    if wanted == "text":
        return "text"
    return next((name for name in ("jsonb", "json") if at.target.has(name)), "text")
