"""Obligations as the templates need them: every text in here is Python or prose that is safe to print as it stands."""

from __future__ import annotations

import builtins
import keyword
import re
import sys
from collections.abc import Collection
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from dsql_migrate.stubs.naming import file_names, literal, prose, slug
from dsql_migrate.stubs.obligations import Capabilities, Exclusion, ForeignKey, Obligations, QualifiedName, TableShape
from dsql_migrate.stubs.python.exclusion import Guarded, guarded_of, on_change, on_write
from dsql_migrate.stubs.python.foreign_key import Check, check_of, pick, steps, tuple_of
from dsql_migrate.stubs.python.layout import call

# What the table modules call by a bare name: a module must not hide it.
_NAMES = frozenset(
    """
    annotations changed changes conn constraints date datetime delete deleted found insert inserted key new new_key old
    pick psycopg rewritten row runtime triggered typing update updated value values work
    """.split()  # noqa: SIM905
)
RESERVED = _NAMES | {name.lower() for name in dir(builtins)} | set(keyword.kwlist) | set(keyword.softkwlist)
_PARAMETERS = frozenset({"conn", "changes", "key", "work", "old", "new", "updated", "deleted"})

_PYTHON_TYPES = {
    **dict.fromkeys(("smallint", "integer", "int", "bigint", "int2", "int4", "int8"), "int"),
    **dict.fromkeys(("text", "character varying", "varchar", "character", "char", "bpchar"), "str"),
    **dict.fromkeys(("numeric", "decimal"), "Decimal"),
    **dict.fromkeys(("boolean", "bool"), "bool"),
    **dict.fromkeys(("timestamp", "timestamptz"), "datetime"),
    **dict.fromkeys(("timestamp without time zone", "timestamp with time zone"), "datetime"),
    "uuid": "UUID",
    "date": "date",
}
TYPE_IMPORTS = {
    "Decimal": "from decimal import Decimal",
    "UUID": "from uuid import UUID",
    "datetime": "from datetime import datetime",
    "date": "from datetime import date",
}


@dataclass(frozen=True, slots=True)
class Module:
    """One table. ``checks`` are the foreign keys on it; the three hooks say what follows a change, one line each."""

    name: str
    title: str
    paragraphs: list[str]  # of the docstring
    table: list[str]  # the arguments of Table(…)
    keyed: bool
    parameters: list[str]  # of the primary key, typed
    key: str  # the same as a tuple
    shortcut: bool  # a change of other columns touches no foreign key
    checks: list[Check]
    guarded: list[Guarded]  # the exclusion constraints on it
    inserted: list[str]
    updated: list[str]
    deleted: list[str]
    refusals: dict[str, str]  # of insert and update: what they raise
    follows: dict[str, str]
    standard_imports: list[str]
    neighbours: list[str]  # the modules of the tables whose rows name rows of this one
    constraint_names: list[str]
    runtime_names: list[str]


@dataclass(frozen=True, slots=True)
class Package:
    name: str
    source: str
    modules: list[Module]
    homes: dict[str, list[str]]  # obligation id -> module names
    checks: list[Check]
    guarded: list[Guarded]
    names: dict[QualifiedName, str]  # of every module

    @property
    def errors(self) -> list[str]:
        """The errors of its constraints."""
        kinds = (("ExclusionViolation", self.guarded), ("ForeignKeyViolation", self.checks))
        return [name for name, some in kinds if some]

    @property
    def exported(self) -> list[str]:
        return [literal(name) for name in sorted([*self.errors, "UnknownOutcome", "run", "run_in_batches"])]


def build(
    obligations: Obligations, target: Capabilities, package: str | None, others: Collection[QualifiedName] = ()
) -> Package:
    """The package for obligations that are resolved. ``others``: further tables, which have modules of another kind."""
    names = _module_names([*(table.qualified for table in obligations.tables), *others])
    bases = _function_names(obligations, names)
    checks = {
        key.id: check_of(key, bases[key.id], obligations, target, names[key.table]) for key in obligations.foreign_keys
    }
    guarded = {
        one.id: guarded_of(one, table, bases[one.id], names[one.table])
        for one in obligations.exclusions
        if (table := obligations.table(one.table)) is not None
    }
    modules = [_module(table, obligations, names, checks, guarded) for table in obligations.tables]
    homes = {key.id: list(dict.fromkeys((names[key.table], names[key.references]))) for key in obligations.foreign_keys}
    homes |= {one.id: [names[one.table]] for one in obligations.exclusions}
    label = package or package_name(obligations.source)
    return Package(
        label, prose(obligations.source), modules, homes, list(checks.values()), list(guarded.values()), names
    )


