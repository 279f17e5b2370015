"""Row-level security for reading as a view, ``t_visible``: the rows that the policies for SELECT let a role see.

As PostgreSQL joins them (CREATE POLICY, "Application of Multiple Policies"): one permissive policy must hold, and every
restrictive one; without a permissive one no row is seen. A policy TO roles holds for those that have their privileges.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dsql_migrate.rewrite.edits import splice
from dsql_migrate.rewrite.families.inheritance import heirs_of
from dsql_migrate.rewrite.following import follow_text
from dsql_migrate.rewrite.plan import Item, Plan, TablePlan, dotted
from dsql_migrate.rewrite.quoting import identifier, literal, qualified
from dsql_migrate.rewrite.reach import needs_of, uses_lost, with_path
from dsql_migrate.rewrite.reading import Statement
from dsql_migrate.rewrite.statements.taking import take_out
from dsql_migrate.schema.model import Key, Table
from dsql_migrate.schema.naming import cut
from dsql_migrate.source.facts import AlterTable, CreatePolicy, Expression, Name, Other
from dsql_migrate.source.parse import Unparsable
from dsql_migrate.source.term_reader import read_expression

RULE = "DSQL508"
_OF_POLICY = "DSQL507"
_READING = frozenset({"all", "select"})
_SPOKEN = frozenset({"current_user", "current_role", "session_user"})  # whoever that is when the policy is made
_HAS = "pg_has_role"


@dataclass(frozen=True, slots=True)
class _Policy:
    fact: CreatePolicy
    statement: Statement


def plan_row_security(plan: Plan) -> None:
    """Enter row security and the policies of its tables. To be called before other policies are entered."""
    for table in plan.catalogue.tables.values():
        if table.row_security is not None:
            _table(plan, table, plan.statements[table.row_security.statement])


def _table(plan: Plan, table: Table, statement: Statement) -> None:
    name, id = dotted(table.key), f"row security:{dotted(table.key)}"
    policies = list(_policies(plan, table))
    why = _impossible(plan, table, statement, policies)
    if why is None and plan.decide("row-security", f"table:{name}") == "views":
        why = _view(plan, plan.tables[table.key], statement, policies)
        if why is None and id not in plan.excluded:
            return
    refused = plan.excluded.get(id)
    why = f"the engine refuses it: {refused}" if refused is not None else why
    reason = "DSQL has no row security" + (f"; no view stands for it: {why}" if why else "")
    take_out(plan, "row security", name, statement, "application", reason, RULE)


def _policies(plan: Plan, table: Table) -> Iterator[_Policy]:
    for thing in plan.catalogue.things:
        statement = plan.statements[thing.place.statement]
        if thing.kind == "policy" and thing.table == table.key and isinstance(statement.fact, CreatePolicy):
            yield _Policy(statement.fact, statement)


def _impossible(plan: Plan, table: Table, statement: Statement, policies: list[_Policy]) -> str | None:
    """Why no view can show what row security shows; None where one can."""
    if table.key not in plan.tables:
        return "the table is not in the bundle as it was"
    if heirs_of(plan, table.key):
        return "rows of its inheritance children are in tables of their own"
    if any(isinstance(s.fact, Other) and s.fact.node == "AlterPolicy" for s in plan.script.statements):
        return "the script has ALTER POLICY, which is not followed"
    for policy in policies:
        fact = policy.fact
        if fact.command not in _READING or fact.using is None:
            continue
        if policy.statement.search_path != statement.search_path:
            return f"its policy {fact.name} stands under another search_path"
        if _SPOKEN & set(fact.roles):
            return f"its policy {fact.name} is for whoever makes it"
        if "public" not in fact.roles and _HAS in plan.target.functions:
            return f"its policy {fact.name} is for some roles, and DSQL does not have {_HAS}"
        why = _unfit(plan, fact.using, policy.statement.number)
        if why is not None:
            return f"of its policy {fact.name}, {why}"
    return None


def _unfit(plan: Plan, using: Expression, number: int) -> str | None:
    """Why a condition cannot stand in a view and mean what it meant."""
    why = uses_lost(plan, using, number)
    if why is not None:
        return why
    for function in using.functions:
        own = plan.catalogue.routines_named(function.schema, function.name) if function.schema != "pg_catalog" else []
        if own:
            return f"it calls {function}: what that reads is not followed"
    for relation in using.relations:
        key = plan.catalogue.relation_key(relation)
        if key is None:
            continue
        table = plan.catalogue.tables.get(key)
        if table is None:
            return f"it reads {relation}: what that reads is not followed"
        if table.row_security is not None:
            return f"it reads {relation}, which has row security too"
    return _unset(plan, using)


def _unset(plan: Plan, using: Expression) -> str | None:
    """Why a condition cannot ask for a setting: DSQL lets a session set those of ``Target.settable`` only."""
    if not any(function.name == "current_setting" for function in using.functions):
        return None
    try:
        terms = list(read_expression(using.text.encode("utf-8", "surrogateescape")).walk())
    except Unparsable as error:
        return f"it cannot be read: {error.message}"
    for term in terms:
        if term.kind == "call" and term.name == "current_setting":
            asked = term.terms[0].walk() if term.terms else ()
            name = next((t.value for t in asked if t.kind == "constant"), None)
            if name is None or len([t for t in term.terms[0].walk() if t.kind not in ("constant", "cast")]):
                return "it asks for a setting whose name is computed"
            if name.lower() not in plan.target.settable:
                return f"it asks for the setting {name}, which DSQL does not let a session set"
    return None


def _view(plan: Plan, planned: TablePlan, statement: Statement, policies: list[_Policy]) -> str | None:
    """Enter a view in the place of row security, with its policies; or say why there is none."""
    key = planned.table.key
    id, place = f"row security:{dotted(key)}", _free(plan, key)
    reading = [p for p in policies if p.fact.command in _READING]
    columns = ", ".join(identifier(name) for column in planned.columns.values() for name in column.names)
    head = f"CREATE VIEW {qualified(place)} WITH (security_barrier = true) AS\n    SELECT "
    body = f"FROM {qualified(key)}\n    WHERE {_condition(reading)};"
    text = f"{head}{columns}\n    {body}".encode("utf-8", "surrogateescape")
    followed = follow_text(plan, text, statement.number)
    if followed.why is not None:
        return followed.why
    if id in plan.excluded:
        return None
    only = [p for p in reading if p.fact.command == "select"]
    ids = (id, *(f"policy:{dotted(key)}.{p.fact.name}" for p in only))
    changed = f"; {followed.reason}" if followed.changes else ""
    into, line = ("pre-data.sql",), statement.line
    reason = f"for reading: {place[1]} shows the rows that a role may see{changed}. {_not_kept(plan, planned.table)}"
    plan.note("row security", dotted(key), line, "rewritten", reason, rule=RULE, into=into)
    for policy in policies:
        _policy(plan, key, place, policy)
    for entry in ids:
        plan.moved[entry] = (f"view:{dotted(place)}",)
    needs = {f"relation:{dotted(key)}"}
    for policy in reading:
        needs |= needs_of(plan, policy.fact.using, policy.statement.number)
    made = statement.piece.text[: statement.piece.body] + splice(text, followed.edits)
    provides = frozenset({f"relation:{dotted(place)}"})
    plan.pre.append(Item(made, statement.number, ids, statement.search_path, provides, frozenset(needs), 5))
    return None


def _condition(policies: list[_Policy]) -> str:
    """(permissive OR …) AND restrictive AND …; a policy without USING says nothing of reading."""
    permissive, restrictive = [], []
    for fact in (p.fact for p in policies):
        if fact.using is None:
            continue
        own = f"({fact.using.text}\n)" if "--" in fact.using.text else f"({fact.using.text})"
        roles = [] if "public" in fact.roles else list(fact.roles)
        if fact.permissive:
            permissive.append(f"({_one_of(roles)} AND {own})" if roles else own)
        else:
            restrictive.append(f"(NOT {_one_of(roles)} OR {own})" if roles else own)
    if not permissive:
        return "false"
    any_of = "\n        OR ".join(permissive)
    return "\n      AND ".join([f"({any_of})" if len(permissive) > 1 else any_of, *restrictive])


def _one_of(roles: list[str]) -> str:
    """Whether a session has the privileges of one of these roles; one that is not there is nobody's."""
    names = ", ".join(literal(role).strip() for role in roles)
    return (
        f"EXISTS (SELECT 1 FROM pg_catalog.pg_roles AS r WHERE r.rolname IN ({names})"
        f" AND pg_catalog.{_HAS}(CURRENT_USER, r.oid, 'USAGE'))"
    )


