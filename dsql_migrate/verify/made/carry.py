"""Carries the made rows as the bundle carries real ones: as COPY blocks through its conversions, into the engine."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dsql_migrate.engine.endpoint import Endpoint
from dsql_migrate.rewrite.plan import Plan
from dsql_migrate.rewrite.reading import CopyBlock, Statement
from dsql_migrate.rewrite.rows.writing import RowWriter
from dsql_migrate.rewrite.tables.generated import filled_by_application
from dsql_migrate.schema.model import Table
from dsql_migrate.source.build import read
from dsql_migrate.source.facts import Copy
from dsql_migrate.source.open import source_of
from dsql_migrate.source.script import Piece
from dsql_migrate.verify.digest import quoted
from dsql_migrate.verify.made.shapes import Shape


@dataclass(frozen=True, slots=True)
class Carried:
    """The rows of one source table as the bundle's data.sql would have them. ``troubles``: rows it would leave out."""

    name: tuple[str, str]
    sql: bytes
    rows: int
    troubles: tuple[str, ...]


def carried(connection: Any, plan: Plan, shape: Shape) -> Carried | None:
    """One table's rows, read by COPY and converted; None where the plan has no place for them."""
    name = (shape.schema, shape.name)
    table = plan.catalogue.tables.get(name)
    if table is None or plan.root(name) not in plan.tables:
        return None
    planned = plan.tables[plan.root(name)].columns
    given = [c for c in planned.values() if c.column.generated is not None and filled_by_application(c) and not c.empty]
    names = [column.name for column in shape.columns]  # what the application computes, the made rows bring with them
    names += [c.column.name for c in given if c.column.name in table.columns and c.column.name not in names]
    columns = ", ".join(map(quoted, names))
    with connection.cursor().copy(f"COPY (SELECT {columns} FROM ONLY {quoted(*name)}) TO STDOUT".encode()) as copy:
        rows = b"".join(bytes(block) for block in copy)
    out = io.BytesIO()
    writer = RowWriter(plan, out)
    block = _block(table, f"COPY {quoted(*name)} ({columns}) FROM stdin;".encode(), rows)
    if block is None:
        return None
    totals = writer.write_block(block)
    return Carried(name, out.getvalue(), sum(totals.rows.values()), tuple(message for _, _, message in totals.troubles))


def _block(table: Table, header: bytes, rows: bytes) -> CopyBlock | None:
    fact = read(header)
    if not isinstance(fact, Copy):
        return None
    piece = Piece("sql", 0, len(header), 1, header, 0, 0, b";", len(header))
    file = source_of(rows + b"\\.\n", "made rows")
    return CopyBlock(Statement(0, piece, fact, ("public",)), fact, table, 0, file.size, False, file)


def send(endpoint: Endpoint, sections: Iterable[Carried]) -> dict[tuple[str, str], str]:
    """Load the rows table by table as ``apply`` does; what the endpoint refused, by table."""
    from dsql_migrate.apply import apply_bundle

    refused: dict[tuple[str, str], str] = {}
    left = list(sections)
    with tempfile.TemporaryDirectory(prefix="dsql-migrate-made-") as name:
        folder = Path(name)
        (folder / "pre-data.sql").write_bytes(b"")
        while left:
            (folder / "data.sql").write_bytes(b"".join(section.sql for section in left))
            result = apply_bundle(folder, endpoint, journal=False)
            if result.failure is None:
                break
            lines, at = result.failure.line, 0
            for number, section in enumerate(left):
                at += section.sql.count(b"\n")
                if lines <= at:
                    refused[section.name] = f"{result.failure.sqlstate} {result.failure.message}"
                    left = left[number + 1 :]
                    break
            else:
                break
    return refused
