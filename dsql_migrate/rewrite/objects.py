"""Everything the catalogue holds beside tables, keys and indexes.

Entered once each, with an item where DSQL can have it.
"""

from __future__ import annotations

from dsql_migrate.rewrite.constraints import blocked
from dsql_migrate.rewrite.edits import Edits
from dsql_migrate.rewrite.forms import Situation, choose
from dsql_migrate.rewrite.identity import edit_sequence
from dsql_migrate.rewrite.plan import Item, Plan, dotted
from dsql_migrate.rewrite.quoting import identifier, literal, qualified
from dsql_migrate.rewrite.reach import needs_of, routine_id, view_id
from dsql_migrate.rewrite.reading import Statement
from dsql_migrate.schema.catalogue import SYSTEM
from dsql_migrate.schema.model import Routine, Sequence, UserType, View
from dsql_migrate.schema.naming import compose
from dsql_migrate.source.facts import CreateDomain, CreateSchema, CreateSequence, CreateView, Expression, Span

_RULES = {
    "event trigger": "DSQL513",
    "rule": "DSQL506",
    "policy": "DSQL507",
    "cast": "DSQL515",
    "collation": "DSQL514",
    "publication": "DSQL517",
    "subscription": "DSQL517",
    "server": "DSQL516",
    "foreign data wrapper": "DSQL516",
    "user mapping": "DSQL516",
    "database": "DSQL523",
    "tablespace": "DSQL523",
    "language": "DSQL502",
    "statistics": None,
}
_GUARANTEES = frozenset({"rule", "policy", "event trigger"})


def plan_objects(plan: Plan) -> None:
    """Enter schemas, types, sequences, routines, views, triggers, extensions and the rest."""
    for name, number in plan.catalogue.schemas.items():
        _schema(plan, name, plan.statements[number])
    _missing_schemas(plan)
    for name, number in plan.catalogue.extensions.items():
        _take_out(plan, "extension", name, plan.statements[number], "dropped", "DSQL has no extensions", "DSQL504")
    for user in plan.catalogue.types.values():
        _type(plan, user)
    for sequence in plan.catalogue.sequences.values():
        _sequence(plan, sequence)
    for routine in plan.catalogue.routines.values():
        _routine(plan, routine)
    for view in plan.catalogue.views.values():
        _view(plan, view)
    for trigger in plan.catalogue.triggers.values():
        name = f"{dotted(trigger.table)}.{trigger.name}"
        _take_out(
            plan,
            "trigger",
            name,
            plan.statements[trigger.place.statement],
            "application",
            "DSQL has no triggers",
            "DSQL501",
        )
    for thing in plan.catalogue.things:
        _thing(
            plan,
            thing.kind,
            f"{dotted(thing.table)}.{thing.name}" if thing.table else thing.name,
            plan.statements[thing.place.statement],
        )
    for table in plan.catalogue.tables.values():
        if table.row_security is not None:
            where = plan.statements[table.row_security.statement]
            _take_out(
                plan, "row security", dotted(table.key), where, "application", "DSQL has no row security", "DSQL508"
            )


def _take_out(
    plan: Plan, kind: str, name: str, statement: Statement, disposition: str, reason: str, rule: str | None
) -> None:
    into = ("quarantine.sql",)
    plan.note(kind, name, statement.line, disposition, reason, rule=rule, into=into)  # type: ignore[arg-type]
    plan.quarantine.append((statement, reason))


def _thing(plan: Plan, kind: str, name: str, statement: Statement) -> None:
    if kind == "statistics" and plan.target.has("extended-statistics"):
        plan.note(kind, name, statement.line, "kept", into=("post-data.sql",))
        plan.post.append(_item(statement, statement.piece.sql, (f"{kind}:{name}",), rank=60))
        return
    disposition = "application" if kind in _GUARANTEES else "dropped"
    words = "row-level security policies" if kind == "policy" else f"{kind}s" if not kind.endswith("s") else kind
    _take_out(plan, kind, name, statement, disposition, f"DSQL has no {words}", _RULES.get(kind, "DSQL512"))


