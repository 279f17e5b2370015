"""The tables' shapes, read from the rows that the database gives."""

from __future__ import annotations

import json

import pytest

from dsql_migrate.engine.occ import Shapes

PARENT = (10, "parent", ["id", "a", "b"], ['["id"]', '["b","a"]'], ["id"], "[]")
REFERENCE = {"columns": ["x", "y"], "parent": 10, "parent_columns": ["b", "a"], "deferrable": False, "match": "s"}
CHILD = (11, "child", ["id", "y", "x"], ['["id"]'], ["id"], json.dumps([REFERENCE]))


def test_a_key_has_its_columns_in_one_order_whatever_the_index_says() -> None:
    key = Shapes([PARENT])[10].keys[1]
    assert (key.columns, list(key.places())) == (("a", "b"), [1, 2])


def test_a_reference_is_told_by_the_parents_columns() -> None:
    reference = Shapes([PARENT, CHILD])[11].references[0]
    assert (reference.relation, reference.columns, list(reference.places())) == (10, ("a", "b"), [1, 2])


def test_two_indexes_on_the_same_columns_are_one_key() -> None:
    shapes = Shapes([(1, "t", ["a", "b"], ['["a","b"]', '["b","a"]'], [], "[]")])
    assert len(shapes[1].keys) == 1


def test_key_columns_are_those_of_all_keys() -> None:
    assert Shapes([PARENT])[10].key_places == (0, 1, 2)
    assert Shapes([CHILD, PARENT])[11].key_places == (0,)


def test_a_table_that_is_not_known_has_no_keys() -> None:
    shape = Shapes()[99]
    assert (shape.relation, shape.keys, shape.references) == (99, (), ())


@pytest.mark.parametrize("name", ["parent", "public.parent", "s.parent", '"S.x".parent'])
def test_what_a_statement_may_touch_are_its_tables_what_cascades_and_what_they_refer_to(name: str) -> None:
    grandchild = (12, 'public."Gr.""and"', ["id"], [], [], json.dumps([REFERENCE | {"parent": 11}]))
    other = (13, "other", ["x", "y"], [], [], json.dumps([REFERENCE | {"parent": 14}]))
    shapes = Shapes([(10, name, *PARENT[2:]), CHILD, (12, grandchild[1], ["x", "y"], *grandchild[3:]), other])
    assert shapes.reached([("public", "parent")]) == ({10, 11, 12}, {10, 11})
    assert shapes.reached([("child",)]) == ({11, 12}, {10, 11})
    assert shapes.reached([('Gr."and',)]) == ({12}, {11})
    assert shapes.reached([("other",)]) == ({13}, {14})
    assert shapes.reached([("a_view",), ("other",)])[0] == shapes.reached([])[0] == {10, 11, 12, 13}


def test_rows_are_read_by_name_and_from_postgresqls_text_of_arrays() -> None:
    row = {
        "relation": "12",
        "name": "odd",
        "columns": '{id,"say \\"hi\\"","a,b","back\\\\slash","{}"}',
        "keys": '{"[\\"id\\"]","[\\"a,b\\", \\"say \\\\\\"hi\\\\\\"\\"]"}',
        "primary_key": "{id}",
        "references_": None,
    }
    shape = Shapes([row])[12]
    assert shape.columns == ("id", 'say "hi"', "a,b", "back\\slash", "{}")
    assert [key.columns for key in shape.keys] == [("id",), ("a,b", 'say "hi"')]


def test_nulls_not_distinct_is_told_with_the_key() -> None:
    keys = ['{"columns": ["a"], "nulls_not_distinct": true}', '["b"]']
    assert [key.nulls_equal for key in Shapes([(1, "t", ["a", "b"], keys, [], [])])[1].keys] == [True, False]


@pytest.mark.parametrize(
    "row",
    [
        (1, "t", ["a"]),
        (1, "t", ["a"], ['["b"]'], [], "[]"),
        (1, "t", ["a"], ["[1"], [], "[]"),
        (1, "t", "a", [], [], "[]"),
        (1, "t", '{"a}', [], [], "[]"),
        (1, "t", ["a"], [], [], [{"parent": 2}]),
        (1, "t", ["a"], [], [], [{"parent": 2, "columns": ["a"], "parent_columns": ["x", "y"]}]),
    ],
)
def test_what_is_no_shape_is_refused(row: tuple[object, ...]) -> None:
    with pytest.raises(ValueError, match="not the shape of a table"):
        Shapes([row])
