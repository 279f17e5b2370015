"""The bound of a partition as the condition that its rows satisfy (PostgreSQL manual, CREATE TABLE, PARTITION OF)."""

from __future__ import annotations

from dsql_migrate.rewrite.following.site import Unfollowed
from dsql_migrate.rewrite.plan import Plan, dotted
from dsql_migrate.rewrite.quoting import identifier
from dsql_migrate.schema.model import Key
from dsql_migrate.source.lexemes import lexemes


def condition_of(plan: Plan, key: Key) -> str:
    """The condition on the root's rows for those of a partition. Raises Unfollowed where SQL cannot say it."""
    parts = []
    table = plan.catalogue.tables[key]
    while table.partition_of is not None and table.partition_of in plan.catalogue.tables:
        parts.append(_own(plan, table.key))
        table = plan.catalogue.tables[table.partition_of]
    return " AND ".join(reversed(parts))


def _own(plan: Plan, key: Key) -> str:
    table = plan.catalogue.tables[key]
    assert table.partition_of is not None
    parent = plan.catalogue.tables[table.partition_of]
    kind, *columns = parent.partition_by or ("",)
    bound = (table.bound or "").encode("utf-8", "surrogateescape")
    words, starts, ends = lexemes(bound)
    if words == ["default"]:
        others = [c.key for c in plan.catalogue.children(parent.key) if c.key != key]
        held = " OR ".join(_own(plan, other) for other in others)
        return f"({held}) IS NOT TRUE" if held else "true"
    if "(expression)" in columns or kind not in ("range", "list"):
        raise Unfollowed(f"it reads {dotted(key)}, a partition by {'an expression' if kind != 'hash' else 'hash'}")
    lists = []
    at = 0
    while "(" in words[at:]:
        open_ = words.index("(", at)
        depth, begin, found = 0, open_ + 1, []
        for i in range(open_, len(words)):
            depth += (words[i] == "(") - (words[i] == ")")
            if depth == 0 or (depth == 1 and words[i] == ","):
                found.append(bound[starts[begin] : ends[i - 1]].decode("utf-8", "surrogateescape"))
                begin = i + 1
            if depth == 0:
                at = i + 1
                break
        lists.append(found)
    if kind == "list" and len(lists) == 1 and len(columns) == 1:
        return _list(identifier(columns[0]), lists[0])
    if kind == "range" and len(lists) == 2 and len(columns) == len(lists[0]) == len(lists[1]):
        return _range([identifier(c) for c in columns], *lists)
    raise Unfollowed(f"it reads the partition {dotted(key)}, whose bound is not understood")


def _list(column: str, values: list[str]) -> str:
    plain = [v for v in values if v.lower() != "null"]
    parts = [f"{column} IN ({', '.join(plain)})"] if plain else []
    if len(plain) < len(values):
        parts.append(f"{column} IS NULL")
    return parts[0] if len(parts) == 1 else f"({' OR '.join(parts)})"


def _range(columns: list[str], lower: list[str], upper: list[str]) -> str:
    """A row of NULLs belongs to no range: the comparisons leave it out by themselves."""
    parts = [_edge(columns, lower, ">=", "minvalue"), _edge(columns, upper, "<", "maxvalue")]
    found = [p for p in parts if p]
    return " AND ".join(found) or " AND ".join(f"{c} IS NOT NULL" for c in columns)


def _edge(columns: list[str], values: list[str], sign: str, open_: str) -> str:
    plain = [v for v in values if v.lower() not in ("minvalue", "maxvalue")]
    if values[0].lower() == open_:
        return ""
    if len(plain) < len(values):
        raise Unfollowed("it reads a partition whose bound is open in some columns only")
    if len(columns) == 1:
        return f"{columns[0]} {sign} {values[0]}"
    return f"({', '.join(columns)}) {sign} ({', '.join(values)})"
