"""Functions and procedures: their arguments and results around a body of PL/pgSQL or of SQL."""

from __future__ import annotations

from dsql_migrate.source.parse import Unparsable, tokens
from dsql_migrate.stubs.code import steps as s
from dsql_migrate.stubs.code.values import Constant, Kind, Name, Value
from dsql_migrate.stubs.obligations import Routine
from dsql_migrate.stubs.plpgsql import tree as t
from dsql_migrate.stubs.plpgsql.read import read
from dsql_migrate.stubs.translate.binding import Reading
from dsql_migrate.stubs.translate.expressions import value_of
from dsql_migrate.stubs.translate.flow import Flow
from dsql_migrate.stubs.translate.kinds import BOOLEAN, RECORD, TEXT
from dsql_migrate.stubs.translate.scope import Beyond, Scope, World
from dsql_migrate.stubs.translate.walking import FOUND, ends, reads_found, with_found, writes


def function_of(world: World, routine: Routine) -> s.Function:
    """A routine as a function of steps. Raises Beyond with the body's line."""
    if routine.language not in ("plpgsql", "sql"):
        raise Beyond(f"it is written in {routine.language}")
    try:
        tree = read(routine.body) if routine.language == "plpgsql" else None
    except Unparsable as error:
        line = routine.body.encode("utf-8", "surrogateescape")[: error.at].count(b"\n") + 1
        raise Beyond(f"its body cannot be read: {error.message}", line) from None
    flow = Flow(world, routine, tree.conflict if tree is not None else "use_column")
    try:
        return _made(world, routine, flow, tree)
    except Beyond as why:
        raise Beyond(why.reason, why.line or flow.line) from None
    except Unparsable as error:
        raise Beyond(f"its SQL cannot be read: {error.message}", flow.line) from None


def _made(world: World, routine: Routine, flow: Flow, tree: t.Body | None) -> s.Function:
    parameters, defaults, outs = _arguments(world, routine, flow)
    rows = _row_type(world, routine, flow)
    flow.outs = outs
    flow.returns = rows or _returns(world, routine, outs)
    body = flow.block(tree.block) if tree is not None else _queries(flow, routine, outs)
    steps = with_found(tuple(body))
    head: list[s.Step] = [
        s.Declare(out, Constant(None, out.kind))
        for out in outs
        if out not in parameters and not _set_alone(routine, steps)
    ]
    steps = _closed(with_variable(steps), routine, flow.returns, outs)
    return s.Function(
        id=routine.id, name=routine.name, line=routine.line, parameters=parameters, defaults=defaults,
        returns=flow.returns, results=outs, is_set=routine.is_set,
        body=(*_strict(routine, parameters), *head, *steps), reads_only=not writes(steps), comment=routine.comment,
    )  # fmt: skip


def _set_alone(routine: Routine, steps: s.Body) -> bool:
    """Whether a set comes from queries alone, so that no variables of its columns are needed."""
    return routine.is_set and not any(
        isinstance(step, (s.Set, s.Rows, s.While, s.Count, s.If, s.Try, s.Each, s.GiveRow, s.Run)) for step in steps
    )


def _arguments(
    world: World, routine: Routine, flow: Flow
) -> tuple[tuple[Name, ...], tuple[Value | None, ...], tuple[Name, ...]]:
    parameters, defaults, outs = [], [], []
    for number, argument in enumerate(routine.arguments, 1):
        if argument.mode == "variadic":
            raise Beyond("it takes any number of arguments (VARIADIC)")
        kind, columns = flow.declared(argument.type_sql)
        if kind.sql.lower() in ("anyelement", "anyarray", "anynonarray", "anycompatible", "internal"):
            raise Beyond(f"it takes arguments of any type ({kind.sql})")
        name = argument.name or f"${number}"
        called = argument.name or f"argument_{number}"
        made = flow.scope.add(name, kind, columns, called=called)
        flow.scope.blocks[0][f"${number}"] = made
        if argument.mode in ("in", "inout"):
            default = None
            if argument.default is not None:
                default = value_of(Reading(argument.default, world, Scope(), "error", expression=True), kind)
            parameters.append(made.name)
            defaults.append(default)
        if argument.mode != "in":
            outs.append(made.name)
    flow.scope.labels[0] = routine.name
    return tuple(parameters), tuple(defaults), tuple(outs)


