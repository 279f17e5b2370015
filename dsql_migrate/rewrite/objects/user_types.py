"""Types of the script: domains stay, enums become domains, others are left out."""

from __future__ import annotations

from dsql_migrate.rewrite.edits import Edits
from dsql_migrate.rewrite.following import follow_expression
from dsql_migrate.rewrite.forms import Situation, choose
from dsql_migrate.rewrite.keys.constraints import blocked
from dsql_migrate.rewrite.objects.collations import caseless
from dsql_migrate.rewrite.plan import Plan, dotted
from dsql_migrate.rewrite.quoting import identifier, literal, qualified
from dsql_migrate.rewrite.reach import needs_of_default
from dsql_migrate.rewrite.reading import Statement
from dsql_migrate.rewrite.statements.taking import item_of, take_out
from dsql_migrate.rewrite.tables.lookup_tables import lookup_table
from dsql_migrate.schema.model import UserType
from dsql_migrate.schema.naming import compose
from dsql_migrate.source.facts import CreateDomain, Expression


def type_item(plan: Plan, user: UserType) -> None:
    """Enter a type, with what holds its values on the target."""
    name = dotted(user.key)
    statement = plan.statements[user.place.statement]
    if user.kind == "domain" and not plan.target.has("domains"):
        take_out(plan, "domain", name, statement, "application", "DSQL has no domains on this day", "DSQL529")
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
        sql = f"CREATE DOMAIN {qualified(user.key)} AS text\n    {kept};"
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
            item_of(
                statement,
                lead + sql.encode("utf-8", "surrogateescape"),
                (f"type:{name}",),
                provides=f"type:{name}",
                rank=1,
            )
        )
    elif user.kind == "enum" and plan.decide("enums", f"type:{name}") == "lookup-table":
        lookup_table(plan, user)
    else:
        rule = {"composite": "DSQL509", "range": "DSQL510", "enum": "DSQL107"}.get(user.kind, "DSQL512")
        reason = f"DSQL has no {user.kind} types: its columns are converted"
        take_out(
            plan, "type", name, statement, "dropped", reason + (" with a CHECK" if user.kind == "enum" else ""), rule
        )


def _domain(plan: Plan, user: UserType, statement: Statement) -> None:
    fact, name, text = statement.fact, dotted(user.key), statement.piece.text
    assert isinstance(fact, CreateDomain)
    want = plan.asked(f"domain:{name}")
    caseless_ = fact.collation is not None and caseless(plan, fact.collation)
    numeric = plan.numeric_of(user.key)
    choice = choose(
        Situation(plan.catalogue, plan.target, want, whole=True, numeric=numeric, ignores_case=caseless_), fact.type
    )
    edits = Edits()
    changes = []
    ids = [f"domain:{name}"]
    if choice.sql is not None:
        edits.replace(fact.type.span, choice.sql)
        changes.append((choice.rule or "DSQL101", choice.reason))
    for number, condition in enumerate(choice.checks):
        label = compose(user.key[1], None, f"form{number or ''}")
        kept = condition.replace("{}", "VALUE").replace("{{", "{").replace("}}", "}")
        edits.insert(fact.span.end, f"\n    CONSTRAINT {identifier(label)} CHECK ({kept})")
        plan.extra.add(f"constraint:{dotted(plan.place(user.key))}.{label}")
    if fact.collation_span is not None:
        edits.delete(fact.collation_span, text)
        changes.append((choice.rule or "DSQL103", choice.reason if caseless_ else "C collation is the only one"))
    converted = choice.opaque and choice.sql is not None
    for check in user.checks:
        its = check.fact.expression or Expression(check.fact.span, "true")
        why = "its type is converted" if converted else blocked(plan, None, check.fact.expression, domain=user)
        own = check.place.statement == statement.number
        entry = f"{name}.{check.name}"
        refused = plan.excluded.get(f"constraint:{entry}")
        why = f"the engine refuses it: {refused}" if refused is not None else why
        if why is not None:
            plan.note("constraint", entry, check.place.line, "application", why, rule="DSQL511", detail="check")
            if own:
                edits.cut(check.fact.span, text)
            continue
        followed = follow_expression(plan, None, its, check.place.statement, domain=user)
        reason = followed.reason or ("" if own else "part of CREATE DOMAIN")
        plan.note(
            "constraint", entry, check.place.line, "rewritten" if reason else "kept", reason,
            rule=followed.rule or (None if own else "DSQL511"), detail="check", into=("pre-data.sql",),
        )  # fmt: skip
        ids.append(f"constraint:{entry}")
        if own:
            edits.take(followed.at(its.span))
        else:
            moved, span = Edits(), check.fact.span
            moved.take(followed.at(its.span))
            text_there = plan.statements[check.place.statement].piece.text
            body = moved.apply(text_there, span.start, span.end).decode("utf-8", "surrogateescape")
            edits.insert(fact.span.end, f"\n    {body}")
    rule, reason = changes[0] if changes else (None, "")
    plan.note(
        "domain", name, statement.line, choice.disposition if changes else "kept", reason, rule=rule,
        into=("pre-data.sql",),
    )
    needs = frozenset(set[str]().union(*(needs_of_default(plan, check.fact.expression) for check in user.checks)))
    if (base := plan.catalogue.user_type(fact.type.schema, fact.type.name)) is not None:
        needs |= {f"type:{dotted(base.key)}"}
    plan.pre.append(
        item_of(
            statement,
            edits.apply(text, 0, statement.piece.stop),
            tuple(ids),
            provides=f"type:{name}",
            needs=needs,
            rank=1,
        )
    )
