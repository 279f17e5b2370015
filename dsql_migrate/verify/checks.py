"""The structure of both sides: tables, columns, constraints, indexes, functions, sequences and the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from dsql_migrate.verify.expect import ColumnExpectation, ObjectExpectation, TableExpectation
from dsql_migrate.verify.outcome import Check, Comparison
from dsql_migrate.verify.sameness import same_expression
from dsql_migrate.verify.structure import Column, Constraint, Index, Table

MISSING = "is not on the target"


def tables(comparison: Comparison) -> Check:
    """Every table that the plan promises is there."""
    check = Check("tables")
    wanted = {f"table:{table.qualified}" for table in comparison.expectations.tables}
    wanted |= {id for id in comparison.promised if id.startswith("table:")}
    for id in sorted(wanted):
        check.count("tables")
        if id not in comparison.target_items:
            check.differ(id, MISSING)
    return check


def columns(comparison: Comparison) -> Check:
    """Every column has the promised type, nullability, default, identity; in the promised order."""
    check = Check("columns")
    for expected in comparison.expectations.tables:
        table = comparison.target.tables.get(expected.qualified)
        if table is not None:
            _columns_of(comparison, check, expected, table)
    for expectation in comparison.objects:
        if expectation.kind == "default" and expectation.disposition == "kept":
            _default(comparison, check, expectation)
    return check


def _columns_of(comparison: Comparison, check: Check, expected: TableExpectation, table: Table) -> None:
    there = {column.name: column for column in table.columns}
    for column in expected.columns:
        check.count("columns")
        id = f"column:{expected.qualified}.{column.name}"
        actual = there.get(column.name)
        if actual is None:
            check.differ(id, MISSING)
            continue
        if column.default and not _source_has_default(comparison, expected, column):
            column = replace(column, default=False)  # DEFAULT NULL is none to PostgreSQL
        for sentence in _column_differences(column, actual):
            check.differ(id, sentence)
    wanted = [column.name for column in expected.columns]
    if set(wanted) == set(there) and wanted != list(there):
        check.differ(f"table:{expected.qualified}", "has its columns in another order")


def _source_has_default(comparison: Comparison, table: TableExpectation, expected: ColumnExpectation) -> bool:
    """False only where the source has the column, without a default."""
    ids = [f"default:{part.name}.{expected.source_name or expected.name}" for part in table.parts]
    found = [column for id in ids if (column := _column(comparison.source.tables, id)) is not None]
    return not found or any(column.expression is not None or column.identity for column in found)


def _column_differences(expected: ColumnExpectation, actual: Column) -> Iterator[str]:
    if not _same_type(expected.type, actual.type):
        yield f"is {actual.type}, not {expected.type}"
    for what, wanted, there in (
        ("NOT NULL", expected.not_null, actual.not_null),
        ("a default", expected.default, actual.default is not None),
        ("an identity", expected.identity, actual.identity),
        ("a generated value", expected.generated, actual.generated),
    ):
        if wanted != there:
            yield f"has {what} that was not promised" if there else f"lacks {what}"


_QUALIFIED = re.compile(r'(?:(?:"(?:[^"]|"")*"|[^".]+)\.)?("(?:[^"]|"")*"|[^".]+)')


def _same_type(expected: str, actual: str) -> bool:
    """Whether format_type's text means the promised type, which may stand without its schema and quotes."""
    bare = actual.rpartition(".")[2] if "." not in expected else actual
    if bare.replace('"', "") == expected.replace('"', ""):
        return True
    found = _QUALIFIED.fullmatch(actual)
    return found is not None and found[1].strip('"').replace('""', '"') == expected


def _default(comparison: Comparison, check: Check, expectation: ObjectExpectation) -> None:
    if expectation.changed & {"expression", "all"}:
        return
    source = _column(comparison.source.tables, expectation.id)
    for id in expectation.targets:
        target = _column(comparison.target.tables, id)
        if source and target and target.expression is not None:
            check.count("defaults")
            if not same_expression(source.expression or "", target.expression):
                check.differ(id, f"is {target.expression}, not {source.expression}")


def _column(tables: dict[str, Table], id: str) -> Column | None:
    relation, _, name = id.partition(":")[2].rpartition(".")
    table = tables.get(relation)
    return next((column for column in table.columns if column.name == name), None) if table else None


def constraints(comparison: Comparison) -> Check:
    """Promised keys and constraints are there, valid, and say what the source's say; others are not."""
    check = Check("keys and constraints")
    for expectation in _of_kind(comparison, "constraint"):
        source = comparison.source.constraints.get(expectation.id)
        if source is None and comparison.missing_in_source(expectation):
            continue
        for id in expectation.targets:
            if not id.startswith("constraint:"):
                continue
            check.count("constraints")
            target = comparison.target.constraints.get(id)
            if target is None:
                check.differ(id, MISSING)
                continue
            wanted = (source is None or source.validated) and not _declared(expectation, "validated")
            if wanted and not target.validated:
                check.differ(id, "is not validated")
            if source is not None:
                for what, was, now in _constraint_aspects(comparison, source, target, expectation):
                    check.differ(id, f"has {what} {now}, not {was}")
        _absent(comparison, check, expectation)
    return check