def _row_type(world: World, routine: Routine, flow: Flow) -> Kind | None:
    """The kind of a result that is a row of a table; None for others."""
    if routine.returns is None:
        return None
    kind, columns = flow.declared(routine.returns)
    return kind if columns is not None else None


def _returns(world: World, routine: Routine, outs: tuple[Name, ...]) -> Kind | None:
    if routine.returns is None or routine.returns.lower() == "void":
        return None if not outs else outs[0].kind if len(outs) == 1 else RECORD
    if len(outs) == 1:
        return outs[0].kind
    return world.kind(routine.returns) if not outs else RECORD


def _strict(routine: Routine, parameters: tuple[Name, ...]) -> s.Body:
    """STRICT: where an argument is NULL, nothing is run and the result is NULL."""
    if not routine.strict or not parameters:
        return ()
    from dsql_migrate.stubs.code.values import IsNull, Logic

    tests: tuple[Value, ...] = tuple(IsNull(one) for one in parameters)
    test = tests[0] if len(tests) == 1 else Logic("or", tests)
    nothing = s.Give(
        None
        if routine.is_set or routine.returns in (None, "void")
        else Constant(None, RECORD if routine.returns == "record" else TEXT)
    )
    return (s.If(((test, (nothing,)),)),)


def _closed(steps: s.Body, routine: Routine, returns: Kind | None, outs: tuple[Name, ...]) -> s.Body:
    """The body with what happens at its end."""
    if ends(steps):
        nothing = isinstance(steps[-1], s.Give) and steps[-1].value is None
        return steps[:-1] if nothing and (routine.is_set or returns is None) else steps
    if routine.is_set or returns is None:
        return steps
    if outs:
        return (*steps, s.Give(None))
    return (*steps, s.Fail("2F005", Constant("control reached end of function without RETURN", TEXT)))


def with_variable(body: s.Body) -> s.Body:
    """The body with FOUND declared where it is read."""
    return (s.Declare(FOUND, Constant(False, BOOLEAN)), *body) if reads_found(body) else body


# -- LANGUAGE sql -----------------------------------------------------------------------------------------------------


def _queries(flow: Flow, routine: Routine, outs: tuple[Name, ...]) -> list[s.Step]:
    """The statements of a body of SQL: the last one gives the result."""
    texts = _statements(routine.body)
    if not texts:
        return []
    made: list[s.Step] = []
    for sql in texts[:-1]:
        made += flow.run(t.Run(sql.line, sql))
    last = texts[-1]
    line = flow.at(last.line)
    if flow.returns is None:
        return [*made, *flow.run(t.Run(last.line, last))]
    if routine.is_set:
        return [*made, flow.give_rows(t.ReturnQuery(last.line, last))]
    alone = flow.alone(last)
    if alone is not None and len(outs) <= 1:
        return [*made, s.Give(value_of(alone, flow.returns), line)]
    if len(outs) > 1:
        places = tuple(t.Place((out.name,)) for out in outs)
        return [*made, *flow.run(t.Run(last.line, last, places)), s.Give(None, line)]
    result = flow.scope.add("result", flow.returns)
    return [
        *made, s.Declare(result.name, Constant(None, flow.returns), line),
        *flow.run(t.Run(last.line, last, (t.Place(("result",)),))), s.Give(result.name, line),
    ]  # fmt: skip


def _statements(body: str) -> list[t.Sql]:
    """The statements of a body: between semicolons, of BEGIN ATOMIC … END and of RETURN what stands in it."""
    data = body.encode("utf-8", "surrogateescape")
    found = list(tokens(data))
    words = [one.word for one in found]
    if words[:1] == ["return"]:
        start = found[0].end
        return [t.Sql("SELECT " + data[start:].decode("utf-8", "surrogateescape").strip().rstrip(";"), 1)]
    if words[:2] == ["begin", "atomic"]:
        while words and words[-1] != "end":
            words.pop()
        found = found[2 : len(words) - 1]
    made: list[t.Sql] = []
    first = 0
    for i in range(len(found) + 1):
        if i == len(found) or found[i].word == ";":
            if first < i:
                text = data[found[first].start : found[i - 1].end].decode("utf-8", "surrogateescape")
                made.append(t.Sql(text, data.count(b"\n", 0, found[first].start) + 1))
            first = i + 1
    return made
