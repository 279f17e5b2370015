"""A package as the templates need it: every text in here is TypeScript or prose that is safe to print as it stands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any, Protocol

from dsql_migrate.stubs.code import package as neutral
from dsql_migrate.stubs.code.references import reference
from dsql_migrate.stubs.naming import file_names, prose, slug
from dsql_migrate.stubs.obligations import Capabilities, ColumnShape, ForeignKey, QualifiedName, TableShape
from dsql_migrate.stubs.typescript.bodies import left_out
from dsql_migrate.stubs.typescript.firing import Firing, columns, drafted, fire
from dsql_migrate.stubs.typescript.foreign_key import ENDINGS, Check, array, check_of, row_by_row
from dsql_migrate.stubs.typescript.layout import WIDTH, call
from dsql_migrate.stubs.typescript.names import Names, camel, literal, pascal, property_name
from dsql_migrate.stubs.typescript.types import of_key, of_row, of_values

_EVENTS = ("insert", "update", "delete")
_FILES = frozenset({"index", "runtime", "limits", "package", "tsconfig", "functions", "node_modules", "app"})


class Limited(Capabilities, Protocol):
    """The part of ``dsql_migrate.target.Target`` that is asked here."""

    def limit(self, name: str, /) -> int:
        """The limit's value on its date; KeyError for an unknown name."""
        ...


@dataclass(frozen=True, slots=True)
class Module:
    """One table. ``checks`` are the foreign keys on it; the three hooks say what follows a change, one line each."""

    name: str  # of its file, without ending
    alias: str
    title: str
    paragraphs: list[str]
    row: str
    row_fields: list[str]  # none: the columns are not known
    values: str
    value_fields: list[str]
    declaration: str  # of TABLE
    keyed: bool
    parameters: list[str]  # of the primary key, typed
    key: str  # the same as an array
    shortcut: bool  # a change of other columns touches no foreign key
    checks: list[Check]
    inserted: list[str]
    updated: list[str]
    deleted: list[str]
    rich: bool  # it has triggers
    written: bool  # triggers of other tables write it
    skips: bool  # a trigger may leave a new row out
    of_columns: bool  # a trigger asks which columns an UPDATE sets
    before: dict[str, list[Any]]  # functions by event; of update with the columns they are for
    before_statement: dict[str, str]
    after_statement: dict[str, str]
    functions: list[str]
    neighbours: list[tuple[str, str]]  # (alias, file) of the tables whose rows name rows of this one
    runtime_values: list[str]
    runtime_types: list[str]


@dataclass(frozen=True, slots=True)
class Package:
    name: str
    source: str
    modules: list[Module]
    homes: dict[str, list[str]]  # id of an obligation -> module names
    checks: list[Check]
    triggers: list[tuple[str, int, str, str]]  # name, line, table, module
    left_out: list[tuple[str, str, int, str]]  # table, name, line, reason
    rows: int  # what one transaction may write
    bytes: int
    locks_any: bool


@dataclass(frozen=True, slots=True)
class _Scope:
    files: dict[QualifiedName, str]
    aliases: dict[QualifiedName, str]
    checks: dict[str, Check]
    firing: dict[QualifiedName, Firing]
    targets: set[QualifiedName]  # tables that triggers write through their modules


def build(package: neutral.Package, target: Limited, name: str | None = None) -> Package:
    """The package as TypeScript. ``name`` is that of its folder, by default made from the name of the source."""
    shapes = {module.shape.qualified: module.shape for module in package.modules}
    made = file_names(shapes, taken=_FILES, suffix="_table")
    files = {table: made[table] for table in shapes}
    names = Names()
    aliases = {table: names.take(camel(file), table) for table, file in files.items()}
    keys = [key for module in package.modules for key in module.foreign_keys]
    checks: dict[str, Check] = {}
    firing: dict[QualifiedName, Firing] = {}
    for module in package.modules:
        here, inner = module.shape.qualified, Names(aliases.values())
        for key in module.foreign_keys:
            base = inner.take(camel(key.name), (*key.table, key.name), ENDINGS)
            needs = reference(key, shapes.get(key.table), shapes.get(key.references), target)
            checks[key.id] = check_of(needs, base, files[key.table])
        firing[here] = fire(module, inner, _row_type(module.shape, files[here]), aliases)
        checks |= {k.id: row_by_row(checks[k.id], _before(firing[here])) for k in module.foreign_keys}
    targets = {table for found in firing.values() for one in found.written for table in one.writes}
    scope = _Scope(files, aliases, checks, firing, targets)
    modules = [_module(module, package.source, scope) for module in package.modules]
    homes = {key.id: list(dict.fromkeys((files[key.table], files[key.references]))) for key in keys}
    homes |= {id: [files[table]] for table, found in firing.items() for id in sorted(found.carried)}
    return Package(
        name=name or package_name(package.source),
        source=prose(package.source),
        modules=modules,
        homes=homes,
        checks=[checks[key.id] for key in keys],
        triggers=[
            (prose(one.trigger.name), one.trigger.line, prose(".".join(table)), files[table])
            for table, found in firing.items()
            for one in {w.trigger.id: w for w in found.written}.values()
        ],
        left_out=[
            (prose(".".join(table)), prose(what), line, prose(reason))
            for table, found in firing.items()
            for what, line, reason in found.left_out
        ],
        rows=target.limit("transaction-rows"),
        bytes=target.limit("transaction-bytes"),
        locks_any=target.has("for-update-any-predicate"),
    )


