"""CREATE INDEX ASYNC: what DSQL refuses removed where nothing changes by it; other kinds are taken out, and said."""

from __future__ import annotations

import re

from dsql_migrate.rewrite.edits import Edits
from dsql_migrate.rewrite.families.partition_indexes import index_of_view
from dsql_migrate.rewrite.families.partitions import children_of
from dsql_migrate.rewrite.following import follow_expression
from dsql_migrate.rewrite.indexes.element_indexes import element_index, elements_indexed
from dsql_migrate.rewrite.indexes.index_choice import choose_indexes, indexes_anew, leave_out_index
from dsql_migrate.rewrite.indexes.index_cover import Candidate, signature
from dsql_migrate.rewrite.indexes.search_indexes import Replaced, is_special, replacement
from dsql_migrate.rewrite.indexes.served_queries import Queries, asked_by
from dsql_migrate.rewrite.keys.constraints import blocked, declared_bytes
from dsql_migrate.rewrite.keys.letter_case import OPERATOR_CLASSES, lower_keys
from dsql_migrate.rewrite.plan import Plan, TablePlan, dotted
from dsql_migrate.rewrite.quoting import identifier, qualified
from dsql_migrate.rewrite.reach import view_id
from dsql_migrate.rewrite.tables.facets import sorting_facets, unsorted
from dsql_migrate.rewrite.tables.renames import rename_columns
from dsql_migrate.rewrite.writing.ledger import Disposition
from dsql_migrate.schema.model import Index, Key, View
from dsql_migrate.source.facts import CreateIndex, IndexKey, Span

# Under C collation these order text exactly as the default operator class does (PostgreSQL manual, 11.10).
_NULLS = re.compile(rb"\bnulls\s+(?:first|last)\b", re.I)
_PATTERN = frozenset(
    {"text_pattern_ops", "varchar_pattern_ops", "bpchar_pattern_ops", "text_ops", "varchar_ops", "bpchar_ops"}
)
_USUAL = frozenset(
    f"{name}_ops"
    for name in ("int2", "int4", "int8", "numeric", "float4", "float8", "bool", "date", "time", "timestamp",
                 "timestamptz", "uuid", "oid", "name", "enum")
)  # fmt: skip


def plan_indexes(plan: Plan) -> None:
    """Enter every index; items for those that DSQL can have, as many of a table as it takes."""
    made: dict[tuple[Key, object], str] = {}
    queries = Queries(plan)
    waiting: dict[Key, list[Candidate]] = {}

    def at_once(index: Index) -> None:
        found = _one(plan, index, made, queries)
        if found is not None:
            choose_indexes(plan, _holder(plan, found.root), [found])

    for index in plan.catalogue.indexes.values():
        if index.table in plan.views:
            index_of_view(plan, index, at_once, _shape)
        elif plan.ledger.get(f"index:{dotted(index.key)}") is None:  # a partition's may be entered with its parent's
            found = _one(plan, index, made, queries)
            if found is not None:
                waiting.setdefault(found.root, []).append(found)
    for root, candidates in waiting.items():
        choose_indexes(plan, _holder(plan, root), candidates)


def _holder(plan: Plan, root: Key) -> TablePlan:
    """The table of an index: a materialized view may be one."""
    return plan.stored[root].planned if root in plan.stored else plan.tables[root]


def _one(plan: Plan, index: Index, made: dict[tuple[Key, object], str], queries: Queries) -> Candidate | None:
    """An index as DSQL can have it; None where it is entered as something else."""
    name = dotted(index.key)
    root = plan.root(index.table)
    planned = plan.stored[root].planned if root in plan.stored else plan.tables.get(root)
    if planned is None:
        view = plan.catalogue.views.get(index.table)
        if view is not None:
            leave_out_index(plan, index, *_of_view(plan, view, index.fact))
        else:
            leave_out_index(plan, index, "dropped", "its table is not in the bundle", None)
        return None
    if f"index:{name}" in plan.excluded:
        leave_out_index(plan, index, "application", f"the engine refuses it: {plan.excluded[f'index:{name}']}", None)
        return None
    if index.table in plan.merges and _merged(plan, index, root, made, name, index.place.line):
        return None
    fact, instead = index.fact, None
    elements = elements_indexed(plan, index, root) if is_special(fact) else None
    if elements is not None:
        element_index(plan, index, root, elements, queries)
        return None
    if is_special(fact):
        instead = replacement(plan, planned, index, queries)
        if instead.fact is None and not instead.keys:
            leave_out_index(plan, index, "application" if fact.unique else "dropped", instead.reason, instead.rule)
            return None
        if plan.decide("search-indexes", f"index:{name}") == "drop":
            leave_out_index(plan, index, "dropped", f"as decided; DSQL has no {fact.method} indexes", instead.rule)
            return None
        fact = instead.fact or fact
    trouble = _trouble(plan, planned, fact) if instead is None or instead.fact is not None else _elsewhere(plan, fact)
    if trouble is not None:
        reason, rule = trouble
        if not fact.unique:
            reason = f"{reason}; {asked_by(queries.asking_index(index, root))}"
        leave_out_index(plan, index, "application" if fact.unique else "dropped", reason, rule)
        return None
    made[(root, _shape(index.fact))] = name
    if instead is not None and instead.keys:
        return indexes_anew(plan, index, root, instead)
    return _author(plan, index, root, fact, instead)


