"""SQL of a body as a query with bound values: its variables found as PL/pgSQL finds them, cast to their types."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dsql_migrate.source.parse import Unparsable
from dsql_migrate.source.term_reader import read_expression, read_terms
from dsql_migrate.source.terms import Relation, Term, Terms
from dsql_migrate.stubs.code.values import Asked, Constant, Kind, Name, Query, Value
from dsql_migrate.stubs.naming import identifier
from dsql_migrate.stubs.plpgsql.tree import Conflict
from dsql_migrate.stubs.translate.inference import COMPARISONS, Inference
from dsql_migrate.stubs.translate.kinds import LITERAL, UNKNOWN
from dsql_migrate.stubs.translate.scope import Beyond, Scope, Variable, World

Pieces = list[str | Value]


def sql_literal(value: Constant) -> str:
    """A constant as SQL."""
    if value.value is None:
        return "NULL"
    if isinstance(value.value, bool):
        return "true" if value.value else "false"
    if isinstance(value.value, int) or value.kind.family == "numeric":
        return str(value.value)
    return "'" + str(value.value).replace("'", "''") + "'"


class Reading:
    """One text of SQL inside a body. ``expression``: it is an expression, not a statement."""

    def __init__(self, text: str, world: World, scope: Scope, conflict: Conflict, *, expression: bool) -> None:
        self.text = text.encode("utf-8", "surrogateescape")
        self.world, self.scope, self.conflict = world, scope, conflict
        try:
            self.terms: Terms = read_expression(self.text) if expression else read_terms(self.text)
        except Unparsable as error:
            raise Beyond(f"its SQL cannot be read: {error.message}") from None
        self.parents: dict[int, Term] = {}
        for root in self.terms.roots:
            self._adopt(root)
        self.inference = Inference(world, self.text, self.terms, self.kind_of_name)
        for type in self.terms.types:
            if not world.has_type(type.schema, type.name):
                raise Beyond(f"the type {type.name} is not in the bundle")
        self.call: Callable[[Reading, Term], Value | None] = lambda _reading, _term: None
        self.known: Callable[[Reading, Term], Value | None] = lambda _reading, _term: None

    def _adopt(self, term: Term) -> None:
        stack = [term]
        while stack:
            one = stack.pop()
            for part in one.terms:
                self.parents[id(part)] = one
                stack.append(part)

    def words(self, term: Term) -> str:
        """A term as it is written."""
        return (term.span.of(self.text) or "").strip()

    # -- names ------------------------------------------------------------------------------------------------------

    def visible(self, term: Term) -> Iterator[Relation]:
        """The entries of FROM that a name at a term may mean."""
        for relations in self.terms.seen_from(term.scope):
            for relation in relations:
                before = self.text[: relation.span.start].rstrip()[-4:].lower()
                if not (relation.written and before == b"into" and relation.scope != term.scope):
                    yield relation

    def find(self, term: Term) -> tuple[Variable, tuple[str, ...]] | None:
        """The variable that a name means, and what of it; None where it is a column. Raises Beyond."""
        found = self.scope.find(term.parts if term.kind == "column" else (f"${term.value}",))
        if found is None:
            return None
        variable, rest = found
        visible = list(self.visible(term))
        if len(term.parts) > 2 and any(relation.called == term.parts[-2] for relation in visible):
            return None
        if term.kind == "parameter":
            return found
        if any(relation.called == term.parts[0] for relation in visible) and self.conflict != "use_variable":
            return None
        if len(term.parts) == 1:
            if self._is_output(term):
                return None
            columns = [self.inference.columns(relation) for relation in visible]
            named = any(name == term.name for known in columns for name, _, _ in known or ())
            if self.conflict == "use_column" and named:
                return None
            if self.conflict == "use_column" and any(known is None for known in columns):
                raise Beyond(f"whether {term.name} is a column or a variable cannot be told")
            if self.conflict == "error" and named:
                raise Beyond(f"{term.name} is both a variable and a column: PostgreSQL raises 42702 here")
        if len(rest) > 1:
            raise Beyond(f"{'.'.join(term.parts)} is a part of a part")
        return variable, rest

    def _is_output(self, term: Term) -> bool:
        """Whether a name in ORDER BY or GROUP BY is that of an output."""
        parent = self.parents.get(id(term))
        if parent is None or parent.parts != ("SortBy",):
            return False
        query = self.parents.get(id(parent))
        return query is not None and any(name == term.name for name, _ in query.outputs)

    def kind_of_name(self, term: Term) -> Kind | None:
        """The kind of a variable; None where the name is a column's."""
        try:
            found = self.find(term)
            return None if found is None else kind_of_value(self.value(*found))
        except Beyond:
            return UNKNOWN

    def value(self, variable: Variable, rest: tuple[str, ...]) -> Value:
        """A variable, or a field of one."""
        if variable.value is not None:
            return variable.value
        if not rest or rest == ("*",):
            return Constant(None, variable.name.kind) if variable.missing else variable.name
        found = variable.part(rest[0])
        if found is None:
            raise Beyond(f"{variable.name.name} has no column {rest[0]} in the bundle")
        return found

    def is_constant(self, term: Term) -> bool:
        """Whether no name in it is a column, and no query: it can be bound as it is."""
        return all(
            t.kind != "query" and not (t.kind in ("column", "parameter") and self.find(t) is None) for t in term.walk()
        )

    # -- queries ----------------------------------------------------------------------------------------------------

    def query(
        self, first: int = 0, behind: int | None = None, edits: dict[tuple[int, int], str] | None = None
    ) -> Query:
        """The text, or a part of it, with what it binds. ``edits``: texts to put in front of terms' bytes or behind."""
        end = len(self.text) if behind is None else behind
        found: list[tuple[int, int, Pieces]] = []
        skip = -1
        for term in self.terms.walk():
            if not (first <= term.span.start and term.span.end <= end) or term.span.end <= skip:
                continue
            pieces = self._pieces(term)
            if pieces is not None:
                found.append((term.span.start, term.span.end, pieces))
                skip = term.span.end
        for (start, stop), text in (edits or {}).items():
            found.append((start, stop, [text]))
        found.sort(key=lambda one: (one[0], one[1]))
        made: Pieces = []
        at = first
        for start, stop, pieces in found:
            if start < at:
                continue
            made += [self.text[at:start].decode("utf-8", "surrogateescape"), *pieces]
            at = stop
        made.append(self.text[at:end].decode("utf-8", "surrogateescape"))
        return Query(joined(made))

    def _pieces(self, term: Term) -> Pieces | None:
        """What stands in the place of a term that is no SQL; None where it is SQL."""
        if term.kind == "call" and self.world.routines(term.parts[-2] if len(term.parts) > 1 else None, term.name):
            made = self.call(self, term) if self.is_constant(term) else None
            if made is None:
                raise Beyond(f"a query calls {term.name}, which is no function of the database any more")
            return self._bound(made, term)
        if term.kind in ("boolean", "operation", "test") or term.parts == ("CaseExpr",) or term.name == "coalesce":
            made = self.known(self, term) if self._decided(term) and self.is_constant(term) else None
            return None if made is None or isinstance(made, Asked) else self._bound(made, term)
        if term.kind not in ("column", "parameter"):
            return None
        found = self.find(term)
        if found is None:
            return None
        variable, rest = found
        value = self.value(variable, rest)
        if isinstance(value, Name) and variable.is_row:
            parent = self.parents.get(id(term))
            in_list = parent is not None and (parent.kind == "query" or parent.parts in (("List",), ("RowExpr",)))
            return _row(variable, spread=rest == ("*",) and in_list)
        return self._bound(value, term)

    def _decided(self, term: Term) -> bool:
        """Whether something in it is known when the code is written: TG_OP, OLD of a row that is inserted."""
        for one in term.walk():
            found = self.find(one) if one.kind == "column" else None
            if found is not None and (found[0].missing or isinstance(found[0].value, Constant)):
                return True
        return False

    def _bound(self, value: Value, term: Term) -> Pieces:
        if isinstance(value, Constant):
            shown = sql_literal(value)
            typed = value.value is None and value.kind.sql and not self._bare(term, value.kind)
            return [f"CAST({shown} AS {value.kind.sql})" if typed else shown]
        kind = kind_of_value(value)
        if not kind.sql or kind in (LITERAL, UNKNOWN) or self._bare(term, kind):
            return [value]
        follows = self.text[term.span.end :].lstrip()[:1] in (b"[",)
        cast: Pieces = ["CAST(", value, f" AS {kind.sql})"]
        return ["(", *cast, ")"] if follows else cast

    def _bare(self, term: Term, kind: Kind) -> bool:
        """Whether the place of a term says the type of what is bound there."""
        parent = self.parents.get(id(term))
        if parent is None or kind.family in ("array", "record"):
            return False
        if parent.kind == "cast":
            return self.inference.of(parent).sql == kind.sql
        if parent.parts == ("change",):
            return any(value is term for _, value in parent.outputs)
        if parent.kind == "operation" and parent.name in COMPARISONS and parent.plain:
            other = [
                self.inference.of(t) for t in parent.terms if t is not term and t.kind == "column" and not self.find(t)
            ]
            return len(other) == 1 and other[0].family == kind.family and kind.family not in ("other", "json")
        if parent.parts == ("List",):
            query = self.parents.get(id(parent))
            insert = self.parents.get(id(query)) if query is not None else None
            lists = [t for t in query.terms if t.parts == ("List",)] if query is not None else []
            return (
                query is not None
                and query.kind == "query"
                and insert is not None
                and insert.parts == ("change",)
                and len(lists) == 1
            )
        return False


