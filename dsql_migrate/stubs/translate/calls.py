"""Calls between routines that are application code now: which of several of one name is meant, and its arguments."""

from __future__ import annotations

from collections.abc import Callable

from dsql_migrate.source.terms import Term
from dsql_migrate.stubs.code.values import Call, Constant, Kind, Value
from dsql_migrate.stubs.obligations import Argument, Routine
from dsql_migrate.stubs.translate.binding import Reading, kind_of_value
from dsql_migrate.stubs.translate.kinds import LITERAL, UNKNOWN, same
from dsql_migrate.stubs.translate.scope import Beyond, World


def inputs(routine: Routine) -> list[Argument]:
    """The arguments that a call gives."""
    return [a for a in routine.arguments if a.mode in ("in", "inout", "variadic")]


def result_kind(routine: Routine, world: World) -> Kind:
    """The kind of what a call gives."""
    outs = [a for a in routine.arguments if a.mode in ("out", "inout", "table")]
    if len(outs) == 1:
        return world.kind(outs[0].type_sql)
    return Kind("record", "record") if outs else world.kind(routine.returns or "")


def called(
    reading: Reading, term: Term, value: Callable[[Term], Value], converted: Callable[[Value, Kind], Value]
) -> Value:
    """The call at a term. Raises Beyond where it is not clear which routine is meant."""
    world = reading.world
    found = world.routines(term.parts[-2] if len(term.parts) > 1 else None, term.name)
    named, plain = [], []
    for part in term.terms:
        if part.parts == ("NamedArgExpr",):
            named.append(
                (reading.words(part).replace(":=", "=>").partition("=>")[0].strip().strip('"'), value(part.terms[0]))
            )
        else:
            plain.append(value(part))
    fitting = [(r, made) for r in found if (made := _fitted(r, plain, dict(named), world)) is not None]
    if len(fitting) > 1:
        exact = [
            one
            for one in fitting
            if all(same(kind_of_value(v), world.kind(a.type_sql)) for v, a in zip(plain, inputs(one[0]), strict=False))
        ]
        fitting = exact if len(exact) == 1 else fitting
    if len(fitting) != 1:
        raise Beyond(f"which {term.name} is called cannot be told")
    routine, given = fitting[0]
    arguments = tuple(
        Constant(None, world.kind(a.type_sql)) if v is None else converted(v, world.kind(a.type_sql))
        for v, a in zip(given, inputs(routine), strict=True)
    )
    return Call(routine.id, arguments, result_kind(routine, world))


def _fitted(routine: Routine, plain: list[Value], named: dict[str, Value], world: World) -> list[Value | None] | None:
    """A value for each argument; None where the call cannot mean the routine."""
    wanted = inputs(routine)
    if (
        len(plain) > len(wanted)
        or any(a.mode == "variadic" for a in wanted)
        or (routine.returns or "").lower() == "trigger"
    ):
        return None
    made: list[Value | None] = list(plain)
    for argument in wanted[len(plain) :]:
        if argument.name in named:
            made.append(named[argument.name])
        elif argument.default is not None:
            made.append(_default(argument, world))
        else:
            return None
    return made if set(named) <= {a.name for a in wanted} and all(map(_may, made, wanted)) else None


def _default(argument: Argument, world: World) -> Value:
    from dsql_migrate.stubs.translate.binding import Reading as Read
    from dsql_migrate.stubs.translate.expressions import value_of
    from dsql_migrate.stubs.translate.scope import Scope

    assert argument.default is not None
    return value_of(Read(argument.default, world, Scope(), "error", expression=True), world.kind(argument.type_sql))


def _may(value: Value | None, argument: Argument) -> bool:
    """Whether a value may be meant for an argument: the same family, or one that is not known."""
    from dsql_migrate.stubs.translate.kinds import kind_of

    if value is None:
        return True
    given, wanted = kind_of_value(value), kind_of(argument.type_sql)
    numbers = ("integer", "numeric", "float")
    return (
        given in (UNKNOWN, LITERAL)
        or "other" in (given.family, wanted.family)
        or given.family == wanted.family
        or (given.family in numbers and wanted.family in numbers)
    )
