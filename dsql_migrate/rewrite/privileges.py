"""Owners and grants: left out unless asked for, because roles on DSQL are tied to IAM and do not come along."""

from __future__ import annotations

from dsql_migrate.rewrite.plan import Item, Plan
from dsql_migrate.rewrite.reading import Statement
from dsql_migrate.source import facts


def owner(plan: Plan, statement: Statement, fact: facts.ChangeOwner) -> None:
    """ALTER … OWNER TO, for what ALTER TABLE does not cover."""
    owner_entry(plan, statement, fact.kind, ".".join(fact.name), fact.owner)


def owner_entry(plan: Plan, statement: Statement, kind: str, name: str, owner: str) -> None:
    """Enter an ALTER … OWNER TO."""
    keep = plan.decisions.owners == "keep"
    reason = "" if keep else "whoever applies the bundle owns it: a role on DSQL is tied to IAM"
    plan.note("owner", f"{kind} {name}", statement.line, "kept" if keep else "dropped", reason,
              suffix=f"@{statement.line}", into=("post-data.sql",) if keep else ("decisions.yaml",))  # fmt: skip
    if keep:
        plan.post.append(Item(statement.piece.sql, statement.number, (), statement.search_path, rank=95))


def grant(plan: Plan, statement: Statement, fact: facts.Grant) -> None:
    """GRANT and REVOKE. What DSQL refuses of them (on schema public, on a database) never stays."""
    word = "GRANT" if fact.grant else "REVOKE"
    objects = ", ".join(".".join(o) for o in fact.objects) or fact.kind
    keep = plan.decisions.grants == "keep" and not (fact.kind == "schema" and ("public",) in fact.objects) and fact.kind != "database"
    reason = "" if keep else "roles do not come along: a role on DSQL is tied to IAM"
    rule = "DSQL521" if fact.kind == "schema" and ("public",) in fact.objects else None
    plan.note("grant", f"{word} {fact.kind} {objects}", statement.line, "kept" if keep else "dropped", reason, rule=rule,
              suffix=f"@{statement.line}", into=("post-data.sql",) if keep else ("quarantine.sql",))  # fmt: skip
    if keep:
        plan.post.append(Item(statement.piece.sql, statement.number, (), statement.search_path, rank=96))
    else:
        plan.quarantine.append((statement, reason))
