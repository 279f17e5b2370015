"""A trigger's function made for one trigger and one event: TG_ variables are constants, rows have their columns."""

from __future__ import annotations

from dataclasses import replace

from dsql_migrate.stubs.code.steps import Body, Give, TriggerBody
from dsql_migrate.stubs.code.values import Constant, Name, Value
from dsql_migrate.stubs.obligations import Routine, TableShape, Trigger
from dsql_migrate.stubs.plpgsql.read import read
from dsql_migrate.stubs.plpgsql.tree import Sql
from dsql_migrate.stubs.translate.flow import Flow
from dsql_migrate.stubs.translate.folding import is_never
from dsql_migrate.stubs.translate.heads import with_variable
from dsql_migrate.stubs.translate.kinds import INTEGER, RECORD, TEXT
from dsql_migrate.stubs.translate.scope import Beyond, Firing, Scope, Variable, World, columns_of
from dsql_migrate.stubs.translate.walking import ends, with_found


def trigger_bodies(world: World, trigger: Trigger, routine: Routine) -> tuple[TriggerBody, ...]:
    """One body for each event. Raises Beyond, Unparsable."""
    table = world.obligations.table(trigger.table) or TableShape(*trigger.table)
    tree = read(routine.body)
    made = []
    for event in trigger.events:
        firing = Firing(trigger, event, table)
        flow = Flow(world, routine, tree.conflict, firing)
        set_scene(flow.scope, world, firing)
        try:
            when = condition(world, firing, routine)
            if when is not None and is_never(when):
                continue
            body = flow.block(tree.block)
        except Beyond as why:
            raise Beyond(why.reason, why.line or flow.line) from None
        steps = finished(with_variable(with_found(tuple(body))), trigger)
        made.append(shell(trigger, event, routine.name, routine.line, steps, when, routine.comment))
    return tuple(made)


def shell(
    trigger: Trigger, event: str, function: str, line: int, body: Body, when: Value | None = None, comment: str = ""
) -> TriggerBody:
    """A body with the head of its trigger."""
    return TriggerBody(
        id=trigger.id, name=trigger.name, function=function, line=line,
        event=event, timing=trigger.timing, row=trigger.row, body=body, when=when,  # type: ignore[arg-type]
        columns=trigger.columns if event == "update" else (), old_table=trigger.old_table,
        new_table=trigger.new_table, deferred=trigger.initially_deferred, comment=comment,
    )  # fmt: skip


def set_scene(scope: Scope, world: World, firing: Firing) -> None:
    """NEW, OLD and the TG_ variables."""
    trigger, table = firing.trigger, firing.table
    texts = {
        "tg_op": firing.event.upper(), "tg_name": trigger.name, "tg_when": trigger.timing.upper(),
        "tg_level": "ROW" if trigger.row else "STATEMENT", "tg_table_name": table.name, "tg_relname": table.name,
        "tg_table_schema": table.schema,
    }  # fmt: skip
    for name, text in texts.items():
        scope.fix(name, Constant(text, TEXT))
    scope.fix("tg_nargs", Constant(len(trigger.arguments), INTEGER))
    before = trigger.timing == "before"
    for name, without in (("new", "delete"), ("old", "insert")):
        stored = not table.view and (name == "old" or not before)
        missing = firing.event in (without, "truncate") or not trigger.row
        columns = columns_of(table, world, stored=stored) if table.columns else None
        row = Name(name, RECORD, nullable=missing)
        scope.blocks[0][name] = Variable(row, columns, missing=missing)
        scope.taken.add(name)


def condition(world: World, firing: Firing, routine: Routine) -> Value | None:
    """WHEN of the trigger for one event; None where it has none, or where it is always true."""
    if firing.trigger.when is None:
        return None
    flow = Flow(world, replace(routine, body=""), "error", firing)
    set_scene(flow.scope, world, firing)
    value = flow.condition(Sql(firing.trigger.when, 1))
    return None if isinstance(value, Constant) and value.value is True else value


def finished(body: Body, trigger: Trigger) -> Body:
    """The body without a RETURN at its end that nobody asks for; with an end where PostgreSQL would raise."""
    if trigger.timing == "after" or not trigger.row:
        while body and isinstance(body[-1], Give) and body[-1].value is None:
            body = body[:-1]
        return body
    if not ends(body):
        from dsql_migrate.stubs.code.steps import Fail

        text = "control reached end of trigger procedure without RETURN"
        return (*body, Fail("2F005", Constant(text, TEXT)))
    return body
