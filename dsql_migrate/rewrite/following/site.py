"""One text while it follows the rewrite: its terms, what its columns are on the target, and the edits made so far."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from dsql_migrate.rewrite.edits import Edit, splice
from dsql_migrate.rewrite.plan import ColumnPlan, Plan, TablePlan
from dsql_migrate.rewrite.quoting import identifier
from dsql_migrate.schema.model import Key, UserType, View
from dsql_migrate.source.facts import CreateView, Name, Span
from dsql_migrate.source.parse import Unparsable
from dsql_migrate.source.term_reader import read_statement
from dsql_migrate.source.terms import Relation, Term, Terms

_DEPTH = 20  # of views over views


class Unfollowed(Exception):
    """The text uses something of the source in a way that has no form on the target. The message says what."""


@dataclass(slots=True)
class Site:
    """``text``: what the spans of the terms are offsets into. ``number``: of the statement that the text stands in.

    ``table``: for an expression of a table by itself (a default, a CHECK): whose columns its names mean.
    """

    plan: Plan
    text: bytes
    terms: Terms
    number: int
    table: TablePlan | None = None
    domain: UserType | None = None  # for a CHECK of a domain: what VALUE is of
    changes: list[tuple[str, str]] = field(default_factory=list)  # rule, what was done
    rules: tuple[Rule, ...] = ()
    flat: list[Edit] = field(default_factory=list)  # edits of relations and types, which are no terms
    subqueries: bool = True  # whether a query may stand in the text: not in a CHECK, not in an index
    default: bool = False  # whether it is a column's default, which only has to give a new value
    depth: int = 0
    routine: Key | None = None  # the function whose body it is: its arguments may be qualified with its name
    _asked: set[int] = field(default_factory=set)
    _parents: dict[int, Term] | None = None
    _filters: set[Span] | None = None
    _outputs: set[Span] | None = None

    # -- texts ------------------------------------------------------------------------------------------------------

    def said(self, term: Term) -> str:
        """The text of a term with everything in it followed."""
        edits = [*self.edits(term), *self.flat]
        return splice(self.text, edits, term.span.start, term.span.end).decode("utf-8", "surrogateescape")

    def edits(self, term: Term, *, parts_only: bool = False) -> list[Edit]:
        """The edits that a term asks for: its own, or those of its parts."""
        if not parts_only:
            new = self._own(term)
            if new is not None:
                return [Edit(term.span.start, term.span.end, new)]
        found = []
        for part in term.terms:
            edits = self.edits(part)
            if term.kind == "query" and len(edits) == 1 and any(part is output for output in term.unnamed):
                edits = [_labelled(part, edits[0])]
            found += edits
        return found

    def _own(self, term: Term) -> str | None:
        return next((new for rule in self.rules if (new := rule(self, term)) is not None), None)

    def words(self, term: Term) -> str:
        """A column as the text says it, under the name that its table's entry of FROM has."""
        if len(term.parts) > 2 and term.scope >= 0:
            key = (term.parts[-3], term.parts[-2])
            if key in self.plan.merges or self.plan.place(key) != key:
                return f"{identifier(term.parts[-2])}.{identifier(term.name)}"
        return term.span.of(self.text)

    def between(self, start: int, end: int, term: Term) -> str:
        """A part of a term's text, with what is in it followed."""
        edits = [*self.edits(term, parts_only=True), *self.flat]
        inside = [e for e in edits if start <= e.start and e.end <= end]
        return splice(self.text, inside, start, end).decode("utf-8", "surrogateescape")

    def note(self, rule: str, what: str) -> None:
        """Something changed; each is told once."""
        if (rule, what) not in self.changes:
            self.changes.append((rule, what))

    # -- where a term stands ----------------------------------------------------------------------------------------

    def in_filter(self, term: Term) -> bool:
        """Whether NULL and false are the same where a term stands: in WHERE, by itself or in AND and OR."""
        if self._filters is None:
            self.filter_by(t for query in self.terms.walk() if query.kind == "query" for t in query.filters)
        return term.span in (self._filters or ())

    def filter_by(self, terms: Iterable[Term]) -> None:
        """Say which terms only decide what is taken."""
        self._filters = set()
        waiting = list(terms)
        while waiting:
            found = waiting.pop()
            self._filters.add(found.span)
            if found.kind == "boolean" and found.parts != ("not",):
                waiting += found.terms

    def around(self, term: Term) -> Term | None:
        """The term that a term is part of."""
        if self._parents is None:
            self._parents = {id(part): around for around in self.terms.walk() for part in around.terms}
        return self._parents.get(id(term))

    def role(self, term: Term) -> str:
        """What a term is part of: the kind of the term around it; of a call "call:" and its name."""
        around = self.around(term)
        if around is None:
            return ""
        if around.kind == "call":
            return f"call:{around.name}"
        return around.name if around.kind == "other" else around.kind

    def is_output(self, term: Term) -> bool:
        """Whether a term is a whole column of a query."""
        if self._outputs is None:
            self._outputs = {
                value.span for query in self.terms.walk() if query.kind == "query" for _, value in query.outputs
            }
        return term.span in self._outputs

    # -- what a name means ------------------------------------------------------------------------------------------

    def with_path(self) -> None:
        """Let names mean what they mean where the text stands; an empty search_path (pg_dump's) counts as public."""
        found = self.plan.statements.get(self.number)
        path = found.search_path if found is not None else ()
        self.plan.catalogue.search_path = path or ("public",)

    def key(self, name: Name) -> Key | None:
        """The table, view or sequence that a name means where the text stands."""
        self.with_path()
        return self.plan.catalogue.relation_key(name)

    def column(self, term: Term) -> ColumnPlan | None:
        """The plan of the table's column that a term is, through views and queries; None where that is not sure."""
        if term.kind != "column" or term.name == "*" or id(term) in self._asked:
            return None
        self._asked.add(id(term))  # WITH RECURSIVE: an output may be what it is made of
        try:
            return self._column(term)
        finally:
            self._asked.discard(id(term))

    def _column(self, term: Term) -> ColumnPlan | None:
        if term.scope < 0 or not self.terms.relations:
            return self.table.columns.get(term.name) if self.table is not None and len(term.parts) < 3 else None
        for level in self.terms.seen_from(term.scope):
            if len(term.parts) > 1:
                level = [r for r in level if r.called == term.parts[-2]]
            found = [self._member(relation, term.name) for relation in level]
            known = [f for f in found if f is not None]
            if known:
                return known[0] if isinstance(known[0], ColumnPlan) else None
            if len(term.parts) > 1 and level:
                return None
        return None

    def _member(self, relation: Relation, name: str) -> ColumnPlan | bool | None:
        """A column of an entry of FROM: its plan; True where it has one that is none of a table; None: it has none."""
        if relation.query is not None:
            return self._output(relation.query.outputs, relation.columns, name)
        if relation.name is None:
            return True if name in relation.columns else None
        key = self.key(relation.name)
        if key is None:
            return True
        if key in self.plan.catalogue.views:
            return self._of_view(self.plan.catalogue.views[key], relation.columns, name)
        planned = self.plan.tables.get(self.plan.root(key))
        if planned is None:
            return None
        names = list(planned.columns)
        at = list(relation.columns).index(name) if name in relation.columns else None
        if at is not None:
            return planned.columns[names[at]] if at < len(names) else True
        return planned.columns.get(name)

    def _output(
        self, outputs: tuple[tuple[str | None, Term], ...], columns: tuple[str, ...], name: str
    ) -> ColumnPlan | bool | None:
        for at, (output, term) in enumerate(outputs):
            if term.kind == "column" and term.name == "*":
                return None if at else True
            called = columns[at] if at < len(columns) else output
            if called == name:
                return self.column(term) or True
        return None

    def _of_view(self, view: View, columns: tuple[str, ...], name: str) -> ColumnPlan | bool | None:
        if self.depth > _DEPTH:
            return True
        inner = of_view(self.plan, view, self.depth + 1)
        query = next((t for t in inner.terms.walk() if t.kind == "query"), None) if inner else None
        if inner is None or query is None:
            return True
        return inner._output(query.outputs, columns or view.columns, name)


