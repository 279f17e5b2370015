"""Law: outside its edits a rewrite copies bytes: the author's remarks, and rows that need no conversion."""

from __future__ import annotations

import re
from pathlib import Path

from bundles import Bundle
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsql_migrate.rewrite.run import rewrite
from dsql_migrate.source.open import open_source
from dsql_migrate.source.parse import tokens
from dsql_migrate.source.script import pieces

HEAD = re.compile(rb"create\s+(?:unlogged\s+)?table\s+(?:if\s+not\s+exists\s+)?(?:\w+\.)?\"?(\w+)", re.I)
REMARK = re.compile(rb"--[^\n]*|/\*(?:[^*]|\*(?!/))*\*/")


def remarks(sql: bytes) -> list[bytes]:
    """The comments of a statement; what looks like one inside a quoted string or name is none."""
    found: list[bytes] = []
    at = 0
    for token in tokens(sql):
        found += REMARK.findall(sql[at : token.start])
        at = token.end
    return found + REMARK.findall(sql[at:])


def test_remarks_inside_create_table_stay(bundle: Bundle) -> None:
    """Every comment within a CREATE TABLE that the bundle carries stands in it still."""
    made = bundle.text("pre-data.sql")
    carried = re.findall(r"create table (?:if not exists )?(\S+)", made.decode().lower())
    names = {name.rpartition(".")[2].strip('"') for name in carried}
    with open_source(str(bundle.source)) as source:
        for piece in pieces(source):
            if piece.kind != "sql" or piece.keyword != "create":
                continue
            head = HEAD.match(piece.text, piece.body)
            if head is None or head.group(1).decode().lower() not in names:
                continue
            for remark in remarks(piece.sql[piece.body :]):
                assert remark.rstrip() in made, f"{bundle.name}, line {piece.body_line}: {remark.decode()}"


FIELD = st.text(
    st.characters(codec="utf-8", exclude_characters="\t\n\r\\\x00", exclude_categories=("Cs",)), max_size=12
)  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(st.integers(0, 99999), FIELD, st.one_of(FIELD, st.just("\\N"))), max_size=20))
def test_rows_that_need_no_conversion_are_copied(rows: list[tuple[int, str, str]], tmp_path: Path) -> None:
    data = "".join(f"{a}\t{b}\t{c}\n" for a, b, c in rows).encode()
    source = tmp_path / "rows.sql"
    table, copy = b"CREATE TABLE t (id int PRIMARY KEY, a text, b text);\n", b"COPY t (id, a, b) FROM stdin;\n"
    source.write_bytes(table + copy + data + b"\\.\n")
    rewrite(str(source), tmp_path / "out", force=True)
    assert (tmp_path / "out" / "data.sql").read_bytes().endswith(b"\n" + copy + data + b"\\.\n")


def test_rows_beyond_one_transaction_are_cut_between_rows(tmp_path: Path) -> None:
    """7,001 rows are three blocks of at most 3,000; put together they are the source's."""
    data = [f"{n}\trow {n}\n".encode() for n in range(7001)]
    source = tmp_path / "rows.sql"
    table, copy = b"CREATE TABLE t (id int PRIMARY KEY, a text);\n", b"COPY t (id, a) FROM stdin;\n"
    source.write_bytes(table + copy + b"".join(data) + b"\\.\n")
    rewrite(str(source), tmp_path / "out")
    blocks = (tmp_path / "out" / "data.sql").read_bytes().split(copy)[1:]
    rows = [block.partition(b"\\.\n")[0].splitlines(keepends=True) for block in blocks]
    assert [len(part) for part in rows] == [3000, 3000, 1001]
    assert [row for part in rows for row in part] == data


def test_one_insert_of_many_rows_becomes_several(tmp_path: Path) -> None:
    """An INSERT of 3,500 rows is more than DSQL takes in one transaction; its serial ids go on counting."""
    values = ",\n".join(f"('n{n}')" for n in range(1, 3501))
    source = tmp_path / "rows.sql"
    source.write_text(f"CREATE TABLE t (id serial PRIMARY KEY, a text);\nINSERT INTO t (a) VALUES\n{values};\n")
    rewrite(str(source), tmp_path / "out")
    text = (tmp_path / "out" / "data.sql").read_text()
    inserts = [part.partition(";\n")[0] for part in text.split("INSERT INTO t")[1:]]
    counts = [part.count("('n") for part in inserts]
    assert sum(counts) == 3500
    assert max(counts) <= 3000
    assert "('n3500', 3500)" in text
    assert "setval('public.t_id_seq', 3500, true)" in text
    for group in re.findall(r"BEGIN;(.*?)COMMIT;", text, re.S):
        assert group.count("('n") <= 3000
