"""Bodies of triggers and routines as steps in no language."""

from __future__ import annotations

from dsql_migrate.source.parse import Unparsable
from dsql_migrate.stubs.code.package import Translation
from dsql_migrate.stubs.code.steps import Function, TriggerBody, Untranslated
from dsql_migrate.stubs.obligations import Obligations, Routine, Trigger
from dsql_migrate.stubs.translate.built_in import built_in
from dsql_migrate.stubs.translate.heads import function_of
from dsql_migrate.stubs.translate.scope import Beyond, World
from dsql_migrate.stubs.translate.triggers import trigger_bodies


def translate(obligations: Obligations) -> Translation:
    """Every trigger and routine as steps, or why not.

    A routine that calls one that is not translated stays translated: the call raises.
    """
    world = world_of(obligations)
    functions: list[Function] = []
    untranslated: list[Untranslated] = []
    for routine in obligations.routines:
        if _fired(routine):
            continue
        try:
            functions.append(function_of(world, routine))
        except Beyond as why:
            line = routine.line + max(why.line, 1) - 1
            untranslated.append(Untranslated(routine.id, routine.name, why.reason, line))
    bodies: dict[str, tuple[TriggerBody, ...]] = {}
    failed: set[str] = set()
    for trigger in obligations.triggers:
        found = _trigger(world, trigger)
        if isinstance(found, Untranslated):
            untranslated.append(found)
            if trigger.function not in failed and any(r.id == trigger.function for r in obligations.routines):
                failed.add(trigger.function)
        else:
            bodies[trigger.id] = found
    untranslated += _without_triggers(obligations)
    return Translation(tuple(functions), bodies, tuple(untranslated))


def world_of(obligations: Obligations) -> World:
    """What the bodies may name."""
    values = {one.name: one.base for one in obligations.types if one.base is not None}
    return World(
        obligations,
        {**{name.rpartition(".")[2]: base for name, base in values.items()}, **values},
        {one.name: one.fields for one in obligations.types if one.fields},
        frozenset(one.name for one in obligations.types if one.base is None),
    )


def _trigger(world: World, trigger: Trigger) -> tuple[TriggerBody, ...] | Untranslated:
    """The bodies of a trigger, one an event, or why there are none."""
    routine = next((r for r in world.obligations.routines if r.id == trigger.function), None)
    try:
        if trigger.built_in is not None:
            return built_in(world, trigger)
        if routine is None:
            raise Beyond("its function is not in the source")
        if routine.language != "plpgsql":
            raise Beyond(f"its function is written in {routine.language}")
        return trigger_bodies(world, trigger, routine)
    except Beyond as why:
        line = routine.line + max(why.line, 1) - 1 if routine is not None else trigger.line
        return Untranslated(trigger.id, trigger.name, why.reason, line)
    except Unparsable as error:
        line = routine.line + routine.body.encode("utf-8", "surrogateescape")[: error.at].count(b"\n") if routine else 0
        return Untranslated(trigger.id, trigger.name, f"its body cannot be read: {error.message}", line)


def _fired(routine: Routine) -> bool:
    return (routine.returns or "").lower().removeprefix("pg_catalog.").strip('"') in ("trigger", "event_trigger")


def _without_triggers(obligations: Obligations) -> list[Untranslated]:
    """Functions for triggers that no trigger fires: what they do is known only for a table and an event."""
    fired = {trigger.function for trigger in obligations.triggers}
    return [
        Untranslated(r.id, r.name, "no trigger of the source fires it", r.line)
        for r in obligations.routines
        if _fired(r) and r.id not in fired
    ]
