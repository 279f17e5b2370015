"""The plan of every column: its type, whether a sequence becomes its identity, what becomes of its default."""

from __future__ import annotations

import re

from dsql_migrate.rewrite.data import arrays
from dsql_migrate.rewrite.data.split_literals import constructed
from dsql_migrate.rewrite.data.values import Conversion, SourceType, conversion
from dsql_migrate.rewrite.following import calls_another, follow_expression
from dsql_migrate.rewrite.forms import Situation, TypeChoice, choose
from dsql_migrate.rewrite.keys.uuid_keys import plan_uuid_keys
from dsql_migrate.rewrite.objects.collations import ignores_case
from dsql_migrate.rewrite.plan import ColumnPlan, Plan, TablePlan, name_of
from dsql_migrate.rewrite.quoting import literal
from dsql_migrate.rewrite.sequences.identity import cache
from dsql_migrate.rewrite.tables.facets import default_of_facets, name_facets
from dsql_migrate.rewrite.tables.generated import becomes_plain
from dsql_migrate.rewrite.tables.kept_tables import not_made
from dsql_migrate.schema.model import Key, Sequence, Table, TableColumn
from dsql_migrate.source.facts import Expression, Span, display

_NEXTVAL = re.compile(r"(?:pg_catalog\.)?nextval\s*\(", re.I)
_PLAIN_NOW = frozenset({"DSQL107", "DSQL529", "DSQL101"})  # a user type's cast around the default has lost its type
_NULL = re.compile(r"\s*\(*\s*null\s*\)*(?:\s*::\s*[\w\s\".,()\[\]]+)?\s*", re.I)
_BIT_STRING = re.compile(r"\(*[bx]'", re.I)
_WHOLE = frozenset({"int2", "int4", "int8"})
_ARRAY = re.compile(
    r"\(?\s*array\s*\[(.*)\]\s*\)?\s*(?:::\s*[\w\s\".]+(?:\(\d+(?:,\d+)?\))?(?:\[\])*)?\)?\s*$", re.I | re.S
)
_ELEMENT = re.compile(
    r"\s*\(?(?:'((?:[^']|'')*)'|\(?(-?[\d.]+|true|false|null))\)*\s*(?:::\s*[\w\s\".]+(?:\(\d+(?:,\d+)?\))?)?\s*(?:,|$)",
    re.I,
)


def plan_tables(plan: Plan) -> None:
    """Make the plan of every table that the bundle creates. Merges must have been found before."""
    keyed = key_columns(plan)
    owners = _identity_sequences(plan)
    for key, table in plan.catalogue.tables.items():
        if key in plan.merges or key in plan.views or not_made(plan, table) is not None:
            continue
        found = TablePlan(table)
        for column in table.columns.values():
            found.columns[column.name] = _column(plan, table, column, keyed, owners)
        _narrow_keys(plan, found)
        plan.tables[key] = found
    for merge in plan.merges.values():
        parent = plan.tables.get(merge.root)
        if parent is not None and merge.constant is not None:
            _extend(plan, parent, plan.catalogue.tables[merge.child], keyed, owners)
    plan_uuid_keys(plan)
    _widen_references(plan)
    for planned in plan.tables.values():
        name_facets(planned)


def _widen_references(plan: Plan) -> None:
    """Columns that refer to an identity column become bigint with it.

    With CACHE 65536 every session takes its own range of numbers: some 32,000 sessions go beyond an integer.
    """
    wide = {
        (key, name)
        for key, planned in plan.tables.items()
        for name, column in planned.columns.items()
        if column.identity is not None and cache(plan, column.identity, name_of(key, name)) > 1
    }
    links = [
        ((plan.root(table.key), near), (plan.root(constraint.references), far))
        for table in plan.catalogue.tables.values()
        for constraint in table.constraints.values()
        if constraint.kind == "foreign" and constraint.references is not None
        for near, far in zip(constraint.columns, constraint.referenced_columns, strict=False)
    ]
    found = True
    while found:
        found = False
        for near, far in links:
            if far in wide and near not in wide:
                wide.add(near)
                found = True
                _follow_identity(plan, near)


def _follow_identity(plan: Plan, at: tuple[Key, str]) -> None:
    planned = plan.tables.get(at[0])
    column = planned.columns.get(at[1]) if planned is not None else None
    if column is None or column.choice.converted or column.choice.internal not in ("int2", "int4"):
        return
    if plan.catalogue.resolve_type(column.column.type).kind != "base":
        return
    reason = "it refers to an identity column, which is bigint on DSQL"
    same = conversion(SourceType(column.choice.internal), "int8")
    column.choice = TypeChoice("int8", "bigint", same, "DSQL403", reason, shown="bigint")


