"""The rows of element tables while the rows of their parent are written: files beside the bundle, and their COPY."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import IO

from dsql_migrate.rewrite.data.child_rows import ElementRows, without_elements
from dsql_migrate.rewrite.data.copy_format import CopySpec
from dsql_migrate.rewrite.plan import ElementTable, dotted
from dsql_migrate.rewrite.quoting import identifier, qualified

_IN_MEMORY = 4 << 20  # bytes of one file, before it goes to the disk
_CHUNK = 1 << 20


class ElementFiles:
    """One file for each element table of a table. ``written``: the parent's columns in a row, on the target."""

    def __init__(self, tables: Iterable[ElementTable], written: Sequence[str], folder: str | None) -> None:
        place = {name: i for i, name in enumerate(written)}
        self._tables = [table for table in tables if table.column.names[0] in place]
        self._place = place
        self._files: list[IO[bytes]] = [
            tempfile.SpooledTemporaryFile(_IN_MEMORY, dir=folder)  # noqa: SIM115 - closed by close()
            for _ in self._tables
        ]

    def __bool__(self) -> bool:
        return bool(self._tables)

    def take(self, chunks: Iterable[bytes], spec: CopySpec) -> Iterator[bytes]:
        """The parent's rows, without the elements. Raises ValueError where they do not hold their primary key."""
        found = []
        for table, file in zip(self._tables, self._files, strict=True):
            missing = next((name for name in table.keys if name not in self._place), None)
            if missing is not None:
                name = table.column.column.name
                raise ValueError(f"column {missing} is not among them, by which elements of {name} find their row")
            elements = table.column.choice.elements
            assert elements is not None
            keys = tuple(self._place[name] for name in table.keys)
            found.append(ElementRows(self._place[table.column.names[0]], keys, elements.apart, file, elements.most))
        yield from without_elements(chunks, spec, found)

    def rows(self) -> Iterator[tuple[ElementTable, bytes, Iterator[bytes]]]:
        """(the table, the head of its COPY, its rows in the text form) of each table that has rows."""
        for table, file in zip(self._tables, self._files, strict=True):
            if file.tell():
                file.seek(0)
                yield table, copy_head(table), iter(lambda file=file: file.read(_CHUNK), b"")  # type: ignore[misc]

    def close(self) -> None:
        """The files are gone."""
        for file in self._files:
            file.close()


def columns_sql(table: ElementTable) -> str:
    """The columns of an element table, as its rows have them."""
    return ", ".join(identifier(name) for name in (*table.keys, table.position, table.value))


def copy_head(table: ElementTable) -> bytes:
    """COPY … FROM stdin of an element table."""
    return f"COPY {qualified(table.key)} ({columns_sql(table)}) FROM stdin;\n".encode("utf-8", "surrogateescape")


def parent_name(table: ElementTable) -> str:
    """The column whose elements it holds, as people call it."""
    return f"{dotted(table.parent.table.key)}.{table.column.column.name}"
