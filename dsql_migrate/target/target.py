"""The target: what Aurora DSQL accepts on a date. Every fact in it comes from ``rules/``, where its evidence stands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from dsql_migrate.errors import Failure
from dsql_migrate.record import Record
from dsql_migrate.target import store


class ColumnType(Record):
    """A type that a column may have on the day."""

    name: str  # PostgreSQL's internal name: int4, varchar …
    column: bool
    key: bool  # whether a key or index may hold it
    max_length: int | None  # of char(n) and varchar(n)
    display: str = ""  # as format_type prints it
    bytes: int | None = None  # what a value takes in a key; None where that depends on the value
    implied: tuple[str, ...] = ()  # modifiers that DSQL adds to a bare name: numeric is numeric(18,6)


class Limit(Record):
    """A limit as it holds on the day; ``value`` is the smaller one where the documentation and a cluster differ."""

    name: str
    value: int
    documented: int | None
    observed: int | None
    sqlstate: str | None
    message: str | None


class Function(Record):
    """A function that cannot be called: ``extension`` is the one it would need, None where DSQL itself refuses it."""

    name: str
    extension: str | None
    sqlstate: str
    message: str
    replacement: str | None = None


class Answer(Record):
    """How DSQL refuses something."""

    sqlstate: str
    message: str


class Capability(Record):
    """Something DSQL learned. ``since`` None: the day is unknown. ``day``: "month" or "seen" where it is not exact."""

    name: str
    since: date | None
    what: str
    day: str | None = None


class Target(Record):
    """Immutable; made by ``load_target``."""

    as_of: date
    newest: date  # the last day the data speaks for
    capabilities: Mapping[str, Capability]
    types: Mapping[str, ColumnType]
    nearest: Mapping[str, str]  # refused type ("[]" for arrays) -> the SQL of the type to use on the day
    losses: Mapping[str, str]  # refused type -> what the change costs
    extension_types: frozenset[str]  # refused types that an extension would bring
    expressions_refused: frozenset[str]  # types that expressions may not use either
    returns_refused: frozenset[str]  # types that no function may return, though expressions may use them
    limits: Mapping[str, Limit]
    settable: frozenset[str]
    default_only: frozenset[str]  # parameters that SET may only set to DEFAULT
    functions: Mapping[str, Function]  # all that cannot be called
    default_functions: Mapping[str, tuple[str, str]]  # what a default may call instead, and what its value loses
    functions_refused: frozenset[str]  # those DSQL refuses itself
    functions_of_extensions: frozenset[str]  # those that an extension would bring
    extension_operators: Mapping[str, str]  # operators that only an extension brings -> the extension
    not_immutable: frozenset[str]  # functions of PostgreSQL of which no form is IMMUTABLE
    zone_dependent: frozenset[str]  # those whose forms for timestamptz are not
    commentable: frozenset[str]  # kinds of objects that COMMENT ON takes, lower case
    version: str  # what version() answers
    reported: Mapping[str, str]  # parameters whose value is the service's own: server_version …
    login: Mapping[str, Answer]  # how a login is refused
    _present: frozenset[str]

    def has(self, capability: str) -> bool:
        """Whether DSQL can do this on the day. Raises KeyError for an unknown name."""
        return self.capabilities[capability].name in self._present

    def since(self, capability: str) -> date | None:
        """The day it came; None where that is not known. Raises KeyError for an unknown name."""
        return self.capabilities[capability].since

    def limit(self, name: str) -> int:
        """The value of a limit on the day. Raises KeyError for an unknown name."""
        return self.limits[name].value


def load_target(as_of: date | None = None) -> Target:
    """The target on a day; without one, on the newest day the data covers.

    A later day is accepted and gets the newest data. Raises Failure for a day before the service existed.
    """
    return _load(as_of)


@lru_cache(maxsize=16)
def _load(as_of: date | None) -> Target:
    data = store.load()
    newest = date.fromisoformat(data["timeline"]["covers"])
    begins = date.fromisoformat(data["timeline"]["begins"])
    day = as_of or newest
    if day < begins:
        raise Failure(f"there was no Aurora DSQL on {day}", hint=f"the data begin on {begins}")
    capabilities = {name: _capability(name, entry) for name, entry in data["timeline"]["capabilities"].items()}
    present = frozenset(name for name, entry in capabilities.items() if entry.since is None or entry.since <= day)
    limits = {name: _limit(name, entry, present) for name, entry in data["limits"]["limits"].items()}
    types = {
        name: _column_type(name, entry, limits, present)
        for name, entry in data["types"]["columns"].items()
        if _there(entry, present)
    }
    nearest = {
        name: next(use for use in entry["use"] if use.split("(")[0] in _spellings(types))
        for name, entry in data["types"]["nearest"].items()
        if name not in types
    }
    parameters = data["parameters"]
    functions = dict(_functions(data["functions"]))
    return Target(
        as_of=day,
        newest=newest,
        capabilities=MappingProxyType(capabilities),
        types=MappingProxyType(types),
        nearest=MappingProxyType(nearest),
        losses=MappingProxyType({name: data["types"]["nearest"][name]["loss"] for name in nearest}),
        extension_types=frozenset(n for n, entry in data["types"]["nearest"].items() if entry.get("extension")),
        expressions_refused=frozenset(data["types"]["expressions_refused"]),
        returns_refused=frozenset(data["types"]["returns_refused"]),
        limits=MappingProxyType(limits),
        settable=frozenset(name for name, entry in parameters["settable"].items() if _there(entry, present)),
        default_only=frozenset(parameters["default_only"]),
        functions=MappingProxyType(functions),
        default_functions=MappingProxyType(
            {name: (use["call"], use["loss"]) for name, use in data["functions"]["default_replacement"].items()}
        ),
        functions_refused=frozenset(name for name, entry in functions.items() if entry.extension is None),
        functions_of_extensions=frozenset(name for name, entry in functions.items() if entry.extension is not None),
        extension_operators=MappingProxyType(
            {sign: extension for extension, signs in data["functions"]["extension_operators"].items() for sign in signs}
        ),
        not_immutable=frozenset(data["functions"]["not_immutable"]),
        zone_dependent=frozenset(data["functions"]["zone_dependent"]),
        commentable=frozenset(data["comments"]["on"]),
        version=data["connections"]["version"],
        reported=MappingProxyType(dict(data["connections"]["reported"])),
        login=MappingProxyType(
            {name: Answer(entry["sqlstate"], entry["message"]) for name, entry in data["connections"]["login"].items()}
        ),
        _present=present,
    )


def _there(entry: Mapping[str, Any], present: frozenset[str]) -> bool:
    return entry.get("needs") is None or entry["needs"] in present


def _capability(name: str, entry: Mapping[str, Any]) -> Capability:
    since = entry["since"]
    return Capability(name, None if since is None else date.fromisoformat(since), entry["what"], entry.get("day"))


def _limit(name: str, entry: Mapping[str, Any], present: frozenset[str]) -> Limit:
    before = entry.get("before")
    earlier = before is not None and before["until"] not in present
    value = before["value"] if earlier and before is not None else entry["value"]
    documented, observed, sqlstate, message = map(entry.get, ("documented", "observed", "sqlstate", "message"))
    return Limit(name, value, documented, None if earlier else observed, sqlstate, message)


def _column_type(
    name: str, entry: Mapping[str, Any], limits: Mapping[str, Limit], present: frozenset[str]
) -> ColumnType:
    key = entry["key"]
    longest = limits[entry["limit"]].value if "limit" in entry else None
    return ColumnType(
        name,
        column=True,
        key=key if isinstance(key, bool) else key in present,
        max_length=longest,
        display=entry["display"],
        bytes=entry.get("bytes"),
        implied=tuple(entry.get("implied", ())),
    )


def _spellings(types: Mapping[str, ColumnType]) -> frozenset[str]:
    return frozenset(types) | {entry.display for entry in types.values()}


def _functions(data: Mapping[str, Any]) -> list[tuple[str, Function]]:
    replacement = data["replacement"]
    refused, brought = data["refused"], data["extensions"]
    groups = [(None, refused["answer"], refused["names"])]
    groups += [(None, refused["answer"], group["names"]) for group in data["inferred"]]
    groups += [(extension, brought["answer"], names) for extension, names in brought["names"].items()]
    return [
        (name, Function(name, ext, answer["sqlstate"], answer["message"].format(name=name), replacement.get(name)))
        for ext, answer, names in groups
        for name in names
    ]
