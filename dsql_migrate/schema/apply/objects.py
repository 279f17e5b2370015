"""Sequences, views, routines, types, triggers and the rest."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Literal

from dsql_migrate.schema.catalogue import Catalogue
from dsql_migrate.schema.model import (
    Place,
    Routine,
    Sequence,
    TableConstraint,
    Thing,
    Trigger,
    UserType,
    View,
)
from dsql_migrate.schema.naming import choose
from dsql_migrate.source.facts import (
    AlterDomain,
    AlterEnum,
    AlterSequence,
    Constraint,
    CreateComposite,
    CreateDomain,
    CreateEnum,
    CreateExtension,
    CreateFunction,
    CreateObject,
    CreatePolicy,
    CreateRange,
    CreateRule,
    CreateSchema,
    CreateSequence,
    CreateTrigger,
    CreateView,
    Name,
    SequenceOptions,
)


def create_sequence(catalogue: Catalogue, fact: CreateSequence, statement: int, line: int) -> None:
    """Add a sequence, owned by a column where it says so."""
    key = catalogue.new_key(fact.name)
    place = Place(statement, line, fact.span)
    if not catalogue.is_free(key, place, quiet=fact.if_not_exists):
        return
    sequence = Sequence(key, place, fact.options, persistence=fact.persistence)
    catalogue.sequences[key] = sequence
    _own(catalogue, sequence, fact.options, sequence.place)


def alter_sequence(catalogue: Catalogue, fact: AlterSequence, statement: int, line: int) -> None:
    """Change a sequence's options, its owner, and where it goes on."""
    place = Place(statement, line, fact.span)
    for key in catalogue.candidates(fact.name.schema, fact.name.name):
        if key in catalogue.sequences:
            _own(catalogue, catalogue.sequences[key], fact.options, place)
            changed_options(catalogue.sequences[key], fact.options)
            return
    if not fact.if_exists:
        catalogue.note(place, f'relation "{fact.name}" does not exist')


def changed_options(sequence: Sequence, new: SequenceOptions) -> None:
    """Take in what ALTER SEQUENCE, or ALTER COLUMN … SET … of an identity column, says; RESTART moves the sequence."""
    sequence.options = _merge(sequence.options, new)
    if new.restart is not None:
        descending = (sequence.options.increment or 1) < 0
        start = sequence.options.start if sequence.options.start is not None else (-1 if descending else 1)
        sequence.last_value = start if new.restart == "start" else new.restart
        sequence.is_called = False


def _merge(old: SequenceOptions, new: SequenceOptions) -> SequenceOptions:
    said = {f.name: getattr(new, f.name) for f in fields(new) if f.name not in ("spans", "owned_by", "restart")}
    return replace(old, **{name: value for name, value in said.items() if value is not None})


def _own(catalogue: Catalogue, sequence: Sequence, options: SequenceOptions, place: Place) -> None:
    owner = options.owned_by
    if owner is None:
        return
    sequence.owned_place = place
    if len(owner) < 2:
        sequence.owned_by = None
        return
    table = Name(owner[-3] if len(owner) > 2 else None, owner[-2])
    sequence.owned_by = (catalogue.table_key(table), owner[-1])


def create_view(catalogue: Catalogue, fact: CreateView, statement: int, line: int) -> None:
    """Add a view or materialized view, or replace one."""
    key = catalogue.new_key(fact.name)
    place = Place(statement, line, fact.span)
    if not (fact.replace and key in catalogue.views) and not catalogue.is_free(key, place):
        return
    catalogue.views[key] = View(key, place, fact.query, fact.materialized, fact.columns, fact.outputs, fact.temporary)


def create_function(catalogue: Catalogue, fact: CreateFunction, statement: int, line: int) -> None:
    """Add a function or procedure by its signature, or replace one."""
    key = catalogue.new_key(fact.name)
    place = Place(statement, line, fact.span)
    kind: Literal["function", "procedure"] = "procedure" if fact.procedure else "function"
    if (key[0], fact.signature) in catalogue.routines and not fact.replace:
        catalogue.note(place, f'function "{fact.name.name}" already exists with same argument types')
        return
    catalogue.routines[(key[0], fact.signature)] = Routine(
        key, fact.signature, place, fact.language, kind, fact.returns, fact.arguments, fact.uses, fact.body
    )


def create_trigger(catalogue: Catalogue, fact: CreateTrigger, statement: int, line: int) -> None:
    """Add a trigger to a table or view. pg_dump itself repeats none, so one of the same name replaces the earlier."""
    key = catalogue.relation_key(fact.table) or catalogue.new_key(fact.table)
    function = (fact.function.schema, fact.function.name)
    place = Place(statement, line, fact.span)
    catalogue.triggers[(key, fact.name)] = Trigger(fact.name, key, function, place, fact, fact.columns)


def _add_type(catalogue: Catalogue, found: UserType, name: Name) -> None:
    if found.key in catalogue.types or found.key in catalogue.tables:
        catalogue.note(found.place, f'type "{name}" already exists')
        return
    catalogue.types[found.key] = found


def create_enum(catalogue: Catalogue, fact: CreateEnum, statement: int, line: int) -> None:
    """Add an enum with its values in order."""
    key = catalogue.new_key(fact.name)
    _add_type(catalogue, UserType(key, "enum", Place(statement, line, fact.span), values=fact.values), fact.name)


