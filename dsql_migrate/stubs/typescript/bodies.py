"""Bodies of triggers as TypeScript functions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from dsql_migrate.stubs.code import steps as s
from dsql_migrate.stubs.code import values as v
from dsql_migrate.stubs.naming import prose
from dsql_migrate.stubs.obligations import QualifiedName, TableShape
from dsql_migrate.stubs.typescript.layout import WIDTH, Group, Item, call, comment, remark
from dsql_migrate.stubs.typescript.names import Names, camel, literal, member, property_name
from dsql_migrate.stubs.typescript.reading import columns_read, every, names_read, targets_of
from dsql_migrate.stubs.typescript.types import family
from dsql_migrate.stubs.typescript.values import (
    AND,
    ATOM,
    NOT,
    Code,
    Unprintable,
    Values,
    flat,
    kind_of,
    nullable,
    type_of,
)

_DETAILS = {"datatype": "dataType"}


@dataclass(frozen=True, slots=True)
class Written:
    """A trigger's function. ``calls``: names of the runtime; ``writes``: tables whose modules it calls."""

    name: str
    trigger: s.TriggerBody
    text: str
    calls: frozenset[str]
    writes: frozenset[QualifiedName]


def trigger_function(
    trigger: s.TriggerBody, name: str, shape: TableShape, row: str, aliases: dict[QualifiedName, str], here: str
) -> Written:
    """The function of one trigger and event. ``row``: the type of its table's rows. Raises Unprintable."""
    if trigger.timing == "instead of":
        raise Unprintable("it stands on a view")
    if trigger.deferred:
        raise Unprintable("it is deferred")
    if trigger.old_table or trigger.new_table:
        raise Unprintable("it reads transition tables")
    if trigger.event == "truncate":
        raise Unprintable("it fires on TRUNCATE")
    body = _Body(trigger, shape, aliases, here)
    steps = body.steps(trigger.body, 2)
    before = trigger.timing == "before" and trigger.row
    if trigger.when is not None:
        last = " row" if before and trigger.event != "delete" else " old" if before else ""
        test = body.values.false(trigger.when) if not nullable(trigger.when) else None
        text = test.text if test else f"!{body.values.true(trigger.when).within(NOT)}"
        steps = [*_condition("  ", "  if (", Code(text)), f"    return{last};", "  }", *steps]
    given = f"Draft<{row}>" if before else row
    parameters = ["work: Work"]
    if trigger.row and trigger.event != "insert":
        parameters.append(f"old: {row}")
    if trigger.row and trigger.event != "delete":
        parameters.append(f"row: {given}")
    used = "\n".join(steps)
    result = f"{given if trigger.event != 'delete' else row} | null" if before else "void"
    parameters = [_unused(one, used) for one in parameters]
    head = call(0, f"async function {name}(", parameters, f"): Promise<{result}> {{")
    level = "" if trigger.row else ", for each statement"
    when, function = f"{trigger.timing} {trigger.event}{level}", prose(trigger.function)
    what = f"Trigger {prose(trigger.name)} ({when}): function {function}, line {trigger.line}."
    lines = [comment(0, what), head, *steps, "}"]
    calls = frozenset(body.values.called | ({"Draft"} if before and trigger.event != "delete" else set()))
    return Written(name, trigger, "\n".join(lines), calls, frozenset(body.writes))


def _condition(margin: str, head: str, code: Code) -> list[str]:
    """``if (`` condition ``) {`` on one line, or one line for each part."""
    line = f"{head}{code.text}) {{"
    if len(line) <= WIDTH or not code.parts:
        return [line]
    sign = " &&" if code.level == AND else " ||"
    parts = [f"{margin}  {part}{sign}" for part in code.parts]
    return [head, *parts[:-1], parts[-1].removesuffix(sign), f"{margin}) {{"]


def _unused(parameter: str, body: str) -> str:
    """A parameter that the body does not read has a name that says so."""
    name = parameter.partition(":")[0]
    return parameter if re.search(rf"\b{name}\b", body) else f"_{parameter}"


