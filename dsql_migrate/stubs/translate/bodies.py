"""A body's tree as steps: control flow, assignments, RAISE, and what is returned. SQL statements are in ``running``."""

from __future__ import annotations

from dataclasses import replace

from dsql_migrate.source.parse import Unparsable, tokens
from dsql_migrate.stubs.code import steps as s
from dsql_migrate.stubs.code.values import Asked, Constant, Kind, Name, Part, Value
from dsql_migrate.stubs.obligations import Routine
from dsql_migrate.stubs.plpgsql import tree as t
from dsql_migrate.stubs.translate.binding import Reading, kind_of_value
from dsql_migrate.stubs.translate.conditions import caught, state_of, state_or_name
from dsql_migrate.stubs.translate.expressions import call_of, condition_of, known_of, value_of
from dsql_migrate.stubs.translate.folding import is_never, is_true
from dsql_migrate.stubs.translate.formats import message
from dsql_migrate.stubs.translate.kinds import RECORD, TEXT, UNKNOWN
from dsql_migrate.stubs.translate.scope import Beyond, Firing, Scope, Variable, World, columns_of
from dsql_migrate.stubs.translate.walking import FOUND, ends, raises, writes

_CLIENT = frozenset({"P0001", "P0002", "P0003", "P0004", "20000"})  # raised by the code itself, not by the database
_DETAILS = frozenset({"detail", "hint", "column", "constraint", "datatype", "table", "schema"})


