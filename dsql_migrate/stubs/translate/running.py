"""Statements of SQL in a body: what they run, into what their rows go, and which change rows through a table's code."""

from __future__ import annotations

from dataclasses import replace

from dsql_migrate.source.parse import tokens
from dsql_migrate.source.terms import Term
from dsql_migrate.source.words import Words
from dsql_migrate.stubs.code import steps as s
from dsql_migrate.stubs.code.values import Call, Constant, Kind, Name, Part, Query, Value
from dsql_migrate.stubs.obligations import TableShape
from dsql_migrate.stubs.plpgsql import tree as t
from dsql_migrate.stubs.translate.binding import Reading, joined
from dsql_migrate.stubs.translate.bodies import Base
from dsql_migrate.stubs.translate.calls import inputs
from dsql_migrate.stubs.translate.converting import converted
from dsql_migrate.stubs.translate.expressions import call_of, given, value_of
from dsql_migrate.stubs.translate.kinds import LITERAL, TEXT, UNKNOWN, same
from dsql_migrate.stubs.translate.scope import Beyond, Scope, columns_of
from dsql_migrate.stubs.translate.walking import FOUND

_RUN = frozenset({"select", "with", "values", "table", "insert", "update", "delete", "("})
_LOST = {
    "pg_notify": "NOTIFY", "pg_advisory_lock": "advisory locks", "pg_advisory_xact_lock": "advisory locks",
    "pg_try_advisory_lock": "advisory locks", "pg_try_advisory_xact_lock": "advisory locks",
    "pg_advisory_unlock": "advisory locks", "pg_advisory_unlock_all": "advisory locks", "dblink": "dblink",
    "dblink_exec": "dblink", "lo_unlink": "large objects", "lo_import": "large objects",
}  # fmt: skip


