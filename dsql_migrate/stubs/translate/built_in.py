"""Trigger functions of PostgreSQL's own."""

from __future__ import annotations

from dsql_migrate.source.parse import Unparsable
from dsql_migrate.stubs.code.steps import Body, Give, If, Set, TriggerBody
from dsql_migrate.stubs.code.values import Asked, Constant, Distinct, Name, Part, Query, Value
from dsql_migrate.stubs.obligations import Routine, TableShape, Trigger
from dsql_migrate.stubs.translate.binding import joined, sql_literal
from dsql_migrate.stubs.translate.kinds import RECORD, TEXT
from dsql_migrate.stubs.translate.scope import Beyond, Firing, World


def built_in(world: World, trigger: Trigger) -> tuple[TriggerBody, ...]:
    """The bodies of a trigger whose function PostgreSQL brings. Raises Beyond."""
    from dsql_migrate.stubs.translate.triggers import condition, shell

    maker = _MAKERS.get(trigger.built_in or "")
    if maker is None:
        raise Beyond(f"{trigger.built_in} is a function of PostgreSQL's own that DSQL has nothing for")
    table = world.obligations.table(trigger.table)
    if table is None:
        raise Beyond("its table is not in the bundle")
    routine = Routine(trigger.function, "pg_catalog", trigger.built_in or "", trigger.line, "internal", "")
    made = []
    for event in trigger.events:
        try:
            when = condition(world, Firing(trigger, event, table), routine)
        except Unparsable as error:
            raise Beyond(f"its condition cannot be read: {error.message}") from None
        made.append(shell(trigger, event, trigger.built_in or "", trigger.line, maker(world, trigger, table), when))
    return tuple(made)


def _search(world: World, trigger: Trigger, table: TableShape) -> Body:
    """tsvector_update_trigger(vector column, configuration, text column, …): the texts that are not NULL, joined."""
    vector, configuration, *columns = trigger.arguments or ("", "")
    target = table.column(vector)
    if target is None or not columns or any(table.column(name) is None for name in columns):
        raise Beyond("a column that its arguments name is not in the bundle")
    new = Name("new", RECORD, nullable=False)
    pieces: list[str | Value] = ["SELECT to_tsvector("]
    column = trigger.built_in == "tsvector_update_trigger_column"
    pieces += [Part(new, configuration, TEXT)] if column else [sql_literal(Constant(configuration, TEXT))]
    pieces.append(", concat_ws(' '")
    for name in columns:
        pieces += [", CAST(", Part(new, name, TEXT), " AS text)"]
    pieces.append("))")
    kind = world.kind(target.type_sql)
    return (Set(Part(new, vector, kind), Asked(Query(joined(pieces)), kind), trigger.line), Give(new))


def _redundant(world: World, trigger: Trigger, table: TableShape) -> Body:
    """suppress_redundant_updates_trigger(): an update that changes nothing is left out."""
    new, old = Name("new", RECORD, nullable=False), Name("old", RECORD, nullable=False)
    return (If(((Distinct(new, old, negated=True), (Give(Constant(None, RECORD)),)),), (), trigger.line), Give(new))


_MAKERS = {
    "tsvector_update_trigger": _search,
    "tsvector_update_trigger_column": _search,
    "suppress_redundant_updates_trigger": _redundant,
}
