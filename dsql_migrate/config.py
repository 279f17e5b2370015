"""The configuration of a project: ``dsql-migrate.toml``, or ``[tool.dsql-migrate]`` of ``pyproject.toml``.

Keys are the long options without their dashes; a table named after a command speaks to that command alone::

    as-of = "2026-09-15"
    foreign-keys = "application"

    [lint]
    fail-on = "warning"
    ignore = ["DSQL8", "missing-primary-key"]
    per-file-ignores = {"db/legacy/**" = ["DSQL3"]}

Options that can be given several times are lists here, or tables. Files and folders count from the folder of the file.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from dsql_migrate.errors import Failure
from dsql_migrate.record import Record

OWN_FILE = "dsql-migrate.toml"
_PROJECT = "pyproject.toml"
# Options that a file may set for every command that has them; decisions (foreign-keys …) too.
SHARED = frozenset(
    {
        "as-of",
        "fail-on",
        "format",
        "no-color",
        "quiet",
        "rules",
        "verbose",
    }
)
_FILES = frozenset({"baseline", "data", "rules"})  # counted from the folder of the file
_GLOBS = frozenset({"exclude", "per-file-ignores"})  # likewise, where they hold a slash
_TABLES = {"per-file-ignores": ":", "severity": "="}  # and what stands between key and value on the command line
# Commands that take settings of another one's table: (whose, which; None: all that they have).
_BORROWED: Mapping[str, tuple[str, frozenset[str] | None]] = {
    "baseline": ("lint", None),
    "explain": ("lint", frozenset({"rules"})),
    "rules": ("lint", frozenset({"rules"})),
}
_EXAMPLES = {
    "per-file-ignores": '{"db/legacy/**" = ["DSQL3", "truncate"]}',
    "severity": '{"index-async" = "warning"}',
}


class Config(Record):
    """What a file says: ``values`` by option name (with dashes), ``commands`` by the name of the command."""

    path: str | None
    values: Mapping[str, Any]
    commands: Mapping[str, Mapping[str, Any]]

    def defaults(self, command: str, options: Collection[str]) -> dict[str, Any]:
        """Option values for one command. ``options``: the names it has. Raises Failure for an unknown key."""
        lender, borrowed = _BORROWED.get(command, ("", None))
        lent = self.commands.get(lender, {})
        own = {name: lent[name] for name in lent if name in options and (borrowed is None or name in borrowed)}
        own |= self.commands.get(command, {})
        strange = sorted(set(own) - set(options))
        if strange:
            raise Failure(f"{self.path}: {command} has no option {', '.join(strange)}")
        said = {name: value for name, value in self.values.items() if name in options} | dict(own)
        return {name: self._as_option(name, value) for name, value in said.items()}

    def _as_option(self, name: str, value: Any) -> Any:
        """A value in the form that the command line gives it. Raises Failure where it has no such form."""
        if name in _TABLES:
            if not isinstance(value, dict):
                raise Failure(f"{self.path}: {name} is a table, such as {_EXAMPLES[name]}")
            pairs = [(self._placed(name, key), self._words(f"{name}.{key}", entry)) for key, entry in value.items()]
            return [f"{key}{_TABLES[name]}{','.join(words)}" for key, words in pairs]
        if isinstance(value, dict):
            raise Failure(f"{self.path}: {name} is no table")
        if isinstance(value, list):
            return [self._placed(name, word) for word in self._words(name, value)]
        if isinstance(value, date):
            return value.isoformat()
        return self._placed(name, value) if isinstance(value, str) else value

    def _words(self, name: str, value: Any) -> list[str]:
        words = [value] if isinstance(value, str) else value
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise Failure(f"{self.path}: {name} is a list of strings")
        return words

    def _placed(self, name: str, value: str) -> str:
        """A path of the file as one that holds in the working folder."""
        if self.path is None or not value or not (name in _FILES or (name in _GLOBS and "/" in value.rstrip("/"))):
            return value
        return os.path.join(os.path.dirname(os.path.abspath(self.path)), value)


def load_config(path: str | None, commands: Collection[str], folder: str | None = None) -> Config:
    """The configuration in ``path``, else the one found in ``folder`` (the working folder) or above it.

    ``commands`` are the names that may have a table. Raises Failure for a file that is not there or is no TOML.
    """
    found = (path, _table(path)) if path is not None else _search(os.path.abspath(folder or os.getcwd()))
    where, table = found
    inner = {name: value for name, value in table.items() if isinstance(value, dict)}
    strange = sorted(set(inner) - set(commands))
    if strange:
        raise Failure(f"{where}: no command of that name: {', '.join(strange)}")
    outer = {name: value for name, value in table.items() if name not in inner}
    strange = sorted(set(outer) - SHARED)
    if strange:
        from dsql_migrate.rewrite.decisions import CHOICES  # only where a file says something that is not lint's

        strange = [name for name in strange if name not in CHOICES]
    if strange:
        inside = "[tool.dsql-migrate.lint]" if os.path.basename(where or "") == "pyproject.toml" else "[lint]"
        known = f"{', '.join(sorted(SHARED))}, and every decision"
        hint = f"known: {known}; what is one command's stands in its table, such as {inside}"
        raise Failure(f"{where}: unknown: {', '.join(strange)}", hint=hint)
    return Config(where, MappingProxyType(outer), MappingProxyType(inner))


def _search(folder: str) -> tuple[str | None, dict[str, Any]]:
    """The nearest of these files, in the folder or one above it; strings, for pathlib takes 4 ms to load."""
    while True:
        own, project = os.path.join(folder, OWN_FILE), os.path.join(folder, _PROJECT)
        if os.path.isfile(own):
            return own, _table(own)
        if os.path.isfile(project):
            table = _table(project)
            return (project, table) if table else (None, {})
        if os.path.dirname(folder) == folder:
            return None, {}
        folder = os.path.dirname(folder)


def _table(path: str) -> dict[str, Any]:
    import tomllib  # only where there is a file to read

    try:
        with open(path, "rb") as file:
            document = tomllib.load(file)
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Failure(f"{path}: not readable TOML: {error}") from None
    if os.path.basename(path) == _PROJECT:
        found = document.get("tool", {}).get("dsql-migrate", {})
        return found if isinstance(found, dict) else {}
    return document
