"""What a bundle owes is collected from the plan: triggers, routines, exclusions, deferrable keys, native keys."""

from pathlib import Path

import pytest

from dsql_migrate.rewrite.application.writing import obligations_of
from dsql_migrate.rewrite.decisions import Decisions
from dsql_migrate.rewrite.planning import make_plan
from dsql_migrate.rewrite.run import read_input
from dsql_migrate.stubs.code.package import Translation, package_of
from dsql_migrate.stubs.code.steps import TriggerBody
from dsql_migrate.stubs.obligations import Obligations
from dsql_migrate.target import load_target

SOURCE = """
CREATE TABLE room (id integer PRIMARY KEY, name text DEFAULT 'x' || 'y', place integer UNIQUE DEFERRABLE);
CREATE TABLE booking (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, room integer REFERENCES room ON DELETE CASCADE,
    first date, last date,
    EXCLUDE USING gist (room WITH =, daterange(first, last) WITH &&) WHERE (room > 0) INITIALLY DEFERRED
);
CREATE VIEW rooms AS SELECT id, name FROM room;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RETURN NEW;
END $$;
CREATE FUNCTION twice(n integer DEFAULT 2, OUT m integer) LANGUAGE plpgsql STRICT AS
$$ BEGIN LOOP m := 2 * n; EXIT; END LOOP; END $$;
COMMENT ON FUNCTION twice(integer) IS 'Doubles it';
CREATE TRIGGER b AFTER UPDATE ON booking REFERENCING OLD TABLE AS was NEW TABLE AS now
    FOR EACH STATEMENT EXECUTE FUNCTION touch('x', 'y');
CREATE CONSTRAINT TRIGGER a AFTER INSERT OR DELETE ON booking DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER c BEFORE UPDATE OF first, last ON booking FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION touch();
CREATE TRIGGER off BEFORE DELETE ON booking FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER v INSTEAD OF INSERT ON rooms FOR EACH ROW EXECUTE FUNCTION touch();
ALTER TABLE booking DISABLE TRIGGER off;
ALTER TABLE booking RENAME COLUMN last TO until;
"""


@pytest.fixture
def owed(tmp_path: Path) -> Obligations:
    path = tmp_path / "hotel.sql"
    path.write_text(SOURCE)
    target, decided = load_target(), Decisions()
    script = read_input(str(path), decided, target)
    plan, stubs = make_plan(script, target, decided)
    return obligations_of(plan, stubs)


def test_triggers(owed: Obligations) -> None:
    found = {one.name: one for one in owed.triggers}
    assert list(found) == ["a", "b", "c", "off", "v"]
    assert (found["b"].old_table, found["b"].new_table, found["b"].arguments) == ("was", "now", ("x", "y"))
    assert found["a"].initially_deferred
    assert found["a"].events == ("insert", "delete")
    assert (found["c"].columns, found["c"].when) == (("first", "until"), "OLD.* IS DISTINCT FROM NEW.*")
    assert [one.name for one in owed.triggers if not one.enabled] == ["off"]
    assert (found["v"].timing, found["v"].function) == ("instead of", "function:public.touch()")


def test_routines(owed: Obligations) -> None:
    twice = next(one for one in owed.routines if one.name == "twice")
    assert twice.strict
    assert (twice.comment, twice.returns, twice.line) == ("Doubles it", None, 14)
    assert [(one.name, one.mode, one.default) for one in twice.arguments] == [("n", "in", "2"), ("m", "out", None)]
    assert next(one for one in owed.routines if one.name == "touch").line == 9


def test_keys(owed: Obligations) -> None:
    assert [(one.elements, one.where, one.initially_deferred) for one in owed.exclusions] == [
        ((("room", "="), ("daterange(first, last)", "&&")), "room > 0", True)
    ]
    assert [one.columns for one in owed.deferred_keys] == [("place",)]
    assert [(one.on_delete, one.references) for one in owed.native_keys] == [("cascade", ("public", "room"))]


def test_shapes(owed: Obligations) -> None:
    room, booking = (owed.table(("public", name)) for name in ("room", "booking"))
    assert room is not None
    assert booking is not None
    assert [one.default_sql for one in room.columns] == [None, "'x' || 'y'", None]
    assert [one.name for one in booking.columns if one.identity] == ["id"]
    view = owed.table(("public", "rooms"))
    assert view is not None
    assert view.view
    assert [one.name for one in view.columns] == ["id", "name"]


def test_a_module_where_something_is_owed(owed: Obligations) -> None:
    """The room's rows take bookings along, by a key of the database, which calls no code for the booking's trigger."""
    body = TriggerBody("t", "z", "touch", 1, "delete", "after", row=True, body=())
    trigger = next(one.id for one in owed.triggers if one.name == "a")
    package = package_of(owed, Translation(triggers={trigger: (body,)}))
    names = [module.shape.name for module in package.modules]
    assert names == ["booking", "room", "rooms"]
    assert [module.by_database for module in package.modules] == [True, False, False]
    assert package.modules[0].fired("delete", "after", row=True) == (body,)
    assert [one.name for one in package.modules[0].owed] == ["b", "c"]
