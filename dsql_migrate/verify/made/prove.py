"""Proves the tables that the input has no rows for, with rows made for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from dsql_migrate.engine.endpoint import Endpoint
from dsql_migrate.rewrite.plan import Plan
from dsql_migrate.verify import access, structure
from dsql_migrate.verify.converted_back import compare_back
from dsql_migrate.verify.digest import SESSION, quoted
from dsql_migrate.verify.expect import Expectations, TableExpectation
from dsql_migrate.verify.loaded import LoadReport
from dsql_migrate.verify.made.carry import Carried, carried, send
from dsql_migrate.verify.made.fill import Name, fill, in_order, quieten
from dsql_migrate.verify.made.shapes import Shape, read_shapes
from dsql_migrate.verify.outcome import Check, Comparison
from dsql_migrate.verify.rows import compare_rows
from dsql_migrate.verify.second import Second

_SECONDS = 5  # a made row may meet a CHECK that never ends


@dataclass(slots=True)
class _Proof:
    """What came of it. ``rows``: by the target's table, those that arrived and are the same."""

    check: Check = field(default_factory=lambda: Check("made rows"))
    rows: dict[str, int] = field(default_factory=dict)


def prove(
    source_dsn: str,
    target_dsn: str,
    endpoint: Callable[[], Endpoint],
    plan: Plan,
    expectations: Expectations,
    report: LoadReport,
    verification: dict[str, Any],
) -> dict[str, int]:
    """Add the check "made rows" to ``verification``; how many rows prove which table of the target.

    Call it last: it puts rows into the source's database, as its owner, and into the target's, through ``endpoint``.
    A table for which it made rows has ``made_rows`` in its record, and is no longer unproved for want of rows.
    """
    proof = _Proof()
    empty = {r["name"] for r in verification["tables"] if not r["rows_source"] and not r["rows_target"]}
    tables = [t for t in expectations.tables if t.qualified in empty and t.unproved is None]
    if tables:
        with access.connect(source_dsn, access.owner(source_dsn)) as owner:
            for statement in (*SESSION, f"SET statement_timeout = '{_SECONDS}s'"):
                owner.execute(statement.encode())
            made = _made(owner, plan, tables, proof.check)
        if made:
            _compare(source_dsn, target_dsn, endpoint, expectations, report, made, tables, proof)
    _enter(verification, proof)
    return proof.rows


def _made(owner: Any, plan: Plan, tables: Iterable[TableExpectation], check: Check) -> dict[str, list[Carried]]:
    """The made rows by the target's table, converted, in an order in which they can be loaded."""
    shapes = read_shapes(owner)
    homes: dict[Name, str] = {}
    for table in tables:
        parts = [(part.schema, part.table) for part in table.parts if not part.relation]
        leaves = [leaf for part in parts for leaf in _leaves(owner, part, shapes)]
        homes |= dict.fromkeys(leaves, table.qualified)
        _share_keys([shapes[leaf] for leaf in leaves])
    quieten(owner)
    found: dict[str, list[Carried]] = {}
    left = in_order(shapes, homes)
    waiting = set(left)  # for another try: tables that refer to each other
    for name in left:
        if fill(owner, shapes[name]) == 0:
            if name in waiting:
                waiting.remove(name)
                left.append(name)
            else:
                check.notes.append(f"{'.'.join(name)}: PostgreSQL took no row that could be made")
            continue
        for of in plan.element_tables.get(plan.root(name), ()):  # elements of several dimensions have no one position
            if not of.column.facets:
                continue
            column = quoted(of.column.column.name)
            owner.execute(f"DELETE FROM {quoted(*name)} WHERE array_ndims({column}) > 1".encode())
        section = carried(owner, plan, shapes[name])
        if section is not None:
            found.setdefault(homes[name], []).append(section)
            for trouble in section.troubles:
                check.differ(f"table:{homes[name]}", f"would lose a made row: {trouble}")
    return found


def _share_keys(shapes: list[Shape]) -> None:
    """A foreign key that only some partitions have holds for all on the target (where the real rows allow it)."""
    shared = dict.fromkeys(reference for shape in shapes for reference in shape.references)
    for shape in shapes:
        names = {column.name for column in shape.columns}
        shape.references = [reference for reference in shared if names.issuperset(reference.columns)]


def _leaves(owner: Any, name: Name, shapes: dict[Name, Shape]) -> list[Name]:
    """The tables that hold the rows of a table: its partitions, or itself."""
    if name in shapes:
        return [name]
    query = (
        b"SELECT n.nspname, c.relname FROM pg_class p JOIN pg_namespace m ON m.oid = p.relnamespace"
        b" CROSS JOIN pg_partition_tree(p.oid) t JOIN pg_class c ON c.oid = t.relid"
        b" JOIN pg_namespace n ON n.oid = c.relnamespace WHERE t.isleaf AND m.nspname = %s AND p.relname = %s"
    )
    return [tuple(row) for row in owner.execute(query, name).fetchall() if tuple(row) in shapes]


def _compare(
    source_dsn: str,
    target_dsn: str,
    endpoint: Callable[[], Endpoint],
    expectations: Expectations,
    report: LoadReport,
    made: dict[str, list[Carried]],
    tables: list[TableExpectation],
    proof: _Proof,
) -> None:
    homes = {section.name: home for home, sections in made.items() for section in sections}
    client = endpoint()
    try:
        refused = send(client, (section for sections in made.values() for section in sections))
    finally:
        client.close()
    for name, answer in refused.items():
        proof.check.differ(f"table:{homes[name]}", f"refuses a made row that PostgreSQL takes: {answer}")
    lost = {homes[name] for name in refused}
    arrived = {".".join(s.name) for home, sections in made.items() if home not in lost for s in sections}
    whole = [t for t in tables if t.qualified in made and t.qualified not in lost]
    whole += [t for t in tables if any(part.relation and part.name in arrived for part in t.parts)]
    with access.reader_of_source(source_dsn) as source, access.reader(target_dsn) as target:
        loaded = replace(report, failures=(), skipped=())
        comparison = Comparison(
            structure.read(source),
            structure.read(target, expectations.ignored_schemas),
            replace(expectations, tables=tuple(whole)),
            loaded,
        )
        for id, reason in report.unproved:
            comparison.leave(id, reason)
        counted, digests, records = compare_rows(comparison, source, target, Second(None))
        back = compare_back(comparison, source, target)
    for check in (counted, digests, back):
        proof.check.differences += check.differences
        proof.check.objects |= check.objects
    for record in records:
        same = record["digest_source"] == record["digest_target"] and record["rows_target"]
        if same and f"table:{record['name']}" not in proof.check.objects:
            proof.rows[record["name"]] = record["rows_target"]
            proof.check.count("tables")
            proof.check.count("rows", record["rows_target"])


def _enter(verification: dict[str, Any], proof: _Proof) -> None:
    verification["checks"].append(proof.check.as_json())
    verification["ok"] = bool(verification["ok"]) and not proof.check.differences
    for record in verification["tables"]:
        if record["name"] in proof.rows:
            record["made_rows"] = proof.rows[record["name"]]
