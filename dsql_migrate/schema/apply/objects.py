"""Sequences, views, routines, types, triggers and the rest; and what SELECT and SET change."""

from __future__ import annotations

from dataclasses import fields, replace

from dsql_migrate.schema.catalogue import Catalogue, Trouble
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
    Select,
    SequenceOptions,
    SetParameter,
)


def create_sequence(catalogue: Catalogue, fact: CreateSequence, statement: int, line: int) -> None:
    key = catalogue.new_key(fact.name)
    if key in catalogue.sequences:
        if not fact.if_not_exists:
            catalogue.troubles.append(Trouble(statement, line, f'relation "{fact.name}" already exists'))
        return
    sequence = Sequence(key, Place(statement, line, fact.span), fact.options, persistence=fact.persistence)
    catalogue.sequences[key] = sequence
    _own(catalogue, sequence, fact.options, sequence.place)


def alter_sequence(catalogue: Catalogue, fact: AlterSequence, statement: int, line: int) -> None:
    for key in catalogue.candidates(fact.name.schema, fact.name.name):
        sequence = catalogue.sequences.get(key)
        if sequence is None:
            continue
        place = Place(statement, line, fact.span)
        _own(catalogue, sequence, fact.options, place)
        sequence.options = _merge(sequence.options, fact.options)
        if fact.options.restart is not None:
            start = sequence.options.start or 1
            sequence.last_value = start if fact.options.restart == "start" else fact.options.restart
            sequence.is_called = False
        return


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


def select(catalogue: Catalogue, fact: Select, statement: int, line: int) -> None:
    """setval moves a sequence; set_config('search_path', …) moves the names, as pg_dump's preamble does."""
    for call in fact.calls:
        if call.name.name == "setval" and len(call.arguments) >= 2 and call.arguments[0]:
            key = catalogue.sequence_key(call.arguments[0])
            value = call.arguments[1]
            if key is not None and value is not None and value.lstrip("-").isdigit():
                catalogue.sequences[key].last_value = int(value)
                catalogue.sequences[key].is_called = call.arguments[2:3] != ("false",)
        elif call.name.name == "set_config" and call.arguments[:1] == ("search_path",) and len(call.arguments) > 1:
            text = call.arguments[1] or ""
            catalogue.search_path = tuple(p.strip().strip('"') for p in text.split(",") if p.strip().strip('"'))


def set_parameter(catalogue: Catalogue, fact: SetParameter, statement: int, line: int) -> None:
    if fact.name != "search_path":
        return
    if fact.reset:
        catalogue.search_path = ("public",)
    else:
        catalogue.search_path = tuple(v for v in fact.values if v and v != "$user")


def create_view(catalogue: Catalogue, fact: CreateView, statement: int, line: int) -> None:
    key = catalogue.new_key(fact.name)
    if key in catalogue.views and not fact.replace:
        catalogue.troubles.append(Trouble(statement, line, f'relation "{fact.name}" already exists'))
        return
    place = Place(statement, line, fact.span)
    catalogue.views[key] = View(key, place, fact.query, fact.materialized, fact.columns, fact.outputs, fact.temporary)


def create_function(catalogue: Catalogue, fact: CreateFunction, statement: int, line: int) -> None:
    key = catalogue.new_key(fact.name)
    place = Place(statement, line, fact.span)
    kind = "procedure" if fact.procedure else "function"
    catalogue.routines[(key[0], fact.signature)] = Routine(
        key, fact.signature, place, fact.language, kind, fact.returns, fact.arguments, fact.uses, fact.body  # type: ignore[arg-type]
    )


def create_trigger(catalogue: Catalogue, fact: CreateTrigger, statement: int, line: int) -> None:
    key = catalogue.relation_key(fact.table) or catalogue.new_key(fact.table)
    function = (fact.function.schema, fact.function.name)
    catalogue.triggers[(key, fact.name)] = Trigger(fact.name, key, function, Place(statement, line, fact.span))