class Base:
    """One body while it is translated. ``firing``: the trigger it is made for. ``returns``: the kind of its result."""

    def __init__(self, world: World, routine: Routine, conflict: t.Conflict, firing: Firing | None = None) -> None:
        self.world, self.routine, self.conflict, self.firing = world, routine, conflict, firing
        self.scope = Scope()
        self.returns: Kind | None = None
        self.outs: tuple[Name, ...] = ()
        self.cursors: dict[str, t.Cursor] = {}
        self.line = 0
        self.scope.fix("found", FOUND)
        self.scope.taken.add("found")

    def at(self, line: int) -> int:
        """The line of the source that a line of the body is."""
        self.line = line
        return self.routine.line + line - 1

    # -- expressions ------------------------------------------------------------------------------------------------

    def reading(self, sql: t.Sql, *, expression: bool = True) -> Reading:
        """A piece of SQL of the body. TG_ARGV[n] becomes what it is."""
        made = Reading(self._with_arguments(sql.text), self.world, self.scope, self.conflict, expression=expression)
        made.call, made.known = call_of, known_of
        return made

    def _with_arguments(self, text: str) -> str:
        if self.firing is None or "tg_argv" not in text.lower():
            return text
        data = text.encode("utf-8", "surrogateescape")
        found = tokens(data)
        for i in range(len(found) - 4, -1, -1):
            words = [one.word for one in found[i : i + 4]]
            if words[:2] == ["tg_argv", "["] and words[2].isdigit() and words[3] == "]":
                given, at = self.firing.trigger.arguments, int(words[2])
                value = "'" + given[at].replace("'", "''") + "'::text" if at < len(given) else "NULL::text"
                data = data[: found[i].start] + value.encode("utf-8", "surrogateescape") + data[found[i + 3].end :]
        return data.decode("utf-8", "surrogateescape")

    def value(self, sql: t.Sql, kind: Kind | None = None) -> Value:
        return value_of(self.reading(sql), kind)

    def condition(self, sql: t.Sql) -> Value:
        return condition_of(self.reading(sql))

    def variable(self, place: t.Place) -> Variable:
        """The variable that a place is, whole. Raises Beyond."""
        found = self.scope.find(place.names)
        if found is None or found[1] or place.elements:
            raise Beyond(f"{'.'.join(place.names)} is no variable of it")
        return found[0]

    def target(self, place: t.Place) -> s.Target:
        """What is assigned to. Raises Beyond."""
        if place.elements:
            raise Beyond("it assigns to an element of an array")
        found = self.scope.find(place.names)
        if found is None:
            raise Beyond(f"{'.'.join(place.names)} is no variable of it")
        variable, rest = found
        if not rest:
            return variable.name
        value = variable.part(rest[0])
        if not isinstance(value, Part):
            raise Beyond(f"{variable.name.name} has no column {rest[0]} in the bundle")
        return value

    def know(self, place: t.Place, columns: tuple[tuple[str, Kind, bool], ...] | None) -> None:
        """The columns of a record are those of the query it takes rows of; what differs between two is not known."""
        variable = self.variable(place)
        if variable.name.kind.sql != "record":
            return
        if variable.columns is not None and columns is not None and variable.columns != columns:
            known = {name: kind for name, kind, _ in variable.columns}
            columns = tuple((n, k if known.get(n) in (None, k) else UNKNOWN, True) for n, k, _ in columns)
        for block in self.scope.blocks:
            for name, one in block.items():
                if one is variable:
                    block[name] = replace(one, columns=columns)

    # -- declarations -----------------------------------------------------------------------------------------------

    def declared(self, type_sql: str) -> tuple[Kind, tuple[tuple[str, Kind, bool], ...] | None]:
        """The kind of a declared type, and the columns of one that has rows: name%TYPE, name%ROWTYPE, a table."""
        plain, percent, what = type_sql.rpartition("%")
        if percent and what.strip().lower() == "type":
            return self._of(_names(plain.strip()))
        names = _names(plain.strip() if percent else type_sql)
        if percent or (not self.world.kind(type_sql).bits and len(names) <= 2):
            table = self.world.table(names[-2] if len(names) > 1 else None, names[-1], self.routine.schema)
            if table is not None:
                return Kind(type_sql, "record"), columns_of(table, self.world)
            if percent:
                raise Beyond(f"{'.'.join(names)} is no table of the bundle")
        if type_sql.lower() in ("refcursor",):
            raise Beyond("it has a variable for a cursor")
        rows = self.world.composite(names[-2] if len(names) > 1 else None, names[-1])
        if rows is not None:
            return Kind(type_sql, "record"), tuple((n, self.world.kind(k), True) for n, k in rows)
        if not self.world.has_type(names[-2] if len(names) > 1 else None, names[-1]):
            raise Beyond(f"the type {type_sql} is not in the bundle")
        return self.world.kind(type_sql), None

    def _of(self, names: tuple[str, ...]) -> tuple[Kind, tuple[tuple[str, Kind, bool], ...] | None]:
        found = self.scope.find(names)
        if found is not None:
            variable, rest = found
            if not rest:
                return variable.name.kind, variable.columns
            return kind_of_value(variable.part(rest[0]) or Constant(None, UNKNOWN)), None
        if len(names) > 1:
            table = self.world.table(names[-3] if len(names) > 2 else None, names[-2], self.routine.schema)
            column = table.column(names[-1]) if table is not None else None
            if column is not None:
                return self.world.kind(column.type_sql), None
        raise Beyond(f"{'.'.join(names)} is no column of the bundle")

    def declare(self, one: t.Declaration) -> list[s.Step]:
        line = self.at(one.line)
        match one:
            case t.Alias():
                found = self.scope.find(one.of)
                if found is None or found[1]:
                    raise Beyond(f"{one.name} is an alias of something that is no variable")
                self.scope.blocks[-1][one.name] = found[0]
                return []
            case t.Cursor():
                self.cursors[one.name] = one
                return []
        if one.not_null and not one.constant:
            raise Beyond(f"it declares {one.name} NOT NULL, which is checked at each assignment")
        kind, columns = self.declared(one.type)
        value: Value = Constant(None, kind) if one.default is None else self.value(one.default, kind)
        made = self.scope.add(one.name, kind, columns, constant=one.constant)
        if isinstance(value, Constant) and value.value is not None and one.constant:
            self.scope.blocks[-1][one.name] = replace(made, value=value)
            return []
        return [s.Declare(made.name, value, line)]

    # -- RAISE ------------------------------------------------------------------------------------------------------

    def fail(self, one: t.Raise) -> s.Step:
        line = self.at(one.line)
        if one.format is None and one.condition is None and not one.options:
            return s.Fail("", None, (), line)
        text: Value | None = None
        if one.format is not None:
            wanted = one.format.replace("%%", "").count("%")
            if wanted != len(one.values):
                raise Beyond(f"its RAISE has {len(one.values)} values for {wanted} places: PostgreSQL refuses it")
            text = message(one.format, [self.value(v) for v in one.values])
        state = state_of(one.condition) if one.condition is not None else "P0001"
        details: list[tuple[str, Value]] = []
        for name, sql in one.options:
            value = self.value(sql, TEXT)
            if name == "errcode":
                if not isinstance(value, Constant) or not isinstance(value.value, str):
                    raise Beyond("the ERRCODE of its RAISE is known only when it runs")
                state = state_or_name(value.value)
            elif name == "message":
                text = value
            elif name in _DETAILS:
                details.append((name, value))
            else:
                raise Beyond(f"RAISE has no option {name}")
        shown = text if text is not None else Constant(one.condition or state, TEXT)
        match one.level:
            case "debug" | "log" | "info" | "notice" | "warning":
                return s.Tell(one.level, shown, line)
        return s.Fail(state, shown, tuple(details), line)

    # -- what is returned -------------------------------------------------------------------------------------------

    def give(self, one: t.Return) -> s.Step:
        line = self.at(one.line)
        if self.firing is not None:
            return self._give_row(one, line)
        if one.value is None or (self.outs and one.value is not None):
            return s.Give(None, line)
        if self.returns is None:
            return s.Give(None, line)
        return s.Give(self.value(one.value, self.returns), line)

    def _give_row(self, one: t.Return, line: int) -> s.Step:
        """What a trigger's function gives: a row, or NULL. Nobody asks one that fires afterwards."""
        assert self.firing is not None
        if one.value is None:
            raise Beyond("it returns nothing, and a trigger's function has to")
        trigger = self.firing.trigger
        if trigger.timing == "after" or not trigger.row:
            return s.Give(None, line)
        value = self.value(one.value)
        if isinstance(value, Asked):
            raise Beyond("it returns a row that a query makes")
        return s.Give(value if not isinstance(value, Constant) else Constant(None, RECORD), line)

    def give_next(self, one: t.ReturnNext) -> s.Step:
        line = self.at(one.line)
        if one.value is None:
            return s.GiveRow(self.outs, line)
        found = self.reading(one.value)
        value = value_of(found, self.returns if self.returns is not None and self.returns.family != "record" else None)
        return s.GiveRow((value,), line)

    # -- blocks with handlers ---------------------------------------------------------------------------------------

    def guarded(self, line: int, body: s.Body, handlers: tuple[tuple[t.Handler, s.Body], ...]) -> s.Step:
        """A block with EXCEPTION, where it needs no savepoint: DSQL has none, and after an error of the database's the
        transaction is lost. Raises Beyond."""
        made = tuple(s.Handler(caught(h.conditions), steps) for h, steps in handlers)
        own = all(
            one.states and set(one.states) <= _CLIENT | {s_ for s_ in one.states if s_[:1] in "PU" and len(s_) == 5}
            for one in made
        )
        if not all(raises(one.body) for one in made):
            if not own:
                raise Beyond(
                    "it goes on after an error of the database (EXCEPTION), which takes a savepoint",
                    handlers[0][0].line,
                )
            if writes(body):
                raise Beyond(
                    "it takes back what a block wrote (EXCEPTION), which takes a savepoint", handlers[0][0].line
                )
        return s.Try(body, made, line)

    def handled(self, name: str, kind: Kind) -> None:
        self.scope.blocks[-1][name] = Variable(Name(name, kind, nullable=False))

    def never(self, value: Value) -> bool:
        return is_never(value)


def branches(found: list[tuple[Value, s.Body]], otherwise: s.Body, line: int) -> s.Body:
    """IF with the branches that can be reached; what is always true stands by itself."""
    kept: list[tuple[Value, s.Body]] = []
    for condition, body in found:
        if is_never(condition):
            continue
        if is_true(condition):
            otherwise = body
            break
        kept.append((condition, body))
    if not kept:
        return otherwise
    return (s.If(tuple(kept), otherwise, line),)


def reached(body: list[s.Step]) -> s.Body:
    """The steps up to the one behind which nothing is reached."""
    for number, step in enumerate(body):
        if ends((step,)):
            return tuple(body[: number + 1])
    return tuple(body)


def _names(written: str) -> tuple[str, ...]:
    """The parts of a name as PostgreSQL stores them."""
    try:
        found = tokens(written.encode("utf-8", "surrogateescape"))
    except Unparsable:
        return (written,)
    parts = [t.word[1:-1].replace('""', '"') if t.word[:1] == '"' else t.word for t in found if t.word != "."]
    return tuple(parts) or (written,)
