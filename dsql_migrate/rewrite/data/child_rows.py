"""Elements of arrays as rows of a table of their own, taken out of the rows that hold them.

The rows of the parent go on, with the number of elements in the array's place; those of the child gather in a file, in
the text form of COPY, until the parent's are written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from dsql_migrate.rewrite.data.copy_format import CopySpec, escape
from dsql_migrate.rewrite.data.elements import Apart
from dsql_migrate.rewrite.data.row_stream import Chunk, Rows, whole_rows
from dsql_migrate.rewrite.data.rows import form_of, plain_lines

NULL = b"\\N"


@dataclass(frozen=True, slots=True)
class ElementRows:
    """Where the elements of one array go.

    ``place``: the field of the array in the parent's converted row; ``keys``: the fields of its primary key.
    ``apart`` gives what stays in the field, and the elements. ``out``: takes the rows of the child. ``most``: fields of
    so many bytes stay as they are.
    """

    place: int
    keys: tuple[int, ...]
    apart: Apart
    out: IO[bytes]
    most: int = -1


def without_elements(
    chunks: Iterable[Chunk | Rows], spec: CopySpec, tables: Sequence[ElementRows]
) -> Iterator[bytes]:
    """The rows with what stays in the place of each value that is taken apart: the number of an array's elements.

    Arrays must have been found sound.
    """
    most = min((table.most for table in tables), default=-1)
    form, delimiter, null = form_of(spec), spec.delimiter, spec.null
    newline: bytes | None = None
    for part in whole_rows(chunks, spec):
        if len(part.data) <= most:
            newline = newline or plain_lines(part, newline)[1]
            yield part.data
            continue
        lines, newline = plain_lines(part, newline)
        careful = form.careful(part.data)
        rows = [form.split(line) if careful else line.split(delimiter) for line in lines]
        for table in tables:
            memory: dict[bytes, tuple[bytes, list[bytes]]] = {}
            written: list[bytes] = []
            for row in rows:
                raw = row[table.place]
                if raw == null or len(raw) <= table.most:
                    continue
                known = memory.get(raw)
                if known is None:
                    left, found = table.apart(form.read(raw))
                    ends = [b"\t%d\t%b\n" % (at, NULL if v is None else escape(v)) for at, v in found]
                    known = memory[raw] = (null if left is None else form.write(left), ends)
                if known[1]:
                    key = b"\t".join([escape(form.read(row[i])) for i in table.keys])
                    written += [key + end for end in known[1]]
                row[table.place] = known[0]
            table.out.write(b"".join(written))
        text = newline.join([delimiter.join(row) for row in rows])
        yield text + newline if part.data.endswith(b"\n") else text
