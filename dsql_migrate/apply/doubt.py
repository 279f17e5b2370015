"""A step in doubt: it was sent, and no answer came. May it be sent again, and how would we know that it was done?"""

from __future__ import annotations

from dataclasses import dataclass

from dsql_migrate.apply.steps import Step
from dsql_migrate.engine.databases.catalog import Answers, DatabaseCatalog
from dsql_migrate.engine.endpoint import DsqlError
from dsql_migrate.engine.policy.verdict import Name, relation, words
from dsql_migrate.source.parse import Parsed, Unparsable, parse

# What a statement of a bundle answers the second time: there is such a table, schema, column, object, function already.
_THERE = frozenset({"42P07", "42P06", "42701", "42710", "42723"})
_UNIQUE_VIOLATION = "23505"
_ADDS = ("CopyStmt", "InsertStmt")


@dataclass(frozen=True, slots=True)
class Repeat:
    """The step may be sent again. What it answers then, if it was done the first time: one of these SQLSTATEs.

    ``witness``: the statement of the step that answers so at the latest, from 0.
    """

    done: frozenset[str]
    witness: int = 0

    def tells(self, error: DsqlError, at: int) -> bool:
        """Whether this answer, to the statement at that place, says that the step was done before.

        Rows that are there already are refused from the first one on. An answer about a later row, or a later
        statement, is about rows that clash among themselves: none of them is there.
        """
        return error.sqlstate in self.done and at <= self.witness and error.row in (None, 1)


def repeat(step: Step, database: Answers) -> Repeat | None:
    """How to repeat a step in doubt; None where a repetition could do the same thing twice without anybody noticing."""
    parsed = [_parsed(statement) for statement in step.statements]
    changes = [at for at, found in enumerate(parsed) if found is not None and found.kind in _ADDS]
    for at in changes:
        found = parsed[at]
        if found is not None and _refused_twice(found, database):
            return Repeat(frozenset({_UNIQUE_VIOLATION}), at)
    if changes or any(found is not None and found.kind in ("UpdateStmt", "DeleteStmt") for found in parsed):
        return None
    return Repeat(_THERE, 1 if step.kind == "group" else 0)


def _refused_twice(parsed: Parsed, database: Answers) -> bool:
    """Whether the same rows cannot go in again: the primary key is among the columns that the statement gives."""
    table: Name = relation(parsed.node["relation"])
    key = DatabaseCatalog(database).primary_key(table)
    if key is None or "onConflictClause" in parsed.node:
        return False
    named = parsed.node.get("attlist")
    if parsed.kind == "CopyStmt":
        given = set(words(named)) if named else None
    else:
        columns = parsed.node.get("cols")
        given = {str(item["ResTarget"].get("name")) for item in columns} if columns else None
    return given is None or key[1] <= given


def _parsed(statement: bytes) -> Parsed | None:
    try:
        return parse(statement)
    except Unparsable:
        return None
