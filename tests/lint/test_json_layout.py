"""Indented JSON is laid out as Python's own json lays it out."""

import json

import pytest

from dsql_migrate.lint.output.json import dumped

DOCUMENTS = [
    {},
    {"b": [], "a": {}, "c": [{}, [], ""], "d": None, "e": True, "f": False, "g": 0, "h": -1.5},
    {"quote": 'a "b" \\ / \n\t\x00', "letters": "äöü €", "nested": {"z": {"y": [1, {"x": [None]}]}}},
    [1, "a", ("b", 2)],
    "text",
]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_as_json_dumps_writes_it(document):
    assert dumped(document, indent=2) == json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True)
