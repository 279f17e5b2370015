"""What takes the place of something that is not carried: the advice in quarantine.sql and in the ledger.

A rule's own advice speaks of the statement in general. Here it is made to speak of the object at hand.
"""

from __future__ import annotations

import re
from functools import cache

from dsql_migrate.rewrite.plan import Plan
from dsql_migrate.rewrite.writing.ledger import Entry

_PLACE = re.compile(r"\{([a-z_.-]+)\}")
_UUIDS = frozenset({"uuid-ossp", "pgcrypto"})
# Of an index that DSQL does not have, by words of its reason: what a query does without it.
_SERVED = (
    ("full-text search", "Search in the application or in a search service, or look words up in a table of their own."),
    ("LIKE '%x%'", "Search in the application or in a search service; LIKE 'x%' can have an index on lower(…)."),
    ("nearest vectors", "Keep the vectors in a service that searches them, by the same key."),
    ("places and distances", "Index a column that says roughly where it is, a geohash say, and measure from there."),
    ("what an array holds", "Make the array a table beside (--arrays child-table), and index its values there."),
    ("keys and values anywhere", "Index (column ->> 'key') for each key that queries ask for."),
    ("serves what btree can serve", "Nothing: the index named serves its first columns."),
    ("overlap", "Index the lower end, and compare both ends in the query."),
)
# Where no rule speaks of it, by kind.
_OF_KIND = {
    "aggregate": "Call a built-in aggregate, or add up in the application.",
    "column type": "Look whether text is what the column holds, and choose its type.",
    "constraint": "Check it in the application, before the row is written.",
    "default": "Give the value in the application, with each INSERT.",
    "function": "Write it as a SQL function where one query does it, else in the application.",
    "grant": "Make the roles on the cluster, tie them to IAM, and run again with --grants keep.",
    "index": "Index something else that the queries ask for.",
    "outside": "Give the dump or the migrations that make it too, or put something in its place by hand.",
    "owner": "Make the roles on the cluster, tie them to IAM, and run again with --owners keep.",
    "row": "Mend the row in the source, and run again.",
    "rows": "Mend the rows in the source, and run again.",
    "schema": "Give the dump or the migrations that make it too, or put something in its place by hand.",
    "statement": "Look what it is for. What rows it writes, the application writes.",
    "table": "Mend its statement in the source, and run again.",
    "view": "Write its query with what DSQL has, or put it together in the application.",
    "materialized view": "Write its query with what DSQL has, or put it together in the application.",
}  # fmt: skip


def instead_of(plan: Plan, entry: Entry) -> str:
    """One sentence or two on what to do; empty where nobody has anything to do."""
    return _of_object(entry) or _of_rule(plan, entry) or _OF_KIND.get(entry.kind, "")


def _of_object(entry: Entry) -> str:
    """Of what its rule would not speak of."""
    reason, kind = entry.reason, entry.kind
    if kind == "extension" and entry.name not in _UUIDS:
        return "Leave it out: what used it has entries of its own in the ledger."
    if kind == "index" and "a view has no index" in reason:
        return "Look in the query whether its rows are unique (GROUP BY, DISTINCT); indexes of its tables serve it."
    if kind == "index":
        return next((advice for words, advice in _SERVED if words in reason), "")
    if kind == "function" and "it is a trigger's" in reason:
        return "It goes with its triggers: what they do is the application's, in the same transaction as the write."
    if kind == "grant" and entry.rule == "DSQL521":
        return "Leave it out: DSQL keeps the schema public as it is. Roles of the source may get a schema of their own."
    if kind in ("view", "materialized view"):
        return _OF_KIND[kind]
    return ""


def _of_rule(plan: Plan, entry: Entry) -> str:
    """What the entry's rule says to do; empty where no rule is about it, or the rule speaks of what is not known."""
    lost = False

    def filled(found: re.Match[str]) -> str:
        nonlocal lost
        what = found[1]
        if what.startswith("limit."):
            return f"{plan.target.limit(what.removeprefix('limit.')):,}"
        lost = lost or what != "name"
        return entry.name

    text = _PLACE.sub(filled, _advice().get(entry.rule or "", ""))
    return "" if lost else text


@cache
def _advice() -> dict[str, str]:
    """What each rule says to do instead, by its code."""
    from dsql_migrate.lint.rule import load_rules

    return {rule.code: rule.instead for rule in load_rules()}
