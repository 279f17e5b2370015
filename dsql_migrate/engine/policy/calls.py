"""Calls of functions: those DSQL does not let anybody call, and the ones that read and change parameters."""

from __future__ import annotations

from typing import Any

from dsql_migrate.engine.policy.verdict import Case, Refusal, Splice
from dsql_migrate.source.parse import Node, tokens

OURS = "dsql."  # the engine keeps its own settings under this prefix; DSQL's own are in the target's list


def judge_call(case: Case, node: Node) -> Splice | None:
    """Judge one call by the function's name; one of another schema than pg_catalog is the client's. Raises Refusal.

    Returns what to change in a query's text, where only the running query can tell (set_config of a computed name).
    """
    names = node.get("funcname")
    if not names:
        return None
    name = names[-1]["String"].get("sval", "")
    if len(names) > 1 and names[0]["String"].get("sval") != "pg_catalog":
        return None
    target = case.target
    if name in target.functions_refused:
        refused = target.functions[name]
        raise Refusal(refused.message, refused.sqlstate)
    if name in target.expressions_refused:
        raise Refusal(f"datatype {name} not supported")
    if name == "set_config":
        return _set_config(case, node)
    if name == "current_setting":
        known = _constant(node, 0)
        if known is not None:
            require_readable(case, known)
    return None


def require_readable(case: Case, parameter: str) -> None:
    """Judge SHOW and current_setting: the engine's own settings are not there. Raises Refusal."""
    name = parameter.lower()
    if name.startswith(OURS) and name not in case.target.settable:
        raise Refusal(f'unrecognized configuration parameter "{parameter}"', "42704")


def spoken(encoding: str) -> bool:
    """Whether the engine speaks that client encoding: UTF-8 alone, and SQL_ASCII, which stands for no conversion.

    A limit of the engine: it reads what passes, and keeps rows for later, as UTF-8. Names are compared as PostgreSQL
    does, by their letters and digits.
    """
    return "".join(sign for sign in encoding.lower() if sign.isalnum()) in ("utf8", "unicode", "sqlascii")


def require_spoken(parameter: str, value: str) -> None:
    """Refuse any other ``client_encoding``, with PostgreSQL's words for one that it does not know. Raises Refusal."""
    if parameter.lower() == "client_encoding" and not spoken(value):
        raise Refusal(f'invalid value for parameter "client_encoding": "{value}"', "22023")


def _set_config(case: Case, node: Node) -> Splice | None:
    """What SET takes, but for the emptied search_path of a dump: AWS's proxy for pg_dump has to take that out."""
    name = _constant(node, 0)
    if name is None:
        return _guarded(case.text, int(node.get("location", 0)))
    emptied = name.lower() == "search_path" and _constant(node, 1) == ""
    if name.lower() not in case.target.settable or emptied:
        raise Refusal(f'setting configuration parameter "{name}" not supported')
    if name.lower() == "client_encoding":
        return _guarded(case.text, int(node.get("location", 0)))
    return None


def _guarded(text: bytes, start: int) -> Splice:
    """A cluster refuses at the call, so here the engine's own function looks at the name."""
    found = [token for token in tokens(text) if token.start >= start][:3]
    last = found[2] if len(found) > 2 and found[1].word == "." else found[0]
    return Splice(start, last.end, b"pg_dsql.set_config")


def _constant(node: Node, at: int) -> str | None:
    """The string constant at that place among the arguments; None where there is another thing, or nothing."""
    arguments: Any = node.get("args", ())
    if at >= len(arguments):
        return None
    value = arguments[at].get("A_Const", {}).get("sval")
    return None if value is None else str(value.get("sval", ""))
