"""A table with triggers as the template needs it: a function a trigger, and where they are called."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from dsql_migrate.stubs.code import steps as s
from dsql_migrate.stubs.code import values as v
from dsql_migrate.stubs.code.package import Module, package_of
from dsql_migrate.stubs.naming import file_names, identifier, literal, prose
from dsql_migrate.stubs.obligations import ColumnShape, Obligations, QualifiedName
from dsql_migrate.stubs.python.foreign_key import tuple_of
from dsql_migrate.stubs.python.layout import Items, Text, call, docstring
from dsql_migrate.stubs.python.model import RESERVED, TYPE_IMPORTS, parameters_of
from dsql_migrate.stubs.python.steps import Steps, ends, every
from dsql_migrate.stubs.python.values import Unprintable, Values

_HELPERS = ("as_json", "failure", "integer", "shown")
_ROWS = {"insert": ("new",), "update": ("old", "new"), "delete": ("old",)}
_TEXT = re.compile(r"(character varying|varchar|character|char)\s*(?:\(\s*(\d+)\s*\))?", re.I)


@dataclass(frozen=True, slots=True)
class Fired:
    """A trigger for one event: its function, and the lines that call it."""

    id: str
    name: str
    text: str  # the function
    before: list[str]  # in the writing function
    after: list[str]
    event: str


@dataclass(frozen=True, slots=True)
class Triggered:
    """The triggers of a table. ``completes``: columns and the SQL of their defaults, for NEW before it is stored."""

    fired: list[Fired]
    completes: list[str]
    types: list[str]
    json: list[str]
    lengths: list[str]
    title: list[str]

    def before(self, event: str) -> list[str]:
        return [line for one in self.fired if one.event == event for line in one.before]

    def after(self, event: str) -> list[str]:
        return [line for one in self.fired if one.event == event for line in one.after]

    @property
    def text(self) -> str:
        return "".join(one.text + "".join(one.before + one.after) for one in self.fired)


@dataclass(frozen=True, slots=True)
class TriggeredModule:
    """A table with triggers as the template takes it."""

    name: str
    ids: list[str]
    paragraphs: list[str]
    standard_imports: list[str]
    libraries: list[str]
    names: list[str]
    table: list[str | Text | Items]
    parameters: list[str]
    key: str
    triggers: Triggered


def tables_with_triggers(obligations: Obligations) -> tuple[dict[QualifiedName, Module], dict[str, str]]:
    """The tables whose triggers have Python, all of them; and why others have none, by the trigger's ledger id."""
    if not obligations.triggers:
        return {}, {}
    from dsql_migrate.stubs.translate import translate

    package = package_of(obligations, translate(obligations))
    found: dict[QualifiedName, Module] = {}
    reasons: dict[str, str] = {}
    for module in package.modules:
        ids = {one.id for one in module.triggers} | {one.id for one in module.owed}
        why = why_not(module) if ids else None
        try:
            if ids and why is None:
                triggered(module, ())
                found[module.shape.qualified] = module
        except Unprintable as reason:
            why = str(reason)
        if why is not None:
            reasons |= dict.fromkeys(ids, why)
    reasons |= {one.id: "it is disabled in the source" for one in obligations.triggers if not one.enabled}
    return found, reasons


