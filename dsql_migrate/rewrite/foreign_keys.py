"""Foreign keys: native behind the load from the day DSQL has them, else the application's, with a stub and an audit."""

from __future__ import annotations

from dsql_migrate.rewrite.constraints import DETAIL
from dsql_migrate.rewrite.edits import Edits
from dsql_migrate.rewrite.jobs import waited
from dsql_migrate.rewrite.partitions import twin
from dsql_migrate.rewrite.plan import Item, Plan, dotted
from dsql_migrate.rewrite.quoting import identifier, qualified
from dsql_migrate.schema.model import Table, TableConstraint


def plan_foreign_keys(plan: Plan) -> list[TableConstraint]:
    """Enter every foreign key; items for the native ones; give back those that the application takes over."""
    stubs: list[TableConstraint] = []
    for table in plan.catalogue.tables.values():
        for constraint in table.constraints.values():
            if constraint.kind == "foreign" and not (table.key in plan.merges and constraint.origin == "inherited"):
                _one(plan, table, constraint, stubs)
    return stubs


def _one(plan: Plan, table: Table, constraint: TableConstraint, stubs: list[TableConstraint]) -> None:
    name = f"{dotted(table.key)}.{constraint.name}"
    line = constraint.place.line

    def enter(disposition: str, reason: str, rule: str | None = None, into: tuple[str, ...] = ()) -> None:
        plan.note("constraint", name, line, disposition, reason, rule=rule, into=into, detail=DETAIL["foreign"])  # type: ignore[arg-type]

    root = plan.catalogue.tables[plan.root(table.key)]
    if table.key in plan.merges:
        found = twin(root, constraint)
        if found is not None:
            enter("rewritten", f"it is the parent's {found.name}", "DSQL104", ("post-data.sql",))
        else:
            enter("application", "it held for the rows of one child table only", "DSQL104")
        return
    if table.key not in plan.tables:
        enter("application" if table.foreign else "dropped", "its table is not in the bundle")
        return
    trouble = _trouble(plan, table, constraint)
    if trouble is not None:
        enter("application", trouble, "DSQL203")
        return
    if not plan.native_foreign_keys:
        reason = "--foreign-keys application"
        since = plan.target.since("foreign-keys")
        if not plan.target.has("foreign-keys") and since is not None:
            reason = f"DSQL has foreign keys from {since.isoformat()}"
        enter("application", reason, "DSQL203")
        stubs.append(constraint)
        return
    if f"constraint:{name}" in plan.excluded:
        enter("application", f"the engine refuses it: {plan.excluded[f'constraint:{name}']}")
        return
    if _incomplete(plan, table, constraint):
        reason = "added behind the load, not validated: rows of its tables are not in the bundle"
    else:
        reason = "added behind the load, then validated"
    enter("rewritten", reason, "DSQL204", ("post-data.sql",))
    _native(plan, table, constraint)


def _incomplete(plan: Plan, table: Table, constraint: TableConstraint) -> bool:
    """Whether rows on either side are missing, so that the key cannot hold yet."""
    return bool({table.key, constraint.references} & plan.script.incomplete)


def _trouble(plan: Plan, table: Table, constraint: TableConstraint) -> str | None:
    """Why a foreign key cannot be native: what it points at is not there, or is no key there."""
    if constraint.references is None:
        return "what it references could not be read"
    if constraint.fact.match == "partial":
        return "MATCH PARTIAL is not implemented"
    target = plan.root(constraint.references)
    planned = plan.tables.get(target)
    if planned is None:
        return f"{dotted(constraint.references)} is not in the bundle"
    wanted = set(constraint.referenced_columns)
    keys = [set(c.columns) for c in planned.table.unique_keys() if plan.carried(f"constraint:{dotted(target)}.{c.name}")]
    keys += [
        {k.column for k in i.fact.keys}
        for i in plan.catalogue.indexes.values()
        if i.fact.unique and plan.root(i.table) == target and i.fact.where is None
    ]
    if wanted not in keys:
        return f"{dotted(target)} has no key on {', '.join(constraint.referenced_columns) or 'those columns'}"
    return None


def _native(plan: Plan, table: Table, constraint: TableConstraint) -> None:
    name = identifier(constraint.name)
    on = f"ALTER TABLE ONLY {qualified(table.key)}"
    statement = plan.statements[constraint.place.statement]
    text = f"\n\n{on}\n    ADD CONSTRAINT {name} {_body(plan, constraint)} NOT VALID;"
    ids = (f"constraint:{dotted(table.key)}.{constraint.name}",)
    needs = frozenset({f"relation:{dotted(table.key)}", f"relation:{dotted(plan.root(constraint.references))}"}) if constraint.references else frozenset()
    plan.post.append(Item(text.encode("utf-8", "surrogateescape"), statement.number, ids, statement.search_path, needs=needs, rank=20))
    if constraint.validated and not _incomplete(plan, table, constraint):
        validate = f"ALTER TABLE ASYNC {qualified(table.key)} VALIDATE CONSTRAINT {name}"
        lost = f"foreign key {constraint.name} of {dotted(table.key)} does not hold for every row: see sys.jobs"
        plan.post.append(Item(waited(f"\n{validate}", lost), statement.number, ids, statement.search_path, rank=21))


def _body(plan: Plan, constraint: TableConstraint) -> str:
    """FOREIGN KEY (…) REFERENCES … with its match and actions, as the author wrote them where they can stand."""
    fact = constraint.fact
    text = plan.statements[constraint.place.statement].piece.text
    edits = Edits()
    if fact.references is not None and constraint.references is not None:
        edits.replace(fact.references.span, qualified(plan.root(constraint.references)))
        if not fact.referenced_columns:
            columns = ", ".join(identifier(c) for c in constraint.referenced_columns)
            edits.insert(fact.references.span.end, f"({columns})")
    attributes = fact.attributes_span
    deferral = ""
    if attributes is not None:
        edits.replace(attributes, "")
        deferral = " DEFERRABLE" if fact.deferrable else ""
        deferral += " INITIALLY DEFERRED" if fact.initially_deferred else ""
    body = edits.apply(text, fact.span.start, fact.span.end).decode("utf-8", "surrogateescape").strip()
    body = _without_name(body, fact.name)
    if fact.inline:
        body = f"FOREIGN KEY ({', '.join(identifier(c) for c in constraint.columns)}) {body}"
    return body + deferral


def _without_name(body: str, name: str | None) -> str:
    if name is None:
        return body
    words = body.lower()
    start = min((i for i in (words.find("foreign key"), words.find("references")) if i >= 0), default=0)
    at = len("constraint") if words.startswith("constraint") else 0
    if at:
        rest = body[at:].lstrip()
        if rest.startswith('"'):
            end = 1
            while end < len(rest):
                if rest[end] == '"':
                    if rest[end + 1 : end + 2] != '"':
                        break
                    end += 1
                end += 1
            return rest[end + 1 :].lstrip()
        return rest.split(None, 1)[1] if len(rest.split(None, 1)) > 1 else rest
    return body[start:]

