"""What SELECT, SET and the end of a transaction change: where sequences stand, and where names are looked for."""

from __future__ import annotations

from dsql_migrate.schema.catalogue import Catalogue
from dsql_migrate.schema.naming import cut
from dsql_migrate.source.facts import Select, SetParameter, Transaction

_DEFAULT = ("public",)


def select(catalogue: Catalogue, fact: Select, statement: int, line: int) -> None:
    """setval moves a sequence; set_config('search_path', …) moves the names, as pg_dump's preamble does."""
    for call in fact.calls:
        if call.name.name == "setval" and len(call.arguments) >= 2 and call.arguments[0]:
            key = catalogue.sequence_key(call.arguments[0])
            value = call.arguments[1]
            if key is not None and value is not None and _is_number(value):
                catalogue.sequences[key].last_value = int(value)
                catalogue.sequences[key].is_called = call.arguments[2:3] not in (("false",), ("f",))
        elif call.name.name == "set_config" and call.arguments[:1] == ("search_path",) and len(call.arguments) > 1:
            local = call.arguments[2:3] in (("true",), ("t",))
            _set_path(catalogue, _listed(call.arguments[1] or ""), local=local)


def set_parameter(catalogue: Catalogue, fact: SetParameter, statement: int, line: int) -> None:
    """SET search_path, RESET search_path and RESET ALL."""
    if fact.reset and fact.name in ("search_path", "all"):
        _set_path(catalogue, _DEFAULT, local=fact.local)
    elif fact.name == "search_path":
        _set_path(catalogue, tuple(cut(v) for v in fact.values), local=fact.local)


def transaction(catalogue: Catalogue, fact: Transaction, statement: int, line: int) -> None:
    """SET LOCAL lasts until the transaction ends. What a rollback takes back stays in the catalogue all the same."""
    if fact.kind in ("commit", "rollback", "prepare") and catalogue.session_path is not None:
        catalogue.search_path, catalogue.session_path = catalogue.session_path, None


def _set_path(catalogue: Catalogue, path: tuple[str, ...], *, local: bool) -> None:
    if local and catalogue.session_path is None:
        catalogue.session_path = catalogue.search_path
    elif not local:
        catalogue.session_path = None
    catalogue.search_path = tuple(s for s in path if s and s != "$user")


def _is_number(text: str) -> bool:
    return text.lstrip("-").isascii() and text.lstrip("-").isdigit() and text.count("-") <= 1


def _listed(text: str) -> tuple[str, ...]:
    """'"My, Schema", public' -> My, Schema and public, as PostgreSQL reads a list of names (SplitIdentifierString)."""
    found, part, quoted, was_quoted = [], "", False, False
    for character in text + ",":
        if character == '"':
            if was_quoted and not quoted:
                part += '"'  # "" inside quotes
            quoted, was_quoted = not quoted, True
        elif character == "," and not quoted:
            found.append(cut(part if was_quoted else part.strip().lower()))
            part, was_quoted = "", False
        elif quoted or not (was_quoted and character.isspace()):
            part += character if quoted or not character.isspace() or part else ""
    return tuple(found)
