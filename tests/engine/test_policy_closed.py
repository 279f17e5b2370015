"""Deny by default: every kind of statement, action, object and type that PostgreSQL knows, one by one."""

from __future__ import annotations

import psycopg
import pytest
from pglast import ast, enums

from dsql_migrate.engine.local import Database
from dsql_migrate.engine.policy import Refuse, judge
from dsql_migrate.source.parse import Parsed
from dsql_migrate.target import load_target

TARGET = load_target()

TAKEN = {
    "AlterDefaultPrivilegesStmt", "AlterDomainStmt", "AlterObjectDependsStmt", "AlterObjectSchemaStmt",
    "AlterOwnerStmt", "AlterRoleSetStmt", "AlterRoleStmt", "AlterSeqStmt", "AlterStatsStmt", "AlterTableStmt",
    "CallStmt", "CommentStmt", "ConstraintsSetStmt", "CopyStmt", "CreateDomainStmt", "CreateFunctionStmt",
    "CreateRoleStmt", "CreateSchemaStmt", "CreateSeqStmt", "CreateStatsStmt", "CreateStmt", "DeallocateStmt",
    "DeleteStmt", "DropRoleStmt", "DropStmt", "ExplainStmt", "GrantRoleStmt", "GrantStmt", "IndexStmt",
    "InsertStmt", "RenameStmt", "SelectStmt", "TransactionStmt", "UpdateStmt", "VacuumStmt", "VariableSetStmt",
    "VariableShowStmt", "ViewStmt",
}  # fmt: skip
NO_STATEMENT = {"RawStmt", "PlannedStmt", "ReturnStmt", "PLAssignStmt", "SetOperationStmt", "Stmt", "Query"}
KINDS = sorted(name for name in vars(ast) if name.endswith("Stmt") and name not in NO_STATEMENT)

ACTIONS_TAKEN = {
    "AT_AddColumn", "AT_ColumnDefault", "AT_DropNotNull", "AT_DropExpression", "AT_SetStorage", "AT_DropColumn",
    "AT_AddConstraint", "AT_AlterConstraint", "AT_DropConstraint", "AT_ChangeOwner", "AT_AddIdentity",
    "AT_SetIdentity", "AT_DropIdentity", "AT_EnableTrigAll", "AT_EnableTrigUser", "AT_DisableTrigAll",
    "AT_DisableTrigUser",
}  # fmt: skip


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in TAKEN])
def test_a_kind_of_statement_that_is_not_known_is_refused(kind: str) -> None:
    verdict = judge(Parsed(kind, {}), b"", TARGET)
    assert isinstance(verdict, Refuse)
    assert verdict.sqlstate == "0A000"


def test_every_kind_that_is_taken_exists() -> None:
    assert set(KINDS) >= TAKEN


@pytest.mark.parametrize("action", [one.name for one in enums.AlterTableType if one.name not in ACTIONS_TAKEN])
def test_an_action_of_alter_table_that_is_not_known_is_refused(action: str) -> None:
    table = {"relation": {"relname": "t"}, "cmds": [{"AlterTableCmd": {"subtype": action, "name": "a"}}]}
    verdict = judge(Parsed("AlterTableStmt", table), b"", TARGET)
    assert isinstance(verdict, Refuse)
    assert verdict.message.startswith("unsupported ALTER TABLE ")
    assert verdict.message.endswith(" statement")


OBJECTS = {
    ("DropStmt", "removeType"): {
        "TABLE", "VIEW", "SEQUENCE", "INDEX", "SCHEMA", "FUNCTION", "ROUTINE", "DOMAIN", "STATISTIC_EXT",
    },
    ("RenameStmt", "renameType"): {
        "TABLE", "TABCONSTRAINT", "VIEW", "SEQUENCE", "INDEX", "SCHEMA", "FUNCTION", "ROUTINE", "DOMAIN",
        "DOMCONSTRAINT", "STATISTIC_EXT", "ROLE",
    },
    ("AlterObjectSchemaStmt", "objectType"): {
        "TABLE", "VIEW", "SEQUENCE", "FUNCTION", "ROUTINE", "DOMAIN", "STATISTIC_EXT",
    },
    ("CommentStmt", "objtype"): {
        "TABLE", "COLUMN", "SEQUENCE", "VIEW", "INDEX", "SCHEMA", "ROLE", "FUNCTION", "ROUTINE", "TABCONSTRAINT",
    },
    ("GrantStmt", "objtype"): {"TABLE", "COLUMN", "SEQUENCE", "SCHEMA", "FUNCTION", "ROUTINE"},
}  # fmt: skip


@pytest.mark.parametrize(("kind", "field"), list(OBJECTS), ids=[kind for kind, _ in OBJECTS])
def test_only_known_objects_are_dropped_renamed_moved_described_and_granted(kind: str, field: str) -> None:
    for one in enums.ObjectType:
        name = one.name.removeprefix("OBJECT_")
        node = {field: one.name, "object": {"String": {"sval": "a"}}}
        refused = isinstance(judge(Parsed(kind, node), b"", TARGET), Refuse)
        assert refused is (name not in OBJECTS[kind, field]), name


@pytest.mark.server
def test_every_built_in_type_is_a_column_or_is_refused_by_its_own_name(dsql: Database) -> None:
    with dsql.connect() as connection:
        found = connection.execute(
            "SELECT quote_ident(typname), typname, format_type(oid, NULL), typtype FROM pg_type"
            " WHERE typnamespace = 'pg_catalog'::regnamespace AND typtype IN ('b', 'r', 'm', 'p')"
            " AND typname NOT IN ('bpchar', 'char', 'bit', 'varbit', 'unknown')"
        ).fetchall()
        assert len(found) > 150
        for number, (quoted, name, shown, _kind) in enumerate(found):
            if name in TARGET.types:
                connection.execute(f"CREATE TABLE t{number} (a {quoted})".encode())
                connection.execute(f"DROP TABLE t{number}".encode())
                continue
            with pytest.raises(psycopg.errors.FeatureNotSupported) as refused:
                connection.execute(f"CREATE TABLE t (a {quoted})".encode())
            assert refused.value.diag.message_primary == f"datatype {shown} not supported"
