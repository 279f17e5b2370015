"""LIKE in CREATE TABLE, written out: what it copies may have got a key since, or other types in the bundle."""

from __future__ import annotations

from dsql_migrate.rewrite.edits import Edits
from dsql_migrate.rewrite.plan import ColumnPlan, Plan
from dsql_migrate.rewrite.quoting import one_line
from dsql_migrate.rewrite.reading import Statement
from dsql_migrate.rewrite.tables.column_text import definition
from dsql_migrate.rewrite.tables.elements import INDENT, Elements
from dsql_migrate.source.facts import CreateTable, Span


class Likes:
    """The LIKE clauses of one CREATE TABLE, with the columns that each has brought in."""

    def __init__(self, plan: Plan, statement: Statement, fact: CreateTable) -> None:
        self._plan = plan
        self._fact = fact
        self._statement = statement.number
        self._clauses = plan.script.scope.copied.get(statement.number, {})
        self._taken: dict[Span, list[str]] = {}

    def take(self, column: ColumnPlan, notes: list[str]) -> bool:
        """Whether a LIKE brought the column in; it is then written out in the clause's place."""
        clause = self._clauses.get(column.column.created_as)
        if clause is None or column.column.place.statement != self._statement:
            return False
        remark = f" /* {one_line('; '.join(notes)).replace('*/', '* /')} */" if notes else ""
        self._taken.setdefault(clause, []).append(definition(self._plan, column) + remark)
        return True

    def write(self, edits: Edits, elements: Elements) -> list[str]:
        """Put the columns in place of their clauses; gives back what to say of the table."""
        for clause in self._fact.likes:
            if clause.span in self._taken:
                edits.replace(clause.span, f",\n{INDENT}".join(self._taken[clause.span]))
            else:
                elements.remove(clause.span)
        return ["- LIKE written out: what it copied may have changed since"] if self._taken else []
