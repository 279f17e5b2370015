"""Notices of effects, and PostgreSQL's text of a row taken apart."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsql_migrate.engine.occ import Effect, effect_of, fields

VALUES = st.lists(st.none() | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), min_size=1)
SPACES = " \t\n\v\f\r"


def record(values: list[str | None]) -> str:
    """What PostgreSQL's record_out writes for these values."""

    def field(value: str | None) -> str:
        if value is None:
            return ""
        if value and not any(character in value for character in '"\\(),' + SPACES):
            return value
        return '"' + value.replace("\\", "\\\\").replace('"', '""') + '"'

    return "(" + ",".join(map(field, values)) + ")"


def test_an_update_tells_its_rows_in_pairs() -> None:
    message = '{"r": 16400, "o": "U", "x": 771, "n": ["(1,new)"], "o_": ["(1,old)"], "b": 12, "c": 1}'
    expected = Effect(relation=16400, op="U", xid=771, old=("(1,old)",), new=("(1,new)",), size=12, rows=1)
    assert effect_of(message) == effect_of(message.encode()) == expected


def test_an_insert_has_no_rows_before() -> None:
    effect = effect_of('{"r": 1, "o": "I", "x": 2, "n": ["(1)", "(2)"], "o_": null, "b": 8, "c": 2}')
    assert (effect.old, effect.new) == ((), ("(1)", "(2)"))


@pytest.mark.parametrize(
    "message",
    [
        "",
        "no JSON",
        "[]",
        "7",
        '{"r": 1}',
        '{"r": "1", "o": "I", "x": 2, "n": ["(1)"], "b": 8, "c": 1}',
        '{"r": 1, "o": "T", "x": 2, "n": ["(1)"], "b": 8, "c": 1}',
        '{"r": 1, "o": "I", "x": 2, "n": "(1)", "b": 8, "c": 1}',
        '{"r": 1, "o": "I", "x": 2, "n": [null], "b": 8, "c": 1}',
        '{"r": 1, "o": "I", "x": 2, "n": ["(1)"], "o_": ["(1)"], "b": 8, "c": 1}',
        '{"r": 1, "o": "D", "x": 2, "n": ["(1)"], "b": 8, "c": 1}',
        '{"r": 1, "o": "U", "x": 2, "n": ["(1)"], "o_": [], "b": 8, "c": 1}',
        b"\xff",
    ],
)
def test_what_is_no_notice_of_an_effect_is_refused(message: bytes | str) -> None:
    with pytest.raises(ValueError, match="not the notice of an effect"):
        effect_of(message)


@given(st.text() | st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_whatever_comes_is_an_effect_or_a_value_error(message: str) -> None:
    with pytest.raises(ValueError, match="not the notice of an effect"):
        effect_of(message)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(1,a)", ["1", "a"]),
        ("()", [None]),
        ("(,)", [None, None]),
        ('("",)', ["", None]),
        ('("a,b",c)', ["a,b", "c"]),
        ('("say ""hi""")', ['say "hi"']),
        ('("back\\\\slash","""","\\\\")', ["back\\slash", '"', "\\"]),
        ('("(1,2)",x)', ["(1,2)", "x"]),
        ("(\"two\nlines\",'')", ["two\nlines", "''"]),
        ('("","")', ["", ""]),
        ("(NULL,null)", ["NULL", "null"]),
    ],
)
def test_a_row_is_taken_apart(text: str, expected: list[str | None]) -> None:
    assert fields(text) == expected


@given(VALUES)
def test_what_postgresql_writes_is_read_back(values: list[str | None]) -> None:
    assert fields(record(values)) == values


@pytest.mark.parametrize(
    "text",
    ["", "(", "1,2", "(1", '("a)', '("a"b)', '(a"b")', '("a",b)c)', "(a(b)", "((1))", r"(a\b)", '("a\\")', '(a)"")'],
)
def test_what_is_no_row_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="the text of a row"):
        fields(text)


@given(st.text('()",\\ a'))
def test_a_text_is_a_row_only_if_postgresql_would_write_it(text: str) -> None:
    try:
        values = fields(text)
    except ValueError:
        return
    assert fields(record(values)) == values


def test_a_long_row_without_its_closing_quote_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="the text of a row"):
        fields('("' + 'a""' * 300_000 + ")")
