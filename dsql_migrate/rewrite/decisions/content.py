"""What ``decisions.yaml`` says of each choice: the option, and beside it what it stands for and what else there is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from dsql_migrate.rewrite.decisions.choices import CHOICES, Choice
from dsql_migrate.rewrite.decisions.decisions import Decisions, Taken, default, possible
from dsql_migrate.rewrite.decisions.document import DEFAULT

if TYPE_CHECKING:
    from dsql_migrate.target import Target

RANK = {key: number for number, key in enumerate(CHOICES)}
_PLAIN = re.compile(r"[a-z]+(?: [a-z]+)*:[\w$.@/-]+(?:\([\w .-]*\))?", re.A)


class Wanted:
    """What the file has to say."""

    def __init__(self, taken: list[Taken], decisions: Decisions, target: Target) -> None:
        self.decisions = decisions
        self.target = target
        self.objects: dict[str, dict[str, Taken]] = {}
        for one in taken:
            self.objects.setdefault(one.id, {})[one.key] = one
        self.keys = sorted({one.key for one in taken}, key=RANK.__getitem__)

    def sections(self) -> str:
        """``defaults`` and ``objects`` of a new file."""
        return "defaults:\n" + self.defaults(self.keys, 2) + "\nobjects:\n" + self.entries(list(self.objects), 2)

    def defaults(self, keys: Iterable[str], indent: int) -> str:
        return "".join(self.default_block(key, indent) for key in keys)

    def entries(self, ids: Iterable[str], indent: int) -> str:
        return "".join(self.object_block(id, indent) for id in ids)

    def default_value(self, key: str) -> str:
        chosen = self.decisions.for_all(key)
        return chosen[0] if chosen else DEFAULT

    def object_value(self, id: str, key: str) -> str:
        return self.decisions.objects.get(id, {}).get(key, DEFAULT)

    def default_block(self, key: str, indent: int) -> str:
        """A key of ``defaults`` with its comments above it."""
        lines = [*(f"# {line}" for line in comments(CHOICES[key], self.target)), f"{key}: {self.default_value(key)}"]
        return "".join(f"{' ' * indent}{line}\n" for line in lines)

    def object_block(self, id: str, indent: int) -> str:
        """One object with all its choices."""
        lines = [f"{' ' * indent}{quoted(id)}:\n"]
        return "".join([*lines, *(self.object_line(id, key, indent + 2) for key in self.objects[id])])

    def object_line(self, id: str, key: str, indent: int) -> str:
        return f"{' ' * indent}{key}: {self.object_value(id, key)}{self.beside(id, key)}\n"

    def beside(self, id: str, key: str) -> str:
        """The remark behind an object's choice: what ``default`` is now, and what else could be taken."""
        choice, taken = CHOICES[key], self.objects[id][key]
        others = [o.name for o in choice.options if o.name != taken.option and possible(o, self.target)]
        told = [f"now {taken.option}"] if self.object_value(id, key) == DEFAULT else []
        told += [f"or {', '.join([*others, *(['N'] if choice.number else [])])}"] if others or choice.number else []
        return f"  # {'; '.join(told)}" if told else ""


def comments(choice: Choice, target: Target) -> Iterator[str]:
    """What stands above a key of ``defaults``: the question, the options, the default and its reason."""
    yield choice.question
    for option in choice.options:
        since = [target.since(need) for need in option.needs if not target.has(need)]
        day = f" (from {max(str(s) for s in since if s)})" if any(since) else " (not yet)" if since else ""
        yield f"  {option.name}{day}: {option.effect}"
    if choice.number:
        yield "  N: another whole number"
    first = default(choice, target)
    reason = f": {choice.reason}" if first is choice.options[0] else ", the first that DSQL has on this day"
    yield f"  default is {first.name}{reason}"


def quoted(key: str) -> str:
    """A key as YAML has it: plain where that is safe beyond doubt, else in double quotes."""
    if _PLAIN.fullmatch(key):
        return key
    return '"' + "".join(_escaped(c) for c in key) + '"'


def _escaped(letter: str) -> str:
    if letter in '"\\':
        return f"\\{letter}"
    if letter.isprintable():
        return letter
    code = ord(letter)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def is_made(choice: Choice, line: str) -> bool:
    """Whether a comment line above a choice is one that ``comments`` makes on some day."""
    if line == choice.question or line.startswith("  default is ") or line == "  N: another whole number":
        return True
    made = {option.name: option.effect for option in choice.options}
    name, _, effect = line.removeprefix("  ").partition(": ")
    return made.get(name.split(" (")[0]) == effect
