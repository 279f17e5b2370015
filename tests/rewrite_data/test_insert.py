"""INSERT … VALUES: cut, converted, completed; and not touched where nothing has to change."""

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsql_migrate.rewrite.data.insert import InsertPlan, Part, rewrite_insert
from dsql_migrate.rewrite.data.row_error import RowError
from dsql_migrate.rewrite.data.values import Conversion, SourceType, conversion
from dsql_migrate.rewrite.data.values_scan import values_rows
from dsql_migrate.source.build import read
from dsql_migrate.source.facts import Insert, Span


def known(source: SourceType, target: str) -> Conversion:
    found = conversion(source, target)
    assert found is not None
    return found


TAGS = known(SourceType("text", 1), "jsonb")
PRICE = known(SourceType("money"), "numeric")
MOOD = known(SourceType("mood", 0, "enum"), "text")


def parts(text: str, **plan: object) -> list[Part]:
    fact = read(text.encode())
    assert isinstance(fact, Insert)
    arguments = {"columns": ("id", "name", "tags"), "max_rows": 3000, "max_bytes": 1 << 20, **plan}
    return list(rewrite_insert(text.encode(), fact, InsertPlan(**arguments)))  # type: ignore[arg-type]


def rewritten(text: str, **plan: object) -> str:
    return b"".join(part.sql for part in parts(text, **plan)).decode()


STATEMENT = "-- two rows\nINSERT INTO t (id, name) VALUES\n  (1, 'a, (b)'), -- first\n  (2, $x$)$x$);"


def test_nothing_to_do_changes_nothing() -> None:
    assert parts(STATEMENT) == [Part(STATEMENT.encode(), 2)]
    assert rewritten(STATEMENT, converters={"tags": TAGS}) == STATEMENT


def test_a_new_table_name() -> None:
    assert rewritten("INSERT INTO a.t VALUES (1);", table="b.t") == "INSERT INTO b.t VALUES (1);"
    assert rewritten("INSERT INTO t SELECT 1;", table="b.t") == "INSERT INTO b.t SELECT 1;"
    assert rewritten("INSERT INTO t DEFAULT VALUES;", table="b.t") == "INSERT INTO b.t DEFAULT VALUES;"


def test_cut_by_rows_with_the_clauses_on_every_part() -> None:
    found = parts("INSERT INTO t (id) VALUES (1),\n (2) , (3) ON CONFLICT DO NOTHING RETURNING id", max_rows=2)
    assert found == [
        Part(b"INSERT INTO t (id) VALUES (1),\n (2) ON CONFLICT DO NOTHING RETURNING id;", 2),
        Part(b"\nINSERT INTO t (id) VALUES (3) ON CONFLICT DO NOTHING RETURNING id", 1),
    ]


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=1),
    st.integers(1, 4),
    st.integers(30, 90),
)
def test_cut_parts_hold_all_rows_within_the_limits(values: list[str], max_rows: int, max_bytes: int) -> None:
    rows = ["(" + str(i) + ", '" + value.replace("'", "''") + "')" for i, value in enumerate(values)]
    found = parts("INSERT INTO t VALUES " + ", ".join(rows) + ";", max_rows=max_rows, max_bytes=max_bytes)
    read_back = []
    for part in found:
        fact = read(part.sql)
        assert isinstance(fact, Insert)
        assert fact.values_span is not None
        assert fact.rows == part.rows
        spans = values_rows(part.sql, fact.values_span)
        read_back += [row.span.of(part.sql) for row in spans]
        assert len(spans) <= max_rows
        assert len(part.sql) <= max_bytes + 1 or len(spans) == 1
    assert read_back == rows


def test_values_are_converted_in_every_form() -> None:
    text = """INSERT INTO t VALUES
      (1, 'x', '{a,b}'), (2, E'\\'', E'{"a\\\\\\\\b"}'), (3, NULL, ARRAY['it''s', NULL]::text[]),
      (4, DEFAULT, $${c}$$), (5, '', NULL), (6, '', NULL::text[]), (7, '', DEFAULT), (8, '', CAST('{}' AS text[]));"""
    expected = """INSERT INTO t VALUES
      (1, 'x', '["a", "b"]'), (2, E'\\'', '["a\\\\b"]'), (3, NULL, '["it''s", null]'),
      (4, DEFAULT, '["c"]'), (5, '', NULL), (6, '', NULL), (7, '', DEFAULT), (8, '', '[]');"""
    assert rewritten(text, converters={"tags": TAGS}) == expected


def test_columns_are_found_by_name() -> None:
    assert rewritten("INSERT INTO t (tags, id) VALUES ('{1}', 1);", converters={"tags": TAGS}) == (
        "INSERT INTO t (tags, id) VALUES ('[\"1\"]', 1);"
    )