def _item(
    statement: Statement,
    text: bytes,
    ids: tuple[str, ...],
    *,
    provides: str = "",
    needs: frozenset[str] = frozenset(),
    rank: int = 5,
) -> Item:
    return Item(
        text, statement.number, ids, statement.search_path, frozenset({provides} if provides else ()), needs, rank
    )


def _schema(plan: Plan, name: str, statement: Statement) -> None:
    fact = statement.fact
    assert isinstance(fact, CreateSchema)
    if name in plan.flattened:
        reason = f"its objects are in public as {name}__…: DSQL takes {plan.target.limit('schemas')} schemas"
        plan.note("schema", name, statement.line, "rewritten", reason, rule="DSQL706")
        return
    if name == "public":
        plan.note("schema", name, statement.line, "kept", "DSQL has it already")
        return
    text = statement.piece.text
    changed = fact.nested == 0 and b"authorization" in text.lower()
    if changed:
        guard = "IF NOT EXISTS " if fact.if_not_exists else ""
        sql = text[: statement.piece.body] + f"CREATE SCHEMA {guard}{identifier(name)};".encode(
            "utf-8", "surrogateescape"
        )
    else:
        sql = statement.piece.sql
    plan.note(
        "schema",
        name,
        statement.line,
        "rewritten" if changed else "kept",
        "without its owner" if changed else "",
        rule="DSQL522" if changed else None,
        into=("pre-data.sql",),
    )
    plan.pre.append(_item(statement, sql, (f"schema:{name}",), provides=f"schema:{name}", rank=0))


def _missing_schemas(plan: Plan) -> None:
    """Schemas that the script takes for there, as the dump of one table does."""
    catalogue = plan.catalogue
    spaces = (catalogue.tables, catalogue.sequences, catalogue.views, catalogue.types)
    places = [(key[0], thing.place.statement) for space in spaces for key, thing in space.items()]
    places += [(schema, routine.place.statement) for (schema, _), routine in catalogue.routines.items()]
    for name, number in sorted(places, key=lambda p: p[1]):
        if (
            name == "public"
            or name in catalogue.schemas
            or name in SYSTEM
            or plan.ledger.get(f"schema:{name}") is not None
        ):
            continue
        statement = plan.statements[number]
        reason = "the script takes it for there: made here"
        plan.note("schema", name, statement.line, "rewritten", reason, into=("pre-data.sql",))
        sql = f"\n\nCREATE SCHEMA {identifier(name)};".encode("utf-8", "surrogateescape")
        plan.pre.append(_item(statement, sql, (f"schema:{name}",), provides=f"schema:{name}", rank=0))


# -- types ------------------------------------------------------------------------------------------------------------


def _type(plan: Plan, user: UserType) -> None:
    name = dotted(user.key)
    statement = plan.statements[user.place.statement]
    if user.kind == "domain" and not plan.target.has("domains"):
        _take_out(plan, "domain", name, statement, "application", "DSQL has no domains on this day", "DSQL529")
        for check in user.checks:
            plan.note(
                "constraint",
                f"{name}.{check.name}",
                check.place.line,
                "application",
                "its domain is not carried over",
                rule="DSQL529",
                detail="check",
            )
    elif user.kind == "domain":
        _domain(plan, user, statement)
    elif user.kind == "enum" and plan.decide("enums", f"type:{name}") == "domain":
        label = identifier(compose(user.key[1], None, "check"))
        values = ", ".join(literal(v).strip() for v in user.values)
        condition = f"VALUE IN ({values})" if user.values else "VALUE IS NULL"
        kept = f"CONSTRAINT {label} CHECK ({condition})"
        sql = f"CREATE DOMAIN {qualified(user.key)} AS text\n    {kept};  -- DSQL107: was an enum"
        plan.note(
            "type",
            name,
            statement.line,
            "rewritten",
            "enum to a domain with CHECK",
            rule="DSQL107",
            into=("pre-data.sql",),
            values=user.values,
            detail="enum",
        )
        lead = statement.piece.text[: statement.piece.body]
        plan.pre.append(
            _item(
                statement,
                lead + sql.encode("utf-8", "surrogateescape"),
                (f"type:{name}",),
                provides=f"type:{name}",
                rank=1,
            )
        )
    else:
        rule = {"composite": "DSQL509", "range": "DSQL510", "enum": "DSQL107"}.get(user.kind, "DSQL512")
        reason = f"DSQL has no {user.kind} types; its columns hold text"
        _take_out(
            plan, "type", name, statement, "dropped", reason + (" with a CHECK" if user.kind == "enum" else ""), rule
        )


