"""What a script makes, told by PostgreSQL's grammar (pglast); of dsql_migrate it uses the cutting into pieces."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pglast
from pglast import ast, enums

from dsql_migrate.source.open import open_source
from dsql_migrate.source.script import pieces

_ASYNC = re.compile(r"\b((?:create\s+(?:unique\s+)?index|alter\s+table))\s+async\b", re.I)
_CONSTRAINTS = {
    enums.ConstrType.CONSTR_PRIMARY, enums.ConstrType.CONSTR_UNIQUE, enums.ConstrType.CONSTR_CHECK,
    enums.ConstrType.CONSTR_FOREIGN, enums.ConstrType.CONSTR_EXCLUSION,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Said:
    """One statement: its line, its kind, the names it speaks of."""

    line: int
    kind: str
    names: tuple[str, ...] = ()


@dataclass(slots=True)
class Census:
    """``made``: (kind, name without schema); ``changed``: names that the script drops, renames or moves."""

    statements: list[Said] = field(default_factory=list)
    made: set[tuple[str, str]] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)
    unnamed_indexes: list[int] = field(default_factory=list)


def take(path: Path) -> Census:
    """Read a script; INSERTs are only counted by their table, psql lines and COPY data passed over."""
    census = Census()
    with open_source(str(path)) as source:
        for piece in pieces(source):
            if piece.kind != "sql":
                continue
            try:
                text = _ASYNC.sub(r"\1", piece.sql.decode())  # DSQL's own word: PostgreSQL's grammar lacks it
                nodes = [raw.stmt for raw in pglast.parse_sql(text)]
            except (pglast.Error, UnicodeDecodeError):
                census.statements.append(Said(piece.body_line, "unreadable"))
                continue
            for node in nodes:
                _one(census, node, piece.body_line)
    return census


def _one(census: Census, node: Any, line: int) -> None:
    if isinstance(node, ast.CreateSchemaStmt) and node.schemaElts:
        for element in node.schemaElts:
            census.made |= set(_made(element))
    made = list(_made(node))
    census.made |= set(made)
    if isinstance(node, ast.IndexStmt) and node.idxname is None:
        census.unnamed_indexes.append(line)
    census.changed |= set(_changed(node))
    census.statements.append(Said(line, type(node).__name__, tuple(_names(node))))


def _made(node: Any) -> Iterator[tuple[str, str]]:
    match node:
        case ast.CreateStmt():
            yield from _table(node)
        case ast.AlterTableStmt():
            yield from _altered(node)
        case ast.IndexStmt() if node.idxname:
            yield "index", node.idxname
        case ast.CreateSeqStmt():
            yield "sequence", node.sequence.relname
        case ast.ViewStmt():
            yield "view", node.view.relname
        case ast.CreateTableAsStmt() if node.objtype == enums.ObjectType.OBJECT_MATVIEW:
            yield "materialized view", node.into.rel.relname
        case ast.CreateTableAsStmt():
            yield "table", node.into.rel.relname
        case ast.CreateFunctionStmt():
            yield "procedure" if node.is_procedure else "function", node.funcname[-1].sval
        case ast.CreateTrigStmt():
            yield "trigger", f"{node.relation.relname}.{node.trigname}"
        case ast.CreateEnumStmt() | ast.CreateRangeStmt():
            yield "type", node.typeName[-1].sval
        case ast.CompositeTypeStmt():
            yield "type", node.typevar.relname
        case ast.CreateDomainStmt():
            yield "domain", node.domainname[-1].sval
        case ast.CreateSchemaStmt() if node.schemaname:
            yield "schema", node.schemaname
        case ast.CreateExtensionStmt():
            yield "extension", node.extname
        case ast.CreatePolicyStmt():
            yield "policy", f"{node.table.relname}.{node.policy_name}"
        case ast.RuleStmt():
            yield "rule", f"{node.relation.relname}.{node.rulename}"
        case _:
            return


def _table(node: ast.CreateStmt) -> Iterator[tuple[str, str]]:
    table = node.relation.relname
    yield "table", table
    for element in node.tableElts or ():
        if isinstance(element, ast.ColumnDef):
            yield from _column(table, element)
        elif isinstance(element, ast.Constraint) and element.conname:
            yield "constraint", f"{table}.{element.conname}"


def _column(table: str, column: ast.ColumnDef) -> Iterator[tuple[str, str]]:
    if column.typeName is None:
        return
    yield "column", f"{table}.{column.colname}"
    for constraint in column.constraints or ():
        if constraint.contype == enums.ConstrType.CONSTR_DEFAULT and not _null(constraint.raw_expr):
            yield "default", f"{table}.{column.colname}"
        elif constraint.contype == enums.ConstrType.CONSTR_IDENTITY:
            yield "identity", f"{table}.{column.colname}"
        elif constraint.conname and constraint.contype in _CONSTRAINTS:
            yield "constraint", f"{table}.{constraint.conname}"


def _null(expression: Any) -> bool:
    """DEFAULT NULL is no default: PostgreSQL does not store it."""
    while isinstance(expression, ast.TypeCast):
        expression = expression.arg
    return isinstance(expression, ast.A_Const) and bool(expression.isnull)


def _altered(node: ast.AlterTableStmt) -> Iterator[tuple[str, str]]:
    table = node.relation.relname
    for command in node.cmds:
        if command.subtype == enums.AlterTableType.AT_AddColumn:
            yield from _column(table, command.def_)
        elif command.subtype == enums.AlterTableType.AT_AddConstraint and command.def_.conname:
            if command.def_.contype in _CONSTRAINTS:
                yield "constraint", f"{table}.{command.def_.conname}"
        elif command.subtype == enums.AlterTableType.AT_ColumnDefault and command.def_ is not None:
            yield "default", f"{table}.{command.name}"


def _changed(node: Any) -> Iterator[str]:
    match node:
        case ast.DropStmt():
            for thing in node.objects:
                parts = getattr(thing, "objname", None) or getattr(thing, "names", (thing,))
                yield (thing if isinstance(thing, tuple) else parts)[-1].sval
        case ast.RenameStmt():
            yield node.newname
            yield from (n for n in (node.subname, node.relation.relname if node.relation else None) if n)
        case ast.AlterTableStmt():
            dropped = (enums.AlterTableType.AT_DropColumn, enums.AlterTableType.AT_DropConstraint)
            yield from (c.name for c in node.cmds if c.subtype in dropped)
            added = (c.def_ for c in node.cmds if c.subtype == enums.AlterTableType.AT_AddConstraint)
            yield from (c.indexname for c in added if c.indexname)  # UNIQUE USING INDEX takes the index over
        case _:
            return


def _names(node: Any) -> Iterator[str]:
    """What an altering statement speaks of."""
    match node:
        case ast.AlterTableStmt():
            yield node.relation.relname
            dropped = (enums.AlterTableType.AT_DropColumn, enums.AlterTableType.AT_DropConstraint)
            yield from (c.name for c in node.cmds if c.name and c.subtype not in dropped)
        case ast.RenameStmt():
            yield node.newname
        case ast.AlterSeqStmt():
            yield node.sequence.relname
        case ast.AlterEnumStmt() | ast.AlterDomainStmt():
            yield node.typeName[-1].sval
        case ast.InsertStmt():
            yield node.relation.relname
        case ast.CopyStmt() if node.relation:
            yield node.relation.relname
        case ast.IndexStmt() if node.idxname:
            yield node.idxname
        case ast.CommentStmt() if isinstance(node.object, tuple):
            yield node.object[-1].sval
        case ast.AlterObjectSchemaStmt() if node.relation:
            yield node.relation.relname
        case _:
            return
