"""One fact into the catalogue: dispatch by kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dsql_migrate.schema.apply import alter, constraints, drop, objects, rename, session, tables
from dsql_migrate.schema.catalogue import Catalogue
from dsql_migrate.source import facts

_HANDLERS: dict[type, Callable[[Catalogue, Any, int, int], None]] = {
    facts.CreateTable: tables.create_table,
    facts.CreateTableAs: tables.create_table_as,
    facts.CreateIndex: constraints.create_index,
    facts.Copy: tables.copy,
    facts.Insert: tables.insert,
    facts.AlterTable: alter.alter_table,
    facts.Rename: rename.rename,
    facts.SetSchema: rename.set_schema,
    facts.Drop: drop.drop,
    facts.CreateSequence: objects.create_sequence,
    facts.AlterSequence: objects.alter_sequence,
    facts.Select: session.select,
    facts.CreateView: objects.create_view,
    facts.CreateFunction: objects.create_function,
    facts.CreateTrigger: objects.create_trigger,
    facts.CreateEnum: objects.create_enum,
    facts.AlterEnum: objects.alter_enum,
    facts.CreateComposite: objects.create_composite,
    facts.CreateRange: objects.create_range,
    facts.CreateDomain: objects.create_domain,
    facts.AlterDomain: objects.alter_domain,
    facts.CreateSchema: objects.create_schema,
    facts.CreateExtension: objects.create_extension,
    facts.CreateRule: objects.create_rule,
    facts.CreatePolicy: objects.create_policy,
    facts.CreateObject: objects.create_object,
    facts.SetParameter: session.set_parameter,
    facts.Transaction: session.transaction,
}


def apply(catalogue: Catalogue, fact: facts.Fact, statement: int, line: int) -> None:
    """Change the catalogue as the statement would. Facts that change no catalogue are passed over."""
    handler = _HANDLERS.get(type(fact))
    if handler is not None:
        handler(catalogue, fact, statement, line)