class Running(Base):
    """The part of a translation that runs SQL."""

    def statement(self, sql: t.Sql) -> Reading:
        """A statement that DSQL runs. Raises Beyond for others."""
        reading = self.reading(sql, expression=False)
        first = (sql.text.split(None, 1) or [""])[0].lower()
        if first[:1] == "(":
            first = "("
        if first not in _RUN:
            words = " ".join(sql.text.split()[:2]).upper()
            raise Beyond(f"it runs {words[:40]}, which is no query and changes no rows")
        for term in reading.terms.walk():
            if term.kind == "call" and term.name in _LOST:
                raise Beyond(f"it uses {_LOST[term.name]} ({term.name})")
        for relation in reading.terms.relations:
            if relation.function is not None and self.world.routines(None, relation.function.name):
                raise Beyond(
                    f"a query reads rows of {relation.function.name}, which is no function of the database any more"
                )
        return reading

    def run(self, one: t.Run | t.Perform) -> list[s.Step]:
        line = self.at(one.line)
        places = one.into if isinstance(one, t.Run) else ()
        strict = isinstance(one, t.Run) and one.strict
        if one.query.text.split(None, 1)[0].lower() == "call":
            return [self.call(one.query, line)]
        asks_found = "found" in self.routine.body.lower()  # a query sets it, an assignment does not
        alone = self.alone(one.query) if not (places and asks_found) else None
        if alone is not None:
            plain = self._plain(alone, places, line)
            if plain is not None:
                return plain
        reading = self.statement(one.query)
        written = self.write(reading, places, line)
        if written is not None:
            return written
        targets = tuple(self.target(place) for place in places)
        edits = self.casts(reading, targets)
        self.learn(reading, places)
        query = reading.query(edits=edits)
        return [s.Run(query, targets, strict, FOUND, None, line)]

    def alone(self, sql: t.Sql) -> Reading | None:
        """SELECT expression, with nothing else, as the expression."""
        head, _, rest = sql.text.partition(" ")
        if head.lower() != "select" or not rest.strip():
            return None
        reading = self.reading(sql, expression=False)
        roots = reading.terms.roots
        plain = len(roots) == 1 and roots[0].kind == "query" and len(roots[0].outputs) == 1
        if not plain or any(r.scope == roots[0].scope for r in reading.terms.relations) or len(roots[0].terms) != 1:
            return None
        value = roots[0].outputs[0][1]
        return self.reading(t.Sql(rest, sql.line)) if reading.words(value) == rest.strip() else None

    def _plain(self, reading: Reading, places: tuple[t.Place, ...], line: int) -> list[s.Step] | None:
        """SELECT expression INTO a variable: an assignment. SELECT f(x) of a routine that is code now: a call."""
        root = reading.terms.roots[0]
        if not places:
            owed = root.kind == "call" and self.world.routines(
                root.parts[-2] if len(root.parts) > 1 else None, root.name
            )
            value = call_of(reading, root) if owed else None
            return [s.Evaluate(value, line)] if value is not None else None
        if len(places) != 1:
            return None
        target = self.target(places[0])
        if target.kind.family == "record":
            value = call_of(reading, root) if root.kind == "call" and self.world.routines(None, root.name) else None
            return [s.Set(target, value, line)] if value is not None else None
        return [s.Set(target, value_of(reading, target.kind), line)]

    def call(self, sql: t.Sql, line: int) -> s.Step:
        reading = self.reading(sql, expression=False)
        term = next((one for one in reading.terms.walk() if one.kind == "call"), None)
        value = call_of(reading, term) if term is not None else None
        if not isinstance(value, Call):
            raise Beyond("it calls a procedure that is not in the source")
        routine = next(r for r in self.world.obligations.routines if r.id == value.routine)
        if any(a.mode in ("inout", "out") for a in routine.arguments) or len(value.arguments) != len(inputs(routine)):
            raise Beyond(f"it calls {routine.name}, which gives values back in its arguments")
        return s.Evaluate(value, line)

    # -- results ----------------------------------------------------------------------------------------------------

    def casts(self, reading: Reading, targets: tuple[s.Target, ...]) -> dict[tuple[int, int], str]:
        """Casts around the outputs of a query whose types are not those of the variables they go to."""
        root = reading.terms.roots[0]
        if (
            root.parts == ("change",)
            or len(root.outputs) != len(targets)
            or (len(targets) == 1 and targets[0].kind.family == "record")
        ):
            return {}
        edits: dict[tuple[int, int], str] = {}
        for (_, term), target in zip(root.outputs, targets, strict=True):
            kind = reading.inference.of(term)
            known = kind not in (UNKNOWN, LITERAL) and target.kind.sql and target.kind.family != "record"
            if not known or same(kind, target.kind) or (kind.family == target.kind.family == "text"):
                continue
            if term.kind in ("column", "call", "operation", "cast"):
                edits[term.span.start, term.span.start] = "CAST("
                edits[term.span.end, term.span.end] = f" AS {target.kind.sql})"
        return edits

    def learn(self, reading: Reading, places: tuple[t.Place, ...]) -> None:
        """A record that takes the rows of a query has its columns."""
        if (
            len(places) == 1
            and self.target(places[0]).kind.family == "record"
            and isinstance(self.target(places[0]), Name)
        ):
            root = reading.terms.roots[0]
            columns = None
            if root.kind == "query" and root.parts != ("change",):
                columns = reading.inference.outputs(root)
            self.know(places[0], columns)

    # -- texts that are put together --------------------------------------------------------------------------------

    def dynamic(self, source: t.Text) -> tuple[Query | s.Dynamic, Reading | None]:
        """EXECUTE text USING values. A text that is known is a statement like any other."""
        using = tuple(self.value(one) for one in source.using)
        text = self.value(source.text, TEXT)
        if not (isinstance(text, Constant) and isinstance(text.value, str)):
            return s.Dynamic(text, using), None
        outer, self.scope = self.scope, Scope()
        for number, value in enumerate(using, 1):
            self.scope.fix(f"${number}", value)
        try:
            reading = self.statement(t.Sql(text.value.strip().rstrip(";"), source.text.line))
            return reading.query(), reading
        finally:
            self.scope = outer

    # -- changes of tables that have code of their own --------------------------------------------------------------

    def write(self, reading: Reading, places: tuple[t.Place, ...], line: int) -> list[s.Step] | None:
        """The statement through the table's own code; None where the table has none."""
        for relation in reading.terms.relations:
            if not relation.written or relation.name is None:
                continue
            table = self.world.table(relation.name.schema, relation.name.name, self.routine.schema)
            if table is None or not self.world.has_module(table.qualified):
                continue
            root = reading.terms.roots[0]
            if root.parts != ("change",) or relation.scope != root.scope:
                raise Beyond(f"it changes {table.name}, which has triggers or keys kept by code, inside WITH")
            if relation.alias:
                raise Beyond(f"it changes {table.name}, which has triggers or keys kept by code, under an alias")
            others = [r for r in reading.terms.relations if r.scope == root.scope and not r.written]
            if others:
                raise Beyond(
                    f"it changes {table.name}, which has triggers or keys kept by code, by rows of another table"
                )
            return self._write(reading, root, table, places, line)
        return None

    def _write(
        self, reading: Reading, root: Term, table: TableShape, places: tuple[t.Place, ...], line: int
    ) -> list[s.Step]:
        words = Words(tokens(reading.text))
        returning = self._returning(words, table)
        targets = tuple(self.target(place) for place in places)
        if len(places) == 1 and targets[0].kind.family == "record":
            self.know(places[0], tuple((n, k, null) for n, k, null in columns_of(table, self.world) if n in returning))
        kept = {"into": targets, "returning": returning, "found": FOUND, "line": line}
        if words.words[0] == "insert":
            return self._insert(reading, root, words, table, s.Write("insert", table.qualified, **kept))  # type: ignore[arg-type]
        where = self._where(reading, words)
        if words.words[0] == "delete":
            return [s.Write("delete", table.qualified, where=where, **kept)]  # type: ignore[arg-type]
        if words.words[0] != "update" or any(name is None for name, _ in root.outputs):
            raise Beyond(f"it changes {table.name} in a way that its code does not know")
        columns = tuple(str(name) for name, _ in root.outputs)
        if all(reading.is_constant(term) and term.parts != ("SetToDefault",) for _, term in root.outputs):
            values = tuple(
                self._value(reading, term, table, name) for name, (_, term) in zip(columns, root.outputs, strict=True)
            )
            return [s.Write("update", table.qualified, columns, values, where=where, **kept)]  # type: ignore[arg-type]
        first = words.until(0, "set") + 1
        behind = min(words.until(first, "where", "returning", ";"), len(words.words))
        query = reading.query(words.tokens[first].start, words.tokens[behind - 1].end)
        return [s.Write("update", table.qualified, columns, assignments=query, where=where, **kept)]  # type: ignore[arg-type]

    def _value(self, reading: Reading, term: Term, table: TableShape, column: str) -> Value:
        shape = table.column(column)
        return converted(given(reading, term), self.world.kind(shape.type_sql) if shape else UNKNOWN)

    def _insert(self, reading: Reading, root: Term, words: Words, table: TableShape, made: s.Write) -> list[s.Step]:
        if words.until(0, "on") < len(words.words) and "conflict" in words.words:
            raise Beyond(
                f"it inserts or updates (ON CONFLICT) rows of {table.name}, which has triggers or keys kept by code"
            )
        query = next((one for one in root.terms if one.kind == "query"), None)
        columns = tuple(str(name) for name, _ in root.outputs) or tuple(
            c.name for c in table.columns if not c.generated
        )
        if query is None:
            return [replace(made, columns=())]
        lists = [one for one in query.terms if one.parts == ("List",)]
        if lists and not query.outputs:
            steps: list[s.Step] = []
            for one in lists:
                listed = self._spread(reading, one.terms)
                pairs = [
                    (c, v)
                    for c, v in zip(columns, listed, strict=False)
                    if not (isinstance(v, Term) and v.parts == ("SetToDefault",))
                ]
                values = tuple(self._value(reading, v, table, c) if isinstance(v, Term) else v for c, v in pairs)
                steps.append(replace(made, columns=tuple(c for c, _ in pairs), values=values))
            return steps
        found = reading.inference.outputs(query) if all(v.name != "*" for _, v in query.outputs) else None
        if found is None or made.into or made.returning:
            raise Beyond(f"it inserts rows of a query into {table.name}, which has triggers or keys kept by code")
        start = self._query_start(words)
        end = words.semicolon(0)
        row = self.scope.add(f"{table.name}_row", Kind("record", "record")).name
        named = [(name, term) for name, term in query.outputs]
        edits = (
            {(t_.span.end, t_.span.end): f" AS c{i}" for i, (_, t_) in enumerate(named, 1)}
            if not any(n and not _is_last(n, t_) for n, t_ in named)
            else {}
        )
        names = [f"c{i}" if edits else n for i, (n, _, _) in enumerate(found, 1)]
        source = reading.query(words.tokens[start].start, words.tokens[end - 1].end, edits)
        parts = tuple(Part(row, name, kind) for name, (_, kind, _) in zip(names, found, strict=True))
        inner = replace(made, columns=columns[: len(parts)], values=parts, found=None)
        return [s.Rows((row,), source, (inner,), None, FOUND, made.line)]

    def _query_start(self, words: Words) -> int:
        at = words.until(0, "select", "with", "values")
        return at if at < len(words.words) else 0

    def _spread(self, reading: Reading, terms: tuple[Term, ...]) -> list[Term | Value]:
        """The values of a list, NEW.* as its columns."""
        made: list[Term | Value] = []
        for term in terms:
            found = reading.find(term) if term.kind == "column" and term.name == "*" else None
            if found is not None and found[0].columns is not None:
                made += [found[0].part(name) or Constant(None, kind) for name, kind, _ in found[0].columns]
            else:
                made.append(term)
        return made

    def _where(self, reading: Reading, words: Words) -> Query | None:
        at = words.until(0, "where")
        behind = words.until(0, "returning", ";")
        if at >= len(words.words):
            return None
        return Query(joined(list(reading.query(words.tokens[at + 1].start, words.tokens[behind - 1].end).pieces)))

    def _returning(self, words: Words, table: TableShape) -> tuple[str, ...]:
        at = words.until(0, "returning")
        if at >= len(words.words):
            return ()
        named = [w.strip('"') for w in words.words[at + 1 :] if w not in (",", ";")]
        if named == ["*"]:
            return tuple(c.name for c in table.columns)
        if not all(table.column(name) for name in named):
            raise Beyond(f"RETURNING gives more than columns of {table.name}")
        return tuple(named)


def _is_last(name: str, term: Term) -> bool:
    return bool(term.parts) and term.parts[-1] == name
