"""One foreign key as the template needs it: the names of its functions and the SQL they run, as Python text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dsql_migrate.stubs.naming import identifier, literal, prose
from dsql_migrate.stubs.obligations import Capabilities, ForeignKey, Obligations
from dsql_migrate.stubs.python.layout import Text, text

_SAME = "IS NOT DISTINCT FROM"


@dataclass(frozen=True, slots=True)
class Lock:
    """How the parent row is locked. ``by``: "key" finds and locks in one statement; "primary key" looks it up first;
    "write" writes the row unchanged, where nothing else is left."""

    by: str
    query: Text
    lookup: Text | None = None
    primary_key: tuple[str, ...] = ()  # as literals


@dataclass(frozen=True, slots=True)
class Action:
    """What happens to the rows that name a changed parent. ``step`` is the name of the function, less its base."""

    step: str
    what: str
    query: Text
    cascades: bool  # the key's new value comes with the call
    removes: bool
    checks_again: bool


@dataclass(frozen=True, slots=True)
class Check:
    base: str
    constant: str
    module: str
    arguments: list[str]
    label: str  # its name, line and actions
    constraint: str
    columns: str
    parent: str
    child: str
    full: bool
    deferred: bool
    lock: Lock
    names_it: Text  # finds a row that names the key
    mixes: Text  # the same for a key that may hold NULLs
    kept: str  # "ON DELETE and ON UPDATE NO ACTION", "" where the function is not needed
    restricted: str
    actions: list[Action]
    line: int
    on_delete: str
    on_update: str

    def called_from(self, module: str) -> str:
        return self.base if module == self.module else f"{self.module}.{self.base}"


def check_of(key: ForeignKey, base: str, obligations: Obligations, target: Capabilities, module: str) -> Check:
    """Everything the template prints for this key. ``base`` is the safe stem of its functions."""
    when = {"DELETE": key.on_delete, "UPDATE": key.on_update}
    return Check(
        base=base,
        constant=base.upper(),
        module=module,
        arguments=[
            f"name={literal(key.name)}",
            f"table={tuple_of(map(literal, key.table))}",
            f"columns={tuple_of(map(literal, key.columns))}",
            f"references={tuple_of(map(literal, key.references))}",
            f"referenced_columns={tuple_of(map(literal, key.referenced_columns))}",
        ],
        label=_label(key),
        constraint=prose(key.name),
        columns=prose(", ".join(key.columns)),
        parent=prose(".".join(key.references)),
        child=prose(".".join(key.table)),
        full=key.match == "full" and len(key.columns) > 1,
        deferred=key.initially_deferred,
        lock=_lock(key, obligations, target),
        names_it=_sql(f"SELECT 1 FROM {_name(*key.table)}", f"WHERE {_equal(key.columns)}", "LIMIT 1"),
        mixes=_sql(f"SELECT 1 FROM {_name(*key.table)}", f"WHERE {_equal(key.columns, _SAME)}", "LIMIT 1"),
        kept=_events(when, ("no action", "set default")),
        restricted=_events(when, ("restrict",)),
        actions=[*_on_delete(key, named=key.table in obligations.named()), *_on_update(key)],
        line=key.line,
        on_delete=_action_text(key.on_delete, key.on_delete_columns),
        on_update=key.on_update.upper(),
    )


def steps(key: ForeignKey) -> dict[str, tuple[str, str]]:
    """For "delete" and "update": the function that follows it, and how it is queued. Only NO ACTION can be deferred."""
    kept = ("kept", "at_commit" if key.initially_deferred else "once")
    special = {"no action": kept, "restrict": ("restrict", "once")}
    return {
        "delete": special.get(key.on_delete, ("deleted", "then")),
        "update": special.get(key.on_update, ("renamed", "then")),
    }


def pick(row: str, columns: Sequence[str]) -> str:
    return f"pick({row}, {', '.join(map(literal, columns))})"


def tuple_of(items: Iterable[str]) -> str:
    found = list(items)
    return f"({found[0]},)" if len(found) == 1 else f"({', '.join(found)})"


def _lock(key: ForeignKey, obligations: Obligations, target: Capabilities) -> Lock:
    """FOR KEY SHARE where the target has it: it lets the parent's other columns change meanwhile, as PostgreSQL does.

    Else FOR UPDATE; and before the capability for-update-any-predicate that takes nothing but equality on the whole
    primary key of one table. A parent without one is written instead: a write conflicts with a delete as well.
    """
    table = obligations.table(key.references)
    primary = table.primary_key if table else ()
    parent, matches = _name(*key.references), _equal(key.referenced_columns)
    if target.has("for-key-share"):
        return Lock("key", _sql(f"SELECT 1 FROM {parent}", f"WHERE {matches}", "FOR KEY SHARE"))
    if target.has("for-update-any-predicate") or (primary and set(primary) == set(key.referenced_columns)):
        return Lock("key", _sql(f"SELECT 1 FROM {parent}", f"WHERE {matches}", "FOR UPDATE"))
    if primary:
        names = ", ".join(_name(column) for column in primary)
        return Lock(
            "primary key",
            _sql(f"SELECT 1 FROM {parent}", f"WHERE {_equal(primary)}", "FOR UPDATE"),
            _sql(f"SELECT {names} FROM {parent}", f"WHERE {matches}"),
            tuple(map(literal, primary)),
        )
    column = _name(key.referenced_columns[0])
    return Lock("write", _sql(f"UPDATE {parent}", f"SET {column} = {column}", f"WHERE {matches}", "RETURNING 1"))


def _label(key: ForeignKey) -> str:
    parts = [f"{prose(key.name)}, line {key.line}"]
    parts += ["MATCH FULL"] if key.match == "full" else []
    parts += [f"ON DELETE {_action_text(key.on_delete, key.on_delete_columns)}", f"ON UPDATE {key.on_update.upper()}"]
    return ", ".join([*parts, *(["INITIALLY DEFERRED"] if key.initially_deferred else [])])


def _on_delete(key: ForeignKey, *, named: bool) -> list[Action]:
    """``named``: rows of other tables name the rows that go, so these have to be known."""
    if key.on_delete == "cascade":
        returned = ("RETURNING *",) if named else ()
        query = _sql(f"DELETE FROM {_name(*key.table)}", f"WHERE {_equal(key.columns)}", *returned)
        return [Action("deleted", "ON DELETE CASCADE", query, cascades=False, removes=True, checks_again=False)]
    value = {"set null": "NULL", "set default": "DEFAULT"}.get(key.on_delete)
    if value is None:
        return []
    query = _set(key, key.on_delete_columns or key.columns, value)
    what = f"ON DELETE {_action_text(key.on_delete, key.on_delete_columns)}"
    return [Action("deleted", what, query, cascades=False, removes=False, checks_again=value == "DEFAULT")]


def _on_update(key: ForeignKey) -> list[Action]:
    value = {"cascade": "%s", "set null": "NULL", "set default": "DEFAULT"}.get(key.on_update)
    if value is None:
        return []
    query = _set(key, key.columns, value)
    what = f"ON UPDATE {key.on_update.upper()}"
    return [Action("renamed", what, query, cascades=value == "%s", removes=False, checks_again=value == "DEFAULT")]


def _set(key: ForeignKey, columns: Sequence[str], value: str) -> Text:
    pairs = ", ".join(f"{_name(column)} = {value}" for column in columns)
    return _sql(f"UPDATE {_name(*key.table)}", f"SET {pairs}", f"WHERE {_equal(key.columns)}", "RETURNING *")


def _events(when: Mapping[str, str], actions: Sequence[str]) -> str:
    found = [f"ON {event} {action.upper()}" for event, action in when.items() if action in actions]
    return " and ".join(found)


def _action_text(action: str, columns: Sequence[str]) -> str:
    return f"{action.upper()} ({prose(', '.join(columns))})" if columns else action.upper()


def _name(*parts: str) -> str:
    """An SQL name for a psycopg query, which takes a bare percent sign for a placeholder."""
    return identifier(*parts).replace("%", "%%")


def _equal(columns: Sequence[str], operator: str = "=") -> str:
    return " AND ".join(f"{_name(column)} {operator} %s" for column in columns)


def _sql(*clauses: str) -> Text:
    return text(*(f"{clause} " for clause in clauses[:-1]), clauses[-1])
