"""Checks on roles, privileges and what belongs to the system."""

from __future__ import annotations

from collections.abc import Iterator

from dsql_migrate.lint.checks.registry import check
from dsql_migrate.lint.context import Context
from dsql_migrate.lint.finding import Match
from dsql_migrate.lint.subjects import Subject
from dsql_migrate.source.facts import Drop, Grant

_OPTIONS = frozenset({"login", "nologin", "inherit", "noinherit", "with", ";"})


@check
def grant_on_public(subject: Subject, context: Context) -> Iterator[Match]:
    """GRANT or REVOKE on the schema public, which belongs to the system."""
    grant: Grant = subject.part
    if grant.kind == "schema" and any(name[-1:] == ("public",) for name in grant.objects):
        at = context.find("schema public") or context.fact.span
        yield Match(at, {"statement": "GRANT" if grant.grant else "REVOKE", "object": "public"})


@check
def alter_role(subject: Subject, context: Context) -> Iterator[Match]:
    """ALTER ROLE with options beyond LOGIN and INHERIT, or SET of what a session could not set either."""
    words = [token.word for token in context.tokens]
    if subject.part.node == "AlterRoleSet":
        if "reset" in words:
            return
        behind = words[words.index("set", 3) + 1 :] if "set" in words[3:] else [""]
        name = "timezone" if behind[:2] == ["time", "zone"] else behind[0].strip('"')
        if name in context.target.settable and "database" not in words:
            return
    elif words[1:2] == ["role"] and _OPTIONS.issuperset(words[3:]):
        return
    yield Match(context.head(2))


@check
def public_schema(subject: Subject, context: Context) -> Iterator[Match]:
    """ALTER, DROP of or COMMENT ON the schema public."""
    part = subject.part
    names = part.names if isinstance(part, Drop) else (part.name,)
    if any(name[-1:] == ("public",) for name in names):
        yield Match(context.head(3), {"object": "public"})
