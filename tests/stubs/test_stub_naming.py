"""Names from a dump never leave the place that is theirs."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsql_migrate.stubs.naming import file_names, identifier, literal, prose, slug
from dsql_migrate.stubs.python.layout import WIDTH, call, docstring, text

anything = st.text(alphabet=st.one_of(st.sampled_from("\"'\\\n\r%`*|{}-_ aé\u202e\x00\u2028"), st.characters()))


@given(anything)
def test_a_literal_is_the_string(name: str) -> None:
    shown = literal(name)
    assert ast.literal_eval(shown) == name
    assert len(shown.splitlines()) == 1


@given(st.lists(anything, min_size=1, max_size=4))
def test_a_text_is_its_parts_in_any_layout(parts: list[str]) -> None:
    made = ast.parse(call(0, "f(", [text(*parts), "x"])).body[0]
    assert isinstance(made, ast.Expr)
    assert isinstance(made.value, ast.Call)
    assert ast.literal_eval(made.value.args[0]) == "".join(parts)


@given(anything)
def test_prose_stays_in_a_docstring_and_in_a_comment(name: str) -> None:
    tree = ast.parse(f"{docstring(0, 'About ' + prose(name) + '.')}\n# {prose(name)}\n")
    assert len(tree.body) == 1
    assert ast.get_docstring(tree) is not None


@given(anything)
def test_a_slug_is_a_file_name(name: str) -> None:
    assert all(c.isascii() and (c.isalnum() or c == "_") for c in slug(name))
    assert len(slug(name)) <= 61


@given(st.lists(st.tuples(st.just("public"), anything), max_size=8))
def test_no_two_names_share_a_file(names: list[tuple[str, str]]) -> None:
    made = file_names(names, taken={"runtime", "class"}, suffix="_table")
    assert len({name.lower() for name in made.values()}) == len(set(names))
    assert not {"runtime", "class", "con", ""} & set(made.values())
    assert file_names(reversed(names), taken={"runtime", "class"}, suffix="_table") == made


def test_file_names() -> None:
    names = [("public", "orders"), ("public", "a-b"), ("public", "a_b"), ("public", "runtime"), ("public", "nul")]
    made = file_names(names, taken={"runtime"}, suffix="_table")
    assert made["public", "orders"] == "orders"
    assert made["public", "runtime"] == "runtime_table"
    assert made["public", "nul"] == "nul_table"
    assert made["public", "a-b"].startswith("a_b_")
    assert made["public", "a-b"] != made["public", "a_b"]


@pytest.mark.parametrize(
    ("parts", "shown"),
    [
        (("public", "orders"), "public.orders"),
        (("public", "Order"), 'public."Order"'),
        (("select",), '"select"'),
        (('a"b',), '"a""b"'),
        (("1st",), '"1st"'),
        (("é",), '"é"'),
    ],
)
def test_identifier(parts: tuple[str, ...], shown: str) -> None:
    assert identifier(*parts) == shown


def test_layout_is_that_of_a_formatter() -> None:
    assert call(4, "f(", ["a", "b"]) == "    f(a, b)"
    long = "x" * 60
    head = "something_longer("
    assert call(4, head, [long, "y" * 18]) == f"    {head}\n        {long}, {'y' * 18}\n    )"
    assert call(4, "f(", [long, long]) == f"    f(\n        {long},\n        {long},\n    )"
    assert all(len(line) <= WIDTH for line in docstring(4, "word " * 60).splitlines())
