"""Which columns hold values beyond DSQL's limit, seen before the plan is made.

Only rows in pieces larger than one value may be are looked at: most input costs one reading, and small input none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dsql_migrate.rewrite.data.copy_format import CopySpec, spec_of, split_csv, split_text, unescape, unquote
from dsql_migrate.rewrite.data.literals import NotConstant, constant
from dsql_migrate.rewrite.data.row_stream import whole_rows
from dsql_migrate.rewrite.data.value_parts import value_bytes
from dsql_migrate.rewrite.data.values_scan import Malformed, row_spans, value_spans
from dsql_migrate.rewrite.reading import CopyBlock, InsertRun, Script, pieces_of
from dsql_migrate.schema.model import Key, Table
from dsql_migrate.source.facts import Insert

_TYPES = {"text": False, "varchar": False, "bytea": True}  # by internal name: whether it holds bytes


def holds_bytes(script: Script, table: Table, name: str) -> bool | None:
    """Whether a column is bytea; None where it is neither that nor text, or a domain or an array."""
    resolved = script.catalogue.resolve_type(table.columns[name].type)
    return _TYPES.get(resolved.base.name) if resolved.kind == "base" and not resolved.dimensions else None


def large_columns(script: Script, most: int) -> frozenset[tuple[Key, str]]:
    """The columns of text, varchar and bytea with a value of more than ``most`` bytes; kept for the next time."""
    if script.large is None:
        found: set[tuple[Key, str]] = set()
        wanted = {
            t.key: {n: binary for n in t.columns if (binary := holds_bytes(script, t, n)) is not None}
            for t in script.catalogue.tables.values()
        }
        for block in script.blocks:
            if block.table is not None and block.end - block.start > most and wanted.get(block.table.key):
                found |= {(block.table.key, name) for name in _in_copy(script, block, wanted[block.table.key], most)}
        for run in script.runs:
            if run.end - run.start > most and any(wanted.get(table.key) for table in run.tables.values()):
                found.update(_in_inserts(script, run, wanted, most))
        script.large = frozenset(found)
    return script.large


def _in_copy(script: Script, block: CopyBlock, wanted: Mapping[str, bool], most: int) -> Iterator[str]:
    assert block.table is not None
    names = block.copy.columns or tuple(n for n, c in block.table.columns.items() if c.generated is None)
    try:
        spec = spec_of(block.copy)
        for part in whole_rows((block.file or script.source).chunks(block.start, block.end), spec):
            for line in part.lines() if len(part.data) > most else ():
                if len(line) > most:
                    yield from _in_row(line, spec, names, wanted, most)
    except ValueError:
        return  # the rows are damaged: writing them says where


def _in_row(
    line: bytes, spec: CopySpec, names: tuple[str, ...], wanted: Mapping[str, bool], most: int
) -> Iterator[str]:
    fields = split_csv(line, spec.csv, spec.delimiter) if spec.csv else split_text(line, spec.delimiter)
    for name, field in zip(names, fields, strict=False):
        if len(field) > most and name in wanted:
            value = unquote(field, spec.csv) if spec.csv else unescape(field)
            if value_bytes(value, binary=wanted[name]) > most:
                yield name


def _in_inserts(
    script: Script, run: InsertRun, wanted: Mapping[Key, Mapping[str, bool]], most: int
) -> Iterator[tuple[Key, str]]:
    from dsql_migrate.source.build import read

    for piece in pieces_of(script.source, run.start, run.end):
        fact = read(piece.sql) if piece.kind == "sql" and len(piece.sql) > most else None
        table = run.tables.get((fact.table.schema, fact.table.name)) if isinstance(fact, Insert) else None
        if not isinstance(fact, Insert) or fact.values_span is None or table is None:
            continue
        binary, names = wanted.get(table.key, {}), fact.columns or tuple(table.columns)
        try:
            for row in row_spans(piece.sql, fact.values_span):
                for name, span in zip(names, value_spans(piece.sql, row), strict=False):
                    if span.end - span.start > most and name in binary:
                        value = constant(piece.sql, span).value or b""
                        if value_bytes(value, binary=binary[name]) > most:
                            yield table.key, name
        except (Malformed, NotConstant, ValueError):
            continue  # writing the rows says so
