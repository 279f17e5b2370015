"""JSON laid out by hand says what Python's own json would say, with a line for each member of the outer levels."""

import json

import pytest

from dsql_migrate.lint.output.json import dumped

DOCUMENTS = [
    {},
    {"b": [], "a": {}, "c": [{}, [], ""], "d": None, "e": True, "f": False, "g": 0, "h": -1.5},
    {"quote": 'a "b" \\ / \n\t\x00', "letters": "äöü €", "nested": {"z": {"y": [1, {"x": [None]}]}}},
    [1, "a", ["b", 2]],
    "text",
]


@pytest.mark.parametrize("levels", range(5))
@pytest.mark.parametrize("document", DOCUMENTS)
def test_it_is_the_same_document_with_sorted_keys(document: object, levels: int) -> None:
    read = json.loads(dumped(document, levels))
    assert json.dumps(read) == json.dumps(document, sort_keys=True)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_as_deep_as_it_goes_it_is_as_json_dumps_indents_it(document: object) -> None:
    assert dumped(document, levels=9) == json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True)


def test_the_outer_levels_have_lines_of_their_own() -> None:
    text = dumped({"b": [{"y": 1, "x": [2]}, {}], "a": 1}, levels=2)
    assert text.splitlines() == ["{", '  "a": 1,', '  "b": [', '    {"x": [2], "y": 1},', "    {}", "  ]", "}"]
