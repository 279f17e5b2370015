"""Many values at once give what each of them gives by itself."""

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsql_migrate.rewrite.data import arrays, columns_at_once, json_text, ranges, records
from dsql_migrate.rewrite.data.elements import Counted, sound_elements
from dsql_migrate.rewrite.data.values import keep

WORDS = st.sampled_from(
    [
        b"a",
        b"blue",
        b"\xc5\x81\xc3\xb3d\xc5\xba",
        b"null",
        b"NULL",
        b"nullable",
        b"-1",
        b"x y",
        b"",
        b'q"',
        b"b\\",
        b"{",
        b"l\n",
    ]
)
LISTS = st.lists(st.one_of(WORDS, st.none()), max_size=3)
NUMBERS = st.lists(st.one_of(st.integers(-99, 99).map(lambda n: b"%d" % n), st.none()), max_size=3)


def same(values, many, one):
    """How many were made at once; each must be what it is by itself."""
    made = many(values)
    if made is None:
        return 0
    assert len(made) == len(values)
    for value, quick in zip(values, made, strict=True):
        assert quick is None or quick == one(value)
    return sum(quick is not None for quick in made)


@given(st.lists(LISTS.map(arrays.literal), min_size=8, max_size=12))
def test_arrays_of_words(values):
    same(values, columns_at_once.words, partial(arrays.words_to_json, element=json_text.string))


@given(st.lists(NUMBERS.map(arrays.literal), min_size=8, max_size=12))
def test_arrays_of_numbers(values):
    same(values, columns_at_once.integers, partial(arrays.integers_to_json, element=json_text.integer))


ENDS = st.one_of(
    st.none(), st.sampled_from([b"1", b"-5", b"2024-01-01 10:00:00+00", b'a"b', b"c\\", b"infinity", b"x,y"])
)
RANGES = st.one_of(
    st.just(b"empty"),
    st.tuples(ENDS, ENDS, st.sampled_from([b"[)", b"()", b"(]", b"[]"])).map(lambda parts: ranges.text(parts) or b""),
)


@given(st.lists(RANGES, min_size=8, max_size=12))
def test_ranges(values):
    same(values, columns_at_once.ranges, ranges.parts)


@given(st.lists(st.tuples(st.one_of(WORDS, st.none()), st.one_of(WORDS, st.none())), min_size=8, max_size=12))
def test_rows(pairs):
    values = [records.text(pair) for pair in pairs]
    for behind in ((), (b"t",)):
        many = partial(columns_at_once.rows, count=2, behind=behind)
        same(values, many, lambda value, behind=behind: records.fields(value, 2) + behind)


@given(
    st.lists(st.one_of(LISTS.map(arrays.literal), st.sampled_from([b"[2:3]={1,2}", b"{{1},{2}}", b"{a"])), min_size=8)
)
def test_a_look_at_many_arrays_finds_what_a_look_at_each_does(values):
    look = sound_elements(Counted(keep))
    assert look.many is not None
    if look.many(values) is not None:
        for value in values:
            look.convert(value)


@pytest.mark.parametrize(
    ("many", "values", "made"),
    [
        (columns_at_once.words, [b"{a,b}"] * 9, 9),
        (columns_at_once.words, [b'{"a b"}'] * 9, 9),
        (columns_at_once.words, [b"{a}"] * 9 + [b'{"a b"}'] * 9 + [b"{}"], 18),
        (columns_at_once.integers, [b"{1,2}", b"{-3}"] * 5, 10),
        (columns_at_once.ranges, [b"[1,5)", b"empty", b"(,5)"] * 5, 15),
        (partial(columns_at_once.rows, count=2, behind=()), [b'("a b",1)', b"(,)"] * 5, 10),
    ],
)
def test_the_usual_forms_are_made_at_once(many, values, made):
    found = many(values)
    assert sum(one is not None for one in found) == made


@given(LISTS)
def test_words_of_an_array_are_its_elements(items):
    value = arrays.literal(items)
    apart = Counted(keep)
    words = apart.words(value)
    assert words is None or list(enumerate(words, 1)) == apart(value)[1]
