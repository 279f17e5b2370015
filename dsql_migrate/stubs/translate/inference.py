"""The kind of value that an expression gives, as far as its text and the bundle's tables say it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from dsql_migrate.source.terms import Relation, Term, Terms
from dsql_migrate.stubs.code.values import Kind
from dsql_migrate.stubs.translate.kinds import (
    BIGINT,
    BOOLEAN,
    INTEGER,
    LITERAL,
    NUMERIC,
    TEXT,
    TIMESTAMPTZ,
    UNKNOWN,
    kind_of,
)
from dsql_migrate.stubs.translate.results import RESULTS
from dsql_migrate.stubs.translate.scope import World, columns_of

COMPARISONS = frozenset({"=", "<>", "!=", "<", "<=", ">", ">="})
_TRUTHS = COMPARISONS | {"~", "!~", "~*", "!~*", "~~", "!~~", "~~*", "!~~*", "@>", "<@", "&&", "@@", "?", "?|", "?&"}
_SAME = frozenset(
    {"coalesce", "greatest", "nullif", "min", "max", "abs", "mod", "array_append", "array_remove", "array_cat"}
)
_STANDARD = {
    "current_timestamp": TIMESTAMPTZ, "current_date": kind_of("date"), "localtimestamp": kind_of("timestamp"),
    "current_time": kind_of("time with time zone"), "localtime": kind_of("time"),
    "current_user": kind_of("name"), "session_user": kind_of("name"), "user": kind_of("name"),
    "current_role": kind_of("name"), "current_schema": kind_of("name"), "current_catalog": kind_of("name"),
}  # fmt: skip
_WIDTH = {"integer": 0, "numeric": 1, "float": 2}


class Inference:
    """The kinds of a text's terms. ``variable``: the kind of a name that is no column, None where it is one."""

    def __init__(self, world: World, text: bytes, terms: Terms, variable: Callable[[Term], Kind | None]) -> None:
        self.world, self.text, self.terms, self.variable = world, text, terms, variable
        self.open: set[int] = set()  # queries whose columns are being looked for: WITH RECURSIVE reads itself

    def of(self, term: Term) -> Kind:
        """The kind of a term; UNKNOWN where nothing says it."""
        written = term.span.of(self.text) or ""
        match term.kind:
            case "column" | "parameter":
                return self.variable(term) or self.column(term)
            case "constant":
                if term.value is None:
                    return LITERAL
                if written[:1] in "'eE$uU":
                    return LITERAL
                if written.lower() in ("true", "false"):
                    return BOOLEAN
                return NUMERIC if not term.value.isdigit() else INTEGER if int(term.value) < 2**31 else BIGINT
            case "cast":
                return self.world.kind(term.type.span.of(self.text) or "") if term.type is not None else UNKNOWN
            case "boolean" | "test" | "any" | "all":
                return BOOLEAN
            case "operation":
                return self.operation(term)
            case "call":
                if term.name in _SAME:
                    return self.common(term.terms)
                if term.name in ("sum",):
                    inner = self.common(term.terms)
                    return inner if inner.family != "integer" else BIGINT if inner.bits < 64 else NUMERIC
                return self.called(term)
            case "query":
                return self.of(term.outputs[0][1]) if len(term.outputs) == 1 else UNKNOWN
        return self.other(term, written)

    def called(self, term: Term) -> Kind:
        owed = self.world.routines(term.parts[-2] if len(term.parts) > 1 else None, term.name)
        returns = {routine.returns for routine in owed}
        if len(returns) == 1 and (only := next(iter(returns))) is not None:
            return self.world.kind(only)
        return RESULTS.get(term.name, UNKNOWN)

    def other(self, term: Term, written: str) -> Kind:
        name = term.parts[0] if term.parts else ""
        if (
            name in ("exists query", "any query", "all query")
            or name in ("=", "<>", "BETWEEN", "NOT BETWEEN")
            or name in _TRUTHS
        ):
            return self.common(term.terms[:1]) if written.lower().startswith("nullif") else BOOLEAN
        if name == "expr query":
            return self.of(term.terms[0]) if term.terms else UNKNOWN
        if name == "CaseExpr":
            whens = [t.terms[-1] for t in term.terms if t.parts == ("CaseWhen",) and t.terms]
            last = term.terms[-1]
            return self.common([*whens, *([] if last.parts == ("CaseWhen",) else [last])])
        return _STANDARD.get(written.lower(), UNKNOWN)

    def common(self, terms: Iterable[Term]) -> Kind:
        """The kind that the terms have in common: of numbers the widest, of others the first that is known."""
        kinds = [kind for kind in map(self.of, terms) if kind not in (UNKNOWN, LITERAL)]
        if kinds and all(kind.family in _WIDTH for kind in kinds):
            return max(kinds, key=lambda kind: (_WIDTH[kind.family], kind.bits))
        return kinds[0] if kinds else UNKNOWN

    def operation(self, term: Term) -> Kind:
        sign = term.name
        if sign in _TRUTHS:
            return BOOLEAN
        kinds = [self.of(part) for part in term.terms]
        if sign == "||":
            other = next((kind for kind in kinds if kind.family in ("json", "array", "bytea")), None)
            return other or (TEXT if any(kind.family == "text" or kind == LITERAL for kind in kinds) else UNKNOWN)
        if sign == "->":
            return kinds[0]
        if sign in ("->>", "#>>"):
            return TEXT
        if sign in ("+", "-", "*", "/", "%") and kinds and all(kind.family in _WIDTH for kind in kinds):
            return max((Kind(_plain(k), k.family, k.bits) for k in kinds), key=lambda k: (_WIDTH[k.family], k.bits))
        families = [kind.family for kind in kinds]
        if sign in ("+", "-") and families in (["timestamp", "interval"], ["timestamptz", "interval"]):
            return kinds[0]
        if sign in ("+", "-") and families == ["date", "integer"]:
            return kinds[0]
        if sign == "-" and families == ["date", "date"]:
            return INTEGER
        return UNKNOWN

    def column(self, term: Term) -> Kind:
        """The kind of a column of one of the bundle's tables."""
        for relations in self.terms.seen_from(term.scope):
            for relation in relations:
                if len(term.parts) > 1 and relation.called != term.parts[-2]:
                    continue
                found = self.columns(relation)
                kind = next((kind for name, kind, _ in found or () if name == term.name), None)
                if kind is not None:
                    return kind
        return UNKNOWN

    def columns(self, relation: Relation) -> tuple[tuple[str, Kind, bool], ...] | None:
        """The columns of an entry of FROM; None where they are not known."""
        if relation.query is not None:
            if id(relation.query) in self.open:
                return None
            self.open.add(id(relation.query))
            try:
                return self.outputs(relation.query)
            finally:
                self.open.discard(id(relation.query))
        if relation.name is None:
            return None
        table = self.world.table(relation.name.schema, relation.name.name)
        return None if table is None else columns_of(table, self.world, stored=True)

    def outputs(self, query: Term) -> tuple[tuple[str, Kind, bool], ...] | None:
        """The columns that a query gives; None where they are not known."""
        found: list[tuple[str, Kind, bool]] = []
        for name, value in query.outputs:
            if value.kind == "column" and value.name == "*":
                for relation in (r for r in self.terms.relations if r.scope == query.scope):
                    if len(value.parts) == 1 or relation.called == value.parts[-2]:
                        columns = self.columns(relation)
                        if columns is None:
                            return None
                        found += [(n, k, True) for n, k, _ in columns]
            else:
                found.append((name or "?column?", self.of(value), True))
        return tuple(found) if found else None


def _plain(kind: Kind) -> str:
    return kind.sql.partition("(")[0].strip() if kind.family == "numeric" else kind.sql