def _narrow_keys(plan: Plan, planned: TablePlan) -> None:
    """Keys whose declared sizes exceed DSQL's limit: text has no declared size, and a CHECK keeps the length.

    54000 "key size greater than 2000 bytes not supported" counts char(n) and varchar(n) by what they declare.
    """
    most = plan.target.limit("declared-key-bytes")
    for constraint in planned.table.unique_keys():
        wide = {}
        for name in constraint.columns:
            column = planned.columns.get(name)
            base = (
                plan.catalogue.resolve_type(column.column.type).base if column and not column.choice.converted else None
            )
            if (
                base is not None
                and base.name in ("varchar", "bpchar")
                and base.modifiers
                and base.modifiers[0].isdigit()
            ):
                wide[name] = int(base.modifiers[0])
        if sum(wide.values()) <= most:
            continue
        for name, size in wide.items():
            column = planned.columns[name]
            base = plan.catalogue.resolve_type(column.column.type).base
            reason = f"keys of more than {most} declared bytes are refused: text, with its length checked"
            conversion_ = conversion(SourceType(base.name), "text")
            column.choice = TypeChoice("text", "text", conversion_, "DSQL704", reason, shown="text")
            planned.lengths[name] = size


def _extend(
    plan: Plan, parent: TablePlan, child: Table, keyed: set[tuple[Key, str]], owners: dict[tuple[Key, str], Sequence]
) -> None:
    from dsql_migrate.rewrite.families.partitions import discriminator

    parent.discriminator = parent.discriminator or discriminator(parent.table)
    known = set(parent.columns) | {c.column.name for c, _ in parent.extra}
    for column in child.columns.values():
        if column.name not in known:
            parent.extra.append((_column(plan, child, column, keyed, owners), child.key))


def situation(plan: Plan, table: Key, column: TableColumn, keyed: set[tuple[Key, str]]) -> Situation:
    """Where a column's type stands. ``keyed``: see ``key_columns``."""
    at = (table, column.name)
    return Situation(
        plan.catalogue,
        plan.target,
        plan.asked(f"column:{name_of(table, column.name)}"),
        in_key=at in keyed,
        no_rows="its table is merged into another" if table in plan.merges else "",
        numeric=plan.numeric.get(at),
        ignores_case=ignores_case(plan, column.type, column.fact),
        not_null=column.not_null,
    )


def _column(
    plan: Plan, table: Table, column: TableColumn, keyed: set[tuple[Key, str]], owners: dict[tuple[Key, str], Sequence]
) -> ColumnPlan:
    at = (table.key, column.name)
    choice = choose(situation(plan, table.key, column, keyed), column.type)
    found = ColumnPlan(column, choice)
    sequence = owners.get(at)
    if sequence is not None and plan.target.has("identity-columns"):
        found.identity = sequence
        found.identity_always = column.identity is not None and column.identity.always
        found.keep_default = False
        found.choice = _widened(plan, column, choice)
    elif column.default is not None:
        id = f"default:{name_of(table.key, column.name)}"
        if calls_another(plan, column.default) and plan.decide("extension-defaults", id) == "application":
            found.keep_default = False
        else:
            set_default(plan, found, column.default)
    found.plain = becomes_plain(plan, table, column)
    return found


def _widened(plan: Plan, column: TableColumn, choice: TypeChoice) -> TypeChoice:
    if choice.internal == "int8" and choice.rule is None:
        return choice
    base = plan.catalogue.resolve_type(column.type).base.name
    small = {"smallserial": "int2", "serial": "int4", "bigserial": "int8"}.get(base, base)
    rule = "DSQL401" if choice.rule == "DSQL401" else "DSQL403"
    return TypeChoice(
        "int8",
        "bigint",
        conversion(SourceType(small), "int8"),
        rule,
        "an identity column is bigint on DSQL",
        shown="bigint",
    )


def key_columns(plan: Plan) -> set[tuple[Key, str]]:
    """Columns that a primary, unique or foreign key holds; both ends of a foreign key get one type."""
    found: set[tuple[Key, str]] = set()
    links: list[tuple[tuple[Key, str], tuple[Key, str]]] = []
    for table in plan.catalogue.tables.values():
        for constraint in table.constraints.values():
            if constraint.kind in ("primary", "unique"):
                found |= {(plan.root(table.key), c) for c in constraint.columns}
            elif constraint.kind == "foreign" and constraint.references is not None:
                for near, far in zip(constraint.columns, constraint.referenced_columns, strict=False):
                    links.append(((plan.root(table.key), near), (plan.root(constraint.references), far)))
    for index in plan.catalogue.indexes.values():
        if index.fact.unique and index.fact.method == "btree":
            found |= {(plan.root(index.table), k.column) for k in index.fact.keys if k.column is not None}
    changed = True
    while changed:
        changed = False
        for one, other in links:
            if (one in found) != (other in found):
                found |= {one, other}
                changed = True
    return found


