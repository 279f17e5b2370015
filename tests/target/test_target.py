"""The dated target: the same question on different days."""

from datetime import date

import pytest

from dsql_migrate.errors import Failure
from dsql_migrate.target import load_target


def test_newest_day_is_the_default() -> None:
    target = load_target()
    assert target.as_of == target.newest == date(2026, 9, 15)
    assert target.has("partial-indexes")


@pytest.mark.parametrize(
    ("capability", "day"),
    [
        ("numeric-keys", "2026-02-03"),
        ("sequences", "2026-02-13"),
        ("json", "2026-05-04"),
        ("jsonb", "2026-06-08"),
        ("drop-constraint", "2026-07-06"),
        ("check-not-valid", "2026-08-03"),
        ("foreign-keys", "2026-08-26"),
        ("partial-indexes", "2026-09-15"),
    ],
)
def test_a_capability_is_there_from_its_day_on(capability: str, day: str) -> None:
    since = date.fromisoformat(day)
    assert load_target(since).has(capability)
    assert not load_target(date.fromordinal(since.toordinal() - 1)).has(capability)
    assert load_target().since(capability) == since


def test_unknown_names_are_errors() -> None:
    target = load_target()
    with pytest.raises(KeyError):
        target.has("triggers")
    with pytest.raises(KeyError):
        target.limit("triggers")


def test_before_the_service_there_is_no_target() -> None:
    with pytest.raises(Failure, match="no Aurora DSQL"):
        load_target(date(2020, 1, 1))


def test_types_follow_the_day() -> None:
    now, then = load_target(), load_target(date(2026, 1, 31))
    assert now.types["jsonb"].column
    assert not now.types["jsonb"].key
    assert "jsonb" not in then.types
    assert (now.types["numeric"].key, then.types["numeric"].key) == (True, False)
    assert now.types["numeric"].implied == ("18", "6")
    assert now.types["varchar"].max_length == 65535


def test_nearest_type_exists_on_the_day() -> None:
    assert load_target().nearest["[]"] == "jsonb"
    assert load_target(date(2026, 5, 31)).nearest["[]"] == "json"
    assert load_target(date(2026, 5, 31)).nearest["jsonb"] == "json"
    assert load_target(date(2026, 1, 1)).nearest["[]"] == "text"
    assert load_target().nearest["money"] == "numeric(19,2)"
    assert "jsonb" not in load_target().nearest


def test_limits_follow_the_day_and_take_the_careful_value() -> None:
    now, then = load_target(), load_target(date(2026, 8, 24))
    assert (now.limit("numeric-precision"), then.limit("numeric-precision")) == (1000, 38)
    assert now.limit("key-bytes") == 1024
    assert now.limits["key-bytes"].observed == 1981
    assert now.limit("columns-per-table") == 255
    assert now.limit("transaction-rows") == 3000


def test_settable_parameters_follow_the_day() -> None:
    assert "search_path" in load_target().settable
    assert "statement_timeout" not in load_target().settable
    assert "dsql.enable_batched_nestloop" not in load_target(date(2026, 9, 10)).settable


def test_functions() -> None:
    target = load_target()
    assert "pg_advisory_lock" in target.functions_refused
    assert target.functions["uuid_generate_v4"].replacement == "gen_random_uuid"
    assert target.functions["crypt"].extension == "pgcrypto"


def test_the_target_cannot_be_changed() -> None:
    target = load_target()
    with pytest.raises(TypeError):
        target.types["money"] = target.types["text"]  # type: ignore[index]
