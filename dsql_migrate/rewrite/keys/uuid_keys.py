"""keys: uuid. A serial or identity column becomes uuid, and with it every column that a foreign key ties to it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from dsql_migrate.rewrite.data.uuid_numbers import conversion_of, digits_of
from dsql_migrate.rewrite.forms import TypeChoice
from dsql_migrate.rewrite.plan import ColumnPlan, Plan, dotted, name_of
from dsql_migrate.rewrite.reach import with_path
from dsql_migrate.schema.model import Key
from dsql_migrate.source.facts import Change, Insert

At = tuple[Key, str]  # a column of the target
_WHOLE = frozenset({"int2", "int4", "int8"})
_SERIAL = frozenset({"serial", "bigserial", "smallserial"})
_RULE = "DSQL401"


def plan_uuid_keys(plan: Plan) -> None:
    """Change the columns that were decided on; those that cannot be changed say why, and stay what they are."""
    columns = {
        (key, column.column.name): column
        for key, planned in plan.tables.items()
        for column in [*planned.columns.values(), *(c for c, _ in planned.extra)]
    }
    numbered = [at for at, column in columns.items() if column.identity is not None]
    wanted = {at for at in numbered if plan.decide("keys", f"column:{name_of(*at)}") == "uuid"}
    if not wanted:
        return
    links = list(_links(plan))
    done: set[At] = set()
    for at in sorted(wanted):
        if at in done:
            continue
        group = _group(at, links)
        done |= group
        why = next((w for one in sorted(group) if (w := _cannot(plan, columns, one)) is not None), None)
        if why is not None:
            _stay(columns, group & set(numbered), why)
        else:
            _become(columns, group, links)


def _links(plan: Plan) -> Iterator[tuple[At, At]]:
    """(column, the column that it refers to) of every foreign key."""
    for table in plan.catalogue.tables.values():
        for constraint in table.constraints.values():
            if constraint.kind == "foreign" and constraint.references is not None:
                for near, far in zip(constraint.columns, constraint.referenced_columns, strict=False):
                    yield (plan.root(table.key), near), (plan.root(constraint.references), far)


def _group(at: At, links: list[tuple[At, At]]) -> set[At]:
    """All columns that foreign keys tie to one, in whichever direction."""
    found, waiting = {at}, [at]
    while waiting:
        one = waiting.pop()
        for near, far in links:
            other = far if near == one else near if far == one else None
            if other is not None and other not in found:
                found.add(other)
                waiting.append(other)
    return found


def _stay(columns: Mapping[At, ColumnPlan], group: set[At], why: str) -> None:
    for at in group:
        columns[at].note = f"it stays a number, though uuid was decided: {why}"


def _become(columns: Mapping[At, ColumnPlan], group: set[At], links: list[tuple[At, At]]) -> None:
    """One constant for the whole group, made of the name of the key that the others refer to."""
    refer = {near for near, far in links if near in group and far != near}
    numbered = sorted(at for at in group if columns[at].identity is not None)
    first = next((at for at in numbered if at not in refer), numbered[0])
    conversion = conversion_of(digits_of(name_of(*first)))
    for at in sorted(group):
        column = columns[at]
        own = column.identity is not None
        reason = "a key of UUIDs, as decided; its numbers stand in them" if own else f"it refers to {name_of(*first)}"
        column.choice = TypeChoice("uuid", "uuid", conversion, _RULE, reason, opaque=True, shown="uuid")
        if own:
            column.drawn, column.identity = column.identity, None
            column.keep_default, column.default_sql = True, "gen_random_uuid()"
        elif column.column.default is not None:
            value = column.column.default.constant
            column.keep_default = value is not None
            column.default_sql = f"'{conversion.convert(value.encode()).decode()}'::uuid" if value is not None else None


def _cannot(plan: Plan, columns: Mapping[At, ColumnPlan], at: At) -> str | None:
    """Why a column cannot be uuid."""
    name, found = name_of(*at), columns.get(at)
    if found is None:
        return f"{name} refers to it, and is not in the bundle"
    resolved = plan.catalogue.resolve_type(found.column.type)
    if resolved.dimensions or resolved.name not in _WHOLE | _SERIAL:
        return f"{name} is {resolved.name}"
    value = found.column.default.constant if found.column.default is not None else None
    if value is not None and re.fullmatch(r"[+-]?[0-9]{1,19}", value) is None:
        return f"{name} has a default that is no number"
    table = plan.catalogue.tables[at[0]]
    if table.partition_by is not None and any(re.search(_word(at[1]), part) for part in table.partition_by[1:]):
        return f"{name} divides the table into partitions"
    for column in table.columns.values():
        if column.generated is not None and re.search(_word(at[1]), column.generated.text):
            return f"the generated column {column.name} is made of {name}"
    return _computed(plan, at) or _changed(plan, at)


def _computed(plan: Plan, at: At) -> str | None:
    """A view that reckons with the column, or a function that may: its arguments are numbers."""
    word = _word(at[1])
    reckons = re.compile(
        rf"{word}\)?\s*(?:::\s*\w+\s*)?(?:[-+*/%<>]|=\s*\(?\s*[-+]?\d|between\b|in\s*\(\s*\d)"
        rf"|\d\s*(?:[-+*/%=]|<>|[<>]=?)\s*(?:\w+\s*\.\s*)?{word}"
        rf"|\b(?:sum|avg|min|max|abs|mod|to_char|generate_series|array_agg|coalesce|greatest|least|case)\s*\(?[^,)]*{word}"
        rf"|{word}\)?\s*::\s*(?:int|bigint|smallint|numeric|text)",
        re.I,
    )
    for view in plan.catalogue.views.values():
        with_path(plan, view.place.statement)
        keys = {plan.catalogue.relation_key(r) for r in view.query.relations}
        if any(key is not None and plan.root(key) == at[0] for key in keys) and reckons.search(view.query.text):
            return f"the view {dotted(view.key)} reckons with {name_of(*at)}"
    for routine in plan.catalogue.routines.values():
        if routine.language != "sql" or routine.uses is None:
            continue
        with_path(plan, routine.place.statement)
        keys = {plan.catalogue.relation_key(r) for r in routine.uses.relations}
        text = plan.statements[routine.place.statement].piece.sql.decode("utf-8", "replace")
        if any(key is not None and plan.root(key) == at[0] for key in keys) and re.search(word, text):
            return f"the function {dotted(routine.key)} uses {name_of(*at)}"
    return None


def _changed(plan: Plan, at: At) -> str | None:
    """A statement among the rows that names the column: it may compare it with a number, or reckon a new one."""
    for statement in plan.script.statements:
        fact = statement.fact
        if not isinstance(fact, Change | Insert):
            continue
        with_path(plan, statement.number)
        names = [fact.table, *(fact.query.relations if fact.query is not None else ())]
        keys = {plan.catalogue.relation_key(name) for name in names}
        text = statement.piece.sql[statement.piece.body :].decode("utf-8", "replace")
        whole = isinstance(fact, Insert) and not fact.columns
        reads = any(key is not None and plan.root(key) == at[0] for key in keys)
        if reads and (whole or re.search(_word(at[1]), text)):
            return f"the statement on line {statement.line} uses {name_of(*at)}"
    return None


def _word(name: str) -> str:
    return rf'(?:(?<![\w"$]){re.escape(name)}(?![\w"$])|"{re.escape(name)}")'


def uuid_entries(plan: Plan, column: ColumnPlan, key: str, notes: list[str], line: int) -> None:
    """Enter the default or identity of a key that became uuid, and its sequence."""
    source, sequence = column.column, column.drawn
    assert sequence is not None
    into = ("pre-data.sql",)
    if source.identity is not None:
        plan.note("identity", key, source.identity_place.line, "rewritten", "gen_random_uuid() gives the key",
                  rule=_RULE, into=into)  # fmt: skip
        table, _, own = key.rpartition(".")
        schema, _, name = table.partition(".")
        plan.moved[f"identity:{key}"] = (f"default:{dotted(plan.place((schema, name)))}.{own}",)
    else:
        plan.note("default", key, source.default_place.line or source.place.line or line, "rewritten",
                  "gen_random_uuid() gives the key", rule=_RULE, into=into)  # fmt: skip
    plan.note("sequence", dotted(sequence.key), sequence.place.line, "dropped", "no number is drawn for a key of UUIDs",
              rule=_RULE)  # fmt: skip