def _constraint_aspects(
    comparison: Comparison, source: Constraint, target: Constraint, expectation: ObjectExpectation
) -> Iterator[tuple[str, object, object]]:
    referenced = source.references and comparison.merged.get(source.references, source.references)
    pairs: list[tuple[str, str, object, object]] = [("kind", "kind", source.kind, target.kind)]
    if source.kind in ("primary key", "unique", "foreign key"):
        pairs += [
            ("columns", "columns", source.columns, target.columns),
            ("references", "the referenced table", referenced, target.references),
            ("references", "the referenced columns", source.referenced_columns, target.referenced_columns),
            ("on delete", "ON DELETE", source.on_delete, target.on_delete),
            ("on update", "ON UPDATE", source.on_update, target.on_update),
            ("deferrable", "DEFERRABLE", source.deferrable, target.deferrable),
        ]
    for aspect, what, before, now in pairs:
        if before != now and not _declared(expectation, aspect):
            yield what, before, now
    if source.expression is not None and not _declared(expectation, "expression"):
        condition = target.expression or ""
        if not same_expression(source.expression, condition):
            yield "the condition", source.expression, condition


def indexes(comparison: Comparison) -> Check:
    """Promised indexes are there, valid, with the same keys; others are not."""
    check = Check("indexes")
    for expectation in _of_kind(comparison, "index"):
        source = comparison.source.indexes.get(expectation.id)
        if source is None and comparison.missing_in_source(expectation):
            continue
        for id in expectation.targets:
            if not id.startswith("index:"):
                continue
            check.count("indexes")
            target = comparison.target.indexes.get(id)
            if target is None:
                check.differ(id, MISSING)
                continue
            if not target.valid:
                check.differ(id, "is not valid: its build failed")
            if source is not None:
                for what, was, now in _index_aspects(comparison, source, target, expectation):
                    check.differ(id, f"has {what} {now}, not {was}")
        _absent(comparison, check, expectation)
    return check


def _index_aspects(
    comparison: Comparison, source: Index, target: Index, expectation: ObjectExpectation
) -> Iterator[tuple[str, object, object]]:
    table = comparison.merged.get(source.table, source.table)
    if table != target.table:
        yield "the table", table, target.table
    if source.unique != target.unique and not _declared(expectation, "unique"):
        yield "UNIQUE", source.unique, target.unique
    for aspect, was, now in (("keys", source.keys, target.keys), ("include", source.include, target.include)):
        alike = len(was) == len(now) and all(same_expression(a, b) for a, b in zip(was, now, strict=False))
        if not alike and not _declared(expectation, aspect):
            yield aspect, ", ".join(was), ", ".join(now)
    if not same_expression(source.predicate or "", target.predicate or "") and not _declared(expectation, "predicate"):
        yield "the predicate", source.predicate, target.predicate


def functions(comparison: Comparison) -> Check:
    """Promised routines are there. What they give back is another matter: see the differential run."""
    check = Check("functions")
    for kind in ("function", "procedure", "aggregate"):
        for expectation in _of_kind(comparison, kind):
            _there(comparison, check, expectation, "functions")
    return check


def sequences(comparison: Comparison) -> Check:
    """A sequence goes on where the source's stood: its next value lies not before it, its increment is the same."""
    check = Check("sequences")
    for expectation in (*_of_kind(comparison, "sequence"), *_of_kind(comparison, "identity")):
        source = comparison.source.sequence(expectation.id)
        for id in expectation.targets:
            if not id.startswith(("sequence:", "identity:")):
                continue
            check.count("sequences")
            target = comparison.target.sequence(id)
            if target is None:
                check.differ(id, MISSING)
                continue
            if source is None:
                continue
            if source.increment != target.increment and not _declared(expectation, "increment"):
                check.differ(id, f"increments by {target.increment}, not {source.increment}")
            if source.next_value is None or target.next_value is None:
                comparison.leave(id, "its next value cannot be read")
            elif (target.next_value - source.next_value) * (1 if source.increment > 0 else -1) < 0:
                check.differ(id, f"would give {target.next_value} next, the source {source.next_value}")
        if source is None and not comparison.missing_in_source(expectation) and expectation.targets:
            comparison.leave(expectation.id, "the source database has no such sequence to compare with")
    return check


_CHECKED_ELSEWHERE = frozenset(
    ("table", "column", "constraint", "index", "view", "materialized view", "function", "procedure", "aggregate",
     "sequence", "identity", "partition")
)  # fmt: skip


def others(comparison: Comparison) -> Check:
    """Everything else that is promised is there; comments say the same."""
    check = Check("other objects")
    for expectation in comparison.objects:
        if expectation.kind in _CHECKED_ELSEWHERE:
            continue
        _there(comparison, check, expectation, "objects")
        if expectation.kind == "comment" and not _declared(expectation, "text"):
            source = comparison.source.others.get(expectation.id)
            for id in expectation.targets:
                target = comparison.target.others.get(id)
                if source and target and source.text != target.text:
                    check.differ(id, "has another text")
    return check


def _of_kind(comparison: Comparison, kind: str) -> list[ObjectExpectation]:
    return [expectation for expectation in comparison.objects if expectation.kind == kind]


def _declared(expectation: ObjectExpectation, aspect: str) -> bool:
    return aspect in expectation.changed or "all" in expectation.changed


def _there(comparison: Comparison, check: Check, expectation: ObjectExpectation, what: str) -> None:
    if expectation.id not in comparison.source_items and comparison.missing_in_source(expectation):
        return
    for id in expectation.targets:
        check.count(what)
        aggregate = id.startswith("aggregate:") and id.partition("(")[0] in comparison.target_aggregates
        if id not in comparison.target_items and not aggregate:
            check.differ(id, MISSING)
    _absent(comparison, check, expectation)


def _absent(comparison: Comparison, check: Check, expectation: ObjectExpectation) -> None:
    """What the ledger says is gone must be gone, unless another entry stands for the same name."""
    gone = expectation.disposition in ("application", "dropped") and not expectation.targets
    if gone and expectation.id in comparison.target_items and expectation.id not in comparison.promised:
        item = comparison.target_items[expectation.id]
        if not item.optional:
            check.differ(expectation.id, f"is on the target, though the ledger says {expectation.disposition}")
