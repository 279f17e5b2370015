"""Converting back gives the source's values, and whatever is damaged on the way is found, by row and column."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import psycopg
import pytest

from dsql_migrate.rewrite.data.values import SourceType, conversion
from dsql_migrate.source.open import source_of
from dsql_migrate.verify import structure
from dsql_migrate.verify.access import reader
from dsql_migrate.verify.backs import same_number
from dsql_migrate.verify.converted_back import compare_back
from dsql_migrate.verify.expect import Back, ColumnExpectation, Expectations, Part, TableExpectation
from dsql_migrate.verify.load import load
from dsql_migrate.verify.loaded import LoadReport
from dsql_migrate.verify.outcome import Check, Comparison

pytestmark = pytest.mark.server

SOURCE = b"""
CREATE TABLE public.keyed (id bytea PRIMARY KEY, tags text[], sums numeric[], price money);
COPY public.keyed FROM stdin;
\\\\x00ff	{a,"b c","d\\\\"e",NULL,"tab\\there"}	{1.50,2}	$1,234.50
\\\\x01	{}	\\N	\\N
\\\\x02	\\N	{0.0}	-$0.01
\\.
CREATE TABLE public.loose (what text, tags integer[]);
COPY public.loose FROM stdin;
a	{1}
b	[0:1]={2,3}
b	[0:1]={2,3}
\\N	\\N
\\.
"""
TARGET = """
CREATE TABLE public.keyed (id text PRIMARY KEY, tags jsonb, sums jsonb, price numeric(19,2));
INSERT INTO public.keyed VALUES ('00ff', '["a", "b c", "d\\"e", null, "tab\\there"]', '[1.5, 2.0]', 1234.5),
  ('01', '[]', NULL, NULL), ('02', NULL, '[0]', -0.01);
CREATE TABLE public.loose (what text, tags jsonb);
INSERT INTO public.loose VALUES ('b', '{"lower": [0], "elements": [2, 3]}'), ('a', '[1]'), (NULL, NULL),
  ('b', '{"lower": [0], "elements": [2, 3]}');
"""


def back(column: str, type: str, target: str, dimensions: int = 0, **more: Any) -> Back:
    found = conversion(SourceType(type, dimensions), target)
    assert found is not None
    there = found.back
    assert there is not None
    return Back(column, (column,), lambda v: None if v[0] is None else there(v[0]), **more)


def columns(**types: str) -> tuple[ColumnExpectation, ...]:
    return tuple(ColumnExpectation(name, type, source_sql=f'x("{name}")') for name, type in types.items())


KEYED = TableExpectation(
    "public", "keyed", (Part("public", "keyed"),),
    columns(id="text", tags="jsonb", sums="jsonb", price="numeric(19,2)"),
    key=("id",), backs=(
        back("id", "bytea", "text"), back("tags", "text", "jsonb", 1), back("price", "money", "numeric"),
        back("sums", "numeric", "jsonb", 1, canonical=same_number),
    ),
)  # fmt: skip
LOOSE = TableExpectation(
    "public", "loose", (Part("public", "loose"),), (ColumnExpectation("what", "text"), *columns(tags="jsonb")),
    backs=(back("tags", "int4", "jsonb", 1),),
)  # fmt: skip


@dataclass
class Pair:
    source: str
    target: str
    report: LoadReport

    def damage(self, statement: str) -> None:
        with psycopg.connect(self.target, autocommit=True) as connection:
            connection.execute(statement.encode())

    def check(self, *tables: TableExpectation, unproved: dict[str, str] | None = None) -> Check:
        with reader(self.source) as source, reader(self.target) as target:
            comparison = Comparison(
                structure.read(source), structure.read(target), Expectations(tables or (KEYED, LOOSE), ()), self.report
            )
            comparison.unproved.update(unproved or {})
            return compare_back(comparison, source, target)


@pytest.fixture
def pair(database: Callable[[], str]) -> Pair:
    source, target = database(), database()
    report = load(source_of(SOURCE, "in.sql"), source)
    assert not report.failures
    with psycopg.connect(target, autocommit=True) as connection:
        connection.execute(TARGET.encode())
    return Pair(source, target, report)


def test_a_faithful_target_gives_the_sources_values(pair: Pair) -> None:
    check = pair.check()
    assert check.differences == []
    assert check.counts == {"tables": 2, "columns": 4, "rows": 7}


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE keyed SET tags = '[\"a\", null]' WHERE id = '00ff'",
         "row (id = '\\x00ff'): column tags comes back as '{a,NULL}', the source has "),
        ("UPDATE keyed SET tags = NULL WHERE id = '01'",
         "row (id = '\\x01'): column tags comes back as NULL, the source has '{}'"),
        ("UPDATE keyed SET price = 0.01 WHERE id = '02'",
         "row (id = '\\x02'): column price comes back as '$0.01', the source has '-$0.01'"),
        ("UPDATE keyed SET id = '03' WHERE id = '02'", "row (id = '\\x02') is not on the target"),
        ("UPDATE keyed SET tags = '{\"a\": 1}' WHERE id = '01'",
         "row (id = '\\x01'): column tags cannot be converted back ("),
        ("UPDATE loose SET tags = '[2, 3]' WHERE what = 'b'",
         "row (what = 'b'): column tags comes back as '{2,3}', the source has '[0:1]={2,3}'"),
        ("DELETE FROM loose WHERE what IS NULL", "row (what = NULL) is not on the target"),
    ],
)  # fmt: skip
def test_one_damaged_value_is_found_by_row_and_column(pair: Pair, statement: str, said: str) -> None:
    pair.damage(statement)
    found = pair.check().differences
    assert any(said in sentence for sentence in found), found


def test_rows_that_changed_places_are_found(pair: Pair) -> None:
    """The same values, put together in another way."""
    pair.damage("UPDATE loose SET what = CASE what WHEN 'a' THEN 'b' ELSE 'a' END WHERE what IS NOT NULL")
    assert len(pair.check(LOOSE).differences) >= 1


def test_a_converter_that_loses_something_is_found(pair: Pair) -> None:
    """As one does that forgets lower bounds: SQL that forgets them as well would say that nothing differs."""
    pair.damage("UPDATE loose SET tags = tags -> 'elements' WHERE what = 'b'")
    (said,) = pair.check(LOOSE).differences
    assert "'[0:1]={2,3}'" in said


def test_a_wrong_way_back_is_found(pair: Pair) -> None:
    def careless(values: tuple[bytes | None, ...]) -> bytes | None:
        return values[0] and values[0].replace(b"[", b"{").replace(b"]", b"}")

    wrong = replace(LOOSE, backs=(Back("tags", ("tags",), careless),))
    assert len(pair.check(wrong).differences) == 1


def test_columns_without_a_way_back_are_named_and_those_of_stand_ins_left_out(pair: Pair) -> None:
    lossy = replace(KEYED, backs=(*KEYED.backs[:1], Back("tags", ("tags",), None, "spaces"), *KEYED.backs[2:]))
    check = pair.check(lossy, unproved={"column:public.keyed.price": "a stand-in's"})
    assert check.notes == ["column:public.keyed.tags has no way back: spaces"]
    assert check.counts["columns"] == 1
    assert check.differences == []


def test_numbers_are_the_same_by_value() -> None:
    for one, other in ((b"1.50", b"1.5"), (b"{1.0,-0,20}", b"{1,0,20}"), (b"-0.00", b"0"), (b"1e-10", b"1e-10")):
        assert same_number(one) == same_number(other)
    assert same_number(b"{100,-0.5,1.05}") == b"{100,-0.5,1.05}"
