"""Footprints: what a transaction touched, and which two touches conflict."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsql_migrate.engine.occ import Effect, Entry, Lock, Mode, Shapes, conflict, footprint

PARENT, CHILD, LOOSE, NULLABLE = 10, 11, 12, 13
SHAPES = Shapes(
    [
        (PARENT, "parent", ["id", "email", "name"], ['["id"]', '["email"]'], ["id"], "[]"),
        (
            CHILD,
            "child",
            ["id", "parent_id", "note"],
            ['["id"]'],
            ["id"],
            [{"columns": ["parent_id"], "parent": PARENT, "parent_columns": ["id"], "deferrable": False, "match": "s"}],
        ),
        (LOOSE, "loose", ["a", "b"], [], [], "[]"),
        (NULLABLE, "nullable", ["u", "v"], ['["u"]'], [], "[]"),
    ]
)


def inserted(relation: int, *rows: str) -> Effect:
    return Effect(relation, "I", 1, (), rows, 0, len(rows))


def updated(relation: int, old: str, new: str) -> Effect:
    return Effect(relation, "U", 1, (old,), (new,), 0, 1)


def deleted(relation: int, *rows: str) -> Effect:
    return Effect(relation, "D", 1, rows, (), 0, len(rows))


def entries(*effects: Effect, locks: tuple[Lock, ...] = (), locked: tuple[int, ...] = ()) -> dict[Entry, Mode]:
    found = footprint(effects, locks, SHAPES, locked)
    return {entry: mode for entry, mode in found.items() if mode is not Mode.TOUCHED}


def clash(one: dict[Entry, Mode], other: dict[Entry, Mode]) -> bool:
    return any(conflict(mode, other[entry]) for entry, mode in one.items() if entry in other)


def test_the_matrix_is_the_documented_one() -> None:
    strong, change, share = Mode.STRONG, Mode.CHANGE, Mode.KEY_SHARE
    conflicting = {(one, other) for one, other in itertools.product(Mode, Mode) if conflict(one, other)}
    assert conflicting == {
        *((strong, strong), (strong, change), (strong, share)),
        *((change, strong), (change, change)),
        (share, strong),
    }


@given(st.sampled_from(Mode), st.sampled_from(Mode), st.sampled_from(Mode))
def test_a_greater_mode_conflicts_with_all_that_a_smaller_one_does(one: Mode, other: Mode, third: Mode) -> None:
    assert conflict(one, other) == conflict(other, one)
    assert not conflict(min(one, other), third) or conflict(max(one, other), third)


def test_a_row_is_known_by_every_key_it_has() -> None:
    assert entries(inserted(PARENT, "(1,a@x,Ann)")) == {
        (PARENT, ("id",), ("1",)): Mode.STRONG,
        (PARENT, ("email",), ("a@x",)): Mode.STRONG,
    }


def test_an_update_of_other_columns_is_the_weaker_one() -> None:
    assert entries(updated(PARENT, "(1,a@x,Ann)", "(1,a@x,Bea)")) == {
        (PARENT, ("id",), ("1",)): Mode.CHANGE,
        (PARENT, ("email",), ("a@x",)): Mode.CHANGE,
    }


def test_an_update_of_any_key_is_strong_for_the_row_and_for_both_values() -> None:
    assert entries(updated(PARENT, "(1,a@x,Ann)", "(1,b@x,Ann)")) == {
        (PARENT, ("id",), ("1",)): Mode.STRONG,
        (PARENT, ("email",), ("a@x",)): Mode.STRONG,
        (PARENT, ("email",), ("b@x",)): Mode.STRONG,
    }


def test_a_key_column_set_to_what_it_was_is_no_update_of_a_key() -> None:
    assert set(entries(updated(PARENT, "(1,a@x,Ann)", "(1,a@x,Ann)")).values()) == {Mode.CHANGE}


def test_the_strongest_of_several_touches_counts() -> None:
    change, back = updated(PARENT, "(1,a@x,Ann)", "(1,a@x,Bea)"), deleted(PARENT, "(1,a@x,Bea)")
    assert set(entries(change, back).values()) == {Mode.STRONG}
    assert entries(change, back) == entries(back, change)


def test_a_child_shares_its_parents_key() -> None:
    assert entries(inserted(CHILD, "(5,1,x)"))[PARENT, ("id",), ("1",)] is Mode.KEY_SHARE


def test_a_child_without_a_parent_shares_nothing() -> None:
    assert set(entries(inserted(CHILD, "(5,,x)"))) == {(CHILD, ("id",), ("5",))}


def test_only_a_changed_reference_is_checked_again() -> None:
    assert (PARENT, ("id",), ("1",)) not in entries(updated(CHILD, "(5,1,x)", "(5,1,y)"))
    moved = entries(updated(CHILD, "(5,1,x)", "(5,2,x)"))
    assert moved[PARENT, ("id",), ("2",)] is Mode.KEY_SHARE
    assert moved[CHILD, ("id",), ("5",)] is Mode.CHANGE
    assert (PARENT, ("id",), ("1",)) not in moved


def test_a_child_inserted_conflicts_with_its_parent_deleted_or_renumbered() -> None:
    child = entries(inserted(CHILD, "(5,1,x)"))
    assert clash(child, entries(deleted(PARENT, "(1,a@x,Ann)")))
    assert clash(child, entries(updated(PARENT, "(1,a@x,Ann)", "(2,a@x,Ann)")))
    assert clash(child, entries(updated(PARENT, "(1,a@x,Ann)", "(1,b@x,Ann)"))), "any key column of the parent's row"


def test_a_child_inserted_conflicts_with_no_other_change_of_its_parent() -> None:
    child = entries(inserted(CHILD, "(5,1,x)"))
    assert not clash(child, entries(updated(PARENT, "(1,a@x,Ann)", "(1,a@x,Bea)")))
    assert not clash(child, entries(deleted(PARENT, "(2,b@x,Bea)")))
    assert not clash(child, entries(inserted(CHILD, "(6,1,y)")))
    assert not clash(child, entries(deleted(CHILD, "(7,1,y)")))


def test_a_row_locked_for_update_is_strong_and_for_key_share_shared() -> None:
    strong = entries(locks=(Lock(PARENT, "(1,a@x,Ann)", shared=False),))
    shared = entries(locks=(Lock(PARENT, "(1,a@x,Ann)", shared=True),))
    change = entries(updated(PARENT, "(1,a@x,Ann)", "(1,a@x,Bea)"))
    assert clash(strong, change)
    assert clash(strong, shared)
    assert clash(strong, strong)
    assert not clash(shared, change)
    assert not clash(shared, shared)


def test_a_row_locked_and_then_changed_is_as_strong_as_its_lock() -> None:
    change = updated(PARENT, "(1,a@x,Ann)", "(1,a@x,Bea)")
    assert set(entries(change, locked=(PARENT,)).values()) == {Mode.STRONG}
    assert set(entries(change, locked=(CHILD,)).values()) == {Mode.CHANGE}


def test_without_a_key_a_row_is_its_text() -> None:
    assert entries(updated(LOOSE, "(1,x)", "(1,y)")) == {(LOOSE, (), ("(1,x)",)): Mode.CHANGE}
    assert entries(deleted(LOOSE, "(1,x)")) == {(LOOSE, (), ("(1,x)",)): Mode.STRONG}
    assert entries(locks=(Lock(LOOSE, "(1,x)", shared=True),)) == {(LOOSE, (), ("(1,x)",)): Mode.KEY_SHARE}


def test_a_new_row_without_a_key_conflicts_with_nothing_but_its_table_is_told() -> None:
    assert footprint([inserted(LOOSE, "(1,x)", "(1,x)")], (), SHAPES) == {(LOOSE, (), ()): Mode.TOUCHED}
    assert not clash(entries(inserted(LOOSE, "(1,x)")), entries(inserted(LOOSE, "(1,x)")))


def test_a_row_whose_only_key_is_null_is_its_text() -> None:
    first = entries(updated(NULLABLE, "(,1)", "(,2)"))
    second = entries(updated(NULLABLE, "(,1)", "(7,1)"))
    assert first == {(NULLABLE, (), ("(,1)",)): Mode.CHANGE}
    assert second[NULLABLE, ("u",), ("7",)] is Mode.STRONG
    assert clash(first, second)
    assert entries(inserted(NULLABLE, "(,1)")) == {}


def test_nulls_not_distinct_makes_null_a_value() -> None:
    shapes = Shapes([(1, "t", ["u"], ['{"columns": ["u"], "nulls_not_distinct": true}'], [], "[]")])
    assert footprint([inserted(1, "()")], (), shapes)[1, ("u",), (None,)] is Mode.STRONG


def test_a_key_of_two_columns_meets_a_reference_in_another_order() -> None:
    reference = {"columns": ["x", "y"], "parent": 1, "parent_columns": ["b", "a"], "deferrable": True, "match": "f"}
    shapes = Shapes([(1, "p", ["a", "b"], ['["a","b"]'], [], "[]"), (2, "c", ["x", "y"], [], [], [reference])])
    parent = footprint([deleted(1, "(1,2)")], (), shapes)
    assert parent[1, ("a", "b"), ("1", "2")] is Mode.STRONG
    assert footprint([inserted(2, "(2,1)")], (), shapes)[1, ("a", "b"), ("1", "2")] is Mode.KEY_SHARE
    assert set(footprint([inserted(2, "(2,)")], (), shapes).values()) == {Mode.TOUCHED}


def test_values_are_compared_as_their_types_are() -> None:
    reference = {"columns": ["p"], "parent": 1, "parent_columns": ["n"], "deferrable": False, "match": "s"}
    shapes = Shapes(
        [
            (1, "p", ["n"], ['["n"]'], [], "[]", ["numeric"]),
            (2, "c", ["p"], [], [], [reference], ["int4"]),
            (3, "untyped", ["n"], ['["n"]'], [], "[]"),
        ]
    )
    parent = footprint([deleted(1, "(7.00)")], (), shapes)
    assert clash(parent, footprint([inserted(1, "(7.000)")], (), shapes))
    assert clash(parent, footprint([inserted(2, "(7)")], (), shapes))
    assert not clash(
        footprint([inserted(3, "(7.00)")], (), shapes),
        footprint([inserted(3, "(7.000)")], (), shapes),
    )


def test_a_row_that_does_not_fit_its_table_is_refused() -> None:
    with pytest.raises(ValueError, match="a row of 2 columns"):
        footprint([inserted(PARENT, "(1,a@x)")], (), SHAPES)


ROWS = st.builds("({},{},{})".format, st.sampled_from("1234"), st.sampled_from(["", "a", "b"]), st.sampled_from("xy"))
EFFECTS = st.lists(
    st.builds(inserted, st.just(PARENT), ROWS)
    | st.builds(deleted, st.just(PARENT), ROWS)
    | st.builds(updated, st.just(PARENT), ROWS, ROWS),
    max_size=6,
)


@given(EFFECTS, EFFECTS)
def test_touching_more_never_takes_a_conflict_away(some: list[Effect], more: list[Effect]) -> None:
    less, all_of_it = entries(*some), entries(*some, *more)
    assert all(all_of_it[entry] >= mode for entry, mode in less.items())


@given(EFFECTS)
def test_the_order_of_effects_does_not_matter(effects: list[Effect]) -> None:
    assert entries(*effects) == entries(*reversed(effects))


@given(ROWS, ROWS, ROWS)
def test_two_changes_of_one_row_always_conflict(row: str, one: str, other: str) -> None:
    assert clash(entries(updated(PARENT, row, one)), entries(updated(PARENT, row, other)))
    assert clash(entries(updated(PARENT, row, one)), entries(deleted(PARENT, row)))
