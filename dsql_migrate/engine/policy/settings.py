"""SET, RESET and SHOW, and transactions."""

from __future__ import annotations

from typing import Any

from dsql_migrate.engine.policy.calls import require_readable, require_spoken
from dsql_migrate.engine.policy.verdict import Case, Effect, Refusal, Refuse, Splice, Taken, options
from dsql_migrate.source.parse import Node, tokens
from dsql_migrate.target import Target

_SPOKEN = {
    "TRANS_STMT_SAVEPOINT": "SAVEPOINT",
    "TRANS_STMT_RELEASE": "RELEASE",
    "TRANS_STMT_ROLLBACK_TO": "ROLLBACK TO",
    "TRANS_STMT_PREPARE": "PREPARE TRANSACTION",
    "TRANS_STMT_COMMIT_PREPARED": "COMMIT PREPARED",
    "TRANS_STMT_ROLLBACK_PREPARED": "ROLLBACK PREPARED",
}
_ALLOWED = frozenset({"TRANS_STMT_BEGIN", "TRANS_STMT_START", "TRANS_STMT_COMMIT", "TRANS_STMT_ROLLBACK"})
_PREFIXED = frozenset({"disable_sync_create_index"})  # PostgreSQL has them under dsql.
_VALUES = frozenset({"VAR_SET_VALUE", "VAR_SET_DEFAULT", "VAR_RESET"})


def judge_parameter(name: str, target: Target) -> Refuse | None:
    """What a connection's start-up option of that name is answered with; None: a session may have it."""
    if name.lower() in target.settable:
        return None
    return Refuse("0A000", f'setting configuration parameter "{name}" not supported')


def require_settable(case: Case, node: Node) -> None:
    """Judge a SET or RESET, wherever it stands: a statement, a function's clause, a role's settings. Raises Refusal."""
    kind = node["kind"]
    if kind == "VAR_RESET_ALL":
        return
    shown = str(node.get("name", ""))
    name = shown.lower()
    if kind == "VAR_SET_MULTI":
        _modes(node.get("args"))
        if name == "session characteristics":  # the grammar measured on a cluster has it, for the one level there is
            return
        raise Refusal('setting configuration parameter "TRANSACTION" not supported')
    default = kind in ("VAR_SET_DEFAULT", "VAR_RESET") and name in case.target.default_only
    if kind not in _VALUES or not (default or name in case.target.settable):
        raise Refusal(f'setting configuration parameter "{shown}" not supported')
    if kind == "VAR_SET_VALUE":
        require_spoken(name, str(node["args"][0].get("A_Const", {}).get("sval", {}).get("sval", "")))


def set_parameter(case: Case, node: Node) -> Taken:
    """Judge SET and RESET. Raises Refusal."""
    require_settable(case, node)
    return Taken(Effect.SETTING, _own_name(case.text, str(node.get("name", "")).lower()))


def show(case: Case, node: Node) -> Taken:
    """Judge SHOW. Raises Refusal."""
    name = str(node.get("name", ""))
    require_readable(case, name)
    return Taken(Effect.READ, instead=_shown(name.lower(), case.target))


def _shown(name: str, target: Target) -> bytes | None:
    """A query for what PostgreSQL cannot SHOW as DSQL does; None for all else. Its tag is not SHOW."""
    if name == "all":
        return (
            b"SELECT name, pg_catalog.current_setting(name) AS setting, short_desc AS description"
            b" FROM pg_catalog.pg_settings ORDER BY pg_catalog.lower(name)"
        )
    if name in _PREFIXED:
        return f"SELECT pg_catalog.current_setting('dsql.{name}') AS {name}".encode()
    if name in target.reported:
        return f"SELECT '{target.reported[name]}'::pg_catalog.text AS {name}".encode()
    return None


def transaction(_case: Case, node: Node) -> Taken:
    """Judge BEGIN, COMMIT, ROLLBACK and what else controls a transaction. Raises Refusal."""
    kind = str(node["kind"])
    if kind not in _ALLOWED:
        raise Refusal(f"unsupported transaction statement: {_SPOKEN.get(kind, kind)}")
    _modes(node.get("options"))
    if any(name == "transaction_deferrable" for name, _argument in options(node.get("options"))):
        raise Refusal("unsupported transaction mode: DEFERRABLE")  # not in the grammar measured on a cluster
    return Taken(Effect.TRANSACTION)


def _modes(items: Any) -> None:
    """There is one level, snapshot isolation under the name REPEATABLE READ."""
    for name, argument in options(items):
        if name == "transaction_isolation":
            level = str((argument or {}).get("A_Const", {}).get("sval", {}).get("sval", ""))
            if level != "repeatable read":
                raise Refusal(f"Unsupported isolation level: {level.upper()}")


def _own_name(text: bytes, name: str) -> list[Splice]:
    """PostgreSQL takes unknown parameters only with a dot in their name: give DSQL's plain one a prefix."""
    if name not in _PREFIXED:
        return []
    return [Splice(token.start, token.start, b"dsql.") for token in tokens(text) if token.word.strip('"') == name][:1]
