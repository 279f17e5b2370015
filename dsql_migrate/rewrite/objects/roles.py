"""CREATE ROLE as DSQL takes it, for a person to run: which IAM identity may take a role, no dump knows."""

from __future__ import annotations

from dsql_migrate.rewrite.plan import Plan
from dsql_migrate.rewrite.quoting import identifier, one_line
from dsql_migrate.rewrite.reading import Statement
from dsql_migrate.source.facts import CreateRole, Other
from dsql_migrate.source.lexemes import lexemes

# Aurora DSQL user guide, "Using database roles and IAM authentication".
_GRANT = "-- AWS IAM GRANT {} TO 'arn:aws:iam::<account>:role/<role>';"
HEAD = """-- The roles of {name}, as Aurora DSQL takes them: CREATE ROLE name [WITH LOGIN].
-- Run it as admin before pre-data.sql, each AWS IAM GRANT with the identity that may take the role.
"""


def keep_role(plan: Plan, statement: Statement, fact: CreateRole) -> None:
    """Enter a CREATE ROLE that goes into roles.sql; a role of a group has no login."""
    login = fact.kind == "user" or _may_log_in(plan, statement, fact)
    name = identifier(fact.name)
    sql = f"CREATE ROLE {name}{' WITH LOGIN' if login else ''};"
    if login:
        sql += f"\n{_GRANT.format(one_line(name))}"
    plan.roles.append((fact.name, sql))
    reason = "for a person to run: a role on DSQL is tied to IAM, and has no password and no other option"
    plan.note("statement", f"CREATE {fact.kind.upper()} {fact.name}", statement.line, "rewritten", reason,
              rule="DSQL522", suffix=f"@{statement.line}", into=("roles.sql",))  # fmt: skip


def _may_log_in(plan: Plan, statement: Statement, fact: CreateRole) -> bool:
    """The last word on LOGIN, of CREATE ROLE and of each ALTER ROLE behind it."""
    found = False
    for other in plan.script.statements:
        own = other is statement
        altered = isinstance(other.fact, Other) and other.fact.node == "AlterRole" and other.number > statement.number
        if not own and not altered:
            continue
        words, _, _ = lexemes(other.piece.text)
        if own or identifier(fact.name) in words[:4] or fact.name in words[:4]:
            said = [word == "login" for word in words if word in ("login", "nologin")]
            found = said[-1] if said else found
    return found


def roles_script(plan: Plan, source_name: str) -> bytes | None:
    """The text of roles.sql; None where no role is kept."""
    if not plan.roles:
        return None
    parts = [HEAD.format(name=one_line(source_name)), *(sql for _, sql in plan.roles)]
    return ("\n".join(parts) + "\n").encode("utf-8", "surrogateescape")