def _author(plan: Plan, index: Index, root: Key, fact: CreateIndex, instead: Replaced | None) -> Candidate:
    """The author's statement with its edits."""
    statement = plan.statements[index.place.statement]
    edits, changes = _edits(plan, index, root, statement.piece.text)
    text = edits.apply(statement.piece.text, 0, statement.piece.stop).decode("utf-8", "surrogateescape")
    if instead is not None:
        changes.insert(0, f"{instead.rule} {instead.reason}")
    rule = changes[0].split(" ", 1)[0] if changes else "DSQL301"
    reason = "; ".join(["built asynchronously", *(c.split(" ", 1)[1] for c in changes)])
    return Candidate(index, root, [(index.key[1], text.rstrip().rstrip(";").rstrip())], rule, reason, bool(edits),
                     signature(fact, _holder(plan, root)), replaced=instead is not None)  # fmt: skip


def _elsewhere(plan: Plan, fact: CreateIndex) -> tuple[str, str] | None:
    if fact.where is not None and not plan.target.has("partial-indexes"):
        return "DSQL has no partial indexes on this day", "DSQL306"
    return None


def _of_view(plan: Plan, view: View, fact: CreateIndex) -> tuple[Disposition, str, str]:
    """What becomes of an index of a materialized view: disposition, reason, rule."""
    if view_id(view) in plan.lost:
        return "application", "its materialized view is not carried over", "DSQL505"
    if fact.unique:
        return "application", "a view has no index: nothing says any more that its rows are unique", "DSQL505"
    return "dropped", "a view has no index: those of the tables it reads serve it", "DSQL505"


def _merged(plan: Plan, index: Index, root: Key, made: dict[tuple[Key, object], str], name: str, line: int) -> bool:
    """An index of a child table: the parent's serves, or the first child's is made on the parent."""
    if index.parent is not None:
        plan.note(
            "index",
            name,
            line,
            "rewritten",
            f"it is part of the parent's {index.parent[1]}",
            rule="DSQL104",
            into=("post-data.sql",),
        )
        return True
    shape = _shape(index.fact)
    twin = made.get((root, shape)) or next(
        (dotted(i.key) for i in plan.catalogue.indexes.values() if i.table == root and _shape(i.fact) == shape), None
    )
    if twin is not None:
        plan.note(
            "index", name, line, "rewritten", f"the parent's {twin} serves", rule="DSQL104", into=("post-data.sql",)
        )
        return True
    if index.fact.unique and not _everywhere(plan, index, root):
        plan.note("index", name, line, "application", "it was unique in one child table only", rule="DSQL104")
        return True
    return False


def _everywhere(plan: Plan, index: Index, root: Key) -> bool:
    """Whether a unique index of a partition is unique over the parent: it holds the partition key, and all have it."""
    keys = set((plan.catalogue.tables[root].partition_by or ("", "(expression)"))[1:])
    if not keys <= {k.column for k in index.fact.keys}:
        return False
    shape = _shape(index.fact)
    return all(
        any(_shape(i.fact) == shape for i in plan.catalogue.indexes_of(c.key))
        for c in children_of(plan, root)
        if c.partition_by is None
    )


def _shape(fact: CreateIndex) -> object:
    keys = tuple((k.column or "".join((k.expression.text if k.expression else "").split()), k.nulls) for k in fact.keys)
    where = "".join(fact.where.text.split()) if fact.where else None
    return (fact.method, keys, fact.include, fact.unique, where)


def _trouble(plan: Plan, planned: TablePlan, fact: CreateIndex) -> tuple[str, str] | None:
    """Why an index cannot be had on DSQL, with the rule that says so."""
    if fact.method != "btree":
        return f"DSQL has no {fact.method} indexes", "DSQL303"
    if len(fact.keys) > plan.target.limit("key-columns"):
        return f"{len(fact.keys)} keys: DSQL takes {plan.target.limit('key-columns')}", "DSQL702"
    width, limit = declared_bytes(plan, planned, [k.column for k in fact.keys if k.column]), "declared-key-bytes"
    if width > plan.target.limit(limit):
        return f"declared with {width} bytes: DSQL takes {plan.target.limit(limit)} in a key", "DSQL712"
    if fact.where is not None and not plan.target.has("partial-indexes"):
        return "DSQL has no partial indexes on this day", "DSQL306"
    for key in fact.keys:
        found = _key_trouble(plan, planned, key)
        if found is not None:
            return found
    for expression in (fact.where, *(k.expression for k in fact.keys if k.expression is not None)):
        taken = expression is fact.where
        reason = blocked(plan, planned, expression, is_filter=taken) if expression is not None else None
        if reason is not None:
            return reason, "DSQL308"
    return None