def _row_type(table: TableShape, file: str) -> str:
    return f"{pascal(file)}Row" if table.columns else "Row"


def _before(firing: Firing) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {e: [one.name for one in firing.of(e, "before", row=True)] for e in _EVENTS}
    found["update"] = [(one.name, columns(one.trigger)) for one in firing.of("update", "before", row=True)]
    return found


def package_name(source: str) -> str:
    """A folder's name made from the source's: ``dumps/shop.dump.sql`` is ``shop``."""
    base = slug(re.split(r"[/\\]", source)[-1].lstrip(".").split(".")[0]) or "database"
    return f"{base}_database" if base in {"pg", "node_modules", "stdin"} else base


def _module(module: neutral.Module, source: str, scope: _Scope) -> Module:
    table, own, naming = module.shape, module.foreign_keys, module.named_by
    linked = {c for key in own for c in key.columns} | {c for key in naming for c in key.referenced_columns}
    computed = any((shape := table.column(name)) is not None and shape.generated for name in linked)
    file, here = scope.files[table.qualified], table.qualified
    parameters = _parameters(table, scope)
    kind = pascal(file)
    checks = [scope.checks[key.id] for key in own]
    firing = scope.firing[here]
    inserted = _grouped(firing.after("insert", [("", _on_insert(key, scope.checks[key.id], 2)) for key in own]))
    of_keys = [_on_key_change(key, scope, here) for key in naming] + [_on_change(k, scope.checks[k.id]) for k in own]
    updated = _grouped(firing.after("update", of_keys))
    deleted = _grouped(firing.after("delete", [("", _on_delete(key, scope, here)) for key in naming]))
    hooks = " ".join([*inserted, *updated, *deleted])
    before = _before(firing)
    of_columns = any(one.trigger.columns for one in firing.of("update", "after", row=True))
    called = {name for one in firing.written for name in one.calls}
    if of_columns or any(found for _, found in before["update"]):
        called.add("sets")
    neighbours = {key.table for key in naming} | {table for one in firing.written for table in one.writes}
    known = bool(table.columns)
    return Module(
        name=file,
        alias=scope.aliases[here],
        title=prose(".".join(here)),
        paragraphs=_paragraphs(module, source, firing),
        row=f"{kind}Row" if known else "Row",
        row_fields=[_row_field(table, column) for column in table.columns],
        values=f"{kind}Values" if known else "Row",
        value_fields=[_value_field(table, column) for column in table.columns],
        declaration=_declaration(
            table, _row_type(table, file), sorted(linked), drafts=bool(before["insert"] or before["update"])
        ),
        keyed=bool(table.primary_key),
        parameters=[f"{name}: {type_}" for name, type_ in parameters],
        key=f"[{', '.join(name for name, _ in parameters)}]",
        shortcut=not computed,
        checks=checks,
        inserted=inserted,
        updated=updated,
        deleted=deleted,
        rich=bool(firing.written),
        written=here in scope.targets,
        skips=bool(before["insert"]),
        of_columns=of_columns,
        before=before,
        before_statement={event: firing.statement(event, "before") for event in _EVENTS},
        after_statement={event: firing.statement(event, "after") for event in _EVENTS},
        functions=[one.text for one in firing.written],
        neighbours=sorted(
            ((scope.aliases[one], scope.files[one]) for one in neighbours if one != here), key=itemgetter(1)
        ),
        runtime_values=sorted({*_called(checks, hooks, table), *(called - {"Draft"})}),
        runtime_types=sorted(
            {
                "Row", "Work", *(["Key"] if checks else []), *(["Condition"] if table.primary_key else []),
                *(["Draft"] if before["insert"] or before["update"] or "Draft" in called else []),
            }
        ),
    )


def _called(checks: Sequence[Check], hooks: str, table: TableShape) -> list[str]:
    found = {"Table", *(name for name in ("changed", "pick") if f"{name}(" in hooks)}
    if checks:
        found |= {"ForeignKey", "hasNull"}
    if table.primary_key or any(check.lookup for check in checks):
        found.add("pick")
    return sorted(found)


def _row_field(table: TableShape, column: ColumnShape) -> str:
    return f"{property_name(column.name)}: {of_row(column, not_null=_not_null(table, column))};"


def _value_field(table: TableShape, column: ColumnShape) -> str:
    not_null = _not_null(table, column)
    must = not_null and not column.default and not column.generated
    return f"{property_name(column.name)}{'' if must else '?'}: {of_values(column, not_null=not_null)};"


