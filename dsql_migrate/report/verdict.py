"""The sentence a lead can repeat, and what to do next."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from dsql_migrate.report.entries import Entry
from dsql_migrate.report.words import HOUSEKEEPING, counted, counted_sort

# Rules of input that is damaged, that PostgreSQL refuses as well, or that holds more than DSQL takes.
DAMAGE = frozenset({"DSQL710", "DSQL711", "DSQL904", "DSQL905"})
# In the texts and commands of the report: the folder of the bundle, whatever it is called on the reader's machine.
OUT = "OUT"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the verdict rests on. ``verified`` is None where nothing was replayed."""

    entries: tuple[Entry, ...]
    verified: bool | None
    failed_checks: tuple[str, ...]
    rows: int
    rows_equal: int
    unproved: int
    problems: tuple[str, ...]
    damage: int = 0  # rows and statements of the input that are damaged, or that DSQL cannot hold

    def count(self, disposition: str) -> int:
        """How many entries met ``disposition``."""
        return sum(entry.disposition == disposition for entry in self.entries)


@dataclass(frozen=True, slots=True)
class Verdict:
    """``status``: ready, ready-after-rewriting, needs-work, not-verified. ``headline: rest.`` is the sentence."""

    status: str
    headline: str
    rest: str

    @property
    def sentence(self) -> str:
        """The whole sentence."""
        return f"{self.headline}: {self.rest}."


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: a sentence; for the terminal a verb and a file of the bundle, or a command."""

    text: str
    verb: str
    path: str
    command: str


def judge(evidence: Evidence) -> Verdict:
    """The verdict. What is broken comes before what is missing, and what is missing before what is good."""
    if not evidence.entries:
        return Verdict("needs-work", "Nothing to migrate", "the input holds no object")
    unknown = evidence.count("unknown")
    if evidence.problems or evidence.verified is False:
        return Verdict("not-verified", "Not verified", "; ".join([*_broken(evidence), *_not_understood(unknown)]))
    if unknown or evidence.damage:
        rest = [*_not_understood(unknown), *_damaged(evidence.damage), *_rows(evidence), *_left(evidence)]
        return Verdict("needs-work", "Needs work", "; ".join(rest))
    if evidence.verified is None:
        known = f"all {counted_sort(len(evidence.entries), 'object')} are accounted for, but nothing was replayed"
        return Verdict("not-verified", "Not verified", "; ".join([known, *_left(evidence)]))
    sure = " and ".join(["every object is accounted for", *_rows(evidence)])
    changed = [e for e in evidence.entries if e.disposition != "kept" and e.kind not in HOUSEKEEPING]
    status, headline = "ready", "Ready as it is"
    if changed:
        status, headline = "ready-after-rewriting", "Ready after automatic rewriting"
    return Verdict(status, headline, "; ".join([sure, *_left(evidence)]))


def next_steps(evidence: Evidence) -> tuple[Step, ...]:
    """What to do next, in order."""
    steps = []
    unknown, dropped = evidence.count("unknown"), evidence.count("dropped")
    moved = [entry for entry in evidence.entries if entry.disposition == "application"]
    written = [entry for entry in moved if any(path.startswith("app/") for path in entry.into)]
    if evidence.verified is False:
        steps.append(_step("Find out why verification failed; do not load real data before it passes.", "", ""))
    if unknown:
        text = f"Read the {counted(unknown, 'part')} that could not be carried over, and write them for DSQL by hand."
        steps.append(_step(text, "read", "quarantine.sql"))
    if evidence.damage:
        text = f"Mend the {counted(evidence.damage, 'place')} of the input that findings.json names, and run again."
        steps.append(_step(text, "read", "findings.json"))
    if written:
        text = f"Put the code in app/ where the application writes: it takes over {counted(len(written), 'guarantee')}."
        steps.append(_step(text, "adopt", _folder(evidence, "app/", "app/")))
    if rest := len(moved) - len(written):
        which = "1 thing that moves" if rest == 1 else f"{rest:,} things that move"
        text = f"Write code for the {which} to the application without any yet: the source text is in quarantine.sql."
        steps.append(_step(text, "" if unknown else "read", "quarantine.sql"))
    if _folder(evidence, "audit/", ""):
        steps.append(_step("Run the queries in audit/ now and then: they find rows that break a guarantee.", "", ""))
    if dropped:
        missed = sum(e.disposition == "dropped" and e.kind not in HOUSEKEEPING for e in evidence.entries)
        but = "" if missed in (0, dropped) else f", {missed:,} of them more than settings, owners and comments"
        text = f"Review what was dropped: {counted(dropped, 'object')}{but}. What was chosen stands in decisions.yaml."
        steps.append(_step(text, "review", "decisions.yaml"))
    if evidence.unproved and evidence.verified is not None:
        steps.append(_step("Test by hand what is listed as not proved.", "", ""))
    if evidence.verified is None:
        steps.append(Step("Replay the bundle and compare.", "", "", f"dsql-migrate verify {OUT}"))
    elif evidence.verified and not evidence.problems and evidence.entries:
        steps.append(Step("Apply the bundle to a cluster.", "", "", f"dsql-migrate apply {OUT} --dsn …"))
    return tuple(steps)


def _step(text: str, verb: str, path: str) -> Step:
    return Step(text, verb, path, "")


def _folder(evidence: Evidence, prefix: str, default: str) -> str:
    """The one folder below ``prefix`` that entries went into, or ``default`` where there is none or more than one."""
    places = Counter("/".join(p.split("/")[:2]) for e in evidence.entries for p in e.into if p.startswith(prefix))
    return next(iter(places)) if len(places) == 1 else prefix if places else default


def _broken(evidence: Evidence) -> list[str]:
    broken = list(evidence.problems)
    failed = evidence.failed_checks
    if failed:
        names = ", ".join(failed[:2]) + (" …" if len(failed) > 2 else "")
        broken.append(f"{counted(len(failed), 'check')} failed ({names})")
    if evidence.rows_equal < evidence.rows:
        missing = evidence.rows - evidence.rows_equal
        broken.append(f"{missing:,} of {counted(evidence.rows, 'row')} not shown to be equal")
    return broken or ["the replay did not succeed"]


def _not_understood(unknown: int) -> list[str]:
    if not unknown:
        return []
    return [f"{counted(unknown, 'part')} of the source {'is' if unknown == 1 else 'are'} not carried over"]


def _damaged(damage: int) -> list[str]:
    if not damage:
        return []
    be = "is" if damage == 1 else "are"
    return [f"{counted(damage, 'place')} of the input {be} damaged or more than DSQL can hold"]


def _rows(evidence: Evidence) -> list[str]:
    if not evidence.rows or evidence.verified is None:
        return []
    if evidence.rows_equal == evidence.rows:
        return ["the one row arrived" if evidence.rows == 1 else f"all {evidence.rows:,} rows arrived"]
    return [f"{evidence.rows_equal:,} of {counted(evidence.rows, 'row')} arrived equal"]


def _left(evidence: Evidence) -> list[str]:
    left = []
    moved = evidence.count("application")
    if moved:
        left.append(f"{counted(moved, 'thing')} {'moves' if moved == 1 else 'move'} to the application")
    if evidence.unproved and evidence.verified is not None:
        left.append(f"{counted(evidence.unproved, 'thing')} could not be proved by replay")
    return left
