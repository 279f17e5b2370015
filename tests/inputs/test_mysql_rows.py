"""The rows of a MySQL dump: what COPY reads back is what MySQL wrote, by the quick way and by the careful one."""

import re

from hypothesis import given, strategies

from dsql_migrate.inputs.mysql.rows import easy_of, easy_rows, head_of, rows_of
from dsql_migrate.inputs.mysql.types import Form
from dsql_migrate.inputs.mysql.values import converter

FORMS = [
    Form("bigint", "number"), Form("text", "text"), Form("boolean", "boolean"), Form("bytea", "bytes"),
    Form("timestamp", "timestamp"), Form("text", "text"),
]  # fmt: skip
EASY = [form for form in FORMS if form.kind != "bytes"]
# mysql_real_escape_string of libmysqlclient
ESCAPES = {"\0": "\\0", "\n": "\\n", "\r": "\\r", "\\": "\\\\", "'": "\\'", '"': '\\"', "\x1a": "\\Z"}
UNCOPIED = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"b": b"\b", b"f": b"\f", b"v": b"\v"}
texts = strategies.text(strategies.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
tricky = strategies.text(strategies.sampled_from("a'\"\\\n\t\r\x1a,();N%_-#\b"), max_size=8)
moments = strategies.datetimes().map(lambda at: at.replace(microsecond=0).strftime("%Y-%m-%d %H:%M:%S"))
rows = strategies.lists(
    strategies.tuples(
        strategies.integers(-(2**40), 2**40), texts | tricky | strategies.none(), strategies.booleans(),
        strategies.binary(max_size=8), moments.filter(lambda at: len(at) == 19), texts | tricky,
    ),
    max_size=4,
)  # fmt: skip


def quoted(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, bytes):
        return f"0x{value.hex()}" if value else "''"
    if isinstance(value, int):
        return str(value)
    return "'" + "".join(ESCAPES.get(c, c) for c in str(value)) + "'"


def read(cell: bytes) -> bytes | None:
    """A cell as COPY reads it."""
    if cell == b"\\N":
        return None
    return re.sub(rb"\\(.)", lambda m: UNCOPIED.get(m.group(1), m.group(1)), cell, flags=re.DOTALL)


def meant(value: object) -> bytes | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return b"t" if value else b"f"
    if isinstance(value, bytes):
        return b"\\x" + value.hex().encode()
    return str(value).encode()


def statement(found: list[tuple[object, ...]], between: str) -> bytes:
    listed = between.join("(" + ",".join(quoted(value) for value in row) + ")" for row in found)
    return f"INSERT INTO `t` VALUES {listed}".encode()


@given(rows.filter(bool), strategies.sampled_from([",", ",\n", " , "]))
def test_the_careful_way_reads_back_what_was_written(found: list[tuple[object, ...]], between: str) -> None:
    text = statement(found, between)
    head = head_of(text, 0)
    assert head is not None
    converters = [converter(form, None) for form in FORMS]
    made = [row.line.split(b"\t") for row in rows_of(text, head.rows, converters, [False] * len(FORMS))]
    for row in found:
        wanted = [meant(value) for value in row]
        wanted[4] = (wanted[4] or b"") + b"+00"
        assert [read(cell) for cell in made.pop(0)] == wanted
    assert not made


@given(rows.filter(bool), strategies.sampled_from([",", ",\n"]))
def test_the_quick_way_says_the_same(found: list[tuple[object, ...]], between: str) -> None:
    text = statement([row[:3] + row[4:] for row in found], between)
    head, easy = head_of(text, 0), easy_of([form.kind for form in EASY], None)
    assert head is not None
    assert easy is not None
    lines, _ = easy_rows(text, head.rows, easy)
    converters = [converter(form, None) for form in EASY]
    careful = [row.line for row in rows_of(text, head.rows, converters, [False] * len(EASY))]
    assert lines == careful[: len(lines)]
    if not any(set("\b\t\x0b\x0c\x1a") & set(f"{row[1]}{row[5]}") for row in found):
        assert len(lines) == len(careful)


def test_most_rows_of_a_dump_are_easy() -> None:
    text = rb"INSERT INTO `t` VALUES (1,'it\'s \"so\"',1,'2024-01-01 00:00:00',NULL),(2,'a\\b\n',0,NULL,'')"
    easy = easy_of([form.kind for form in EASY], None)
    head = head_of(text, 0)
    assert easy is not None
    assert head is not None
    lines, end = easy_rows(text, head.rows, easy)
    assert lines == [b"1\tit's \"so\"\tt\t2024-01-01 00:00:00+00\t\\N", b"2\ta\\\\b\\n\tf\t\\N\t"]
    assert end == len(text)
