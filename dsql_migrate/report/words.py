"""The words for what a dump holds and for what became of it: "36 foreign keys validated after load"."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from dsql_migrate.report.entries import Entry

# What each disposition is called, and one sentence for somebody who meets the word for the first time.
TITLES = {
    "kept": "Kept",
    "rewritten": "Rewritten",
    "application": "Moved to the application",
    "dropped": "Dropped",
    "unknown": "Not carried over",
}
MEANINGS = {
    "kept": "Works on DSQL as it stands.",
    "rewritten": "Says the same in a form that DSQL accepts.",
    "application": "The database no longer does this. The application has to: with the code in app/, or its own.",
    "dropped": "Left out, for the reason beside each. decisions.yaml says what was chosen where there was a choice.",
    "unknown": "Could not be read, or DSQL cannot have it. A person has to look.",
}

# Nouns whose plural is not the singular and an s, and kinds that need more words than the ledger gives them.
_NOUNS = {
    "check": ("check constraint", "check constraints"),
    "exclude": ("exclusion constraint", "exclusion constraints"),
    "identity": ("identity column", "identity columns"),
    "index": ("index", "indexes"),
    "inheritance": ("inheritance link", "inheritance links"),
    "policy": ("policy", "policies"),
    "psql": ("psql command", "psql commands"),
    "row security": ("row security switch", "row security switches"),
    "rows": ("table of rows", "tables of rows"),
    "unique": ("unique constraint", "unique constraints"),
}

# What was done to a kind, as people say it; the first line that fits wins. The rule is the one that moved the object.
_PHRASES = (
    ("rewritten", "sequence", "DSQL401", "serial key → identity", "serial keys → identity"),
    ("rewritten", "default", "DSQL401", "serial default → identity", "serial defaults → identity"),
    ("rewritten", "foreign key", "", "foreign key validated after load", "foreign keys validated after load"),
    ("rewritten", "index", "DSQL301", "index async", "indexes async"),
    ("rewritten", "type", "DSQL107", "enum → domain", "enums → domains"),
    ("rewritten", "partition", "", "partition merged", "partitions merged"),
    ("rewritten", "inheritance", "", "inheritance child merged", "inheritance children merged"),
    ("rewritten", "primary key", "", "primary key in CREATE TABLE", "primary keys in CREATE TABLE"),
    ("rewritten", "rows", "", "table of rows converted", "tables of rows converted"),
)

# Kinds that carry no data and no guarantee: dropping one changes nothing a user of the database can see.
HOUSEKEEPING = frozenset({"setting", "owner", "psql", "comment"})


def sort_of(entry: Entry) -> str:
    """What the entry is: its detail where it is a constraint (``foreign key``), else its kind."""
    return entry.sort or "object"


def noun(sort: str, count: int) -> str:
    """The word for ``count`` things of a sort: ``index`` and 2 give ``indexes``."""
    one, many = _NOUNS.get(sort, (sort, sort + "s"))
    return one if count == 1 else many


def counted(count: int, one: str, many: str | None = None) -> str:
    """``1 row``, ``46,273 rows``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def counted_sort(count: int, sort: str) -> str:
    """``36 foreign keys``."""
    return f"{count:,} {noun(sort, count)}"


def phrase(entry: Entry, count: int) -> str:
    """What became of ``count`` entries like this one, without the number."""
    sort = sort_of(entry)
    if sort == "foreign key" and entry.disposition == "rewritten" and "pre-data.sql" in entry.into:
        return f"{noun(sort, count)} in CREATE TABLE"
    if entry.kind == "type" and entry.disposition == "rewritten" and "a table of its values" in entry.reason:
        return "enum → lookup table" if count == 1 else "enums → lookup tables"
    for disposition, kind, rule, one, many in _PHRASES:
        if disposition == entry.disposition and kind == sort and rule in ("", entry.rule):
            return one if count == 1 else many
    return noun(sort, count)


def breakdown(entries: Iterable[Entry]) -> tuple[str, ...]:
    """``("36 foreign keys validated after load", "30 indexes async", …)``, the most frequent first.

    Housekeeping that was dropped comes last: what somebody may miss is named before it.
    """
    counts: Counter[str] = Counter()
    sample: dict[str, Entry] = {}
    for entry in entries:
        plural = phrase(entry, 2)
        counts[plural] += 1
        sample.setdefault(plural, entry)
    ordered = sorted(counts.items(), key=lambda item: (_minor(sample[item[0]]), -item[1], item[0]))
    return tuple(f"{count:,} {phrase(sample[plural], count)}" for plural, count in ordered)


def _minor(entry: Entry) -> bool:
    return entry.disposition == "dropped" and entry.kind in HOUSEKEEPING
