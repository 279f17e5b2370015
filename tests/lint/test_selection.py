"""Selectors and globs: what they mean, which wins, and what is said of one that means nothing."""

import pytest

from dsql_migrate.errors import Failure
from dsql_migrate.lint.options import Options
from dsql_migrate.lint.sifting.selection import Selection, path_test

KNOWN = {
    "DSQL301": "index-async",
    "DSQL304": "index-sort-order",
    "DSQL601": "truncate",
    "OUR001": "no-t",
}


def shown(path: str = "a.sql", **options: object) -> set[str]:
    selection = Selection(Options(**options), KNOWN)
    return {code for code in KNOWN if selection.takes(code, path)}


@pytest.mark.parametrize(
    ("options", "codes"),
    [
        ({}, {"DSQL301", "DSQL304", "DSQL601", "OUR001"}),
        ({"select": ("DSQL3",)}, {"DSQL301", "DSQL304"}),
        ({"select": ("dsql304", "No-T")}, {"DSQL304", "OUR001"}),
        ({"ignore": ("DSQL",)}, {"OUR001"}),
        ({"ignore": ("truncate",)}, {"DSQL301", "DSQL304", "OUR001"}),
        ({"select": ("DSQL304",), "ignore": ("DSQL3",)}, {"DSQL304"}),
        ({"select": ("DSQL3",), "ignore": ("index-async",)}, {"DSQL304"}),
        ({"select": ("DSQL3",), "ignore": ("DSQL3",)}, set()),
        ({"select": ("ALL",), "ignore": ("DSQL3", "DSQL6")}, {"OUR001"}),
        ({"select": ("DSQL",), "ignore": ("ALL",)}, {"DSQL301", "DSQL304", "DSQL601"}),
    ],
)
def test_the_closer_selector_wins_and_ignore_wins_a_tie(options: dict[str, object], codes: set[str]) -> None:
    assert shown(**options) == codes


def test_per_file_ignores_win_over_select() -> None:
    options = {"select": ("DSQL304",), "per_file_ignores": (("old/*.sql", ("DSQL3",)), ("b.sql", ("truncate",)))}
    assert shown("old/a.sql", **options) == set()
    assert shown("new/a.sql", **options) == {"DSQL304"}


@pytest.mark.parametrize(
    ("selector", "hint"),
    [
        ("index-assync", "did you mean index-async"),
        ("DSQL305", "did you mean"),
        ("D", "dsql-migrate rules lists them"),
        ("DSQL9", "dsql-migrate rules lists them"),
        ("", "dsql-migrate rules lists them"),
    ],
)
def test_an_unknown_selector_is_an_error_with_a_suggestion(selector: str, hint: str) -> None:
    for options in ({"select": (selector,)}, {"ignore": (selector,)}, {"per_file_ignores": (("*", (selector,)),)}):
        with pytest.raises(Failure, match="there is no rule") as caught:
            Selection(Options(**options), KNOWN)
        assert hint in (caught.value.hint or "")
    with pytest.raises(Failure, match="severity: there is no rule"):
        Selection(Options(severity={selector: "info"}), KNOWN)


def test_the_closer_selector_gives_the_severity() -> None:
    selection = Selection(Options(severity={"DSQL304": "info", "DSQL3": "warning"}), KNOWN)
    assert [selection.severity(code, "error") for code in ("DSQL301", "DSQL304", "DSQL601")] == [
        "warning",
        "info",
        "error",
    ]


@pytest.mark.parametrize(
    ("glob", "path", "matches"),
    [
        ("old", "db/old/a.sql", True),
        ("old", "db/older/a.sql", False),
        ("a*.sql", "db/old/abc.sql", True),
        ("db/old", "db/old/deep/a.sql", True),
        ("db/*.sql", "db/a.sql", True),
        ("db/*.sql", "db/old/a.sql", False),
        ("./db/*.sql", "db/a.sql", True),
        ("db/**", "db/old/a.sql", True),
        ("db/**/a.sql", "db/a.sql", True),
        ("db/**/a.sql", "db/x/y/a.sql", True),
        ("**/old/*.sql", "old/a.sql", True),
        ("V[0-9]__*.sql", "V1__x.sql", True),
        ("V[!0-9]*", "V1__x.sql", False),
        ("*.{sql,py}", "a.py", True),
        ("db/?.sql", "db/a.sql", True),
        ("a+b(c).sql", "a+b(c).sql", True),
        ("old/", "db/old/a.sql", True),
    ],
)
def test_globs_are_those_of_a_gitignore(glob: str, path: str, matches: bool) -> None:
    assert path_test(glob)(path) is matches


def test_a_glob_that_is_none_is_an_error() -> None:
    with pytest.raises(Failure, match="not a glob"):
        path_test("[z-a].sql")