def _row(variable: Variable, *, spread: bool) -> Pieces:
    """A whole row: its columns one behind the other, or as one value."""
    if variable.columns is None:
        raise Beyond(f"the columns of {variable.name.name} are not known before it runs")
    if variable.missing and not spread:
        return ["NULL"]
    made: Pieces = [] if spread else ["(SELECT r FROM (SELECT "]
    for number, (column, kind, _) in enumerate(variable.columns):
        value = variable.part(column)
        shown: Pieces = ["NULL"] if value is None or isinstance(value, Constant) else [value]
        cast: Pieces = ["CAST(", *shown, f" AS {kind.sql})"] if kind.sql else shown
        made += [", " if number else "", *cast, *([] if spread else [f" AS {identifier(column)}"])]
    return made if spread else [*made, ") AS r)"]


def joined(pieces: Pieces) -> tuple[str | Value, ...]:
    """Texts that stand side by side as one."""
    made: Pieces = []
    for piece in pieces:
        if isinstance(piece, str) and made and isinstance(made[-1], str):
            made[-1] += piece
        elif piece != "":
            made.append(piece)
    return tuple(made)


def kind_of_value(value: Value) -> Kind:
    """The kind of a value."""
    from dsql_migrate.stubs.code import values as v

    match value:
        case v.Not() | v.Logic() | v.Compare() | v.Distinct() | v.IsNull() | v.OneOf():
            return Kind("boolean", "boolean")
        case v.Joined() | v.Formatted():
            return Kind("text", "text")
        case v.Coalesce(values):
            return next((k for k in map(kind_of_value, values) if k not in (UNKNOWN, LITERAL)), UNKNOWN)
        case v.Choice(branches, otherwise):
            kinds = [kind_of_value(result) for _, result in branches] + [kind_of_value(otherwise)]
            return next((k for k in kinds if k not in (UNKNOWN, LITERAL)), UNKNOWN)
        case Asked() | Name() | Constant() | v.Part() | v.Arithmetic() | v.Now() | v.Call():
            return value.kind
    return UNKNOWN
