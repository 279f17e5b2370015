"""Indexes of other kinds than btree: the best that DSQL has for what each served, or the queries that lose it.

A hash index served equality, which btree serves as well. A brin index is small where the rows stand in order; btree
serves its queries at the price of a write and its size. A gin index over JSON served keys, which an expression index
serves one by one. What is over arrays, full text, trigrams, geometry or vectors has nothing like it on DSQL.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from dsql_migrate.rewrite.indexes.served_queries import Queries, asked_by, json_keys, json_path
from dsql_migrate.rewrite.plan import ColumnPlan, Plan, TablePlan
from dsql_migrate.rewrite.quoting import identifier
from dsql_migrate.schema.model import Index
from dsql_migrate.source.facts import CreateIndex, IndexKey

_SAME = {  # methods whose queries a btree over the same columns serves, and what to say of it
    "hash": "hash to btree: it serves = as before, and order too",
    "brin": "brin to btree: it serves the same queries, and costs a write for each row and the space of an index",
    "spgist": "spgist to btree: it serves =, and LIKE 'x%'",
    "bloom": "bloom to btree: it serves conditions on the first columns, not on any of them",
}
_TRIGRAMS = frozenset({"gin_trgm_ops", "gist_trgm_ops"})
_SCALARS = frozenset(
    {
        "int2", "int4", "int8", "numeric", "float4", "float8", "text", "varchar", "bpchar", "name", "citext", "bool",
        "date", "time", "timestamp", "timestamptz", "uuid", "oid", "money", "ltree",
    }
)  # fmt: skip
_LIKE = r"{}\s*\)?\s*(?:::\s*text)?\s*(?:NOT\s+)?LIKE\s*\(?\s*'[^%_'][^']*'"
_ILIKE = r"{}\s*\)?\s*(?:::\s*text)?\s*(?:NOT\s+)?ILIKE\s*\(?\s*'[^%_'][^']*'"
_LOWER = r"lower\s*\(\s*\(?\s*(?:\w+\s*\.\s*)?{}"
_WHAT = {
    "array": "what an array holds: an array is one JSON value on DSQL, or rows of a child table",
    "tsvector": "full-text search: DSQL has no index for it",
    "trigram": "LIKE '%x%' and similarity: DSQL has no index for them",
    "json": "keys and values anywhere in a document",
    "geometry": "places and distances: DSQL has no index for them",
    "range": "overlap and containment: DSQL has no index for them",
    "vector": "nearest vectors: DSQL has no index for them",
    "network": "containment of networks: DSQL has no index for it",
}
_KINDS = {
    "tsvector": "tsvector", "json": "json", "jsonb": "json", "hstore": "json", "geometry": "geometry",
    "geography": "geometry", "box2d": "geometry", "raster": "geometry", "point": "geometry", "box": "geometry",
    "polygon": "geometry", "circle": "geometry", "path": "geometry", "lseg": "geometry", "line": "geometry",
    "vector": "vector", "halfvec": "vector", "sparsevec": "vector", "inet": "network", "cidr": "network",
    "macaddr": "network", "cube": "geometry",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Replaced:
    """What takes the place of an index. ``fact``: the same index, as if it had been written for btree.

    ``keys``: else the keys of each index that does, as SQL, with what its name gets at the end.
    """

    reason: str
    rule: str
    fact: CreateIndex | None = None
    keys: tuple[tuple[str, str], ...] = ()


def is_special(fact: CreateIndex) -> bool:
    """Whether an index is of a kind, or of an operator class, that DSQL does not have."""
    return fact.method != "btree"


def replacement(plan: Plan, planned: TablePlan, index: Index, queries: Queries) -> Replaced:
    """The nearest that DSQL has; without ``fact`` and ``keys`` it has nothing, and the reason says for what queries."""
    fact, method = index.fact, index.fact.method
    plain = replace(fact, method="btree", keys=tuple(replace(k, opclass=None) for k in fact.keys))
    if method in _SAME and all(_scalar(plan, planned, k) for k in fact.keys):
        return Replaced(_SAME[method], "DSQL303", plain)
    if fact.keys and all(_scalar(plan, planned, k) and not _trigram(k) for k in fact.keys):
        return Replaced(f"{method} to btree: it serves the first columns, and the others behind them",
                        "DSQL303", plain)  # fmt: skip
    if len(fact.keys) == 1:
        return _single(plan, planned, index, plain, queries)
    kept = [k for k in fact.keys if _scalar(plan, planned, k) and not _trigram(k)]
    lost = [k for k in fact.keys if k not in kept]
    what = "; ".join(dict.fromkeys(_served(plan, planned, k) for k in lost))
    reason = f"{method} served {what}; {asked_by(_asking(plan, index, lost, queries))}"
    if kept:
        columns = ", ".join(identifier(k.column or "") for k in kept)
        reason = f"of {method}, btree over {columns} is left; it served {what}"
        return Replaced(reason, "DSQL303", keys=((columns, ""),))
    return Replaced(reason, "DSQL303")


def _single(plan: Plan, planned: TablePlan, index: Index, plain: CreateIndex, queries: Queries) -> Replaced:
    """An index over one key that btree cannot hold as it is."""
    fact, key = index.fact, index.fact.keys[0]
    root, method = plan.root(index.table), fact.method
    column = _column(planned, key)
    asking = _asking(plan, index, [key], queries)
    if column is not None and column.choice.facets and column.choice.elements is None:
        lower = column.column.name + column.choice.facets[0].suffix
        return Replaced(f"{method} to btree on {lower}: it serves where ranges start; overlap and containment are "
                        f"conditions on both ends; {asked_by(asking)}", "DSQL303", plain)  # fmt: skip
    kind = _kind(plan, planned, key)
    if kind == "json" and column is not None and column.choice.internal in ("json", "jsonb"):
        paths = json_keys(queries.texts(root), column.column.name)
        if paths and plan.target.has("expression-indexes"):
            name = identifier(column.column.name)
            shown = ", ".join(json_path(name, p)[1:-1] for p in paths)
            keys = tuple((json_path(name, p), "" if len(paths) == 1 else "_".join(p)) for p in paths)
            return Replaced(f"{method} to btree on {shown}, which the schema's own queries ask for; other keys, and "
                            "@> as it is written, are searched row by row", "DSQL303", keys=keys)  # fmt: skip
    if kind == "trigram" and column is not None and plan.target.types[column.choice.internal].key:
        name, quoted = column.column.name, identifier(column.column.name)
        folded = queries.asking(root, [name], _LOWER) or queries.asking(root, [name], _ILIKE)
        if folded and plan.target.has("expression-indexes"):
            served = f"it serves lower({quoted}) LIKE 'x%', and ILIKE 'x%' once it is written so"
            reason = f"{method} to btree on lower({quoted}): {served}; {asked_by(folded)}"
            return Replaced(reason, "DSQL303", keys=((f"lower({quoted})", ""),))
        plain_like = queries.asking(root, [name], _LIKE)
        if plain_like:
            return Replaced(f"{method} to btree: it serves LIKE 'x%', not LIKE '%x%'; {asked_by(plain_like)}",
                            "DSQL303", plain)  # fmt: skip
    return Replaced(f"DSQL has no {method} indexes; it served {_WHAT.get(kind, 'conditions of its own kind')}; "
                    f"{asked_by(asking)}", "DSQL303")  # fmt: skip


def _asking(plan: Plan, index: Index, keys: list[IndexKey], queries: Queries) -> list[str]:
    names = [k.column for k in keys if k.column]
    names += [c[-1] for k in keys if k.expression is not None for c in k.expression.columns if c[-1] != "*"]
    return queries.asking(plan.root(index.table), dict.fromkeys(names)) if names else []


def _served(plan: Plan, planned: TablePlan, key: IndexKey) -> str:
    kind = _kind(plan, planned, key)
    return _WHAT.get(kind, f"conditions on {key.column or 'an expression'}")


def _trigram(key: IndexKey) -> bool:
    return key.opclass is not None and key.opclass.name in _TRIGRAMS


def _kind(plan: Plan, planned: TablePlan, key: IndexKey) -> str:
    """What a key is about: a key of _WHAT, or "" where it is none of these."""
    if _trigram(key):
        return "trigram"
    if key.expression is not None:
        called = {f.name for f in key.expression.functions}
        if called & {"to_tsvector", "json_to_tsvector", "jsonb_to_tsvector", "array_to_tsvector"}:
            return "tsvector"
        if any(name.startswith("st_") for name in called):
            return "geometry"
        return "array" if called & {"string_to_array", "regexp_split_to_array"} else ""
    column = _column(planned, key)
    if column is None:
        return ""
    resolved = plan.catalogue.resolve_type(column.column.type)
    if resolved.dimensions or resolved.base.dimensions:
        return "array"
    name = resolved.base.name
    return _KINDS.get(name, "range" if name.endswith("range") or resolved.kind == "range" else "")


def _scalar(plan: Plan, planned: TablePlan, key: IndexKey) -> bool:
    """Whether btree can hold the key on DSQL, and serves = and order of its type."""
    if key.expression is not None:
        return _kind(plan, planned, key) == "" and plan.target.has("expression-indexes") and key.opclass is None
    column = _column(planned, key)
    if column is None or column.choice.facets:
        return False
    resolved = plan.catalogue.resolve_type(column.column.type)
    known = plan.target.types.get(column.choice.internal)
    single = not resolved.dimensions and not resolved.base.dimensions
    ordered = resolved.base.name in _SCALARS or resolved.kind == "enum"
    return single and ordered and known is not None and known.key


def _column(planned: TablePlan, key: IndexKey) -> ColumnPlan | None:
    extra = (c for c, _ in planned.extra if c.column.name == key.column)
    return planned.columns.get(key.column or "") or next(extra, None)
