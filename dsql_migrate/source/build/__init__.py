"""From PostgreSQL's parse tree to the typed facts: ``read`` for the text of one statement, ``build`` for its tree."""

from __future__ import annotations

import re
from collections.abc import Callable

from dsql_migrate.source import regex
from dsql_migrate.source.build import alter, indexes, objects, queries, routines, statements, tables, types
from dsql_migrate.source.build.reading import Reading
from dsql_migrate.source.facts import Fact, Other, Span, Unreadable
from dsql_migrate.source.parse import Node, Parsed, Unparsable, parse

# DSQL's own: which IAM identity may take a role. PostgreSQL's grammar has nothing like it.
_AWS_IAM = regex.compile(rb"(?:\s|--[^\n]*\n|/\*.*?\*/)*aws\s+iam\s+(?:grant|revoke)\s", re.IGNORECASE | re.DOTALL)
_BUILDERS: dict[str, Callable[[Reading, Node], Fact]] = {
    "CreateStmt": tables.create_table,
    "CreateForeignTableStmt": tables.create_foreign_table,
    "CreateSeqStmt": objects.create_sequence,
    "AlterSeqStmt": objects.alter_sequence,
    "ViewStmt": queries.create_view,
    "CreateTableAsStmt": queries.create_table_as,
    "CreateFunctionStmt": routines.create_function,
    "CreateTrigStmt": routines.create_trigger,
    "CreateEnumStmt": types.create_enum,
    "AlterEnumStmt": types.alter_enum,
    "CompositeTypeStmt": types.create_composite,
    "CreateRangeStmt": types.create_range,
    "CreateDomainStmt": types.create_domain,
    "AlterDomainStmt": types.alter_domain,
    "CreateExtensionStmt": objects.create_extension,
    "CreateSchemaStmt": objects.create_schema,
    "RuleStmt": objects.create_rule,
    "CreatePolicyStmt": objects.create_policy,
    "CreateRoleStmt": objects.create_role,
    "DefineStmt": objects.define,
    "CreateCastStmt": objects.create_cast,
    "CommentStmt": statements.comment,
    "GrantStmt": statements.grant,
    "GrantRoleStmt": statements.grant_role,
    "AlterDefaultPrivilegesStmt": statements.default_privileges,
    "AlterOwnerStmt": statements.change_owner,
    "RenameStmt": statements.rename,
    "AlterObjectSchemaStmt": statements.set_schema,
    "DropStmt": statements.drop,
    "DropdbStmt": statements.drop_database,
    "VariableSetStmt": statements.set_parameter,
    "SelectStmt": statements.select,
    "CallStmt": statements.call,
    "InsertStmt": statements.insert,
    "TruncateStmt": statements.truncate,
    "UpdateStmt": lambda r, n: statements.change(r, "update", n),
    "DeleteStmt": lambda r, n: statements.change(r, "delete", n),
    "MergeStmt": lambda r, n: statements.change(r, "merge", n),
    "CopyStmt": statements.copy,
    "TransactionStmt": statements.transaction,
}


def build(parsed: Parsed, text: bytes) -> Fact:
    """The fact of a parsed statement. ``text`` is what was parsed; spans of the fact are byte offsets into it."""
    reading = Reading(text)
    if parsed.kind == "AlterTableStmt":
        return alter.alter_table(reading, parsed.node, parsed.asynchronous)
    if parsed.kind == "IndexStmt":
        return indexes.create_index(reading, parsed.node, parsed.asynchronous)
    if parsed.kind in _BUILDERS:
        return _BUILDERS[parsed.kind](reading, parsed.node)
    if parsed.kind in objects.NAMED:
        return objects.create_named(reading, parsed.kind, parsed.node)
    return statements.other(reading, parsed.kind, parsed.node)


def read(text: bytes) -> Fact:
    """The fact of one statement's text; ``Unreadable`` where PostgreSQL's grammar refuses it.

    Never raises, whatever the bytes are.
    """
    try:
        return build(parse(text), text)
    except Unparsable as error:
        if _AWS_IAM.match(text) is not None:
            return Other(Reading(text).span, "AwsIam")
        return Unreadable(Span(0, len(text)), error.message, error.at)