def _add_type(catalogue: Catalogue, found: UserType, name: Name) -> None:
    if found.key in catalogue.types:
        catalogue.troubles.append(Trouble(found.place.statement, found.place.line, f'type "{name}" already exists'))
        return
    catalogue.types[found.key] = found


def create_enum(catalogue: Catalogue, fact: CreateEnum, statement: int, line: int) -> None:
    key = catalogue.new_key(fact.name)
    _add_type(catalogue, UserType(key, "enum", Place(statement, line, fact.span), values=fact.values), fact.name)


def alter_enum(catalogue: Catalogue, fact: AlterEnum, statement: int, line: int) -> None:
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
    key = catalogue.new_key(fact.name)
    _add_type(catalogue, UserType(key, "composite", Place(statement, line, fact.span)), fact.name)


def create_range(catalogue: Catalogue, fact: CreateRange, statement: int, line: int) -> None:
    key = catalogue.new_key(fact.name)
    _add_type(catalogue, UserType(key, "range", Place(statement, line, fact.span), base=fact.subtype), fact.name)


def create_domain(catalogue: Catalogue, fact: CreateDomain, statement: int, line: int) -> None:
    key = catalogue.new_key(fact.name)
    place = Place(statement, line, fact.span)
    found = UserType(key, "domain", place, base=catalogue.pinned(fact.type), not_null=fact.not_null, default=fact.default)
    for check in fact.constraints:
        _domain_check(found, check, place)
    _add_type(catalogue, found, fact.name)


def _domain_check(domain: UserType, check: Constraint, place: Place) -> None:
    name = check.name or choose(domain.key[1], None, "check", {c.name for c in domain.checks})
    domain.checks.append(TableConstraint(name, check, place, (), origin="table"))


def alter_domain(catalogue: Catalogue, fact: AlterDomain, statement: int, line: int) -> None:
    found = catalogue.user_type(fact.name.schema, fact.name.name)
    if found is None:
        return
    if fact.action == "add constraint" and fact.constraint is not None:
        _domain_check(found, fact.constraint, Place(statement, line, fact.span))
    elif fact.action == "drop constraint":
        found.checks = [c for c in found.checks if c.name != fact.constraint_name]
    elif fact.action in ("set default", "drop default"):
        found.default = fact.default
    elif fact.action in ("set not null", "drop not null"):
        found.not_null = fact.action == "set not null"


def create_schema(catalogue: Catalogue, fact: CreateSchema, statement: int, line: int) -> None:
    catalogue.schemas.setdefault(fact.name, statement)


def create_extension(catalogue: Catalogue, fact: CreateExtension, statement: int, line: int) -> None:
    catalogue.extensions.setdefault(fact.name, statement)


def create_rule(catalogue: Catalogue, fact: CreateRule, statement: int, line: int) -> None:
    table = catalogue.relation_key(fact.table) or catalogue.new_key(fact.table)
    catalogue.things.append(Thing("rule", fact.name, Place(statement, line, fact.span), table))


def create_policy(catalogue: Catalogue, fact: CreatePolicy, statement: int, line: int) -> None:
    table = catalogue.relation_key(fact.table) or catalogue.new_key(fact.table)
    catalogue.things.append(Thing("policy", fact.name, Place(statement, line, fact.span), table))


def create_object(catalogue: Catalogue, fact: CreateObject, statement: int, line: int) -> None:
    place = Place(statement, line, fact.span)
    if fact.kind == "aggregate":
        signature = fact.name
        schema, _, bare = signature.partition("(")[0].rpartition(".")
        key = (schema or catalogue.creation_schema(), bare)
        inner = signature.partition("(")[2]
        catalogue.routines[(key[0], f"{bare}({inner}")] = Routine(key, f"{bare}({inner}", place, "aggregate", "aggregate")
    elif fact.kind == "type":
        schema, _, bare = fact.name.rpartition(".")
        key = (schema or catalogue.creation_schema(), bare)
        catalogue.types.setdefault(key, UserType(key, "base", place))
    else:
        catalogue.things.append(Thing(fact.kind, fact.name, place))
