"""Records behave as frozen, slotted dataclasses do, where the project leans on that."""

import copy
import dataclasses
import pickle

import pytest

from dsql_migrate.record import Record, field


class Point(Record):
    x: int
    y: int = 0

    @property
    def sum(self) -> int:
        return self.x + self.y


class Named(Point):
    name: str = ""


class Bag(Record, frozen=False):
    size: int
    items: list[int] = field(default_factory=list)


def test_fields_are_taken_by_place_and_by_name_and_have_defaults():
    assert (Point(1).y, Point(1, 2).y, Point(y=3, x=1).y) == (0, 2, 3)


def test_a_subclass_adds_its_fields_behind_those_of_its_parent():
    made = Named(1, 2, "p")
    assert (made.x, made.y, made.name, made.sum) == (1, 2, "p", 3)
    assert Named.__match_args__ == ("x", "y", "name")


def test_a_subclass_made_first_leaves_its_parent_with_its_own_init():
    class Base(Record):
        a: int

    class Derived(Base):
        b: int

    assert Derived(1, 2).b == 2
    assert Base(1).a == 1


def test_records_are_equal_by_class_and_fields_and_hash_by_them():
    assert Point(1, 2) == Point(1, 2) != Point(2, 1)
    assert Point(1, 2) != Named(1, 2)
    assert {Point(1, 2), Point(1, 2)} == {Point(1, 2)}


def test_a_record_that_may_change_has_no_hash():
    bag = Bag(1)
    bag.size = 2
    assert bag == Bag(2)
    with pytest.raises(TypeError):
        hash(bag)


def test_a_default_factory_makes_a_new_value_each_time():
    first, second = Bag(1), Bag(1)
    first.items.append(1)
    assert second.items == []
    assert Bag(1, [5]).items == [5]


def test_records_have_slots_only():
    with pytest.raises(AttributeError):
        Point(1).z = 2


def test_what_is_missing_or_too_much_is_refused_as_by_a_function():
    with pytest.raises(TypeError, match="x"):
        Point()
    with pytest.raises(TypeError):
        Point(1, 2, 3)
    with pytest.raises(TypeError, match="z"):
        Point(1, z=3)


def test_dataclasses_works_on_them():
    assert dataclasses.replace(Named(1, 2, "a"), y=5) == Named(1, 5, "a")
    assert dataclasses.replace(Bag(1, [2]), size=3) == Bag(3, [2])
    assert [each.name for each in dataclasses.fields(Named(1))] == ["x", "y", "name"]
    assert dataclasses.asdict(Bag(1, [2])) == {"size": 1, "items": [2]}
    assert dataclasses.is_dataclass(Point(1))


def test_they_are_shown_copied_pickled_and_matched():
    made = Named(1, 2, "a")
    assert repr(made) == "Named(x=1, y=2, name='a')"
    assert copy.deepcopy(made) == made == pickle.loads(pickle.dumps(made))
    match made:
        case Named(x, _, name):
            assert (x, name) == (1, "a")
