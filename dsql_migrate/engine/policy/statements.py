"""The allow-list of statement kinds. What is not here is refused, whatever it may be."""

from __future__ import annotations

from collections.abc import Callable

from dsql_migrate.engine.policy import alter, copying, functions, indexes, objects, sequences, settings, tables
from dsql_migrate.engine.policy.hidden import require_not_hidden
from dsql_migrate.engine.policy.queries import QUERIES, require_expression, require_own_schema, take_query
from dsql_migrate.engine.policy.verdict import (
    Allow,
    Case,
    Catalog,
    Effect,
    JobKind,
    Nothing,
    Refusal,
    Refuse,
    Splice,
    Taken,
    inside,
    relation,
    spliced,
    unsupported,
)
from dsql_migrate.source.parse import Node, Parsed, tokens
from dsql_migrate.target import Target

# Taken as DDL after one look of their own.
_DDL: dict[str, Callable[[Case, Node], None]] = {
    "CreateFunctionStmt": functions.create_function,
    "CreateSeqStmt": sequences.create_sequence,
    "AlterSeqStmt": sequences.alter_sequence,
    "AlterDomainStmt": objects.alter_domain,
    "CreateRoleStmt": objects.create_role,
    "AlterRoleStmt": objects.alter_role,
    "AlterRoleSetStmt": objects.alter_role_set,
    "CreateStatsStmt": objects.statistics,
    "AlterStatsStmt": objects.alter_statistics,
    "DropStmt": objects.drop,
    "RenameStmt": objects.rename,
    "AlterObjectSchemaStmt": objects.move,
    "AlterOwnerStmt": objects.owner,
    "CommentStmt": objects.comment,
    "GrantStmt": objects.grant,  # counts as DDL: two in a transaction were refused on a cluster
    "AlterDefaultPrivilegesStmt": objects.default_privileges,
    "AlterObjectDependsStmt": objects.depends,
    "DropRoleStmt": lambda _case, _node: None,
    "GrantRoleStmt": lambda _case, _node: None,
}
_NESTED_EARLY = frozenset({"CreateStmt", "ViewStmt"})


def judge(parsed: Parsed, text: bytes, target: Target, catalog: Catalog | None = None) -> Allow | Refuse:
    """Whether DSQL takes this one statement on the target's day, and what PostgreSQL is to run for it.

    ``text`` is the statement's own text, that ``parsed`` was made from. Pure: what it has to know of the database it
    asks ``catalog`` (an empty one by default). Rules that need the transaction or the rows are the session's.
    """
    case = Case(text, target, catalog or Nothing())
    try:
        require_not_hidden(text, {parsed.kind: parsed.node})
        taken = _judge(case, parsed)
    except Refusal as refusal:
        return refusal.verdict
    changes = taken.changes
    if parsed.asynchronous:
        changes = [*changes, _blank_async(text)]
    sql = taken.instead or (spliced(text, changes) if changes else text)
    return Allow(sql, taken.job, taken.effect, tuple(taken.tables), tuple(taken.locks), taken.tag)


def _judge(case: Case, parsed: Parsed) -> Taken:
    kind, node = parsed.kind, parsed.node
    if kind in QUERIES:
        return take_query(case, kind, node)
    if kind == "IndexStmt":
        changes = indexes.create_index(case, node, parsed.asynchronous)
        return Taken(Effect.DDL, changes, JobKind.INDEX_BUILD if parsed.asynchronous else None)
    if kind == "AlterTableStmt":
        changes, job = alter.alter_table(case, node, parsed.asynchronous)
        return Taken(Effect.DDL, changes, job)
    if kind in _CHANGED:
        return Taken(Effect.DDL, _CHANGED[kind](case, node))
    if kind in _DDL:
        _DDL[kind](case, node)
        return Taken(Effect.DDL)
    if kind in _OTHER:
        return _OTHER[kind](case, node)
    raise unsupported(kind)


def _create_schema(case: Case, node: Node) -> list[Splice]:
    changes: list[Splice] = []
    for item in node.get("schemaElts", ()):
        kind, element = inside(item)
        if kind not in _NESTED_EARLY:
            case.need("nested-create-schema", f"unsupported statement in CREATE SCHEMA: {kind.removesuffix('Stmt')}")
            if kind not in ("CreateSeqStmt", "GrantStmt"):
                raise Refusal(f"unsupported statement in CREATE SCHEMA: {kind.removesuffix('Stmt')}")
        changes += _judge(case, Parsed(kind, element)).changes
    case.within("schemas", case.catalog.count("schemas") + 1)
    return changes


def _constraints(case: Case, _node: Node) -> Taken:
    case.need("foreign-keys", "unsupported statement: ConstraintsSet")
    return Taken(Effect.SETTING)


def _vacuum(case: Case, node: Node) -> Taken:
    objects.vacuum(case, node)
    for item in node.get("rels", ()):
        require_own_schema(relation(item["VacuumRelation"]["relation"]))
    return Taken(Effect.SETTING)


def _call(case: Case, node: Node) -> Taken:
    """Nobody but DSQL has procedures; of any other PostgreSQL says that it does not exist."""
    require_expression(case, node)
    return Taken(Effect.READ)


def _deallocate(_case: Case, node: Node) -> Taken:
    if not node.get("isall"):
        raise Refusal("unsupported statement: Deallocate")
    return Taken(Effect.SETTING)


def _aws_iam(_case: Case, node: Node) -> Taken:
    """DSQL's own statement; GRANT and REVOKE count as DDL, and so does this."""
    verb = "grant" if node["is_grant"] else "revoke"
    call = f"SELECT pg_dsql.iam_{verb}({_quoted(node['role'])}, {_quoted(node['arn'])})"
    return Taken(Effect.DDL, tag=f"AWS IAM {verb.upper()}", instead=call.encode())


_CHANGED: dict[str, Callable[[Case, Node], list[Splice]]] = {
    "CreateStmt": tables.create_table,
    "ViewStmt": objects.create_view,
    "CreateDomainStmt": objects.create_domain,
    "CreateSchemaStmt": _create_schema,
}
_OTHER: dict[str, Callable[[Case, Node], Taken]] = {
    "VariableSetStmt": settings.set_parameter,
    "VariableShowStmt": settings.show,
    "TransactionStmt": settings.transaction,
    "ConstraintsSetStmt": _constraints,
    "CopyStmt": copying.copy,
    "ExplainStmt": copying.explain,
    "VacuumStmt": _vacuum,
    "CallStmt": _call,
    "DeallocateStmt": _deallocate,
    "AwsIamStmt": _aws_iam,
}


def _quoted(text: str) -> str:
    """A string as SQL, whatever standard_conforming_strings says."""
    return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def _blank_async(text: bytes) -> Splice:
    """The word is DSQL's own; PostgreSQL would read it as a name."""
    word = next(token for token in tokens(text) if token.word == "async")
    return Splice(word.start, word.end, b" " * (word.end - word.start))