def _policy(plan: Plan, key: Key, place: Key, policy: _Policy) -> None:
    fact, statement, name = policy.fact, policy.statement, f"{dotted(key)}.{policy.fact.name}"
    if fact.command == "select":
        reason = f"a condition of the view {place[1]}"
        into = ("pre-data.sql",)
        plan.note("policy", name, statement.line, "rewritten", reason, rule=_OF_POLICY, into=into)
        return
    reason = f"DSQL has no row-level security policies: {fact.command.upper()} is for the application to check"
    if fact.command == "all":
        reason = f"its USING is a condition of the view {place[1]}, for reading; writes are the application's to check"
    take_out(plan, "policy", name, statement, "application", reason, _OF_POLICY)


def _not_kept(plan: Plan, table: Table) -> str:
    """What the view does not keep, for people to look after."""
    forced = any(
        isinstance(s.fact, AlterTable)
        and plan.script.scope.altered.get(s.number) is table
        and any(action.kind == "force row security" for action in s.fact.actions)
        for s in plan.script.statements
    )
    owner = "FORCE held the owner too" if forced else "The owner saw all rows, as roles with BYPASSRLS did"
    return (
        "It does not keep writes, and whoever may read the table itself sees all rows: grant SELECT on the view in"
        f" its place (grants stay as they are). {owner}; through the view each role sees what the policies let it"
    )


def _free(plan: Plan, key: Key) -> Key:
    """A name for the view that nothing of the source or the bundle has."""
    made = {t.key for tables in plan.element_tables.values() for t in tables}
    made |= set(plan.prefixed.values()) | {p for item in plan.pre for p in _provided(item)}
    place, number = plan.place(key), 0
    while True:
        ending = f"_visible_{number}" if number else "_visible"
        found = (place[0], cut(place[1], 63 - len(ending)) + ending)
        if not plan.catalogue.is_relation(*found) and found not in made and not _is_type(plan, found):
            return found
        number += 1


def _provided(item: Item) -> Iterator[Key]:
    for what in item.provides:
        kind, _, name = what.partition(":")
        if kind == "relation":
            schema, _, relation = name.partition(".")
            yield schema, relation


def _is_type(plan: Plan, key: Key) -> bool:
    """A view brings a type of its name along."""
    with_path(plan, 0)
    return key in plan.catalogue.types or plan.catalogue.relation_key(Name(*key)) is not None
