"""Views, bodies of functions and expressions as they have to stand on the target."""

from __future__ import annotations

from dataclasses import dataclass

from dsql_migrate.rewrite.edits import Edit, splice
from dsql_migrate.rewrite.following.aggregates import own_aggregate
from dsql_migrate.rewrite.following.arrays import array_use
from dsql_migrate.rewrite.following.comparisons import comparison, gone_cast, told_apart
from dsql_migrate.rewrite.following.functions import own_function
from dsql_migrate.rewrite.following.grown_arguments import cast_back
from dsql_migrate.rewrite.following.kept_types import kept_type
from dsql_migrate.rewrite.following.large_values import large_value
from dsql_migrate.rewrite.following.ranges import range_use
from dsql_migrate.rewrite.following.relations import column_of_moved, follow_names
from dsql_migrate.rewrite.following.site import Rule, Site, Unfollowed
from dsql_migrate.rewrite.plan import Plan, TablePlan
from dsql_migrate.rewrite.quoting import literal
from dsql_migrate.rewrite.reading import Statement
from dsql_migrate.schema.model import UserType
from dsql_migrate.source.facts import CreateFunction, Expression, Span
from dsql_migrate.source.parse import Unparsable
from dsql_migrate.source.quoted import chunks, joined
from dsql_migrate.source.term_reader import read_expression, read_statement, read_terms

_RULES: tuple[Rule, ...] = (
    own_aggregate, cast_back,
    own_function, array_use, range_use, large_value, told_apart, comparison, gone_cast, kept_type,
    column_of_moved,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Followed:
    """``edits``: of the text that was given. ``changes``: each a rule and what was done. ``why``: why it cannot follow,
    None where it can."""

    edits: tuple[Edit, ...] = ()
    changes: tuple[tuple[str, str], ...] = ()
    why: str | None = None

    def at(self, span: Span) -> list[Edit]:
        """The edits, where the text that was given stands at a span of another one."""
        return [Edit(e.start + span.start, e.end + span.start, e.text) for e in self.edits]

    def of(self, text: str) -> str:
        """The text that was given, with the edits made."""
        return splice(text.encode("utf-8", "surrogateescape"), self.edits).decode("utf-8", "surrogateescape")

    @property
    def rule(self) -> str | None:
        """The rule of the first change."""
        return self.changes[0][0] if self.changes else None

    @property
    def reason(self) -> str:
        """All changes in words."""
        return "; ".join(what for _, what in self.changes)


def follow_query(plan: Plan, statement: Statement) -> Followed:
    """Edits on the text of a statement's piece, for the queries in it."""
    return follow_text(plan, statement.piece.text, statement.number)


def follow_text(plan: Plan, text: bytes, number: int) -> Followed:
    """Edits on the text of a statement with queries in it. ``number``: of the one whose search_path it stands under."""
    try:
        terms = read_statement(text)
    except Unparsable as error:
        return Followed(why=f"it cannot be read: {error.message}")
    return _followed(Site(plan, text, terms, number))


def follow_body(plan: Plan, statement: Statement) -> Followed:
    """Edits on the text of CREATE FUNCTION … LANGUAGE sql, for its body."""
    fact, text = statement.fact, statement.piece.text
    if not isinstance(fact, CreateFunction) or fact.body_span is None:
        return Followed()
    span = fact.body_span
    parts = chunks(text, span.start, span.end)
    if not parts:
        return follow_query(plan, statement)  # BEGIN ATOMIC … END, or RETURN
    body, _ = joined(parts)
    try:
        terms = read_terms(body)
    except Unparsable as error:
        return Followed(why=f"its body cannot be read: {error.message}")
    key = (fact.name.schema or (statement.search_path or ("public",))[0], fact.name.name)
    found = _followed(Site(plan, body, terms, statement.number, routine=key))
    if not found.edits:
        return found
    new = splice(body, found.edits).decode("utf-8", "surrogateescape")
    return Followed((Edit(span.start, span.end, _requoted(text, span, new)),), found.changes, found.why)


def follow_expression(
    plan: Plan,
    planned: TablePlan | None,
    expression: Expression,
    number: int = 0,
    *,
    is_filter: bool = False,
    domain: UserType | None = None,
    default: bool = False,
) -> Followed:
    """Edits on ``expression.text``: a default, a CHECK, a generated column, a key of an index.

    ``planned``: the table whose columns it speaks of. ``number``: of the statement it stands in, where that is not the
    table's own. ``domain``: whose CHECK it is. ``default``: it is a column's default. ``is_filter``: NULL and false are
    the same to it, as in the WHERE of an index.
    """
    text = expression.text.encode("utf-8", "surrogateescape")
    try:
        terms = read_expression(text)
    except Unparsable as error:
        return Followed(why=f"its expression cannot be read: {error.message}")
    if number:
        site = Site(plan, text, terms, number, planned, subqueries=False)
    else:
        site = Site(plan, text, terms, planned.table.place.statement if planned else 0, planned, subqueries=False)
    site.domain, site.default = domain, default
    if is_filter:
        site.filter_by(terms.roots)
    return _followed(site)


def _followed(site: Site) -> Followed:
    site.rules = _RULES
    try:
        follow_names(site)
        edits = [edit for root in site.terms.roots for edit in site.edits(root)]
    except Unfollowed as reason:
        return Followed(why=str(reason))
    return Followed((*edits, *site.flat), tuple(site.changes))


def _requoted(text: bytes, span: Span, body: str) -> str:
    """The body between the author's dollar quotes; as a string where it stood in one."""
    if text[span.start : span.start + 1] == b"$":
        tag = text[span.start : text.index(b"$", span.start + 1) + 1].decode("utf-8", "surrogateescape")
        if tag not in body:
            return f"{tag}{body}{tag}"
    return literal(body).strip()


