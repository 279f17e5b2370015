"""How old the data are that say what DSQL accepts."""

from __future__ import annotations

from datetime import date

MAX_AGE = 90  # days: DSQL learned something in nearly every month of 2026


def too_old(newest: date, today: date) -> str | None:
    """A warning where the last day that the data cover is more than 90 days ago, None where it is not."""
    age = (today - newest).days
    if age <= MAX_AGE:
        return None
    return (
        f"the rules speak for Aurora DSQL up to {newest}, {age} days ago: it may accept more by now; "
        "install a newer dsql-migrate, or name a day with --as-of"
    )
