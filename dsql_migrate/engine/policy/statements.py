"""The allow-list of statement kinds. What is not here is refused, whatever it may be."""

from __future__ import annotations

from collections.abc import Callable

from dsql_migrate.engine.policy import alter, indexes, objects, sequences, settings, tables
from dsql_migrate.engine.policy.queries import QUERIES, require_expression, require_own_schema, require_query
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
    inside,
    relation,
    spliced,
    words,
)
from dsql_migrate.source.parse import Node, Parsed, tokens
from dsql_migrate.target import Target

# Answers that do not follow the pattern "unsupported statement: <node's name>".
_REFUSED = {
    "CreateTrigStmt": "CREATE TRIGGER not supported",
    "CreateEnumStmt": "CREATE TYPE not supported",
    "AlterEnumStmt": "ALTER TYPE not supported",
    "AlterTypeStmt": "ALTER TYPE not supported",
    "MergeStmt": "unsupported statement type: MERGE",
}
# Taken as DDL after one look of their own.
_DDL: dict[str, Callable[[Case, Node], None]] = {
    "ViewStmt": objects.create_view,
    "CreateFunctionStmt": objects.create_function,
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
}
_DDL_PLAIN = frozenset({"DropRoleStmt", "GrantRoleStmt", "AlterObjectDependsStmt"})
_NESTED_EARLY = frozenset({"CreateStmt", "ViewStmt"})


def judge(parsed: Parsed, text: bytes, target: Target, catalog: Catalog | None = None) -> Allow | Refuse:
    """Whether DSQL takes this one statement on the target's day, and what PostgreSQL is to run for it.

    ``text`` is the statement's own text, that ``parsed`` was made from. Pure: what it has to know of the database it
    asks ``catalog`` (an empty one by default). Rules that need the transaction or the rows are the session's.
    """
    case = Case(text, target, catalog or Nothing())
    try:
        effect, changes, job = _judge(case, parsed)
    except Refusal as refusal:
        return refusal.verdict
    if parsed.asynchronous:
        changes = [*changes, _blank_async(text)]
    return Allow(spliced(text, changes), job, effect)


def _judge(case: Case, parsed: Parsed) -> tuple[Effect, list[Splice], JobKind | None]:
    kind, node = parsed.kind, parsed.node
    changes: list[Splice] = []
    if kind in QUERIES:
        return require_query(case, kind, node), changes, None
    if kind == "IndexStmt":
        return Effect.DDL, indexes.create_index(case, node, parsed.asynchronous), JobKind.INDEX_BUILD
    if kind == "AlterTableStmt":
        changes, job = alter.alter_table(case, node, parsed.asynchronous)
        return Effect.DDL, changes, job
    if kind in _CHANGED:
        return Effect.DDL, _CHANGED[kind](case, node), None
    if kind in _DDL:
        _DDL[kind](case, node)
        return Effect.DDL, changes, None
    if kind in _DDL_PLAIN:
        return Effect.DDL, changes, None
    if kind in _OTHER:
        effect, changes = _OTHER[kind](case, node)
        return effect, changes, None
    raise Refusal(_REFUSED.get(kind) or f"unsupported statement: {kind.removesuffix('Stmt')}")


def _create_schema(case: Case, node: Node) -> list[Splice]:
    changes: list[Splice] = []
    for item in node.get("schemaElts", ()):
        kind, element = inside(item)
        if kind not in _NESTED_EARLY:
            case.need("nested-create-schema", f"unsupported statement in CREATE SCHEMA: {kind.removesuffix('Stmt')}")
            if kind not in ("CreateSeqStmt", "GrantStmt"):
                raise Refusal(f"unsupported statement in CREATE SCHEMA: {kind.removesuffix('Stmt')}")
        _effect, more, _job = _judge(case, Parsed(kind, element))
        changes += more
    case.within("schemas", case.catalog.count("schemas") + 1)
    return changes


def _set(case: Case, node: Node) -> tuple[Effect, list[Splice]]:
    return Effect.SETTING, settings.set_parameter(case, node)


def _transaction(case: Case, node: Node) -> tuple[Effect, list[Splice]]:
    settings.transaction(case, node)
    return Effect.TRANSACTION, []


def _constraints(case: Case, _node: Node) -> tuple[Effect, list[Splice]]:
    case.need("foreign-keys", "unsupported statement: ConstraintsSet")
    return Effect.SETTING, []


def _copy(case: Case, node: Node) -> tuple[Effect, list[Splice]]:
    return objects.copy(case, node), []


def _explain(case: Case, node: Node) -> tuple[Effect, list[Splice]]:
    return objects.explain(case, node), []


def _vacuum(case: Case, node: Node) -> tuple[Effect, list[Splice]]:
    objects.vacuum(case, node)
    for item in node.get("rels", ()):
        require_own_schema(relation(item["VacuumRelation"]["relation"]))
    return Effect.SETTING, []


def _call(case: Case, node: Node) -> tuple[Effect, list[Splice]]:
    require_expression(case, node)
    if words(node["funccall"]["funcname"]) != ("sys", "wait_for_job"):
        # No procedure can be made; PostgreSQL says that it does not exist.
        return Effect.DML, []
    return Effect.READ, []


def _deallocate(_case: Case, node: Node) -> tuple[Effect, list[Splice]]:
    if not node.get("isall"):
        raise Refusal("unsupported statement: Deallocate")
    return Effect.SETTING, []


def _show(_case: Case, _node: Node) -> tuple[Effect, list[Splice]]:
    return Effect.READ, []


_CHANGED: dict[str, Callable[[Case, Node], list[Splice]]] = {
    "CreateStmt": tables.create_table,
    "CreateDomainStmt": objects.create_domain,
    "CreateSchemaStmt": _create_schema,
}
_OTHER: dict[str, Callable[[Case, Node], tuple[Effect, list[Splice]]]] = {
    "VariableSetStmt": _set,
    "VariableShowStmt": _show,
    "TransactionStmt": _transaction,
    "ConstraintsSetStmt": _constraints,
    "CopyStmt": _copy,
    "ExplainStmt": _explain,
    "VacuumStmt": _vacuum,
    "CallStmt": _call,
    "DeallocateStmt": _deallocate,
}


def _blank_async(text: bytes) -> Splice:
    """The word is DSQL's own; PostgreSQL would read it as a name."""
    word = next(token for token in tokens(text) if token.word == "async")
    return Splice(word.start, word.end, b" " * (word.end - word.start))