def _identity_sequences(plan: Plan) -> dict[tuple[Key, str], Sequence]:
    """Which column each sequence can become the identity of.

    The one column, merged children aside, that draws on it.
    """
    catalogue = plan.catalogue
    users: dict[Key, set[tuple[Key, str]]] = {}
    other: set[Key] = set()
    for table in catalogue.tables.values():
        for column in table.columns.values():
            for text in column.default.sequences if column.default else ():
                key = catalogue.sequence_key(text)
                if key is None:
                    continue
                simple = column.default is not None and _only_nextval(column.default)
                whole = catalogue.resolve_type(column.type)
                if simple and whole.kind == "base" and whole.name in _WHOLE and not whole.dimensions:
                    users.setdefault(key, set()).add((plan.root(table.key), column.name))
                else:
                    other.add(key)
    for expression in _loose_expressions(plan):
        other |= {k for k in (catalogue.sequence_key(t) for t in expression.sequences) if k is not None}
    found: dict[tuple[Key, str], Sequence] = {}
    for sequence in catalogue.sequences.values():
        places = users.get(sequence.key, set())
        if sequence.implicit is not None and sequence.owned_by is not None:
            places = {(plan.root(sequence.owned_by[0]), sequence.owned_by[1])}  # others may go on drawing on it by name
        if (
            len(places) == 1
            and (sequence.key not in other or sequence.implicit)
            and sequence.persistence != "temporary"
        ):
            found.setdefault(next(iter(places)), sequence)
    return found


def _loose_expressions(plan: Plan) -> list[Expression]:
    """Expressions that stay as they are and may draw on a sequence by name."""
    found = [v.query for v in plan.catalogue.views.values()]
    found += [r.uses for r in plan.catalogue.routines.values() if r.uses is not None]
    return found


def _only_nextval(expression: Expression) -> bool:
    return bool(_NEXTVAL.match(expression.text)) and len(expression.functions) == 1 and len(expression.sequences) == 1


def set_default(plan: Plan, found: ColumnPlan, default: Expression) -> None:
    """Convert the default of a converted column; leave it out where that cannot be done."""
    if found.choice.facets:
        default_of_facets(found, default)
        return
    conversion, opaque = found.choice.conversion, found.choice.opaque
    text = _bits(default) if default.constant is not None else _built(default.text, conversion)
    plain = not opaque and conversion is not None and conversion.unchanged and not default.types
    if conversion is None or found.choice.sql is None or plain or (not opaque and text is None):
        followed = follow_expression(plan, None, default, default=True)
        if followed.edits:
            found.default_sql, found.default_reason = followed.of(default.text), followed.reason
        return
    if text is None and is_null(default):
        found.default_sql = "NULL"
        return
    try:
        if text is None:
            raise ValueError("not a constant")
        value = (conversion.literal or conversion.convert)(text.encode()).decode()
    except ValueError:
        found.keep_default = False
        return
    cast = found.choice.sql
    cast = cast if opaque and found.choice.rule not in _PLAIN_NOW else "text"
    found.default_sql = f"{literal(value).strip()}::{cast}" if cast != "text" else literal(value).strip()


def _bits(default: Expression) -> str | None:
    """The value of a constant; a bit string's digits without the letter that the grammar puts before them."""
    text = default.constant
    if text is not None and _BIT_STRING.match(default.text):
        return text[1:] if text[:1] == "b" else "".join(f"{int(digit, 16):04b}" for digit in text[1:])
    return text


def _built(text: str, conversion: Conversion | None) -> str | None:
    """ARRAY[…], ROW(…) or int4range(…) of constants as the literal that it is; None where it is none of them."""
    found = array_constant(text)
    if found is None and conversion is not None:
        written = text.encode("utf-8", "surrogateescape")
        value = constructed(written, Span(0, len(written)), conversion.name)
        return None if value is None else value.decode("utf-8", "surrogateescape")
    return found


def array_constant(text: str) -> str | None:
    """ARRAY['a'::text, 'b'] as the array literal it is; None where an element is no constant."""
    match = _ARRAY.match(text)
    if match is None:
        return None
    inner, at = match.group(1), 0
    elements: list[bytes | list[object] | None] = []
    while at < len(inner) and inner[at:].strip():
        element = _ELEMENT.match(inner, at)
        if element is None:
            return None
        quoted, bare = element.groups()
        if quoted is not None:
            elements.append(quoted.replace("''", "'").encode())
        else:
            elements.append(None if bare.lower() == "null" else bare.encode())
        at = element.end()
    return arrays.literal(elements).decode()


def is_null(default: Expression | None) -> bool:
    """Whether this is DEFAULT NULL, with a cast or without: to PostgreSQL, no default."""
    return default is not None and _NULL.fullmatch(default.text) is not None


def type_text(plan: Plan, column: TableColumn) -> str:
    """The type as the source writes it."""
    statement = plan.statements.get(column.type_place.statement)
    if statement is None or column.type.span.end == column.type.span.start:
        return display(column.type)
    return column.type.span.of(statement.piece.text)
