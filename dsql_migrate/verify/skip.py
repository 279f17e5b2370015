"""Statements that a replay leaves out: they concern the cluster, its roles, its files, not what a database holds."""

from __future__ import annotations

from dsql_migrate.source import facts as f

_CLUSTER = "it concerns the cluster, not this database"
_ROLES = "roles are the cluster's; the replay makes those that grants and policies name"
_OWNER = "ownership is not replayed: one role owns everything"
_UPKEEP = "upkeep: it changes no contents"

_KINDS = {
    "database": _CLUSTER,
    "tablespace": _CLUSTER,
    "system": _CLUSTER,
    "role": _ROLES,
    "user": _ROLES,
    "group": _ROLES,
}
_WORDS = {
    "vacuum": _UPKEEP,
    "analyze": _UPKEEP,
    "analyse": _UPKEEP,
    "reindex": _UPKEEP,
    "checkpoint": _UPKEEP,
    "cluster": _UPKEEP,
    "listen": _UPKEEP,
    "unlisten": _UPKEEP,
    "notify": _UPKEEP,
    "load": "it loads code into the server",
    "reassign": _OWNER,
}
_PAIRS = {
    ("drop", "owned"): _OWNER,
    ("security", "label"): "security labels need a provider in the server",
    ("create", "event"): "an event trigger would run with the rights of whoever uses the replay",
    ("alter", "event"): "event triggers are not replayed",
    ("drop", "event"): "event triggers are not replayed",
    ("create", "subscription"): "it would connect to another server",
    ("alter", "subscription"): "subscriptions are not replayed",
}
_GRANTED = {
    "role": _ROLES,
    "database": _CLUSTER,
    "tablespace": _CLUSTER,
    "parameter acl": _CLUSTER,
    "parameter": _CLUSTER,
    "language": _CLUSTER,
    "default privileges": "default privileges depend on the role that creates",
}
_SETTINGS = {
    "client_encoding": "the script is read as UTF-8",
    "names": "the script is read as UTF-8",
    "session_authorization": _OWNER,
    "role": _OWNER,
}


def by_words(words: tuple[str, ...]) -> str | None:
    """Why a statement that begins with these words (lower case) is not run; None where it is."""
    if not words:
        return None
    first, second = words[0], words[1] if len(words) > 1 else ""
    if first in _WORDS:
        return _WORDS[first]
    if (first, second) in _PAIRS:
        return _PAIRS[first, second]
    if first in ("create", "alter", "drop") and second in _KINDS and words[2:3] != ("mapping",):
        return _KINDS[second]
    if first in ("create", "drop") and "language" in words[1:5] and words[-1] in ("plpgsql", "language"):
        return "PostgreSQL has plpgsql from the start"
    return None


def by_fact(fact: f.Fact) -> str | None:
    """The same for what the words alone do not say."""
    match fact:
        case f.ChangeOwner():
            return _OWNER
        case f.AlterTable() if fact.actions and all(action.kind == "owner" for action in fact.actions):
            return _OWNER
        case f.Grant():
            return _GRANTED.get(fact.kind)
        case f.SetParameter():
            return _SETTINGS.get(fact.name.lower().replace(" ", "_"))
        case f.CreateObject() if fact.kind == "language":
            return "PostgreSQL has plpgsql from the start" if fact.name == "plpgsql" else None
        case f.CommentOn() if fact.kind in ("database", "role", "tablespace", "extension", "language", "subscription"):
            return "the object is not the replay's own"
        case f.CommentOn() if fact.kind == "event trigger":
            return "event triggers are not replayed"
    return None
