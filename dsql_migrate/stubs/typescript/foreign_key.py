"""One foreign key as the template needs it: the names of its functions and the SQL they run, as TypeScript."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from dsql_migrate.stubs.code.references import Action, Mark, Reference, Statement, action_text, label
from dsql_migrate.stubs.naming import prose
from dsql_migrate.stubs.typescript.layout import Item, call, sql
from dsql_migrate.stubs.typescript.names import literal, property_name, upper

ENDINGS = ("", "Check", "Parent", "Kept", "Restrict", "Deleted", "Renamed")


@dataclass(frozen=True, slots=True)
class Query:
    """The arguments of ``work.rows(…)``."""

    arguments: list[Item]


@dataclass(frozen=True, slots=True)
class Step:
    """What happens to the rows that name a changed parent."""

    ending: str
    what: str
    query: Query
    effect: str
    checks_again: bool
    finds: Query
    changes: str  # the columns it sets, as an object
    by_row: str = ""  # the call that does it for each row, where triggers have a say


@dataclass(frozen=True, slots=True)
class Check:
    """A foreign key. ``lock_by`` is how its parent is locked, see ``stubs.code.references.Lock``."""

    base: str
    constant: str
    module: str
    label: str
    constraint: str
    columns: str
    parent: str
    child: str
    line: int
    on_delete: str
    on_update: str
    declaration: str
    full: bool
    lock_by: str
    lock: Query
    lookup: Query | None
    names_it: Query
    mixes: Query
    named: Query
    kept: str
    restricted: str
    steps: list[Step]
    reference: Reference

    def called_from(self, module: str, alias: str) -> str:
        return self.base if module == self.module else f"{alias}.{self.base}"


def check_of(reference: Reference, base: str, module: str) -> Check:
    """Everything the template prints for this key. ``base`` is the stem of its functions in ``module``."""
    key, lock = reference.key, reference.lock
    return Check(
        base=base,
        constant=upper(base),
        module=module,
        label=label(key),
        constraint=prose(key.name),
        columns=prose(", ".join(key.columns)),
        parent=prose(".".join(key.references)),
        child=prose(".".join(key.table)),
        line=key.line,
        on_delete=action_text(key.on_delete, key.on_delete_columns),
        on_update=action_text(key.on_update),
        declaration=call(
            0,
            f"const {upper(base)} = new ForeignKey({{",
            [
                f"name: {literal(key.name)}",
                f"table: {array(key.table)}",
                f"columns: {array(key.columns)}",
                f"references: {array(key.references)}",
                f"referencedColumns: {array(key.referenced_columns)}",
            ],
            "});",
            flat=False,
        ),
        full=reference.full,
        lock_by=lock.by,
        lock=_query(lock.statement, f"pick(found, {', '.join(map(literal, lock.primary_key))})" if lock.lookup else ""),
        lookup=_query(lock.lookup) if lock.lookup else None,
        names_it=_query(reference.names_it),
        mixes=_query(reference.mixes),
        named=_query(reference.named),
        kept=reference.kept,
        restricted=reference.restricted,
        steps=[_step(action) for action in reference.actions],
        reference=reference,
    )


def array(items: Iterable[str]) -> str:
    return f"[{', '.join(map(literal, items))}]"


def _step(action: Action) -> Step:
    ending = "Deleted" if action.event == "delete" else "Renamed"
    news = action.effect == "new key"
    sets = [f"{property_name(c)}: {f'newKey[{i}]' if news else 'null'}" for i, c in enumerate(action.columns)]
    return Step(
        ending, action.what, _query(action.statement), action.effect, action.checks_again,
        _query(action.finds), f"{{ {', '.join(sets)} }}",
    )  # fmt: skip


def row_by_row(check: Check, before: Mapping[str, object]) -> Check:
    """The check of a table with triggers: those that come ``before`` (by event) see each row that an action reaches."""
    steps = []
    for step in check.steps:
        call = ""
        if step.effect == "delete" and before["delete"]:
            call = "removeOne(work, old)"
        elif step.effect in ("new key", "null") and before["update"]:
            call = f"updateOne(work, old, {step.changes})"
        steps.append(replace(step, by_row=call))
    return replace(check, steps=steps)


def _query(statement: Statement, values: str = "") -> Query:
    """The statement, and its values: the key as it is where each value stands once and in its order."""
    text, marks = sql(statement)
    if values:
        return Query([text, values])
    if marks == tuple(Mark("key", place, mark.cast) for place, mark in enumerate(marks)):
        return Query([text, "key"])
    news = [mark for mark in marks if mark.of == "new key"]
    if marks[: len(news)] == tuple(news) and [mark.place for mark in marks] == [*range(len(news))] * 2:
        return Query([text, "[...newKey, ...key]"])
    found = ", ".join(f"{'newKey' if mark.of == 'new key' else 'key'}[{mark.place}]" for mark in marks)
    return Query([text, f"[{found}]"])