def _domain(plan: Plan, user: UserType, statement: Statement) -> None:
    fact, name, text = statement.fact, dotted(user.key), statement.piece.text
    assert isinstance(fact, CreateDomain)
    want = plan.asked(f"domain:{name}")
    choice = choose(
        Situation(plan.catalogue, plan.target, want, whole=True, numeric=plan.numeric_of(user.key)), fact.type
    )
    edits = Edits()
    changes = []
    if choice.sql is not None:
        edits.replace(fact.type.span, choice.sql)
        changes.append((choice.rule or "DSQL101", choice.reason))
    if fact.collation_span is not None:
        edits.delete(fact.collation_span, text)
        changes.append(("DSQL103", "C collation is the only one"))
    for check in user.checks:
        why = "its type is converted" if choice.opaque and choice.sql else blocked(plan, None, check.fact.expression)
        own = check.place.statement == statement.number
        entry = f"{name}.{check.name}"
        if why is not None:
            plan.note("constraint", entry, check.place.line, "application", why, rule="DSQL511", detail="check")
            if own:
                edits.cut(check.fact.span, text)
            continue
        plan.note(
            "constraint",
            entry,
            check.place.line,
            "kept" if own else "rewritten",
            "" if own else "part of CREATE DOMAIN",
            rule=None if own else "DSQL511",
            detail="check",
            into=("pre-data.sql",),
        )
        if not own:
            body = check.fact.span.of(plan.statements[check.place.statement].piece.text)
            edits.insert(fact.span.end, f"\n    {body}")
    rule, reason = changes[0] if changes else (None, "")
    plan.note(
        "domain", name, statement.line, "rewritten" if changes else "kept", reason, rule=rule, into=("pre-data.sql",)
    )
    needs = frozenset[str]()
    if (base := plan.catalogue.user_type(fact.type.schema, fact.type.name)) is not None:
        needs = frozenset({f"type:{dotted(base.key)}"})
    plan.pre.append(
        _item(
            statement,
            edits.apply(text, 0, statement.piece.stop),
            (f"domain:{name}",),
            provides=f"type:{name}",
            needs=needs,
            rank=1,
        )
    )


# -- sequences, routines, views ---------------------------------------------------------------------------------------


