"""Owners and grants: left out unless asked for, because roles on DSQL are tied to IAM and do not come along."""

from __future__ import annotations

from dsql_migrate.rewrite.edits import Edits
from dsql_migrate.rewrite.plan import Item, Plan
from dsql_migrate.rewrite.reading import Statement
from dsql_migrate.source import facts
from dsql_migrate.source.facts import Name, Span
from dsql_migrate.source.lexemes import lexemes


def owner(plan: Plan, statement: Statement, fact: facts.ChangeOwner) -> None:
    """ALTER … OWNER TO, for what ALTER TABLE does not cover."""
    name = (*fact.name[:-1], fact.signature) if fact.signature is not None else fact.name
    owner_entry(plan, statement, fact.kind, ".".join(name), fact.owner)


def owner_entry(plan: Plan, statement: Statement, kind: str, name: str, owner: str) -> None:
    """Enter an ALTER … OWNER TO."""
    schema = name.partition(".")[0] if "." in name or kind == "schema" else plan.catalogue.creation_schema()
    wanted = plan.decide("owners", f"role:{owner}") == "keep"
    in_public = schema == "public" or (schema in plan.flattened and kind != "schema")
    keep = wanted and not in_public
    reason = "" if keep else "whoever applies the bundle owns it: a role on DSQL is tied to IAM"
    if wanted and not keep:
        reason = "only admin may create in schema public, and so own what is in it"
    elif keep and not _carried(plan, kind, tuple(name.split(".", 1))):
        keep, reason = False, "what it is about is not in the bundle under that name"
    now = _now(plan, kind, name) if keep else None
    plan.note(
        "owner",
        f"{kind} {name}",
        statement.line,
        ("rewritten" if now else "kept") if keep else "dropped",
        f"of a {now.lower()} now" if now else reason,
        rule={"VIEW": "DSQL505", "TABLE": "DSQL505", "DOMAIN": "DSQL107"}[now] if now else None,
        suffix=f"@{statement.line}",
        into=("post-data.sql",) if keep else ("decisions.yaml",),
    )
    if keep:
        sql = _said_of(statement, now) if now else statement.piece.sql
        plan.post.append(
            Item(sql, statement.number, (), statement.search_path, rank=94 if kind == "schema" else 95)
        )


def _now(plan: Plan, kind: str, name: str) -> str | None:
    """The kind that an object has on DSQL, where it is another one."""
    if kind == "materialized view":
        schema, _, own = name.rpartition(".")
        key = plan.catalogue.relation_key(Name(schema or None, own))
        return "TABLE" if key in plan.stored else "VIEW"
    return _NOW.get(kind)


def _said_of(statement: Statement, now: str) -> bytes:
    """ALTER MATERIALIZED VIEW … or ALTER TYPE … with the kind that the object has on DSQL."""
    text, edits = statement.piece.text, Edits()
    words, starts, ends = lexemes(text)
    at = words.index("alter") + 1
    last = at + (words[at] == "materialized")
    edits.replace(Span(starts[at], ends[last]), now)
    return edits.apply(text, 0, statement.piece.stop)


def grant(plan: Plan, statement: Statement, fact: facts.Grant) -> None:
    """GRANT and REVOKE. What DSQL refuses of them (on schema public, on a database) never stays."""
    word = "GRANT" if fact.grant else "REVOKE"
    objects = ", ".join(".".join(o) for o in fact.objects)
    keep = (
        all(plan.decide("grants", f"role:{role}") == "keep" for role in fact.roles)
        and not (fact.kind == "schema" and ("public",) in fact.objects)
        and fact.kind != "database"
    )
    reason = "" if keep else "roles do not come along: a role on DSQL is tied to IAM"
    rule = "DSQL521" if fact.kind == "schema" and ("public",) in fact.objects else None
    if keep:
        rule, reason = _refused(plan, fact)
        keep = rule is None
    if keep and not all(_carried(plan, fact.kind, o) for o in fact.objects):
        keep, reason = False, "what it is about is not in the bundle under that name"
    if keep and (gone := sorted(plan.flattened.intersection(fact.within))):
        keep, reason = False, f"the objects of schema {', '.join(gone)} are in public"
    plan.note(
        "grant",
        f"{word} {fact.kind} {objects}".strip(),
        statement.line,
        "kept" if keep else "dropped",
        reason,
        rule=rule,
        suffix=f"@{statement.line}",
        into=("post-data.sql",) if keep else ("quarantine.sql",),
    )
    if keep:
        plan.post.append(Item(statement.piece.sql, statement.number, (), statement.search_path, rank=96))
    else:
        plan.quarantine.append((statement, reason))


def _refused(plan: Plan, fact: facts.Grant) -> tuple[str | None, str]:
    """The rule and the reason for which DSQL has no such privileges; (None, "") where it has."""
    if fact.kind in ("type", "domain"):
        return "DSQL527", f"DSQL keeps no privileges on a {fact.kind}"
    if fact.kind == "default privileges":
        if not plan.target.has("alter-default-privileges"):
            return "DSQL534", "DSQL has no default privileges on this day"
        if fact.default_of not in _DEFAULTS:
            return "DSQL553", f"DSQL has no default privileges on a {fact.default_of}"
    return None, ""


# What a statement about a kind of object speaks of on DSQL, where that is another one.
_NOW = {"type": "DOMAIN"}
# The kinds that the release notes of 2026-04-24 name (rule DSQL553).
_DEFAULTS = ("table", "sequence", "function", "routine", "type")
# What a privilege may speak of: the kinds of ledger entries by the kind that the statement says.
_KINDS = {
    "table": ("table", "view", "materialized view", "sequence"),
    "view": ("view", "materialized view"),
    "materialized view": ("materialized view",),
    "sequence": ("sequence",),
    "function": ("function", "procedure"),
    "procedure": ("procedure",),
    "routine": ("function", "procedure"),
    "aggregate": ("aggregate",),
    "schema": ("schema",),
    "domain": ("domain",),
    "type": ("type", "domain"),
}


def _carried(plan: Plan, kind: str, parts: tuple[str, ...]) -> bool:
    """Whether an object is in the bundle under its own name. What has no name of this kind counts as there."""
    if kind not in _KINDS:
        return kind in ("default privileges", "role")
    schemas = (parts[0],) if len(parts) > 1 else plan.catalogue.search_path
    names = [parts[-1]] if kind == "schema" else [f"{schema}.{parts[-1]}" for schema in schemas]
    for name in names:
        for word in _KINDS[kind]:
            entry = plan.ledger.get(f"{word}:{name}")
            if entry is not None:
                merged = entry.detail in ("partition", "inheritance child")
                if entry.disposition not in ("kept", "rewritten") or not entry.into or merged:
                    return False
                return word != "type" or plan.decide("enums", entry.id) == "domain"  # else it may be a table
    return False


def roles_of(plan: Plan) -> set[str]:
    """The roles that the bundle's own statements name: owners and grantees, where they are kept."""
    found: set[str] = set()
    for statement in plan.script.statements:
        fact = statement.fact
        if isinstance(fact, facts.Grant):
            found |= {role for role in fact.roles if plan.decide("grants", f"role:{role}") == "keep"}
        elif isinstance(fact, facts.ChangeOwner):
            found |= _kept(plan, {fact.owner})
        elif isinstance(fact, facts.AlterTable):
            found |= _kept(plan, {a.value for a in fact.actions if a.kind == "owner" and a.value})
    return found


def _kept(plan: Plan, owners: set[str]) -> set[str]:
    return {role for role in owners if plan.decide("owners", f"role:{role}") == "keep"}
