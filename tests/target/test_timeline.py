"""What changed between two days, and the warning of data that are too old."""

from datetime import date, timedelta

import pytest
from click.testing import CliRunner

from dsql_migrate.cli import lint, timeline
from dsql_migrate.cli.aging import warn_of_age
from dsql_migrate.errors import Failure
from dsql_migrate.lint import load_rules
from dsql_migrate.target import load_target
from dsql_migrate.target.age import MAX_AGE, too_old
from dsql_migrate.target.timeline import changes


def test_a_range_is_the_difference_of_two_targets() -> None:
    before, after = load_target(date(2026, 5, 31)), load_target(date(2026, 8, 26))
    found = {change.name for change in changes(before.as_of, after.as_of)}
    assert found == {name for name in after.capabilities if after.has(name) and not before.has(name)}
    assert {"jsonb", "foreign-keys"} <= found


def test_the_first_day_is_left_out_and_the_last_is_in() -> None:
    assert "foreign-keys" not in {change.name for change in changes(date(2026, 8, 26), date(2026, 8, 31))}
    assert "foreign-keys" in {change.name for change in changes(date(2026, 8, 25), date(2026, 8, 26))}


def test_a_change_names_the_rules_it_makes_moot() -> None:
    moot = {code for change in changes() for code in change.silenced}
    assert moot == {rule.code for rule in load_rules() if rule.moot_from(load_target())}


def test_a_range_that_ends_before_it_begins() -> None:
    with pytest.raises(Failure, match="before it begins"):
        changes(date(2026, 8, 1), date(2026, 7, 1))


def test_the_command_says_what_came_and_what_it_silences() -> None:
    shown = CliRunner().invoke(timeline.command, ["--from", "2026-08-25", "--to", "2026-08-26"]).output
    assert "2026-08-26  foreign-keys: " in shown
    assert "no longer found: DSQL203" in shown


def test_a_warning_from_the_91st_day_on() -> None:
    target = load_target()
    assert too_old(target.newest, target.newest + timedelta(days=MAX_AGE)) is None
    assert "91 days ago" in (too_old(target.newest, target.newest + timedelta(days=MAX_AGE + 1)) or "")


def test_who_names_a_day_is_not_warned(capsys: pytest.CaptureFixture[str]) -> None:
    late = load_target().newest + timedelta(days=400)
    warn_of_age(date(2026, 8, 1), late)
    assert capsys.readouterr().err == ""
    warn_of_age(None, late)
    assert capsys.readouterr().err.startswith("warning: the rules speak for Aurora DSQL up to ")


def test_the_warning_leaves_standard_output_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dsql_migrate.target.age.MAX_AGE", -1_000_000)
    found = CliRunner().invoke(lint.command, ["-", "--format", "json"], input="SELECT 1;")
    assert found.stderr.startswith("warning: ")
    assert found.stdout.startswith("{")