class _Body:
    def __init__(
        self, trigger: s.TriggerBody, shape: TableShape, aliases: dict[QualifiedName, str], here: str
    ) -> None:
        self.trigger, self.aliases, self.here = trigger, aliases, here
        self.writes: set[QualifiedName] = set()
        self.scope = Names(aliases.values())
        whole = (trigger.body, trigger.when)
        self.reads = Counter(one.name for one in names_read(whole))
        self.set = {one.of.name if isinstance(one, v.Part) else one.name for one in targets_of(trigger.body)}
        self.records = columns_read(whole)
        numeric = [column.name for column in shape.columns if family(column.type_sql) == "digits"]
        self.values = Values({"new": "row", "old": "old"}, numeric)
        self.labels: dict[str, str] = {}
        self.number = 0

    def steps(self, body: s.Body, indent: int) -> list[str]:
        return [line for step in body for line in self.step(step, indent)]

    def step(self, step: s.Step, indent: int) -> list[str]:
        margin = " " * indent
        match step:
            case s.Remark():
                return [remark(indent, prose(step.text))] if step.text.strip() else []
            case s.Declare():
                return self.declare(step, margin)
            case s.Set():
                return self.set_to(step, margin)
            case s.If():
                return self.branches(step, indent)
            case s.While():
                test = self.values.true(step.condition).text if step.condition is not None else ""
                head = f"while ({test})" if test else "for (;;)"
                return [f"{margin}{self.label(step.label)}{head} {{", *self.steps(step.body, indent + 2), f"{margin}}}"]
            case s.Block():
                inner = self.steps(step.body, indent + 2)
                return [f"{margin}{self.label(step.label)}{{", *inner, f"{margin}}}"]
            case s.Count():
                return self.count(step, indent)
            case s.Rows():
                return self.rows(step, indent)
            case s.Leave():
                label = f" {self.labels[step.label]}" if step.label else ""
                return [f"{margin}{'continue' if step.again else 'break'}{label};"]
            case s.Give():
                return [f"{margin}return{self.given(step)};"]
            case s.Run():
                return self.run(step, indent)
            case s.Write():
                return self.write(step, indent)
            case s.Fail():
                return self.fail(step, indent)
            case s.Tell():
                return [call(indent, "work.tell(", [literal(step.level), self.values.value(step.message).text], ");")]
        raise Unprintable(f"{type(step).__name__} in its body (line {getattr(step, 'line', 0)})")

    def label(self, label: str | None) -> str:
        if label is None:
            return ""
        self.labels[label] = self.scope.take(camel(label), (label,))
        return f"{self.labels[label]}: "

    # -- variables --------------------------------------------------------------------------------------------------

    def type(self, name: v.Name) -> str:
        if name.kind.family != "record":
            return type_of(name.kind)
        columns = self.records.get(name.name, {})
        inner = "; ".join(f"{property_name(column)}: {type_of(kind)} | null" for column, kind in columns.items())
        return f"{{ {inner} }}" if inner else "Row"

    def empty(self, name: v.Name) -> str:
        """A record before it takes a row: each field is NULL."""
        inner = ", ".join(f"{property_name(column)}: null" for column in self.records.get(name.name, {}))
        return f"{{ {inner} }}" if inner else "{}"

    def take(self, name: v.Name) -> str:
        if name.name not in self.values.names:
            self.values.names[name.name] = self.scope.take(camel(name.name), (name.name,))
        return self.values.names[name.name]

    def declare(self, step: s.Declare, margin: str) -> list[str]:
        name = step.name
        if not self.reads[name.name] or (name.kind.family == "record" and self.only_a_loop_reads(name)):
            return []
        value = self.values.value(step.value, name.kind)
        own = self.take(name)
        if name.kind.family == "record":
            if not isinstance(step.value, v.Constant):
                raise Unprintable(f"a row is assigned where it is declared (line {step.line})")
            kind = "const" if name.name not in self.set else "let"
            return [f"{margin}{kind} {own} = {self.empty(name)} as {self.type(name)};"]
        if name.name not in self.set:
            return [f"{margin}const {own} = {value.text};"]
        null = "" if not name.nullable else " | null"
        return [f"{margin}let {own} = {value.within(ATOM)} as {self.type(name)}{null};"]

    def only_a_loop_reads(self, name: v.Name) -> bool:
        """Whether a record is the row of one loop and nothing else: it is declared there."""
        loops = [one for one in every(self.trigger.body) if isinstance(one, s.Rows) and one.targets == (name,)]
        if len(loops) != 1 or name.name in {t.name for t in targets_of(loops[0].body) if isinstance(t, v.Name)}:
            return False
        others = [one for one in targets_of(self.trigger.body) if isinstance(one, v.Name) and one.name == name.name]
        inside = Counter(one.name for one in names_read((loops[0].body,)))
        return len(others) == 1 and inside[name.name] == self.reads[name.name]

    def target(self, target: s.Target) -> str | None:
        """Where a value goes; None where nobody reads it."""
        if isinstance(target, v.Part):
            return member(self.values.name(target.of), target.column)
        return self.values.name(target) if self.reads[target.name] else None

    def set_to(self, step: s.Set, margin: str) -> list[str]:
        target, value = self.target(step.target), self.values.value(step.value, step.target.kind)
        if step.target.kind.family == "record":
            raise Unprintable(f"a whole row is assigned (line {step.line})")
        if target is None:
            return [f"{margin}{value.text};"] if "await" in value.text else []
        line = f"{margin}{target} = {value.text};"
        if len(line) > WIDTH and isinstance(step.value, v.Asked):
            head = f"{target} = await work.value<{type_of(step.value.kind)}>("
            return [call(len(margin), head, self.values.query(step.value.query), ");")]
        return [line]

    # -- control ----------------------------------------------------------------------------------------------------

    def branches(self, step: s.If, indent: int) -> list[str]:
        margin = " " * indent
        lines: list[str] = []
        for condition, body in step.branches:
            head = f"{margin}}} else if (" if lines else f"{margin}if ("
            lines += _condition(margin, head, self.values.true(condition))
            lines += self.steps(body, indent + 2)
        if step.otherwise:
            lines += [f"{margin}}} else {{", *self.steps(step.otherwise, indent + 2)]
        return [*lines, f"{margin}}}"]

    def count(self, step: s.Count, indent: int) -> list[str]:
        margin = " " * indent
        own = self.take(step.name)
        bounds = [self.values.value(one).text for one in (step.first, step.last, step.by) if one is not None]
        options = [*bounds, *(["1"] if step.by is None else []), "true" if step.reverse else "false"]
        called = self.values.use("range")
        inner = self.steps(step.body, indent + 2)
        kind = "let" if step.name.name in self.set else "const"
        head = f"{self.label(step.label)}for ({kind} {own} of {called}({', '.join(options)})) {{"
        return [f"{margin}{head}", *inner, f"{margin}}}"]

    def rows(self, step: s.Rows, indent: int) -> list[str]:
        margin = " " * indent
        if isinstance(step.query, s.Dynamic):
            raise Unprintable(f"it runs a text that it puts together (line {step.line})")
        one = step.targets[0]
        if len(step.targets) != 1 or not isinstance(one, v.Name) or one.kind.family != "record":
            raise Unprintable(f"a loop over rows has several variables (line {step.line})")
        if not self.only_a_loop_reads(one):
            raise Unprintable(f"the row of a loop is read behind it (line {step.line})")
        own = self.take(one)
        found = step.found is not None and self.reads[step.found.name]
        lines = []
        if found:
            self.number += 1
            looped = self.scope.take(f"looped{self.number}", (str(self.number),))
            lines.append(f"{margin}let {looped} = false as boolean;")
        query = call(indent, f"{self.label(step.label)}for (const {own} of await work.rows<{self.type(one)}>(",
                     self.values.query(step.query), ")) {")  # fmt: skip
        inner = self.steps(step.body, indent + 2)
        if not found or step.found is None:
            return [query, *inner, f"{margin}}}"]
        after = f"{margin}{self.values.name(step.found)} = {looped};"
        return [*lines, query, f"{margin}  {looped} = true;", *inner, f"{margin}}}", after]

    def given(self, step: s.Give) -> str:
        if self.trigger.timing != "before" or not self.trigger.row:
            return ""
        if step.value is None or (isinstance(step.value, v.Constant) and step.value.value is None):
            return " null"
        if isinstance(step.value, v.Name) and step.value.name in ("new", "old"):
            return f" {self.values.name(step.value)}"
        raise Unprintable(f"it gives back a row of its own (line {step.line})")

    # -- statements -------------------------------------------------------------------------------------------------

    def run(self, step: s.Run, indent: int) -> list[str]:
        margin = " " * indent
        if isinstance(step.query, s.Dynamic):
            raise Unprintable(f"it runs a text that it puts together (line {step.line})")
        query = self.values.query(step.query)
        found = self.values.name(step.found) if step.found is not None and self.reads[step.found.name] else None
        count = self.values.name(step.count) if step.count is not None and self.reads[step.count.name] else None
        if not step.into:
            if count:
                wide = step.count is not None and type_of(step.count.kind) == "string"
                head = f"{self.values.use('digits')}(await work.count(" if wide else "await work.count("
                lines = [call(indent, f"{count} = {head}", query, "));" if wide else ");")]
                return [*lines, f"{margin}{found} = {count} !== {literal('0') if wide else 0};"] if found else lines
            if found:
                return [call(indent, f"{found} = await work.any(", query, ");")]
            return [call(indent, "await work.rows(", query, ");")]
        if count:
            raise Unprintable(f"it counts the rows of a SELECT INTO (line {step.line})")
        targets = [self.target(target) for target in step.into]
        one = step.into[0]
        if len(step.into) == 1 and not step.strict and not found:
            if targets[0] is None:
                return [call(indent, "await work.rows(", query, ");")]
            if one.kind.family == "record":
                if not isinstance(one, v.Name):
                    raise Unprintable(f"a row goes into a field (line {step.line})")
                return [call(indent, f"{targets[0]} = (await work.row<{self.type(one)}>(", query,
                             f")) ?? {self.empty(one)};")]  # fmt: skip
            return [call(indent, f"{targets[0]} = await work.value<{type_of(one.kind)}>(", query, ");")]
        if any(target.kind.family == "record" for target in step.into) or any(t is None for t in targets):
            raise Unprintable(f"a row and whether it was found go into variables (line {step.line})")
        self.number += 1
        own = self.scope.take(f"found{self.number}", (str(self.number),))
        types = ", ".join(f"{type_of(target.kind)} | null" for target in step.into)
        name = "work.only" if step.strict else "work.tuple"
        lines = [call(indent, f"const {own} = await {name}<[{types}]>(", query, ");")]
        if found:
            lines.append(f"{margin}{found} = {own} !== undefined;")
        nulls = ", ".join("null" for _ in targets)
        rest = "" if step.strict else f" ?? [{nulls}]"
        return [*lines, f"{margin}[{', '.join(filter(None, targets))}] = {own}{rest};"]

    def write(self, step: s.Write, indent: int) -> list[str]:
        if step.table not in self.aliases:
            raise Unprintable(f"it writes a table without a module (line {step.line})")
        if step.into or step.assignments or (step.count and self.reads[step.count.name]):
            raise Unprintable(f"what it writes to {'.'.join(step.table)} is computed from its rows (line {step.line})")
        found = self.values.name(step.found) if step.found is not None and self.reads[step.found.name] else None
        self.writes.add(step.table)
        alias = self.aliases[step.table]
        of = "" if alias == self.here else f"{alias}."
        pairs = zip(step.columns, step.values, strict=True)
        shown = [f"{property_name(column)}: {self.values.value(value).text}" for column, value in pairs]
        where = f"[{flat(self.values.query(step.where))}]" if step.where is not None else '["true"]'
        if step.command == "insert":
            head, tail = (f"{found} = (await ", ") !== undefined;") if found else ("await ", ";")
            return [call(indent, f"{head}{of}insertRow(", ["work", Group(tuple(shown), "{}")], f"){tail}")]
        head, tail = (f"{found} = (await ", ") > 0;") if found else ("await ", ";")
        if step.command == "delete":
            return [call(indent, f"{head}{of}removeRows(", ["work", where], f"){tail}")]
        changes = Group(tuple(shown), "{}")
        return [call(indent, f"{head}{of}updateRows(", ["work", where, changes], f"){tail}")]

    def fail(self, step: s.Fail, indent: int) -> list[str]:
        if step.message is None:
            raise Unprintable(f"it raises an error again (line {step.line})")
        arguments: list[Item] = [literal(step.state), self._text(step.message)]
        details = [f"{_DETAILS.get(name, name)}: {self._text(value)}" for name, value in step.details]
        if details:
            arguments.append(Group(tuple(details), "{}"))
        return [call(indent, f"throw {self.values.use('failure')}(", arguments, ");")]

    def _text(self, value: v.Value) -> str:
        made = self.values.value(value)
        if kind_of(value).family != "text":
            return f"{self.values.use('shown')}({made.text})"
        return f"{made.within(NOT)} ?? \"\"" if nullable(value) else made.text


def left_out(reasons: Sequence[tuple[str, int, str]]) -> list[str]:
    """What a module does not carry, as items of its comment."""
    return [f"- {prose(name)} (line {line}): {prose(reason)}" for name, line, reason in reasons]
