"""What the schema itself asks of a table: its views, functions, generated columns and checks, as far as they show it.

An index that DSQL cannot have is best told by the queries that it served.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dsql_migrate.rewrite.plan import Plan
from dsql_migrate.rewrite.quoting import literal
from dsql_migrate.rewrite.reach import routine_id, view_id, with_path
from dsql_migrate.schema.model import Index, Key

_SHOWN = 3  # names of queries in a reason
_STEP = re.compile(r"\s*(->>?)\s*'((?:[^']|'')*)'(?:\s*::\s*text)?")
_CONTAINS = re.compile(r"\s*@>\s*'(\{(?:[^']|'')*\})'")
_HAS = re.compile(r"\s*\?\s*'((?:[^']|'')*)'")
_CAST = re.compile(r"\s*\)?\s*(?:::\s*jsonb?)?")


@dataclass(frozen=True, slots=True)
class Query:
    """A text that reads a table. ``label``: what it is, in words; ``own``: it stands in the table itself."""

    label: str
    text: str
    own: bool = False


class Queries:
    """The queries of each table, looked up once."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._found: dict[Key, list[Query]] = {}

    def of(self, root: Key) -> list[Query]:
        """Every query of a table, in the order in which they were made."""
        if root not in self._found:
            self._found[root] = [*self._own(root), *self._others(root)]
        return self._found[root]

    def asking(self, root: Key, columns: Iterable[str], pattern: str = "") -> list[str]:
        """The labels of queries that name all of the columns; ``pattern``: and match this, ``{}`` being the last."""
        names = list(columns)
        found = []
        for query in self.of(root):
            if query.own or not all(re.search(_word(n), query.text) for n in names):
                continue
            if pattern and not re.search(pattern.format(_word(names[-1])), query.text, re.I | re.S):
                continue
            found.append(query.label)
        return found

    def asking_index(self, index: Index, root: Key) -> list[str]:
        """The labels of queries that name every column of an index's keys."""
        keys = index.fact.keys
        names = [k.column for k in keys if k.column]
        names += [c[-1] for k in keys if k.expression is not None for c in k.expression.columns if c[-1] != "*"]
        return self.asking(root, dict.fromkeys(names)) if names else []

    def texts(self, root: Key) -> Iterator[str]:
        """The text of every query of a table."""
        for query in self.of(root):
            yield query.text

    def _own(self, root: Key) -> Iterator[Query]:
        table = self._plan.catalogue.tables.get(root)
        if table is None:
            return
        for column in table.columns.values():
            if column.generated is not None:
                yield Query(f"column {column.name}", column.generated.text, own=True)
        for constraint in table.constraints.values():
            if constraint.fact.expression is not None:
                yield Query(f"check {constraint.name}", constraint.fact.expression.text, own=True)

    def _others(self, root: Key) -> Iterator[Query]:
        plan, name = self._plan, _word(root[1])
        for view in plan.catalogue.views.values():
            with_path(plan, view.place.statement)
            keys = {plan.catalogue.relation_key(r) for r in view.query.relations}
            if any(key is not None and plan.root(key) == root for key in keys):
                yield Query(view_id(view).replace(":", " ", 1), view.query.text)
        for routine in plan.catalogue.routines.values():
            statement = plan.statements.get(routine.place.statement)
            text = routine.body or (statement.piece.sql.decode("utf-8", "replace") if statement is not None else "")
            if re.search(name, text):
                yield Query(routine_id(routine).replace(":", " ", 1), text)


def asked_by(labels: list[str]) -> str:
    """``asked by view public.v and 2 more``; what to say where nothing shows."""
    if not labels:
        return "no view or function of the schema shows a query for it"
    shown = ", ".join(labels[:_SHOWN])
    return f"asked by {shown}" + (f" and {len(labels) - _SHOWN} more" if len(labels) > _SHOWN else "")


def json_keys(texts: Iterable[str], column: str) -> list[tuple[str, ...]]:
    """The paths into a JSON column that queries ask for as text: doc ->> 'k', doc -> 'a' ->> 'b', doc @> '{"k": 1}'."""
    found: dict[tuple[str, ...], None] = {}
    for text in texts:
        for place in re.finditer(_word(column), text):
            cast = _CAST.match(text, place.end())
            for at in {place.end(), cast.end() if cast else place.end()}:
                for path in _paths(text, at):
                    found[path] = None
    return list(found)


def _paths(text: str, at: int) -> Iterator[tuple[str, ...]]:
    contains, has = _CONTAINS.match(text, at), _HAS.match(text, at)
    if contains is not None:
        try:
            document = json.loads(contains.group(1).replace("''", "'"))
        except ValueError:
            return
        yield from ((key,) for key, value in document.items() if not isinstance(value, dict | list))
    elif has is not None:
        yield (has.group(1).replace("''", "'"),)
    else:
        steps: list[str] = []
        while (step := _STEP.match(text, at)) is not None:
            steps.append(step.group(2).replace("''", "'"))
            at = step.end()
            if step.group(1) == "->>":
                yield tuple(steps)
                return


def json_path(column: str, path: tuple[str, ...]) -> str:
    """``(doc -> 'a' ->> 'b')`` for the quoted name of a column."""
    inner = "".join(f" -> {literal(key).strip()}" for key in path[:-1])
    return f"({column}{inner} ->> {literal(path[-1]).strip()})"


def _word(name: str) -> str:
    return rf'(?:(?<![\w"$]){re.escape(name)}(?![\w"$])|"{re.escape(name)}")'