def _sequence(plan: Plan, sequence: Sequence) -> None:
    name = dotted(sequence.key)
    if plan.ledger.get(f"sequence:{name}") is not None or sequence.implicit is not None:
        return
    statement = plan.statements[sequence.place.statement]
    fact = statement.fact
    if not isinstance(fact, CreateSequence) or not plan.target.has("sequences") or sequence.persistence == "temporary":
        reason = (
            "DSQL has no sequences on this day"
            if not plan.target.has("sequences")
            else "DSQL has no temporary sequences"
        )
        _take_out(plan, "sequence", name, statement, "application", reason, "DSQL404")
        if sequence.persistence == "temporary" and (entry := plan.ledger.get(f"sequence:{name}")) is not None:
            entry.detail = "temporary"
        return
    edits = Edits()
    if sequence.key[1] != fact.name.name or (fact.name.schema or sequence.key[0]) != sequence.key[0]:
        edits.replace(fact.name.span, qualified(sequence.key))
    owned = fact.options.span_of("owned_by")
    if owned is not None:
        edits.delete(owned, statement.piece.text)
    changes = edit_sequence(plan, sequence, fact, edits, statement.piece.text)
    plan.note(
        "sequence",
        name,
        statement.line,
        "rewritten" if changes else "kept",
        "; ".join(changes),
        rule="DSQL404" if changes else None,
        into=("pre-data.sql",),
    )
    text = edits.apply(statement.piece.text, 0, statement.piece.stop)
    plan.pre.append(_item(statement, text, (f"sequence:{name}",), provides=f"relation:{name}", rank=2))
    table, column = (plan.root(sequence.owned_by[0]), sequence.owned_by[1]) if sequence.owned_by else (sequence.key, "")
    if (
        table in plan.tables and table[0] == sequence.key[0]
    ):  # of a merged table's, the parent may stand in another schema
        sql = f"\n\nALTER SEQUENCE {qualified(sequence.key)} OWNED BY {qualified(table)}.{identifier(column)};"
        needs = frozenset({f"relation:{dotted(table)}", f"relation:{name}"})
        plan.pre.append(_item(statement, sql.encode("utf-8", "surrogateescape"), (), needs=needs, rank=6))


def _routine(plan: Plan, routine: Routine) -> None:
    id = routine_id(routine)
    name = id.split(":", 1)[1]
    statement = plan.statements[routine.place.statement]
    reason = plan.lost.get(id)
    if reason is not None:
        rule = {"aggregate": "DSQL512", "procedure": "DSQL503"}.get(routine.kind, "DSQL502")
        _take_out(plan, routine.kind, name, statement, "application", reason, rule)
        return
    text, replaced = _replaced(plan, routine.uses, statement, Span(0, len(statement.piece.text)))
    plan.note(
        routine.kind,
        name,
        statement.line,
        "rewritten" if replaced else "kept",
        "calls DSQL's own function instead" if replaced else "",
        rule="DSQL520" if replaced else None,
        into=("pre-data.sql",),
    )
    needs = needs_of(plan, routine.uses, statement.number) - {f"function:{dotted(routine.key)}"}
    plan.pre.append(_item(statement, text, (id,), provides=f"function:{dotted(routine.key)}", needs=needs))


def _view(plan: Plan, view: View) -> None:
    id = view_id(view)
    kind, name = id.split(":", 1)
    statement = plan.statements[view.place.statement]
    reason = plan.lost.get(id)
    if reason is not None:
        _take_out(plan, kind, name, statement, "application", reason, "DSQL505" if view.materialized else "DSQL520")
        return
    text, replaced = _replaced(plan, view.query, statement, view.query.span)
    fact = statement.fact
    if isinstance(fact, CreateView) and fact.name.name != view.key[1]:
        text = text[: fact.name.span.start] + qualified(view.key).encode() + text[fact.name.span.end :]
    plan.note(
        kind,
        name,
        statement.line,
        "rewritten" if replaced else "kept",
        "calls DSQL's own function instead" if replaced else "",
        rule="DSQL520" if replaced else None,
        into=("pre-data.sql",),
    )
    needs = needs_of(plan, view.query, statement.number) - {f"relation:{name}"}
    plan.pre.append(_item(statement, text, (id,), provides=f"relation:{name}", needs=needs))


def _replaced(plan: Plan, uses: Expression | None, statement: Statement, span: Span) -> tuple[bytes, bool]:
    """The statement with functions of extensions replaced by DSQL's own, within a span."""
    from dataclasses import replace

    from dsql_migrate.rewrite.columns import replaced_functions

    text = statement.piece.text
    if uses is None:
        return statement.piece.sql, False
    found = replaced_functions(plan, replace(uses, text=span.of(text)))
    if found is None:
        return statement.piece.sql, False
    edits = Edits()
    edits.replace(span, found)
    return edits.apply(text, 0, statement.piece.stop), True
