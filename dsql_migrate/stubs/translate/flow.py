"""The statements of a body one by one: branches, loops, blocks, cursors."""

from __future__ import annotations

from dataclasses import replace

from dsql_migrate.stubs.code import steps as s
from dsql_migrate.stubs.code.values import Asked, Constant, Kind, Name, Query, Value
from dsql_migrate.stubs.plpgsql import tree as t
from dsql_migrate.stubs.translate.binding import Reading, kind_of_value
from dsql_migrate.stubs.translate.bodies import branches, reached
from dsql_migrate.stubs.translate.expressions import value_of
from dsql_migrate.stubs.translate.folding import is_never, is_true
from dsql_migrate.stubs.translate.kinds import INTEGER, TEXT, UNKNOWN
from dsql_migrate.stubs.translate.running import Running
from dsql_migrate.stubs.translate.scope import Beyond
from dsql_migrate.stubs.translate.walking import FOUND, ends, parts


class Flow(Running):
    """The whole translation of one body."""

    def steps(self, statements: t.Statements) -> s.Body:
        """Statements as steps, up to where nothing more is reached."""
        made: list[s.Step] = []
        left = list(statements)
        while left:
            one = left.pop(0)
            if isinstance(one, t.Diagnostics):
                self.diagnostics(one, made)
                continue
            if isinstance(one, t.OpenCursor) and left:
                taken = self.fetched(one, left)
                if taken is not None:
                    made.append(taken)
                    continue
            made += self.one(one)
            if ends(tuple(made[-1:])):
                break
        return reached(made)

    def one(self, one: t.Statement) -> list[s.Step]:
        if not isinstance(one, t.Remark):
            self.line = one.line
        match one:
            case t.Remark():
                return [s.Remark(one.text)]
            case t.Null():
                return []
            case t.Assign():
                return self.assign(one)
            case t.Run() | t.Perform():
                return self.run(one)
            case t.Execute():
                return self.execute(one)
            case t.If():
                return list(
                    self.choice([(self.condition(c), body) for c, body in one.branches], one.otherwise, one.line)
                )
            case t.Case():
                return self.case(one)
            case t.Loop() | t.Count() | t.Rows() | t.Each():
                return self.loop(one)
            case t.Leave():
                return self.leave(one)
            case t.Return():
                return [self.give(one)]
            case t.ReturnNext():
                return [self.give_next(one)]
            case t.ReturnQuery():
                return [self.give_rows(one)]
            case t.Raise():
                return [self.fail(one)]
            case t.Assert():
                message = (
                    self.value(one.message, TEXT) if one.message is not None else Constant("assertion failed", TEXT)
                )
                failed = s.Fail("P0004", message, (), self.at(one.line))
                holds = self.condition(one.condition)
                return list(branches([(holds, ())], (failed,), self.at(one.line)))
            case t.Block():
                return self.block(one)
            case t.Finish():
                raise Beyond(f"it ends the transaction ({one.text.upper()}), which is the caller's")
            case t.OpenCursor() | t.Fetch() | t.Close():
                raise Beyond("it moves a cursor by hand")
            case _:
                raise Beyond("it asks for DIAGNOSTICS")

    # -- assignments ------------------------------------------------------------------------------------------------

    def assign(self, one: t.Assign) -> list[s.Step]:
        line = self.at(one.line)
        found = self.scope.find(one.target.names)
        if found is not None and found[0].value is not None:
            raise Beyond(f"it assigns to {one.target.names[-1]}, which is constant")
        target = self.target(one.target)
        reading = self.reading(one.value)
        value = value_of(reading, None if target.kind == UNKNOWN else target.kind)
        if target.kind.family == "record" and isinstance(value, Asked):
            raise Beyond("it assigns a row that a query makes")
        if isinstance(target, Name) and target.kind.sql == "record" and isinstance(value, Name):
            source = next((v for b in self.scope.blocks for v in b.values() if v.name == value), None)
            self.know(one.target, source.columns if source is not None else None)
        return [s.Set(target, value, line)]

    def diagnostics(self, one: t.Diagnostics, made: list[s.Step]) -> None:
        """ROW_COUNT of the statement before; of an error, its message and state."""
        line = self.at(one.line)
        for place, item in one.items:
            target = self.target(place)
            if one.stacked and item in ("message_text", "returned_sqlstate"):
                name = "sqlerrm" if item == "message_text" else "sqlstate"
                made.append(s.Set(target, Name(name, TEXT, False), line))
            elif (
                not one.stacked
                and item == "row_count"
                and made
                and isinstance(made[-1], (s.Run, s.Write))
                and isinstance(target, Name)
            ):
                made[-1] = replace(made[-1], count=target)
            else:
                raise Beyond(f"it asks for {item.upper()} of what was run")

    # -- EXECUTE ----------------------------------------------------------------------------------------------------

    def execute(self, one: t.Execute) -> list[s.Step]:
        line = self.at(one.line)
        targets = tuple(self.target(place) for place in one.into)
        query, reading = self.dynamic(one.source)
        if reading is None:
            self.learn_nothing(one.into)
            return [s.Run(query, targets, one.strict, None, None, line)]
        written = self.write(reading, one.into, line)
        if written is not None:
            return [replace(w, found=None) if isinstance(w, (s.Write, s.Rows)) else w for w in written]
        self.learn(reading, one.into)
        edits = self.casts(reading, targets)
        return [s.Run(reading.query(edits=edits), targets, one.strict, None, None, line)]

    def learn_nothing(self, places: tuple[t.Place, ...]) -> None:
        if len(places) == 1 and self.target(places[0]).kind.sql == "record":
            self.know(places[0], None)

    # -- branches ---------------------------------------------------------------------------------------------------

    def choice(self, found: list[tuple[Value, t.Statements]], otherwise: t.Statements, line: int) -> s.Body:
        """IF: branches that cannot be reached are not even read."""
        kept: list[tuple[Value, s.Body]] = []
        rest: s.Body | None = None
        for condition, body in found:
            if is_never(condition):
                continue
            if is_true(condition):
                rest = self.steps(body)
                break
            kept.append((condition, self.steps(body)))
        if rest is None:
            rest = self.steps(otherwise)
        return branches(kept, rest, self.routine.line + line - 1)

    def case(self, one: t.Case) -> list[s.Step]:
        line = self.at(one.line)
        made: list[s.Step] = []
        found: list[tuple[Value, t.Statements]] = []
        subject = one.subject.text if one.subject is not None else None
        if one.subject is not None:
            value = self.value(one.subject)
            if isinstance(value, Asked):
                variable = self.scope.add("case_value", kind_of_value(value))
                made.append(s.Declare(variable.name, value, line))
                subject = "case_value"
        for values, body in one.branches:
            if subject is None:
                found.append((self.condition(values[0]), body))
                continue
            listed = ", ".join(value.text for value in values)
            test = f"({subject}) = ({listed})" if len(values) == 1 else f"({subject}) IN ({listed})"
            found.append((self.condition(t.Sql(test, values[0].line)), body))
        if one.otherwise is not None:
            return [*made, *self.choice(found, one.otherwise, one.line)]
        fails = t.Raise(one.line, "exception", "case not found", (), "case_not_found")
        return [*made, *self.choice(found, (fails,), one.line)]

    # -- loops ------------------------------------------------------------------------------------------------------

    def loop(self, one: t.Loop | t.Count | t.Rows | t.Each) -> list[s.Step]:
        line = self.at(one.line)
        match one:
            case t.Loop():
                condition = self.condition(one.condition) if one.condition is not None else None
                if condition is not None and is_never(condition):
                    return []
                return [
                    s.While(
                        condition if condition is None or not is_true(condition) else None,
                        self.steps(one.body),
                        one.label,
                        line,
                    )
                ]
            case t.Count():
                first, last = self.value(one.first, INTEGER), self.value(one.last, INTEGER)
                by = self.value(one.by, INTEGER) if one.by is not None else None
                self.open(one.label)
                name = self.scope.add(one.name, INTEGER, nullable=False).name
                body = self.steps(one.body)
                self.shut()
                return [s.Count(name, first, last, by, one.reverse, body, one.label, line)]
            case t.Each():
                if one.slice or len(one.targets) != 1:
                    raise Beyond("it goes through the slices of an array")
                array = self.value(one.array)
                return [s.Each(self.target(one.targets[0]), array, self.steps(one.body), one.label, line)]
        query = self.source(one)
        targets = tuple(self.target(place) for place in one.targets)
        body = self.steps(one.body)
        if isinstance(one.source, t.Open):
            self.shut()
        return [s.Rows(targets, query, body, one.label, FOUND, line)]

    def source(self, one: t.Rows) -> Query | s.Dynamic:
        """The rows that a loop goes through; its record has their columns from here on."""
        if isinstance(one.source, t.Text):
            query, reading = self.dynamic(one.source)
            if reading is None:
                self.learn_nothing(one.targets)
            else:
                self.learn(reading, one.targets)
            return query
        if isinstance(one.source, t.Open):
            return self.cursor(one.source, one.targets[0].names[-1])
        reading = self.statement(one.source)
        targets = tuple(self.target(place) for place in one.targets)
        if self.is_written(reading):
            raise Beyond("it goes through the rows that a change of a table with code of its own gives back")
        edits = self.casts(reading, targets)
        self.learn(reading, one.targets)
        return reading.query(edits=edits)

    def is_written(self, reading: Reading) -> bool:
        for relation in reading.terms.relations:
            table = self.world.table(relation.name.schema, relation.name.name) if relation.name is not None else None
            if relation.written and table is not None and self.world.has_module(table.qualified):
                return True
        return False

    def cursor(self, opened: t.Open, row: str) -> Query:
        """The query of a declared cursor with its arguments; the loop has a record of its own."""
        declared = self.cursors.get(opened.cursor)
        if declared is None:
            raise Beyond(f"{opened.cursor} is no cursor with a query of its own")
        values = {}
        for number, (name, sql) in enumerate(opened.arguments):
            called = name or declared.arguments[number][0]
            kind = self.world.kind(dict(declared.arguments)[called])
            values[called] = self.value(sql, kind)
        self.open(None)
        for name, value in values.items():
            self.scope.fix(name, value)
        reading = self.statement(declared.query)
        query = reading.query()
        self.scope.add(row, Kind("record", "record"), reading.inference.outputs(reading.terms.roots[0]))
        return query

    def fetched(self, one: t.OpenCursor, left: list[t.Statement]) -> s.Step | None:
        """OPEN c; LOOP FETCH c INTO x; EXIT WHEN NOT FOUND; …; END LOOP; CLOSE c: a loop over its rows. None where it
        is used in another way. What is taken is taken off ``left``."""
        plain = [x for x in left if not isinstance(x, t.Remark)]
        if len(plain) < 2 or not isinstance(plain[0], t.Loop) or not isinstance(plain[1], t.Close):
            return None
        loop, name = plain[0], one.cursor.names[-1]
        inner = [x for x in loop.body if not isinstance(x, t.Remark)]
        if loop.condition is not None or len(inner) < 2 or plain[1].cursor.names[-1] != name:
            return None
        fetch, leave = inner[0], inner[1]
        if (
            not isinstance(fetch, t.Fetch)
            or fetch.cursor.names[-1] != name
            or fetch.direction not in ("", "next")
            or fetch.move
        ):
            return None
        if (
            not isinstance(leave, t.Leave)
            or leave.again
            or leave.condition is None
            or leave.label not in (None, loop.label)
        ):
            return None
        if " ".join(leave.condition.text.lower().split()) not in ("not found", f"{name}%notfound"):
            return None
        rest = tuple(x for x in loop.body if x is not fetch and x is not leave)
        if any(isinstance(x, (t.Fetch, t.OpenCursor)) and x.cursor.names[-1] == name for x in parts(rest)):
            return None
        declared = self.cursors.get(name)
        source: t.Sql | t.Text | None = one.source
        if source is None and declared is not None and not declared.arguments:
            source = declared.query
        if source is None:
            return None
        del left[: left.index(plain[1]) + 1]
        return self.loop(t.Rows(loop.line, fetch.targets, source, rest, loop.label))[0]

    def leave(self, one: t.Leave) -> list[s.Step]:
        step = s.Leave(one.again, one.label, self.at(one.line))
        if one.condition is None:
            return [step]
        return list(branches([(self.condition(one.condition), (step,))], (), self.at(one.line)))

    def give_rows(self, one: t.ReturnQuery) -> s.Step:
        line = self.at(one.line)
        if isinstance(one.source, t.Text):
            query, _ = self.dynamic(one.source)
            return s.GiveRows(query, None, line)
        reading = self.statement(one.source)
        if self.is_written(reading):
            raise Beyond("it returns the rows that a change of a table with code of its own gives back")
        return s.GiveRows(reading.query(), FOUND, line)

    # -- blocks -----------------------------------------------------------------------------------------------------

    def open(self, label: str | None) -> None:
        self.scope.blocks.append({})
        self.scope.labels.append(label)

    def shut(self) -> None:
        self.scope.blocks.pop()
        self.scope.labels.pop()

    def block(self, one: t.Block) -> list[s.Step]:
        line = self.at(one.line)
        self.open(one.label)
        made: list[s.Step] = [step for d in one.declarations for step in self.declare(d)]
        body = self.steps(one.body)
        handlers = []
        for handler in one.handlers:
            self.handled("sqlerrm", TEXT)
            self.handled("sqlstate", TEXT)
            handlers.append((handler, self.steps(handler.body)))
        self.shut()
        inside: list[s.Step] = [self.guarded(line, body, tuple(handlers))] if handlers else list(body)
        if one.label is not None and any(isinstance(p, s.Leave) and p.label == one.label for p in parts(body)):
            return [*made, s.Block(one.label, tuple(inside))]
        return [*made, *inside]
