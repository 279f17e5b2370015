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


_QUIET = {"no action", "restrict"}  # actions of a foreign key that change no row


@dataclass(frozen=True, slots=True)
class Module:
    """One table, or a view with INSTEAD OF triggers.

    ``triggers`` stand in the order in which PostgreSQL fires those of one event, timing and level: by name, byte for
    byte. ``owed`` are those without a body: their name and why (the module says so where it is used).
    ``by_database``: the action of a native foreign key changes or removes its rows, at once or along a chain. The
    database calls no code then, so triggers on update and delete cannot be kept whole.
    """

    shape: TableShape
    triggers: tuple[TriggerBody, ...] = ()
    owed: tuple[Untranslated, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()  # on it, kept by code
    named_by: tuple[ForeignKey, ...] = ()  # on others (and itself), kept by code
    by_database: bool = False
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
    deferrable key that is NOT NULL throughout.
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
    reached = {key.table for key in obligations.native_keys if not {key.on_delete, key.on_update} <= _QUIET}
    names = {
        *bodies, *owed,
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
            by_database=name in reached,
            exclusions=tuple(one for one in obligations.exclusions if one.table == name),
            deferred_keys=tuple(one for one in obligations.deferred_keys if one.table == name),
        )
        for name in sorted(names)
    )
    routines = {routine.id for routine in obligations.routines}
    untranslated = tuple(one for one in translation.untranslated if one.id in routines)
    return Package(obligations.source, modules, translation.functions, untranslated)