def package_name(source: str) -> str:
    """A package name made from the source's: ``dumps/shop.dump.sql`` is ``shop``; never one that hides a library."""
    base = slug(re.split(r"[/\\]", source)[-1].lstrip(".").split(".")[0]) or "database"
    hides = base in sys.stdlib_module_names or base in RESERVED or base in {"app", "python", "psycopg", "stdin"}
    return f"{base}_database" if hides else base


def _module_names(tables: list[QualifiedName]) -> dict[QualifiedName, str]:
    made = file_names(tables, taken=RESERVED, suffix="_table")
    return {name: made[name] for name in tables}


def _function_names(obligations: Obligations, modules: dict[QualifiedName, str]) -> dict[str, str]:
    """A base name for each constraint, distinct in its module; no function made from it has a module's name."""
    found: dict[str, str] = {}
    taken = {module.rpartition("_")[0] for module in modules.values()} | {"table", "linked", "uuid"}
    every: tuple[ForeignKey | Exclusion, ...] = (*obligations.foreign_keys, *obligations.exclusions)
    for table in dict.fromkeys(key.table for key in every):
        keys = [key for key in every if key.table == table]
        made = file_names(((*key.table, key.name) for key in keys), taken=taken)
        found |= {key.id: made[(*key.table, key.name)] for key in keys}
    return found


def _module(
    table: TableShape,
    obligations: Obligations,
    names: dict[QualifiedName, str],
    checks: dict[str, Check],
    guarded: dict[str, Guarded],
) -> Module:
    excluding = [one for one in obligations.exclusions if one.table == table.qualified]
    own = [key for key in obligations.foreign_keys if key.table == table.qualified]
    naming = [key for key in obligations.foreign_keys if key.references == table.qualified]
    linked = [c for key in own for c in key.columns] + [c for key in naming for c in key.referenced_columns]
    linked += [column for one in excluding for column in one.reads]
    computed = any((shape := table.column(name)) is not None and shape.generated for name in linked)
    parameters = parameters_of(table)
    types = {kind for _, kind in parameters}
    here = names[table.qualified]
    neighbours = {names[key.table] for key in naming} - {here}
    module = Module(
        name=here,
        title=prose(".".join(table.qualified)),
        paragraphs=_paragraphs(table, obligations.source, own, naming, excluding),
        table=[
            *map(literal, table.qualified),
            f"key={tuple_of(map(literal, table.primary_key))}",
            f"linked={tuple_of(map(literal, sorted(set(linked))))}",
        ],
        keyed=bool(table.primary_key),
        parameters=[f"{name}: {kind}" for name, kind in parameters],
        key=tuple_of(name for name, _ in parameters),
        shortcut=not computed,
        checks=[checks[key.id] for key in own],
        guarded=[guarded[one.id] for one in excluding],
        inserted=[
            *(on_write(one, table, guarded[one.id]) for one in excluding),
            *(_on_insert(key, checks[key.id]) for key in own),
        ],
        updated=_grouped(
            [on_change(one, table, guarded[one.id]) for one in excluding]
            + [_on_key_change(key, checks[key.id], here) for key in naming]
            + [_on_change(key, checks[key.id]) for key in own]
        ),
        deleted=[_on_delete(key, checks[key.id], here) for key in naming],
        refusals=_refusals(own, naming, excluding),
        follows=_follows(own or naming, excluding),
        standard_imports=sorted(
            ["from typing import Any, Final", *(TYPE_IMPORTS[kind] for kind in types if kind in TYPE_IMPORTS)]
        ),
        neighbours=sorted(neighbours),
        constraint_names=[name for name, some in (("Exclusion", excluding), ("ForeignKey", own)) if some],
        runtime_names=[],
    )
    module.runtime_names.extend(_runtime_names(module))
    return module


def parameters_of(table: TableShape) -> list[tuple[str, str]]:
    """The primary key as parameters: (name, type). They are positional only, so a name matters to readers alone."""
    found: list[tuple[str, str]] = []
    for number, column in enumerate(table.primary_key, 1):
        shape = table.column(column)
        plain = re.fullmatch(r"[a-z][a-z0-9_]*", column) and not keyword.iskeyword(column)
        name = column if plain and column not in _PARAMETERS else f"{slug(column)}_{number}".lstrip("_")
        if not name[0].isalpha() or name in dict(found):
            name = f"key_{number}"
        found.append((name, _python_type(shape.type_sql) if shape else "Any"))
    return found


