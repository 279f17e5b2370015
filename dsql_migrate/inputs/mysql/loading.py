"""INSERT statements of a dump as COPY blocks."""

from __future__ import annotations

from collections.abc import Sequence

from dsql_migrate.inputs.mysql.keys import Known
from dsql_migrate.inputs.mysql.output import Output
from dsql_migrate.inputs.mysql.rows import Head, NotPlain, Row, easy_of, easy_rows, head_of, rows_of
from dsql_migrate.inputs.mysql.statements import Statement
from dsql_migrate.inputs.mysql.values import Convert, converter
from dsql_migrate.inputs.mysql.words import Walk
from dsql_migrate.rewrite.quoting import identifier, qualified

_MOST_TOLD = 100  # refused rows of a table that are shown one by one
_SHOWN = 2000  # bytes of one


def load(out: Output, statement: Statement) -> bytes:
    """Write the rows of an INSERT up to the first that holds something else than literals.

    What is left is given back as a statement of its own; empty where nothing is.
    """
    head = head_of(statement.text, statement.body)
    if head is None:
        return statement.executed
    name = Walk(head.table.decode("utf-8", "surrogateescape")).qualified()
    known = out.table(out.names.key(name))
    if known is None:
        key = out.names.key(name)
        out.leave(
            "rows", ".".join(key), statement.line, "unknown", "the dump makes no such table", rule="DSQL904",
            numbered=True,
        )  # fmt: skip
        return b""
    columns = tuple(known.column(c) for c in head.columns) or tuple(known.forms)
    try:
        converters = [converter(known.forms[c], out.codec) for c in columns]
    except KeyError:
        return statement.executed
    return _Loader(out, statement, known, columns, converters).run(head)


class _Loader:
    def __init__(
        self, out: Output, statement: Statement, known: Known, columns: tuple[str, ...], converters: Sequence[Convert]
    ) -> None:
        self.out, self.statement, self.known, self.columns = out, statement, known, columns
        self.converters = converters
        key = set(known.primary)
        null = [out.choose("zero-dates", f"column:{'.'.join(known.key)}.{c}") == "as-null" if known.forms[c].kind in (
            "date", "datetime", "timestamp") else False for c in columns]  # fmt: skip
        self.nullable = [ok and c not in key for ok, c in zip(null, columns, strict=True)]

    def run(self, head: Head) -> bytes:
        """Write the rows; what is left of the statement where one is no list of literals."""
        text = self.statement.text
        at, seen = head.rows, head.rows
        line = self.statement.first_line + text.count(b"\n", 0, at)
        several = b"\n" in text[at:]  # else all rows are of one line
        easy = easy_of([self.known.forms[c].kind for c in self.columns], self.out.codec)
        while True:
            held, end = easy_rows(text, at, easy) if easy is not None else ([], at)
            feeds = text.count(b"\n", at, end) if several else 0
            # One row a line, as phpMyAdmin and MariaDB write them; else all are told of the first one's line.
            self._put(held, line, flat=feeds < len(held) - 1 or not several)
            at, seen, line = end, end, line + feeds
            try:
                row = next(rows_of(text, at, self.converters, self.nullable), None)
            except NotPlain:
                return text[self.statement.body : head.rows] + text[at:]
            if row is None:
                return b""
            if row.why is None and not row.zeros:
                self._put([row.line], line)
            else:
                self._special(row, line)
            at, line = row.end, line + (text.count(b"\n", seen, row.end) if several else 0)

    def _put(self, held: list[bytes], line: int, *, flat: bool = True) -> None:
        """Rows that come from one line, or one row a line."""
        if held:
            self._open(line)
            self.out.spool.at(self.out.file, line, flat=flat)
            held.append(b"")
            self.out.spool.put(b"\n".join(held))
            held.clear()

    def _open(self, line: int) -> None:
        out = self.out
        if out.copying == (self.known.key, self.columns):
            return
        out.end_copy()
        out.spool.at(out.file, line)
        listed = ", ".join(identifier(c) for c in self.columns)
        out.spool.put(f"COPY {qualified(self.known.key)} ({listed}) FROM stdin;\n".encode("utf-8", "surrogateescape"))
        out.copying = (self.known.key, self.columns)

    def _special(self, row: Row, line: int) -> None:
        if row.why is not None:
            column = self.columns[row.column]
            self._refuse(row.at, row.end, line, f"column {column}: {row.why}")
            return
        for index in row.zeros:
            self._zero(self.columns[index], line)
        self._open(line)
        self.out.spool.at(self.out.file, line)
        self.out.spool.put(row.line + b"\n")

    def _zero(self, column: str, line: int) -> None:
        """A zero date that becomes NULL; NOT NULL goes where it stood."""
        name = f"{'.'.join(self.known.key)}.{column}"
        count = self.out.told[name] = self.out.told.get(name, 0) + 1
        if count > 1:
            return
        lost = ""
        if column in self.known.not_null:
            self.known.not_null.discard(column)
            on = qualified(self.known.key)
            self.out.say(line, f"ALTER TABLE {on} ALTER COLUMN {identifier(column)} DROP NOT NULL")
            lost = ", and the column takes NULL now"
        self.out.leave("zero date", name, line, "rewritten", f"dates with a zero in them became NULL{lost}")

    def _refuse(self, start: int, end: int, line: int, why: str) -> None:
        """A row that is not in the bundle."""
        out, name = self.out, ".".join(self.known.key)
        count = out.told[f"row {name}"] = out.told.get(f"row {name}", 0) + 1
        if count > _MOST_TOLD:
            return
        shown = self.statement.text[start : min(end, start + _SHOWN)].decode("utf-8", "replace").strip().rstrip(",")
        reason = f"{why}: the row is not in the bundle"
        out.leave("row", name, line, "unknown", reason, shown, rule="DSQL904", numbered=True)


def more_refused(out: Output) -> None:
    """What is said at the end of the rows that were not shown one by one."""
    for name, count in out.told.items():
        if name.startswith("row ") and count > _MOST_TOLD:
            table = name.removeprefix("row ")
            reason = f"{count - _MOST_TOLD:,} more rows like these"
            out.leave("row", table, 1, "unknown", reason, rule="DSQL904", numbered=True)
