"""The questions of ``migrate --interactive`` on the terminal: one for each choice that came up, or for each object.

Nothing is written before the last answer. Each can be taken back, and what an answer brings up is asked behind it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from dsql_migrate.errors import Failure
from dsql_migrate.report.visible import cut, visible
from dsql_migrate.rewrite.decisions import Decisions, Taken, check_decisions
from dsql_migrate.rewrite.decisions.questions import Came, Question, for_all, for_one, questions

if TYPE_CHECKING:
    from dsql_migrate.target import Target

_NAMES = 6  # of objects that a question shows
_QUIT = 130  # as after an interruption


class _Back(Exception):
    """The question before, please."""


class _Rest(Exception):
    """No more questions: what holds now holds for the rest."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """A question that was answered, and what had been decided before it."""

    key: str
    before: Decisions
    came: Came


def need_terminal() -> None:
    """Raises Failure where nobody can be asked."""
    if not (sys.stdin is not None and sys.stdin.isatty()):
        raise Failure(
            "--interactive asks on a terminal, and standard input is none",
            hint="leave it out: the defaults hold; edit decisions.yaml of the bundle and run again with --force",
        )


def ask(comes_up: Callable[[Decisions], Came], decisions: Decisions, target: Target) -> Decisions:
    """Ask, and give back what was decided. ``comes_up`` plans with decisions and says which choices there were.

    Ends the program with exit code 130 where the person quits.
    """
    came, done = comes_up(decisions), list[_Answer]()
    while True:
        open_ = questions(came, decisions, target)
        todo = [key for key in open_ if key not in {answer.key for answer in done}]
        if not open_:
            _say("There is nothing to decide in this input.")
            return decisions
        try:
            if not todo:
                _confirm(decisions, open_)
                return decisions
            _say(f"\n[{len(done) + 1}/{len(done) + len(todo)}] ", newline=False)
            answered = _ask(open_[todo[0]], decisions, target)
        except _Back:
            if not done:
                _say("This is the first question.")
                continue
            last = done.pop()
            decisions, came = last.before, last.came
            continue
        except _Rest:
            return decisions
        done.append(_Answer(todo[0], decisions, came))
        came = comes_up(answered) if _other(open_[todo[0]], decisions, answered) else came
        decisions = answered


def _other(question: Question, before: Decisions, after: Decisions) -> bool:
    """Whether an answer changes what becomes of anything, so that other choices may come up."""
    key = question.choice.key

    def holds(decisions: Decisions, id: str) -> str:
        chosen = decisions.for_all(key)
        return decisions.objects.get(id, {}).get(key) or (chosen[0] if chosen else question.now)

    return any(holds(before, one.id) != holds(after, one.id) for one in question.taken)


def _ask(question: Question, decisions: Decisions, target: Target) -> Decisions:
    choice = question.choice
    _say(click.style(choice.question, bold=True))
    _say(f"      {_names(question.taken)}")
    if question.own:
        _say(f"      decided by themselves so far: {_names(question.own)}")
    options = [option.name for option in question.options]
    for number, option in enumerate(question.options, 1):
        mark = click.style("  (now)", fg="green") if option.name == question.now else ""
        shown = "" if choice.number else f"{number}  "
        _say(f"   {shown}{option.name:<14} {option.effect}{mark}")
    if choice.number:
        _say("   or another whole number")
    one_by_one = "o one by one, " if len(question.taken) > 1 else ""
    _say(f"      {one_by_one}b back, r as it is for this and all the rest, q quit")
    while True:
        word = _word(f"  for all of them [{question.now}]")
        if word == "o" and len(question.taken) > 1:
            try:
                return _one_by_one(question, decisions, target, options)
            except _Back:
                continue
        meant = _option(word, question, options, question.now)
        if meant is not None:
            found = for_all(decisions, question, meant)
            if _allowed(found, target):
                return found


def _one_by_one(question: Question, decisions: Decisions, target: Target, options: Sequence[str]) -> Decisions:
    """One answer an object; back goes to the object before, and from the first to the question."""
    history, at = [decisions], 0
    while at < len(question.taken):
        one = question.taken[at]
        try:
            word = _word(f"  {at + 1}/{len(question.taken)} {visible(one.id)} [{one.option}]")
        except _Back:
            if at == 0:
                raise
            at -= 1
            history.pop()
            continue
        option = _option(word, question, options, one.option)
        if option is None:
            continue
        found = for_one(history[-1], question.choice.key, one.id, option)
        if _allowed(found, target):
            history.append(found)
            at += 1
    return history[-1]


def _word(prompt: str) -> str:
    """What is typed; raises _Back and _Rest, ends the program at q."""
    word = str(click.prompt(prompt, default="", show_default=False, err=True)).strip().lower()
    if word == "b":
        raise _Back
    if word == "r":
        raise _Rest
    if word == "q":
        _say("Nothing was written.")
        sys.exit(_QUIT)
    return word


def _option(word: str, question: Question, options: Sequence[str], now: str) -> str | None:
    """The option that a word means: its number, its name, or nothing for what holds now; None where it means none."""
    if not word:
        return now
    if word in options:
        return word
    if word.isdecimal() and word.isascii():
        if question.choice.number:
            return str(int(word))
        if 1 <= int(word) <= len(options):
            return options[int(word) - 1]
    numbers = "a whole number" if question.choice.number else f"a number from 1 to {len(options)}, or a name"
    _say(f"  {visible(word)!r} is none of them: {numbers}")
    return None


def _allowed(decisions: Decisions, target: Target) -> bool:
    try:
        check_decisions(decisions, target)
    except Failure as error:
        _say(f"  {error.message}")
        return False
    return True


def _confirm(decisions: Decisions, asked: dict[str, Question]) -> None:
    """Show what was decided; b goes back once more."""
    _say("\nDecided:")
    for key, question in asked.items():
        own = sum(key in decisions.objects.get(one.id, {}) for one in question.taken)
        rest = len(question.taken) - own
        told = [f"{question.now} for {rest:,}"] if rest else []
        told += [f"{own:,} by themselves"] if own else []
        _say(f"  {key:<24} {', '.join(told)}")
    while (word := _word("Go on? Enter goes on, b back, q quit")) not in ("", "y", "yes"):
        _say(f"  {visible(word)!r} is none of them")


def _names(taken: Sequence[Taken]) -> str:
    """``3 types: public.mood, public.size, public.kind``."""
    kinds = {one.id.partition(":")[0] for one in taken}
    kind = kinds.pop() if len(kinds) == 1 else "object"
    shown = ", ".join(one.id.partition(":")[2] for one in taken[:_NAMES])
    more = f" and {len(taken) - _NAMES:,} more" if len(taken) > _NAMES else ""
    plural = "s" if len(taken) != 1 else ""
    return cut(visible(f"{len(taken):,} {kind}{plural}: {shown}{more}"), 400)


def _say(text: str, *, newline: bool = True) -> None:
    click.echo(text, err=True, nl=newline)