def _not_null(table: TableShape, column: ColumnShape) -> bool:
    return column.not_null or column.name in table.primary_key


def _declaration(table: TableShape, kind: str, linked: Sequence[str], *, drafts: bool) -> str:
    names = ", ".join(map(literal, table.qualified))
    fields = [f"key: {array(table.primary_key)}", f"linked: {array(linked)}"]
    if drafts:
        fields.append("\n".join(["columns: [", *(f"  {column}," for column in drafted(table)), "]"]))
    line = f"const TABLE = new Table<{kind}>({names}, {{ {', '.join(fields)} }});"
    if len(line) <= WIDTH and not drafts:
        return line
    return call(0, f"const TABLE = new Table<{kind}>({names}, {{", fields, "});", flat=False)


def _parameters(table: TableShape, scope: _Scope) -> list[tuple[str, str]]:
    names = Names(scope.aliases.values())
    found = []
    for column in table.primary_key:
        found.append((names.take(camel(column), (*table.qualified, column)), of_key(table.column(column))))
    return found


def _paragraphs(module: neutral.Module, source: str, firing: Firing) -> list[str]:
    table, own, naming = module.shape, module.foreign_keys, module.named_by
    found = [
        f"Writes to {prose('.'.join(table.qualified))}, with what {_kinds(module)} did in PostgreSQL.",
        f"Made by dsql-migrate from {prose(source)}. Call these functions inside run(...) of runtime.ts, which repeats "
        "a transaction that lost a conflict (SQLSTATE 40001).",
    ]
    if own:
        found += ["A row here names a row of", *(_bullet(key, key.references) for key in own)]
    if naming:
        found += ["A row here is named by rows of", *(_bullet(key, key.table) for key in naming)]
    if firing.left_out:
        found += ["Triggers that are not carried here: do by hand what they did", *left_out(firing.left_out)]
    if not table.primary_key:
        found.append(
            "The source shows no primary key for this table, so there is no update() and no remove() here: nothing "
            "says which row is meant. Cascades reach its rows through the columns of the foreign key."
        )
    return found


def _kinds(module: neutral.Module) -> str:
    keys = bool(module.foreign_keys or module.named_by)
    if module.triggers and keys:
        return "its triggers and foreign keys"
    return "its foreign keys" if keys else "its triggers"


def _bullet(key: ForeignKey, other: QualifiedName) -> str:
    actions = [f"ON {when} {action.upper()}" for when, action in (("DELETE", key.on_delete), ("UPDATE", key.on_update))]
    return f"- {prose('.'.join(other))}: {prose(key.name)} (line {key.line}), {', '.join(actions)}"


def _pick(row: str, columns: Sequence[str]) -> str:
    return f"pick({row}, {', '.join(map(literal, columns))})"


def _on_insert(key: ForeignKey, check: Check, indent: int) -> str:
    how = "atCommit" if key.initially_deferred else "once"
    return call(indent, f"work.{how}(", [f"{check.base}Check", _pick("row", key.columns)], ");")


def _grouped(steps: list[tuple[str, str]]) -> list[str]:
    """(condition, step) as lines; neighbours under the same condition share it. Their order is PostgreSQL's."""
    lines: list[str] = []
    for condition, group in groupby(steps, key=itemgetter(0)):
        inner = [step for _, step in group]
        lines += [condition, *inner, "  }"] if condition else inner
    return lines


def _changed(columns: Sequence[str]) -> str:
    return call(2, "if (changed(", ["old", "row", *map(literal, columns)], ")) {")


def _on_change(key: ForeignKey, check: Check) -> tuple[str, str]:
    return _changed(key.columns), _on_insert(key, check, 4)


def _queue(key: ForeignKey, scope: _Scope, here: QualifiedName, event: str, action: str) -> tuple[str, str]:
    """How the step that follows a change of the parent is queued, and the step. Only NO ACTION can be deferred."""
    called = scope.checks[key.id].called_from(scope.files[here], scope.aliases[key.table])
    if action == "no action":
        return ("atCommit" if key.initially_deferred else "once"), f"{called}Kept"
    if action == "restrict":
        return "once", f"{called}Restrict"
    return "after", f"{called}{event}"


def _on_delete(key: ForeignKey, scope: _Scope, here: QualifiedName) -> str:
    how, step = _queue(key, scope, here, "Deleted", key.on_delete)
    return call(2, f"work.{how}(", [step, _pick("row", key.referenced_columns)], ");")


def _on_key_change(key: ForeignKey, scope: _Scope, here: QualifiedName) -> tuple[str, str]:
    how, step = _queue(key, scope, here, "Renamed", key.on_update)
    arguments = [step, _pick("old", key.referenced_columns)]
    if key.on_update == "cascade":
        arguments.append(_pick("row", key.referenced_columns))
    return _changed(key.referenced_columns), call(4, f"work.{how}(", arguments, ");")