def alter_enum(catalogue: Catalogue, fact: AlterEnum, statement: int, line: int) -> None:
    """Add a value in its place, or rename one."""
    found = catalogue.user_type(fact.name.schema, fact.name.name)
    if found is None or fact.new_value is None:
        return
    values = list(found.values)
    if fact.old_value is not None:
        values = [fact.new_value if v == fact.old_value else v for v in values]
    elif fact.new_value not in values:
        at = values.index(fact.neighbour) + fact.after if fact.neighbour in values else len(values)
        values.insert(at, fact.new_value)
    found.values = tuple(values)


def create_composite(catalogue: Catalogue, fact: CreateComposite, statement: int, line: int) -> None:
    """Add a composite type; it is a relation, and shares the names of tables."""
    key = catalogue.new_key(fact.name)
    place = Place(statement, line, fact.span)
    if catalogue.is_free(key, place):
        _add_type(catalogue, UserType(key, "composite", place, columns=fact.columns), fact.name)


def create_range(catalogue: Catalogue, fact: CreateRange, statement: int, line: int) -> None:
    """Add a range type."""
    key = catalogue.new_key(fact.name)
    _add_type(catalogue, UserType(key, "range", Place(statement, line, fact.span), base=fact.subtype), fact.name)


def create_domain(catalogue: Catalogue, fact: CreateDomain, statement: int, line: int) -> None:
    """Add a domain with its checks."""
    key = catalogue.new_key(fact.name)
    place = Place(statement, line, fact.span)
    found = UserType(key, "domain", place, base=fact.type, not_null=fact.not_null, default=fact.default)
    for check in fact.constraints:
        _domain_check(catalogue, found, check, place)
    _add_type(catalogue, found, fact.name)


def _domain_check(catalogue: Catalogue, domain: UserType, check: Constraint, place: Place) -> None:
    if check.kind == "not null":
        domain.not_null = True
        return
    schema = domain.key[0]

    def taken(made: str) -> bool:  # the domain itself is not in the catalogue yet
        return catalogue.is_constraint(schema, made) or any(c.name == made for c in domain.checks)

    name = check.name or choose(domain.key[1], None, "check", taken)
    if any(c.name == name for c in domain.checks):
        catalogue.note(place, f'constraint "{name}" for domain "{domain.key[1]}" already exists')
        return
    catalogue.constrained.add((schema, name))
    domain.checks.append(TableConstraint(name, check, place, (), origin="table"))


def alter_domain(catalogue: Catalogue, fact: AlterDomain, statement: int, line: int) -> None:
    """Change the checks, the default or NOT NULL of a domain."""
    found = catalogue.user_type(fact.name.schema, fact.name.name)
    if found is None:
        return
    if fact.action == "add constraint" and fact.constraint is not None:
        _domain_check(catalogue, found, fact.constraint, Place(statement, line, fact.span))
    elif fact.action == "drop constraint":
        found.checks = [c for c in found.checks if c.name != fact.constraint_name]
    elif fact.action in ("set default", "drop default"):
        found.default = fact.default
    elif fact.action in ("set not null", "drop not null"):
        found.not_null = fact.action == "set not null"


def create_schema(catalogue: Catalogue, fact: CreateSchema, statement: int, line: int) -> None:
    """Add a schema; the first statement that makes it counts."""
    if fact.name in catalogue.schemas and not fact.if_not_exists:
        catalogue.note(Place(statement, line, fact.span), f'schema "{fact.name}" already exists')
    catalogue.schemas.setdefault(fact.name, statement)


def create_extension(catalogue: Catalogue, fact: CreateExtension, statement: int, line: int) -> None:
    """Add an extension."""
    catalogue.extensions.setdefault(fact.name, statement)


def create_rule(catalogue: Catalogue, fact: CreateRule, statement: int, line: int) -> None:
    """Remember a rule and its table."""
    table = catalogue.relation_key(fact.table) or catalogue.new_key(fact.table)
    catalogue.things.append(Thing("rule", fact.name, Place(statement, line, fact.span), table))


def create_policy(catalogue: Catalogue, fact: CreatePolicy, statement: int, line: int) -> None:
    """Remember a policy and its table."""
    table = catalogue.relation_key(fact.table) or catalogue.new_key(fact.table)
    catalogue.things.append(Thing("policy", fact.name, Place(statement, line, fact.span), table))


_IN_A_SCHEMA = frozenset({"collation", "conversion", "statistics"})


def create_object(catalogue: Catalogue, fact: CreateObject, statement: int, line: int) -> None:
    """Add an aggregate or a base type; remember anything else."""
    place = Place(statement, line, fact.span)
    name, bracket, arguments = fact.name.partition("(")
    schema, _, bare = name.rpartition(".")
    key = (schema or catalogue.creation_schema(), bare)
    if fact.kind == "aggregate":
        signature = bare + bracket + arguments
        catalogue.routines[(key[0], signature)] = Routine(
            key, signature, place, "aggregate", "aggregate", options=fact.options
        )
    elif fact.kind == "type":
        catalogue.types.setdefault(key, UserType(key, "base", place))
    else:
        qualified = ".".join(key) if fact.kind in _IN_A_SCHEMA else fact.name
        table = None if fact.table is None else catalogue.table_key(fact.table)
        catalogue.things.append(Thing(fact.kind, qualified, place, table))
