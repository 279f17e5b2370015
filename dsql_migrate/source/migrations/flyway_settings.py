"""What flyway.toml, flyway.conf or a Spring application.properties says, as far as it changes what is read and how."""

from __future__ import annotations

import os

from dsql_migrate.record import Record, field
from dsql_migrate.source.migrations.signs import FLYWAY_FILES
from dsql_migrate.source.migrations.tree import Tree

_KEPT = (
    "executeInTransaction", "group", "mixed", "placeholderPrefix", "placeholderReplacement", "placeholderSuffix",
    "undoSqlMigrationPrefix",
)  # fmt: skip


class Settings(Record):
    """``prefixes``: (prefix, V, B, U or R), longest first; ``values``: what goes into the project's settings."""

    file: str = ""
    locations: tuple[str, ...] = ()
    prefixes: tuple[tuple[str, str], ...] = (("V", "V"), ("B", "B"), ("U", "U"), ("R", "R"))
    separator: str = "__"
    suffixes: tuple[str, ...] = (".sql",)
    values: dict[str, str] = field(default_factory=dict)


_DEFAULTS = Settings()


def above(tree: Tree, folder: str) -> Settings:
    """The settings for a folder: of the nearest configuration above it, else Flyway's own."""
    file = tree.above(folder, *FLYWAY_FILES)
    if file is None:
        return _DEFAULTS
    text = tree.head(file).decode("utf-8", "replace")
    found = _toml(text) if file.endswith(".toml") else _properties(text)
    return _settings(file, found) if found else _DEFAULTS


def lines(text: str) -> dict[str, str]:
    """``key=value`` lines; keys in small letters and without dashes, so that Spring's are Flyway's."""
    found = {}
    for line in text.splitlines():
        key, sign, value = line.strip().partition("=")
        if sign and not key.startswith(("#", "!")):
            found[_plain(key.strip())] = value.strip()
    return found


def _plain(key: str) -> str:
    """Names of placeholders stay as they are written."""
    front, dot, name = key.partition("placeholders.")
    return front.replace("-", "").lower() + dot + name


def _properties(text: str) -> dict[str, str]:
    found = {}
    for key, value in lines(text).items():
        for front in ("flyway.", "spring.flyway."):
            if key.startswith(front):
                found[key.removeprefix(front)] = value
    return found


def _toml(text: str) -> dict[str, str]:
    import tomllib

    try:
        tables = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}
    found: dict[str, str] = {}
    section = tables.get("flyway")
    for key, value in section.items() if isinstance(section, dict) else ():
        if isinstance(value, dict):
            if key == "placeholders":
                found.update({f"placeholders.{name}": str(text) for name, text in value.items()})
        elif isinstance(value, list):
            found[key.lower()] = ",".join(map(str, value))
        else:
            found[key.lower()] = str(value).lower() if isinstance(value, bool) else str(value)
    return found


def _settings(file: str, found: dict[str, str]) -> Settings:
    prefixes = [
        (found.get("sqlmigrationprefix", "V"), "V"),
        (found.get("baselinemigrationprefix", "B"), "B"),
        (found.get("undosqlmigrationprefix", "U"), "U"),
        (found.get("repeatablesqlmigrationprefix", "R"), "R"),
    ]
    suffixes = tuple(filter(None, (part.strip() for part in found.get("sqlmigrationsuffixes", "").split(","))))
    values = {key: found[key.lower()] for key in _KEPT if key.lower() in found}
    values.update({key: value for key, value in found.items() if key.startswith("placeholders.")})
    return Settings(
        os.path.basename(file),
        tuple(filter(None, map(_location, found.get("locations", "").split(",")))),
        tuple(sorted(prefixes, key=lambda prefix: -len(prefix[0]))),
        found.get("sqlmigrationseparator") or "__",
        suffixes or (".sql",),
        values,
    )


def _location(text: str) -> str:
    """A location without its kind and without what is filled in or matched: ``classpath:db/migration/{vendor}``."""
    kind, colon, path = text.strip().partition(":")
    path = path if colon and kind in ("filesystem", "classpath") else text.strip()
    parts = [part for part in path.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    plain = next((n for n, part in enumerate(parts) if set(part) & set("{*?$")), len(parts))
    return "/".join(parts[:plain])
