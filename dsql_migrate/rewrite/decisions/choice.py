"""What a choice is: a question, the options with what each gives and costs, the default and its reason."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Option:
    """One way. ``needs``: capabilities of DSQL without which it cannot be had (names of ``rules/timeline.yaml``)."""

    name: str
    effect: str
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """A question that comes up for some objects.

    ``kinds``: the ledger kinds of the objects it is about; an entry of ``decisions.yaml`` is keyed by the ledger id.
    ``options``: the first that the day allows is the default. ``number``: a whole number may be given instead.
    """

    key: str
    kinds: tuple[str, ...]
    question: str
    options: tuple[Option, ...]
    reason: str  # why the first option is the default
    number: bool = False