def test_money_as_a_number_stays() -> None:
    text = "INSERT INTO t (id) VALUES (1234.567), ('$1,234.50'), (5::money), (-1);"
    assert rewritten(text, converters={"id": PRICE}) == "INSERT INTO t (id) VALUES (1234.567), ('1234.50'), (5), (-1);"


def test_a_cast_to_a_type_that_is_gone_goes() -> None:
    text = "INSERT INTO t (name) VALUES ('sad'), ('ok'::public.mood), (B'101'), ('it''s'::mood);"
    assert rewritten(text, converters={"name": MOOD}) == (
        "INSERT INTO t (name) VALUES ('sad'), ('ok'), ('101'), ('it''s');"
    )


def test_literals_of_a_type_that_becomes_text_are_brought_to_its_printed_form() -> None:
    found = known(SourceType("int4range", 0, "range"), "text")
    text = "INSERT INTO t (name) VALUES ('[1,5]'), ('[1,6)'), (int4range(1, 5));"
    assert rewritten(text, converters={"name": found}) == (
        "INSERT INTO t (name) VALUES ('[1,6)'), ('[1,6)'), ('[1,5)');"
    )


@pytest.mark.parametrize(
    ("text", "row", "column"),
    [
        ("INSERT INTO t VALUES (1, 'a', '{a}'), (2, 'b', now());", 2, 2),
        ("INSERT INTO t VALUES (1, 'a', '{a}' || '{b}');", 1, 2),
        ("INSERT INTO t VALUES (1, 'a', '{a');", 1, 2),
        ("INSERT INTO t VALUES (1, 'a', (SELECT '{}'));", 1, 2),
        ("INSERT INTO t VALUES (1, 'a', '{abc}'::varchar(2)[]);", 1, 2),
        ("INSERT INTO t (tags) SELECT '{}';", 1, None),
    ],
)
def test_what_is_no_constant_is_refused(text: str, row: int, column: int | None) -> None:
    with pytest.raises(RowError) as error:
        rewritten(text, converters={"tags": TAGS})
    assert (error.value.row, error.value.column) == (row, column)


def test_a_column_is_added() -> None:
    ids = count(1)
    added = {"add_columns": (("id", lambda: str(next(ids))),)}
    assert rewritten("INSERT INTO t (name) VALUES ('a'),('b');", **added) == (
        "INSERT INTO t (name, id) VALUES ('a', 1),('b', 2);"
    )
    assert rewritten("INSERT INTO t (id, name) VALUES (DEFAULT, 'a'), (7, 'b');", **added) == (
        "INSERT INTO t (id, name) VALUES (3, 'a'), (7, 'b');"
    )
    assert rewritten("INSERT INTO t DEFAULT VALUES;", **added) == "INSERT INTO t (id) VALUES (4);"


def test_a_column_is_added_where_there_is_no_list() -> None:
    added = {"add_columns": (("Order", lambda: "1"),)}
    assert rewritten("INSERT INTO t VALUES (5);", **added) == 'INSERT INTO t (id, "Order") VALUES (5, 1);'
    assert rewritten("INSERT INTO t AS x OVERRIDING SYSTEM VALUE VALUES (5, 'a');", **added) == (
        "INSERT INTO t AS x (id, name, \"Order\") OVERRIDING SYSTEM VALUE VALUES (5, 'a', 1);"
    )


def test_rows_of_another_length_are_refused() -> None:
    with pytest.raises(RowError, match="2 values where 1 columns"):
        rewritten("INSERT INTO t (id) VALUES (1, 2);", table="x")


@pytest.mark.parametrize(
    "row",
    [
        "(1, 'a''b', E'a\\',(', \"x,(y\")",
        "(f(1, 2), ARRAY[1, [2, 3]], (SELECT ')' ))",
        "(/* , ( */ 1 -- ) ,\n, 2, - 3)",
        "(/* a /* nested, */ ) */ 1, 2, 3)",
        "($$,($$, $a$ $$ ,) $a$, a$b$c)",
        "(B'1', x'F', U&'\\0061)')",
        "(date '2020-01-01', 'E', e'\\\\')",
        "(1 / 2, 3 - -4, 'x' -- y\n)",
    ],
)
def test_values_are_found_whatever_stands_in_them(row: str) -> None:
    text = f"{row}, {row} /* , */ ,(1,2,3)".encode()
    rows = values_rows(text, Span(0, len(text)))
    assert [r.span.of(text) for r in rows] == [row, row, "(1,2,3)"]
    assert [len(r.values) for r in rows][2] == 3
    written = [span.of(text) for span in rows[0].values]
    assert len(written) == {"(1, 'a": 4}.get(row[:6], 3)
    assert all(value == value.strip() and "nested" not in value and "-- " not in value for value in written)
