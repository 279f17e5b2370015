"""Steps of translated bodies as lines of Python."""

from __future__ import annotations

from collections.abc import Callable

from dsql_migrate.stubs.code import steps as s
from dsql_migrate.stubs.code import values as v
from dsql_migrate.stubs.naming import literal, prose
from dsql_migrate.stubs.python.layout import Items, Text, call
from dsql_migrate.stubs.python.values import Unprintable, Values


class Steps:
    """Prints steps. ``give`` says what RETURN of a value is: the line, or None where it is nothing at the end."""

    def __init__(self, values: Values, give: Callable[[s.Give], str]) -> None:
        self.values = values
        self.give = give

    def body(self, body: s.Body, indent: int) -> list[str]:
        """The lines of a body; ``pass`` where it does nothing."""
        lines = [line for step in body for line in self.step(step, indent)]
        return lines if any(not line.lstrip().startswith("#") for line in lines) else [*lines, " " * indent + "pass"]

    def step(self, step: s.Step, indent: int) -> list[str]:
        margin = " " * indent
        match step:
            case s.Remark():
                return [f"{margin}# {prose(line.strip())}" for line in step.text.splitlines() if line.strip()]
            case s.Declare():
                return [f"{margin}{self.values.name(step.name)}: Any = {self.values.value(step.value)}"]
            case s.Set():
                if isinstance(step.value, v.Asked):
                    return [call(indent, f"{self._target(step.target)} = work.value(", self._asked(step.value.query))]
                return [f"{margin}{self._target(step.target)} = {self.values.value(step.value)}"]
            case s.If():
                return self._if(step, indent)
            case s.While() if step.label is None:
                condition = "True" if step.condition is None else self.values.true(step.condition)
                return [f"{margin}while {condition}:", *self.body(step.body, indent + 4)]
            case s.Leave() if step.label is None:
                return [f"{margin}{'continue' if step.again else 'break'}"]
            case s.Give():
                return [margin + self.give(step)]
            case s.Run():
                return self._run(step, indent)
            case s.Fail() if step.message is not None:
                arguments = [literal(step.state), self.values.value(step.message)]
                arguments += [f"{name}={self.values.value(value)}" for name, value in step.details]
                return [call(indent, "raise failure(", arguments)]
            case s.Tell():
                return [call(indent, "work.tell(", [literal(step.level), self.values.value(step.message)])]
            case s.Evaluate() if isinstance(step.value, v.Asked):
                return [margin + self.values.value(step.value)]
        raise Unprintable(f"line {getattr(step, 'line', 0)}: a step of kind {type(step).__name__}")

    def _if(self, step: s.If, indent: int) -> list[str]:
        margin, lines, word = " " * indent, list[str](), "if"
        for condition, body in step.branches:
            lines += [f"{margin}{word} {self.values.true(condition)}:", *self.body(body, indent + 4)]
            word = "elif"
        return lines + ([f"{margin}else:", *self.body(step.otherwise, indent + 4)] if step.otherwise else [])

    def _run(self, step: s.Run, indent: int) -> list[str]:
        if isinstance(step.query, s.Dynamic) or step.strict:
            raise Unprintable(f"line {step.line}: EXECUTE, or INTO STRICT")
        arguments = self._asked(step.query)
        if not step.into and step.count is None and step.found is None:
            return [call(indent, "work.rows(", arguments)]
        if not step.into:
            if step.count is not None and step.found is not None:
                raise Unprintable(f"line {step.line}: both FOUND and ROW_COUNT")
            name = step.count or step.found
            assert name is not None
            return [call(indent, f"{self.values.name(name)} = work.count(", arguments, ")" if step.count else ") > 0")]
        if len(step.into) == 1 and step.found is None and step.count is None:
            kind = step.into[0].kind
            if kind.family == "record":
                raise Unprintable(f"line {step.line}: a row into a record")
            return [call(indent, f"{self._target(step.into[0])} = work.value(", arguments)]
        raise Unprintable(f"line {step.line}: several variables of INTO, or FOUND behind it")

    def _asked(self, query: v.Query) -> list[str | Text | Items]:
        texts, values = self.values.query(query)
        found: list[str | Text | Items] = [Text(literal("".join(texts)), tuple(map(literal, texts)))]
        return found + ([Items("[", tuple(values), "]")] if values else [])

    def _target(self, target: s.Target) -> str:
        return self.values.value(target)


def ends(body: s.Body) -> bool:
    """Whether control never reaches the end of the body."""
    if not body:
        return False
    last = body[-1]
    if isinstance(last, s.If):
        return bool(last.otherwise) and ends(last.otherwise) and all(ends(one) for _, one in last.branches)
    return isinstance(last, s.Give | s.Fail)


def every(body: s.Body) -> list[s.Step]:
    """All steps of a body, those inside others too."""
    found: list[s.Step] = []
    for step in body:
        found.append(step)
        if isinstance(step, s.If):
            for _, one in step.branches:
                found += every(one)
            found += every(step.otherwise)
        elif isinstance(step, s.While | s.Count | s.Rows | s.Each | s.Block | s.Try):
            found += every(step.body)
            if isinstance(step, s.Try):
                found += [inner for handler in step.handlers for inner in every(handler.body)]
    return found
