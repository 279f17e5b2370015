"""The package as a whole, in no language: a module a table, the functions, what has no code. A language prints it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dsql_migrate.stubs.code.steps import Function, TriggerBody, Untranslated
from dsql_migrate.stubs.obligations import (
    DeferredKey,
    Exclusion,
    ForeignKey,
    Obligations,
    QualifiedName,
    TableShape,
    resolved,
)


@dataclass(frozen=True, slots=True)
class Translation:
    """The bodies of triggers and routines as steps. ``triggers``: by ledger id, one body an event."""

    functions: tuple[Function, ...] = ()
    triggers: Mapping[str, tuple[TriggerBody, ...]] = field(default_factory=dict)
    untranslated: tuple[Untranslated, ...] = ()


@dataclass(frozen=True, slots=True)
class Module:
    """One table, or a view with INSTEAD OF triggers.

    ``triggers`` stand in the order in which PostgreSQL fires those of one event, timing and level: by name, byte for
    byte. ``owed`` are those without a body: their name and why (the module says so where it is used).
    ``followed`` are native foreign keys that name this table and whose action reaches rows of a table with triggers:
    the database carries the action out, and the code fires those triggers.
    """

    shape: TableShape
    triggers: tuple[TriggerBody, ...] = ()
    owed: tuple[Untranslated, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()  # on it, kept by code
    named_by: tuple[ForeignKey, ...] = ()  # on others (and itself), kept by code
    followed: tuple[ForeignKey, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    deferred_keys: tuple[DeferredKey, ...] = ()

    def fired(self, event: str, timing: str, *, row: bool) -> tuple[TriggerBody, ...]:
        """Its triggers of one kind, in their order."""
        return tuple(t for t in self.triggers if (t.event, t.timing, t.row) == (event, timing, row))


@dataclass(frozen=True, slots=True)
class Package:
    """``modules`` in order of their tables' names. ``untranslated`` are routines that get a stub that raises."""

    source: str
    modules: tuple[Module, ...]
    functions: tuple[Function, ...]
    untranslated: tuple[Untranslated, ...]

    def module(self, table: QualifiedName) -> Module | None:
        """The module of a table; None where the table may be written without one."""
        return next((module for module in self.modules if module.shape.qualified == table), None)


def package_of(obligations: Obligations, translation: Translation) -> Package:
    """What is to be written, in whatever language.

    A table has a module where it has a trigger (enabled), a foreign key that code keeps, an exclusion constraint, a
    deferrable key that is NOT NULL throughout, or where a native key's action reaches a table with a module that way.
    """
    kept = resolved(obligations)
    bodies: dict[QualifiedName, list[TriggerBody]] = {}
    owed: dict[QualifiedName, list[Untranslated]] = {}
    reasons = {one.id: one for one in translation.untranslated}
    for trigger in obligations.triggers:
        if not trigger.enabled:
            continue
        if trigger.id in translation.triggers:
            bodies.setdefault(trigger.table, []).extend(translation.triggers[trigger.id])
        else:
            why = reasons.get(trigger.function) or reasons.get(trigger.id)
            reason = why.reason if why else "its function is not in the source"
            line = why.line if why else trigger.line
            owed.setdefault(trigger.table, []).append(Untranslated(trigger.id, trigger.name, reason, line))
    fires = {table for table, found in bodies.items() if any(_on_changes(body) for body in found)}
    fires |= {one.table for one in obligations.exclusions} | {key.table for key in kept.foreign_keys}
    fires |= {key.references for key in kept.foreign_keys}
    followed = _followed(obligations.native_keys, fires)
    names = {
        *bodies, *owed, *followed,
        *(one.table for one in obligations.exclusions), *(one.table for one in obligations.deferred_keys),
        *(key.table for key in kept.foreign_keys), *(key.references for key in kept.foreign_keys),
    }  # fmt: skip
    modules = tuple(
        Module(
            shape=obligations.table(name) or TableShape(*name),
            triggers=tuple(sorted(bodies.get(name, ()), key=lambda body: body.name.encode())),
            owed=tuple(owed.get(name, ())),
            foreign_keys=tuple(key for key in kept.foreign_keys if key.table == name),
            named_by=tuple(key for key in kept.foreign_keys if key.references == name),
            followed=tuple(followed.get(name, ())),
            exclusions=tuple(one for one in obligations.exclusions if one.table == name),
            deferred_keys=tuple(one for one in obligations.deferred_keys if one.table == name),
        )
        for name in sorted(names)
    )
    routines = {routine.id for routine in obligations.routines}
    untranslated = tuple(one for one in translation.untranslated if one.id in routines)
    return Package(obligations.source, modules, translation.functions, untranslated)


def _on_changes(body: TriggerBody) -> bool:
    """Whether it fires for what a referential action does."""
    return body.event in ("update", "delete") and body.timing != "instead of"


def _followed(keys: tuple[ForeignKey, ...], fires: set[QualifiedName]) -> dict[QualifiedName, list[ForeignKey]]:
    """By parent: the keys whose action reaches a table where something has to be done, at once or along a chain."""
    acting = [key for key in keys if not {key.on_delete, key.on_update} <= {"no action", "restrict"}]
    reached = set(fires)
    while True:
        more = {key.references for key in acting if key.table in reached and key.on_delete == "cascade"} | {
            key.references for key in acting if key.table in reached and key.on_update == "cascade"
        }
        if more <= reached:
            break
        reached |= more
    found: dict[QualifiedName, list[ForeignKey]] = {}
    for key in acting:
        if key.table in reached:
            found.setdefault(key.references, []).append(key)
    return found