def _key_trouble(plan: Plan, planned: TablePlan, key: IndexKey) -> tuple[str, str] | None:
    if key.opclass is not None and key.opclass.name not in _PATTERN | OPERATOR_CLASSES | _USUAL:
        return f"DSQL has no operator class {key.opclass.name}", "DSQL305"
    if key.expression is not None and not plan.target.has("expression-indexes"):
        return "DSQL has no expression indexes on this day", "DSQL308"
    if key.column is None:
        return None
    column = planned.columns.get(key.column) or next((c for c, _ in planned.extra if c.column.name == key.column), None)
    if column is not None and column.facets:
        return unsorted(plan, column)
    known = plan.target.types.get(column.choice.internal) if column else None
    if column is not None and (known is None or not known.key):
        return (
            f"an index cannot hold column {key.column}, which is {column.choice.sql or column.choice.internal} on DSQL",
            "DSQL207",
        )
    return None


def _edits(plan: Plan, index: Index, root: Key, text: bytes) -> tuple[Edits, list[str]]:
    fact, edits, changes = index.fact, Edits(), []
    if not fact.asynchronous:
        edits.insert(fact.index_keyword_span.end, " ASYNC")
    if fact.concurrently_span is not None:
        edits.delete(fact.concurrently_span, text)
        changes.append("DSQL302 CONCURRENTLY left out")
    if fact.name is None:
        edits.insert(fact.index_keyword_span.end, f" {identifier(index.key[1])}")
    elif fact.name_span is not None and (fact.schema_written is not None or fact.name != index.key[1]):
        edits.replace(fact.name_span, identifier(index.key[1]))
    if fact.only_span is not None:
        edits.delete(fact.only_span, text)
    if index.table != root or (fact.table.schema is None and root[0] != "public") or fact.table.name != root[1]:
        edits.replace(fact.table.span, qualified(root))
    if fact.method_span is not None:
        edits.delete(fact.method_span, text)
    if index.table in plan.catalogue.tables:
        rename_columns(edits, text, Span(fact.table.span.end, fact.span.end), plan.catalogue.tables[index.table])
    for expression in (fact.where, *(k.expression for k in fact.keys)):
        if expression is not None:
            followed = follow_expression(plan, _holder(plan, root), expression, is_filter=expression is fact.where)
            edits.take(followed.at(expression.span))
            changes += [" ".join(change) for change in followed.changes]
    for span, note in (
        (fact.options_span, "DSQL307 storage parameters left out"),
        (fact.tablespace_span, "DSQL307 TABLESPACE left out"),
    ):
        if span is not None:
            edits.delete(span, text)
            changes.append(note)
    changes += lower_keys(edits, _holder(plan, root), fact.keys, text)
    for key in fact.keys:
        sorted_by = sorting_facets(_holder(plan, root), key.column)
        if sorted_by:
            edits.replace(key.span, ", ".join(map(identifier, sorted_by)))
            changes.append(f"DSQL101 {key.column} is {', '.join(sorted_by)}")
            continue
        if key.order_span is not None:
            _ascending(edits, key, text)
            if key.order == "desc":
                mixed = any(k.order != "desc" for k in fact.keys)
                order = ", ".join(_label(k) + (" DESC" if k.order == "desc" else "") for k in fact.keys)
                why = f"ORDER BY {order} is sorted by the query" if mixed else "DSQL reads an index backwards too"
                changes.append(f"DSQL304 {_label(key)} ascending: {why}")
        if key.opclass_span is not None:
            edits.delete(key.opclass_span, text)
            if fact.method == "btree":
                usual = key.opclass is not None and key.opclass.name in _USUAL
                why = "it is the usual one" if usual else "under C collation the order is the same"
                changes.append(f"DSQL305 operator class left out: {why}")
        if key.collation_span is not None:
            edits.delete(key.collation_span, text)
            changes.append("DSQL309 COLLATE left out: C is the only collation")
    return edits, list(dict.fromkeys(changes))


def _ascending(edits: Edits, key: IndexKey, text: bytes) -> None:
    """Take ASC or DESC away. Read backwards, NULLS FIRST comes last: what DESC said of NULLs is turned round."""
    assert key.order_span is not None
    edits.delete(key.order_span, text)
    if key.order != "desc" or key.nulls is None:
        return
    nulls = _NULLS.search(text, key.order_span.end, key.span.end)
    if nulls is not None:
        span = Span(nulls.start(), nulls.end())
        if key.nulls == "last":
            edits.replace(span, "NULLS FIRST")
        else:
            edits.delete(span, text)


def _label(key: IndexKey) -> str:
    return key.column or (key.expression.text if key.expression else "")
