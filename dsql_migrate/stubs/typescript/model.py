"""A package as the templates need it: every text in here is TypeScript or prose that is safe to print as it stands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Protocol

from dsql_migrate.stubs.code import package as neutral
from dsql_migrate.stubs.code.references import reference
from dsql_migrate.stubs.naming import file_names, prose, slug
from dsql_migrate.stubs.obligations import Capabilities, ColumnShape, ForeignKey, QualifiedName, TableShape
from dsql_migrate.stubs.typescript.foreign_key import ENDINGS, Check, array, check_of
from dsql_migrate.stubs.typescript.layout import WIDTH, call
from dsql_migrate.stubs.typescript.names import Names, camel, literal, pascal, property_name
from dsql_migrate.stubs.typescript.types import of_key, of_row, of_values

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
    rows: int  # what one transaction may write
    bytes: int


@dataclass(frozen=True, slots=True)
class _Scope:
    files: dict[QualifiedName, str]
    aliases: dict[QualifiedName, str]
    checks: dict[str, Check]


def build(package: neutral.Package, target: Limited, name: str | None = None) -> Package:
    """The package as TypeScript. ``name`` is that of its folder, by default made from the name of the source."""
    shapes = {module.shape.qualified: module.shape for module in package.modules}
    made = file_names(shapes, taken=_FILES, suffix="_table")
    files = {table: made[table] for table in shapes}
    names = Names()
    aliases = {table: names.take(camel(file), table) for table, file in files.items()}
    keys = [key for module in package.modules for key in module.foreign_keys]
    checks: dict[str, Check] = {}
    for module in package.modules:
        inner = Names(aliases.values())
        for key in module.foreign_keys:
            base = inner.take(camel(key.name), (*key.table, key.name), ENDINGS)
            needs = reference(key, shapes.get(key.table), shapes.get(key.references), target)
            checks[key.id] = check_of(needs, base, files[key.table])
    scope = _Scope(files, aliases, checks)
    modules = [_module(module, package.source, scope) for module in package.modules]
    homes = {key.id: list(dict.fromkeys((files[key.table], files[key.references]))) for key in keys}
    label = name or package_name(package.source)
    limits = (target.limit("transaction-rows"), target.limit("transaction-bytes"))
    return Package(label, prose(package.source), modules, homes, [checks[key.id] for key in keys], *limits)


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
    inserted = [_on_insert(key, scope.checks[key.id], 2) for key in own]
    updated = _grouped(
        [_on_key_change(key, scope, here) for key in naming] + [_on_change(key, scope.checks[key.id]) for key in own]
    )
    deleted = [_on_delete(key, scope, here) for key in naming]
    hooks = " ".join([*inserted, *updated, *deleted])
    known = bool(table.columns)
    return Module(
        name=file,
        alias=scope.aliases[here],
        title=prose(".".join(here)),
        paragraphs=_paragraphs(table, source, own, naming),
        row=f"{kind}Row" if known else "Row",
        row_fields=[_row_field(table, column) for column in table.columns],
        values=f"{kind}Values" if known else "Row",
        value_fields=[_value_field(table, column) for column in table.columns],
        declaration=_declaration(table, f"{kind}Row" if known else "Row", sorted(linked)),
        keyed=bool(table.primary_key),
        parameters=[f"{name}: {type_}" for name, type_ in parameters],
        key=f"[{', '.join(name for name, _ in parameters)}]",
        shortcut=not computed,
        checks=checks,
        inserted=inserted,
        updated=updated,
        deleted=deleted,
        neighbours=sorted(
            {(scope.aliases[key.table], scope.files[key.table]) for key in naming if key.table != here},
            key=itemgetter(1),
        ),
        runtime_values=_called(checks, hooks),
        runtime_types=sorted(
            {"Work", *(["Key"] if checks else []), *([] if known else ["Row"])}
        ),
    )


def _called(checks: Sequence[Check], hooks: str) -> list[str]:
    found = {"Table", *(name for name in ("changed", "pick") if f"{name}(" in hooks)}
    if checks:
        found |= {"ForeignKey", "hasNull"}
    if any(check.lookup for check in checks):
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


def _declaration(table: TableShape, kind: str, linked: Sequence[str]) -> str:
    names = ", ".join(map(literal, table.qualified))
    fields = [f"key: {array(table.primary_key)}", f"linked: {array(linked)}"]
    line = f"const TABLE = new Table<{kind}>({names}, {{ {', '.join(fields)} }});"
    if len(line) <= WIDTH:
        return line
    return call(0, f"const TABLE = new Table<{kind}>({names}, {{", fields, "});", flat=False)


def _parameters(table: TableShape, scope: _Scope) -> list[tuple[str, str]]:
    names = Names(scope.aliases.values())
    found = []
    for column in table.primary_key:
        found.append((names.take(camel(column), (*table.qualified, column)), of_key(table.column(column))))
    return found


def _paragraphs(
    table: TableShape, source: str, own: Sequence[ForeignKey], naming: Sequence[ForeignKey]
) -> list[str]:
    found = [
        f"Writes to {prose('.'.join(table.qualified))}, with what its foreign keys did in PostgreSQL.",
        f"Made by dsql-migrate from {prose(source)}. Call these functions inside run(...) of runtime.ts, which repeats "
        "a transaction that lost a conflict (SQLSTATE 40001).",
    ]
    if own:
        found += ["A row here names a row of", *(_bullet(key, key.references) for key in own)]
    if naming:
        found += ["A row here is named by rows of", *(_bullet(key, key.table) for key in naming)]
    if not table.primary_key:
        found.append(
            "The source shows no primary key for this table, so there is no update() and no remove() here: nothing "
            "says which row is meant. Cascades reach its rows through the columns of the foreign key."
        )
    return found


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
        lines += [condition, *(step for _, step in group), "  }"]
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


