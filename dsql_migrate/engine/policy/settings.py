"""SET, RESET, and transactions."""

from __future__ import annotations

from typing import Any

from dsql_migrate.engine.policy.verdict import Case, Refusal, Splice, options
from dsql_migrate.source.parse import Node, tokens

_SPOKEN = {
    "TRANS_STMT_SAVEPOINT": "SAVEPOINT",
    "TRANS_STMT_RELEASE": "RELEASE",
    "TRANS_STMT_ROLLBACK_TO": "ROLLBACK TO",
    "TRANS_STMT_PREPARE": "PREPARE TRANSACTION",
    "TRANS_STMT_COMMIT_PREPARED": "COMMIT PREPARED",
    "TRANS_STMT_ROLLBACK_PREPARED": "ROLLBACK PREPARED",
}
_ALLOWED = frozenset({"TRANS_STMT_BEGIN", "TRANS_STMT_START", "TRANS_STMT_COMMIT", "TRANS_STMT_ROLLBACK"})


def set_parameter(case: Case, node: Node) -> list[Splice]:
    """Judge SET and RESET; returns what to change in the text. Raises Refusal."""
    kind = node["kind"]
    if kind == "VAR_RESET_ALL":
        return []
    name = str(node.get("name", "")).lower()
    if kind == "VAR_SET_MULTI":
        _isolation(node.get("args"))
        if name == "session characteristics":  # the grammar measured on a cluster has it, for the one level there is
            return []
        raise Refusal('setting configuration parameter "TRANSACTION" not supported')
    default = kind in ("VAR_SET_DEFAULT", "VAR_RESET") and name in case.target.default_only
    if name not in case.target.settable and not default:
        raise Refusal(f'setting configuration parameter "{node.get("name")}" not supported')
    return _own_name(case.text, name)


def transaction(case: Case, node: Node) -> None:
    """Judge BEGIN, COMMIT, ROLLBACK and what else controls a transaction. Raises Refusal."""
    kind = str(node["kind"])
    if kind not in _ALLOWED:
        raise Refusal(f"unsupported transaction statement: {_SPOKEN.get(kind, kind)}")
    _isolation(node.get("options"))


def _isolation(items: Any) -> None:
    """There is one level, snapshot isolation under the name REPEATABLE READ."""
    for name, argument in options(items):
        if name == "transaction_isolation":
            level = str((argument or {}).get("A_Const", {}).get("sval", {}).get("sval", ""))
            if level != "repeatable read":
                raise Refusal(f"Unsupported isolation level: {level.upper()}")


def _own_name(text: bytes, name: str) -> list[Splice]:
    """PostgreSQL takes unknown parameters only with a dot in their name: give DSQL's plain one a prefix."""
    if name != "disable_sync_create_index":
        return []
    return [Splice(token.start, token.start, b"dsql.") for token in tokens(text) if token.word.strip('"') == name][:1]
