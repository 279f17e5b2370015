"""CREATE INDEX ASYNC: what DSQL refuses removed where nothing changes by it; other kinds are taken out, and said."""

from __future__ import annotations

import re

from dsql_migrate.rewrite.constraints import blocked, declared_bytes
from dsql_migrate.rewrite.edits import Edits
from dsql_migrate.rewrite.facets import sorting_facets, unsorted
from dsql_migrate.rewrite.following import follow_expression
from dsql_migrate.rewrite.jobs import waited
from dsql_migrate.rewrite.key_indexes import extra_indexes
from dsql_migrate.rewrite.letter_case import OPERATOR_CLASSES, lower_keys
from dsql_migrate.rewrite.partition_indexes import index_of_view
from dsql_migrate.rewrite.partitions import children_of
from dsql_migrate.rewrite.plan import Item, Plan, TablePlan, dotted
from dsql_migrate.rewrite.quoting import identifier, qualified
from dsql_migrate.rewrite.reach import view_id
from dsql_migrate.rewrite.renames import rename_columns
from dsql_migrate.schema.model import Index, Key, View
from dsql_migrate.source.facts import CreateIndex, IndexKey, Span

# Under C collation these order text exactly as the default operator class does (PostgreSQL manual, 11.10).
_NULLS = re.compile(rb"\bnulls\s+(?:first|last)\b", re.I)
_PATTERN = frozenset(
    {"text_pattern_ops", "varchar_pattern_ops", "bpchar_pattern_ops", "text_ops", "varchar_ops", "bpchar_ops"}
)


def plan_indexes(plan: Plan) -> None:
    """Enter every index; items for those that DSQL can have."""
    room: dict[Key, int] = {}
    made: dict[tuple[Key, object], str] = {}
    for index in plan.catalogue.indexes.values():
        if index.table in plan.views:
            index_of_view(plan, index, lambda own: _one(plan, own, room, made), _shape)
        elif plan.ledger.get(f"index:{dotted(index.key)}") is None:  # a partition's may be entered with its parent's
            _one(plan, index, room, made)


def _one(plan: Plan, index: Index, room: dict[Key, int], made: dict[tuple[Key, object], str]) -> None:
    name = dotted(index.key)
    statement = plan.statements[index.place.statement]
    line = index.place.line
    root = plan.root(index.table)
    planned = plan.tables.get(root)

    def out(disposition: str, reason: str, rule: str | None) -> None:
        plan.note("index", name, line, disposition, reason, rule=rule)  # type: ignore[arg-type]
        plan.quarantine.append((statement, reason))

    if planned is None:
        view = plan.catalogue.views.get(index.table)
        if view is not None:
            out(*_of_view(plan, view, index.fact))
        else:
            out("dropped", "its table is not in the bundle", None)
        return
    if f"index:{name}" in plan.excluded:
        out("application", f"the engine refuses it: {plan.excluded[f'index:{name}']}", None)
        return
    if index.table in plan.merges and _merged(plan, index, root, made, name, line):
        return
    trouble = _trouble(plan, planned, index.fact)
    if trouble is not None:
        out("application" if index.fact.unique else "dropped", *trouble)
        return
    count = room.setdefault(root, len(planned.table.unique_keys()) + extra_indexes(plan, planned))
    most = plan.target.limit("indexes-per-table")
    if count >= most:
        out("dropped", f"the table has {most} indexes already, which is as many as DSQL takes", "DSQL703")
        return
    room[root] = count + 1
    edits, changes = _edits(plan, index, root, statement.piece.text)
    made[(root, _shape(index.fact))] = name
    sql = (
        edits.apply(statement.piece.text, 0, statement.piece.stop)
        .decode("utf-8", "surrogateescape")
        .rstrip()
        .rstrip(";")
        .rstrip()
    )
    rule = changes[0].split(" ", 1)[0] if changes else "DSQL301"
    reason = "; ".join(["built asynchronously", *(c.split(" ", 1)[1] for c in changes)])
    if edits:
        plan.note("index", name, line, "rewritten", reason, rule=rule, into=("post-data.sql",))
    else:
        plan.note("index", name, line, "kept", into=("post-data.sql",))
    lost = f"index {dotted(plan.place(index.key))} was not built: see sys.jobs"
    plan.post.append(
        Item(waited(sql, lost), statement.number, (f"index:{name}",), statement.search_path,
             needs=frozenset({f"relation:{dotted(root)}"}), rank=10 if index.fact.unique else 30, lane=dotted(root))
    )  # fmt: skip


def _of_view(plan: Plan, view: View, fact: CreateIndex) -> tuple[str, str, str]:
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
    if key.opclass is not None and key.opclass.name not in _PATTERN | OPERATOR_CLASSES:
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
            followed = follow_expression(plan, plan.tables.get(root), expression, is_filter=expression is fact.where)
            edits.take(followed.at(expression.span))
            changes += [" ".join(change) for change in followed.changes]
    for span, note in (
        (fact.options_span, "DSQL307 storage parameters left out"),
        (fact.tablespace_span, "DSQL307 TABLESPACE left out"),
    ):
        if span is not None:
            edits.delete(span, text)
            changes.append(note)
    changes += lower_keys(edits, plan.tables[root], fact.keys, text)
    for key in fact.keys:
        sorted_by = sorting_facets(plan.tables[root], key.column)
        if sorted_by:
            edits.replace(key.span, ", ".join(map(identifier, sorted_by)))
            changes.append(f"DSQL101 {key.column} is {', '.join(sorted_by)}")
            continue
        if key.order_span is not None:
            _ascending(edits, key, text)
            if key.order == "desc":
                mixed = any(k.order != "desc" for k in fact.keys)
                why = (
                    "an order of mixed directions is sorted by the query"
                    if mixed
                    else "DSQL reads an index backwards too"
                )
                changes.append(f"DSQL304 {_label(key)} ascending: {why}")
        if key.opclass_span is not None:
            edits.delete(key.opclass_span, text)
            changes.append("DSQL305 operator class left out: under C collation the order is the same")
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
