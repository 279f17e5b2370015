"""Elements of arrays as rows of a table of their own, taken out of the rows that hold them.

The rows of the parent go on, with the number of elements in the array's place; those of the child gather in a file, in
the text form of COPY, until the parent's are written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from dsql_migrate.rewrite.data.copy_format import CopySpec, escape
from dsql_migrate.rewrite.data.elements import Apart, Counted
from dsql_migrate.rewrite.data.row_stream import Chunk, Rows, whole_rows
from dsql_migrate.rewrite.data.rows import Form, form_of, plain_lines

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
    same = spec.csv is None and delimiter == b"\t"  # a field without a backslash is its value, and stays as it is
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
                    known = memory[raw] = _apart(table.apart, raw, form, null)
                if known[1]:
                    key = b"\t".join([row[i] for i in table.keys])
                    if not same or b"\\" in key:
                        key = b"\t".join([escape(form.read(row[i])) for i in table.keys])
                    written += [key + end for end in known[1]]
                row[table.place] = known[0]
            table.out.write(b"".join(written))
        text = newline.join([delimiter.join(row) for row in rows])
        yield text + newline if part.data.endswith(b"\n") else text


def _apart(apart: Apart, raw: bytes, form: Form, null: bytes) -> tuple[bytes, list[bytes]]:
    """What stays in a field, and the ends of the child's rows, behind their key."""
    if isinstance(apart, Counted) and (words := apart.words(raw)) is not None:
        return form.write(b"%d" % len(words)), [b"\t%d\t%b\n" % one for one in enumerate(words, 1)]
    left, found = apart(form.read(raw))
    ends = [b"\t%d\t%b\n" % (at, NULL if v is None else escape(v)) for at, v in found]
    return null if left is None else form.write(left), ends