def _labelled(term: Term, edit: Edit) -> Edit:
    """An output under the name that PostgreSQL gave it: it was called after what stood there (FigureColname)."""
    name = None
    while name is None and edit.start == term.span.start and edit.end == term.span.end:
        if term.kind in ("column", "call"):
            name = term.name
        elif term.kind == "cast" and term.terms and term.terms[0].kind in ("column", "call", "cast"):
            term = term.terms[0]
            edit = Edit(term.span.start, term.span.end, edit.text)
        elif term.kind in ("array", "cast"):
            name = "array" if term.kind == "array" else (term.type.name if term.type else "?column?")
        else:
            name = "?column?"
    if name is None or (term.kind == "column" and edit.text.endswith(f".{identifier(name)}")):
        return edit
    return Edit(edit.start, edit.end, f"{edit.text} AS {identifier(name)}")


Rule = Callable[[Site, Term], str | None]


def of_view(plan: Plan, view: View, depth: int = 0) -> Site | None:
    """The site of a view's own statement; None where it cannot be read."""
    statement = plan.statements.get(view.place.statement)
    if statement is None or not isinstance(statement.fact, CreateView):
        return None
    text = statement.piece.text
    try:
        return Site(plan, text, read_statement(text), statement.number, depth=depth)
    except Unparsable:
        return None


def terms_of(site: Site, *kinds: str) -> Iterator[Term]:
    """Every term of these kinds."""
    return (term for term in site.terms.walk() if term.kind in kinds)