def module_of(module: Module, name: str, source: str, taken: Collection[str]) -> TriggeredModule:
    """One table for the template. ``taken``: names that no function may have."""
    shape, made = module.shape, triggered(module, {*taken, *_HELPERS, "decimal", "table", "uuid"})
    parameters = parameters_of(shape)
    text = made.text
    kinds = {kind for _, kind in parameters} | ({"Decimal"} if "Decimal(" in text else set())
    helpers = {one for one in _HELPERS if re.search(rf"(?<![\w.]){one}\(", text)}
    title = prose(".".join(shape.qualified))
    table: list[str | Text | Items] = [*map(literal, shape.qualified)]
    table += [f"key={tuple_of(map(literal, shape.primary_key))}", "linked=()"]
    if made.before("insert") or made.before("update"):
        table.append(Items("types={", tuple(made.types), "}"))
        table += [Items("defaults={", tuple(made.completes), "}")] if made.completes else []
        table += [f"json={tuple_of(made.json)}"] if made.json else []
        table += [Items("lengths={", tuple(made.lengths), "}")] if made.lengths else []
    return TriggeredModule(
        name=name,
        ids=list(dict.fromkeys(body.id for body in module.triggers)),
        paragraphs=[
            f"Writes to {title}, with what its triggers did in PostgreSQL.",
            f"Made by dsql-migrate from {prose(source)}. Call these functions inside `runtime.run(...)`, which repeats "
            "a transaction that lost a conflict (SQLSTATE 40001).",
            "The triggers, in their order",
            *made.title,
        ],
        standard_imports=sorted(
            ["from typing import Any, Final", *(TYPE_IMPORTS[k] for k in kinds if k in TYPE_IMPORTS)]
        ),
        libraries=["from psycopg.types.json import Jsonb"] if "Jsonb(" in text else [],
        names=["TriggeredTable", *sorted(helpers)],
        table=table,
        parameters=[f"{one}: {kind}" for one, kind in parameters],
        key=tuple_of(one for one, _ in parameters),
        triggers=made,
    )


def why_not(module: Module) -> str | None:
    """Why the triggers of a table have no Python; None where they have."""
    shape = module.shape
    if module.owed:
        return f"{module.owed[0].name}: {module.owed[0].reason}"
    if shape.view:
        return "its table is a view"
    if not shape.primary_key:
        return "its table has no primary key by which a row could be found again"
    if module.foreign_keys or module.named_by or module.exclusions:
        return "its table has constraints that code keeps as well"
    if any(column.generated for column in shape.columns):
        return "its table has generated columns, whose values a trigger does not see yet"
    if module.by_database and any(body.event in ("update", "delete") for body in module.triggers):
        return "a foreign key of the database changes rows of its table, and calls no code"
    for body in module.triggers:
        if not body.row or body.event == "truncate" or body.deferred or body.old_table or body.new_table:
            return (
                f"{body.name}: triggers for statements, transition tables and the end of a transaction have no code yet"
            )
    return None


def triggered(module: Module, taken: Collection[str]) -> Triggered:
    """Raises Unprintable with the reason, where a body cannot be said."""
    shape = module.shape
    made = file_names(((body.name, f"{body.name} {body.timing} {body.event}") for body in module.triggers), taken=taken)
    fired = []
    for body in module.triggers:
        name = made[body.name, f"{body.name} {body.timing} {body.event}"]
        fired.append(_fired(body, name))
    return Triggered(
        fired=fired,
        completes=[f"{literal(c.name)}: {literal(d)}" for c in shape.columns if (d := _default(module, c)) is not None],
        types=[f"{literal(c.name)}: {literal(_cast(c.type_sql))}" for c in shape.columns],
        json=[literal(c.name) for c in shape.columns if c.type_sql.lower() in ("json", "jsonb")],
        lengths=[f"{literal(c.name)}: {n}" for c in shape.columns if (n := _length(c.type_sql)) is not None],
        title=[
            f"- {prose(b.name)} (line {b.line}), {b.timing.upper()} {b.event.upper()}: {prose(b.function)}"
            for b in module.triggers
        ],
    )