def _python_type(type_sql: str) -> str:
    if "[" in type_sql:
        return "Any"
    return _PYTHON_TYPES.get(" ".join(re.sub(r"\([^)]*\)", " ", type_sql.lower()).split()), "Any")


def _paragraphs(
    table: TableShape, source: str, own: list[ForeignKey], naming: list[ForeignKey], excluding: list[Exclusion]
) -> list[str]:
    did = " and ".join(
        what for what, there in (("foreign keys", own or naming), ("exclusion constraints", excluding)) if there
    )
    found = [
        f"Writes to {prose('.'.join(table.qualified))}, with what its {did} did in PostgreSQL.",
        f"Made by dsql-migrate from {prose(source)}. Call these functions inside `runtime.run(...)`, which repeats a "
        "transaction that lost a conflict (SQLSTATE 40001).",
    ]
    if excluding:
        found.append("No two rows may meet in")
        found += [f"- {prose(one.said)}: {prose(one.name)} (line {one.line})" for one in excluding]
    if own:
        found += ["A row here names a row of", *(_bullet(key, key.references) for key in own)]
    if naming:
        found += ["A row here is named by rows of", *(_bullet(key, key.table) for key in naming)]
    if not table.primary_key:
        found.append(
            "The source shows no primary key for this table, so there is no update() and no delete() here: nothing "
            "says which row is meant. Cascades reach its rows through the columns of the foreign key."
        )
    return found


def _refusals(own: list[ForeignKey], naming: list[ForeignKey], excluding: list[Exclusion]) -> dict[str, str]:
    absent, held = "the row names a row that is not there", "a foreign key does not allow it"
    exclusion = ["ExclusionViolation (23P01) where it meets another row"] if excluding else []
    insert = [*([f"ForeignKeyViolation (23503) where {absent}"] if own else []), *exclusion]
    update = [*([f"ForeignKeyViolation (23503) where {held}"] if own or naming else []), *exclusion]
    return {"insert": f"Raises {', '.join(insert)}.", "update": f"Raises {', '.join(update)}."}


def _follows(keys: list[ForeignKey], excluding: list[Exclusion]) -> dict[str, str]:
    insert = ["The rows that a new row names must be there."] if keys else []
    update = ["A changed key is followed up where it is named, and looked up where it names."] if keys else []
    alone = ["No other row may meet it."] if excluding else []
    return {"insert": " ".join(insert + alone), "update": " ".join(update + alone)}


def _bullet(key: ForeignKey, other: QualifiedName) -> str:
    actions = [f"ON {when} {action.upper()}" for when, action in (("DELETE", key.on_delete), ("UPDATE", key.on_update))]
    return f"- {prose('.'.join(other))}: {prose(key.name)} (line {key.line}), {', '.join(actions)}"


def _on_insert(key: ForeignKey, check: Check, indent: int = 4) -> str:
    how = "at_commit" if key.initially_deferred else "once"
    return call(indent, f"work.{how}(", [f"{check.base}_check", pick("new", key.columns)])


def _grouped(steps: list[tuple[str, str]]) -> list[str]:
    """(condition, step) as lines; neighbours under the same condition share it. Their order is PostgreSQL's."""
    lines: list[str] = []
    for condition, group in groupby(steps, key=itemgetter(0)):
        lines += [condition, *(step for _, step in group)]
    return lines


def _on_change(key: ForeignKey, check: Check) -> tuple[str, str]:
    condition = call(4, "if changed(", ["old", "new", *map(literal, key.columns)], "):")
    return condition, _on_insert(key, check, indent=8)


def _on_delete(key: ForeignKey, check: Check, here: str) -> str:
    step, how = steps(key)["delete"]
    return call(4, f"work.{how}(", [f"{check.called_from(here)}_{step}", pick("old", key.referenced_columns)])


def _on_key_change(key: ForeignKey, check: Check, here: str) -> tuple[str, str]:
    step, how = steps(key)["update"]
    columns = key.referenced_columns
    arguments = [f"{check.called_from(here)}_{step}", pick("old", columns)]
    if key.on_update == "cascade":
        arguments.append(pick("new", columns))
    condition = call(4, "if rewritten(", ["old", "new", *map(literal, columns)], "):")
    return condition, call(8, f"work.{how}(", arguments)


def _runtime_names(module: Module) -> Collection[str]:
    names = {"Connection", "Row", "Table", "Work"}
    hooks = " ".join([*module.inserted, *module.updated, *module.deleted])
    names |= {name for name in ("pick", "changed", "rewritten") if f"{name}(" in hooks}
    return names | ({"Key"} if module.checks or module.guarded else set())