def _fired(body: s.TriggerBody, name: str) -> Fired:
    rows = _ROWS[body.event]
    values = Values(_names(body))
    before = body.timing == "before"
    kept = "new" if "new" in rows else "old"
    gives = [step for step in every(body.body) if isinstance(step, s.Give)]
    may_skip = before and any(not _is(step.value, kept) for step in gives)

    def give(step: s.Give) -> str:
        if not before:
            return "return"
        if _is(step.value, kept):
            return f"return {kept}"
        if isinstance(step.value, v.Constant) and step.value.value is None:
            return "return None"
        if body.event == "delete" and isinstance(step.value, v.Name):
            return f"return {kept}"  # any row that is not NULL: the old one goes
        raise Unprintable(f"{body.name}, line {step.line}: what it returns is neither its row nor NULL")

    steps = body.body
    if not before and steps and isinstance(steps[-1], s.Give):
        steps = steps[:-1]
    if before and not ends(steps):
        raise Unprintable(f"{body.name}: its end can be reached without RETURN")
    try:
        lines = Steps(values, give).body(steps, 4)
    except Unprintable as reason:
        raise Unprintable(f"{body.name}: {reason}") from None
    returns = "None" if not before else "Row | None" if may_skip else "Row"
    when = _moment(body)
    about = docstring(4, f"{when} {prose(body.name)}: {prose(body.function)}, line {body.line}.", *_said(body))
    parameters = ["work: Work", *(f"{row}: Row" for row in rows)]
    text = "\n".join([call(0, f"def {name}(", parameters, f") -> {returns}:"), about, *lines])
    arguments = ["work", *rows]
    indent, opening = 8, list[str]()
    if body.columns and body.event == "update":
        opening.append(f"{' ' * indent}if changes.keys() & {{{', '.join(map(literal, body.columns))}}}:")
        indent += 4
    if body.when is not None:
        opening.append(f"{' ' * indent}if {values.true(body.when)}:")
        indent += 4
    if not before:
        return Fired(
            body.id, name, text, [], [*opening, call(indent, "work.then(", [name, *arguments[1:]])], body.event
        )
    margin = " " * indent
    if may_skip:
        called = [f"{margin}row = {name}({', '.join(arguments)})"]
        called += [f"{margin}if row is None:", f"{margin}    return None"]
        called += [f"{margin}new = row"] if kept == "new" else []
    else:
        called = [f"{margin}{'new = ' if kept == 'new' else ''}{name}({', '.join(arguments)})"]
    return Fired(body.id, name, text, [*opening, *called], [], body.event)


def _moment(body: s.TriggerBody) -> str:
    of = f" OF {prose(', '.join(body.columns))}" if body.columns else ""
    return f"{body.timing.upper()} {body.event.upper()}{of}:"


def _said(body: s.TriggerBody) -> list[str]:
    return [prose(body.comment)] if body.comment else []


def _is(value: v.Value | None, name: str) -> bool:
    return isinstance(value, v.Name) and value.name == name and value.kind.family == "record"


def _names(body: s.TriggerBody) -> dict[str, str]:
    """The variables' names in Python."""
    found: dict[str, None] = {}
    for step in every(body.body):
        if isinstance(step, s.Declare):
            found[step.name.name] = None
        for target in (*getattr(step, "into", ()), getattr(step, "found", None), getattr(step, "count", None)):
            if isinstance(target, v.Name):
                found[target.name] = None
    taken = RESERVED | {*_HELPERS, "table", "changes"}
    made = file_names(((name,) for name in found), taken=taken, suffix="_value")
    return {**{name: made[name,] for name in found}, "old": "old", "new": "new"}


def _default(module: Module, column: ColumnShape) -> str | None:
    """The SQL of a column's default, for a row that triggers see before it is stored."""
    if column.identity:
        table = _quoted(identifier(*module.shape.qualified))
        return f"nextval(pg_get_serial_sequence({table}, {_quoted(column.name)}))"
    return column.default_sql


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _cast(type_sql: str) -> str:
    """The type that a given value is cast to: without a length, which a cast would cut to and a column refuses."""
    found = _TEXT.fullmatch(type_sql.strip())
    return type_sql if found is None else "varchar" if "var" in found[1].lower() else "bpchar"


def _length(type_sql: str) -> str | None:
    found = _TEXT.fullmatch(type_sql.strip())
    return None if found is None else found[2] or (None if "var" in found[1].lower() else "1")
