"""Foreign keys: native behind the load from the day DSQL has them, else the application's, with a stub and an audit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from dsql_migrate.rewrite.edits import Edits
from dsql_migrate.rewrite.families.partition_views import ancestors, own_twin
from dsql_migrate.rewrite.families.partitions import twin
from dsql_migrate.rewrite.keys.constraints import DETAIL
from dsql_migrate.rewrite.plan import Item, Plan, dotted
from dsql_migrate.rewrite.quoting import identifier, qualified
from dsql_migrate.rewrite.reading import Statement
from dsql_migrate.rewrite.tables.renames import name_constraint, rename_columns
from dsql_migrate.rewrite.writing.jobs import waited
from dsql_migrate.rewrite.writing.ledger import Disposition
from dsql_migrate.schema.model import Table, TableConstraint
from dsql_migrate.schema.naming import choose, cut
from dsql_migrate.source.facts import AlterTable, Span


@dataclass(frozen=True, slots=True)
class _Fate:
    """What becomes of a foreign key."""

    where: Literal["native", "inline", "stub", "out"]
    disposition: Disposition
    reason: str
    rule: str | None = None


def plan_foreign_keys(plan: Plan) -> list[TableConstraint]:
    """Enter every foreign key; items for the native ones; give back those that the application takes over."""
    stubs: list[TableConstraint] = []
    for table in plan.catalogue.tables.values():
        for constraint in table.constraints.values():
            if constraint.kind != "foreign":
                continue
            if table.key in plan.merges:
                _child(plan, table, constraint)
                continue
            if table.key in plan.views:
                _of_view(plan, table, constraint)
                continue
            fate = _fate(plan, table, constraint)
            if fate.where == "native":
                _native(plan, table, constraint)
            elif fate.where == "stub":
                stubs.append(constraint)
            if constraint.origin not in ("promoted", "demoted"):  # of those others of the family have the entries
                _enter(plan, table, constraint, fate)
            elif fate.where in ("native", "inline"):
                plan.extra.add(f"constraint:{dotted(plan.place(table.key))}.{constraint.name}")
    return stubs


def _child(plan: Plan, table: Table, constraint: TableConstraint) -> None:
    """A foreign key of a merged table: the parent's, where the parent has the same."""
    root = plan.catalogue.tables[plan.root(table.key)]
    found = twin(root, constraint)
    if found is None:
        fate = _Fate("out", "application", "it held for the rows of one child table only", "DSQL104")
    else:
        fate = _fate(plan, root, found)
        note = (
            plan.script.stricter.get(f"constraint:{dotted(root.key)}.{found.name}")
            or f"it is {dotted(root.key)}'s {found.name}"
        )
        reason = note if fate.where in ("native", "inline") else f"{fate.reason}; {note}"
        fate = replace(fate, reason=reason, rule="DSQL104")
    _enter(plan, table, constraint, fate)


def _of_view(plan: Plan, table: Table, constraint: TableConstraint) -> None:
    """A foreign key of a partitioned table that is a view: each of its partitions has it."""
    parts = [plan.catalogue.tables[leaf] for leaf in plan.views[table.key]]
    fates = [_fate(plan, part, own) for part in parts if (own := own_twin(part, constraint)) is not None]
    found = next((f for f in fates if f.where != "native"), fates[0] if fates else None)
    if found is None or f"table:{dotted(table.key)}" in plan.lost:
        found = _Fate("out", "application", "its partitions are not in the bundle", "DSQL104")
    _enter(plan, table, constraint, replace(found, reason=f"each partition has it: {found.reason}", rule="DSQL104"))


def _enter(plan: Plan, table: Table, constraint: TableConstraint, fate: _Fate) -> None:
    into = {"native": ("post-data.sql",), "inline": ("pre-data.sql",)}.get(fate.where, ())
    plan.note(
        "constraint", f"{dotted(table.key)}.{constraint.name}", constraint.place.line, fate.disposition, fate.reason,
        rule=fate.rule, into=into, detail=DETAIL["foreign"],
    )  # fmt: skip


def _fate(plan: Plan, table: Table, constraint: TableConstraint) -> _Fate:
    """What becomes of a foreign key of a table that is not merged."""
    if table.key not in plan.tables:
        return _Fate("out", "application" if table.foreign else "dropped", "its table is not in the bundle")
    trouble = _trouble(plan, table, constraint)
    if trouble is not None:
        return _Fate("out", "application", trouble, "DSQL203")
    if plan.decide("foreign-keys", _source_id(plan, table, constraint)) == "application":
        since = plan.target.since("foreign-keys")
        reason = "left to the application by decision"
        if not plan.target.has("foreign-keys") and since is not None:
            reason = f"DSQL has foreign keys from {since.isoformat()}"
        return _Fate("stub", "application", reason, "DSQL203")
    refused = plan.excluded.get(f"constraint:{dotted(table.key)}.{constraint.name}")
    if refused is not None:
        return _Fate("out", "application", f"the engine refuses it: {refused}")
    at = (table.key, constraint.name)
    if at in plan.inline:
        if constraint.place.statement == table.place.statement:
            return _Fate("inline", "kept", "checked as rows come in: parents are loaded first")
        return _Fate("inline", "rewritten", "part of CREATE TABLE: checked as rows come in, parents first", "DSQL204")
    if at in plan.behind:
        reason = f"behind the load, though decided to be in CREATE TABLE: {plan.behind[at]}"
    elif _incomplete(plan, table, constraint):
        reason = "added behind the load, not validated: rows of its tables are not in the bundle"
    elif not constraint.validated:
        reason = "added behind the load and left NOT VALID, as in the source"
    else:
        reason = "added behind the load, then validated"
    return _Fate("native", "rewritten", reason, "DSQL204")


def _source_id(plan: Plan, table: Table, constraint: TableConstraint) -> str:
    """The ledger id of a foreign key; of one that a partition has from above, that of the table that names it."""
    above = ancestors(plan, table) if constraint.origin == "demoted" else iter(())
    for parent in above:
        own = own_twin(parent, constraint)
        if own is not None and own.origin != "demoted":
            return f"constraint:{dotted(parent.key)}.{own.name}"
    return f"constraint:{dotted(table.key)}.{constraint.name}"


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
    if target in plan.views:
        return f"{dotted(constraint.references)} is a view over its partitions"
    if planned is None:
        return f"{dotted(constraint.references)} is not in the bundle"
    wanted = set(constraint.referenced_columns)
    keys = [
        set(c.columns) for c in planned.table.unique_keys() if plan.carried(f"constraint:{dotted(target)}.{c.name}")
    ]
    keys += [
        {k.column or "" for k in i.fact.keys} for i in plan.indexes_on(target) if i.fact.unique and i.fact.where is None
    ]
    if wanted not in keys:
        return f"{dotted(target)} has no key on {', '.join(constraint.referenced_columns) or 'those columns'}"
    return None


def _native(plan: Plan, table: Table, constraint: TableConstraint) -> None:
    name = identifier(constraint.name)
    statement = plan.statements[constraint.place.statement]
    text = _author_text(plan, table, constraint, statement)
    if text is None:
        on = f"ALTER TABLE ONLY {qualified(table.key)}"
        text = f"\n\n{on}\n    ADD CONSTRAINT {name} {body_of(plan, table, constraint)} NOT VALID;".encode(
            "utf-8", "surrogateescape"
        )
    ids = (f"constraint:{dotted(table.key)}.{constraint.name}",)
    needs = (
        frozenset({f"relation:{dotted(table.key)}", f"relation:{dotted(plan.root(constraint.references))}"})
        if constraint.references
        else frozenset()
    )
    lane = dotted(table.key)
    tells = _of_partition(plan, constraint)
    plan.post.append(
        Item(text, statement.number, ids, statement.search_path, frozenset(ids), needs, 20, lane, tells=tells)
    )
    if constraint.validated and not _incomplete(plan, table, constraint):
        validate = f"ALTER TABLE ASYNC {qualified(table.key)} VALIDATE CONSTRAINT {name}"
        where = dotted(plan.place(table.key))
        lost = f"foreign key {constraint.name} of {where} does not hold for every row: see sys.jobs"
        plan.post.append(
            Item(
                waited(f"\n{validate}", lost),
                statement.number,
                ids,
                statement.search_path,
                needs=frozenset(ids),
                rank=21,
                lane=lane,
            )
        )


def _of_partition(plan: Plan, constraint: TableConstraint) -> tuple[str, ...]:
    """The ledger id under which a partition said a key that its parent has now."""
    if constraint.origin != "promoted":
        return ()
    for table in plan.catalogue.tables.values():
        own = table.constraints.get(constraint.name)
        if own is not None and own.origin != "promoted" and own.fact is constraint.fact:
            return (f"constraint:{dotted(table.key)}.{constraint.name}",)
    return ()


def _author_text(plan: Plan, table: Table, constraint: TableConstraint, statement: Statement) -> bytes | None:
    """The author's own ALTER TABLE … ADD FOREIGN KEY with NOT VALID.

    None where it says more or means something else now.
    """
    alter, fact = statement.fact, constraint.fact
    if not isinstance(alter, AlterTable) or len(alter.actions) != 1 or alter.actions[0].constraint is not fact:
        return None
    same = (constraint.name, constraint.columns) == (fact.name, fact.columns) and table.partition_of is None
    if (
        (fact.referenced_columns and fact.referenced_columns != constraint.referenced_columns)
        or fact.not_enforced
        or not same
    ):
        return None
    edits = Edits()
    for written, key in ((alter.name, table.key), (fact.references, constraint.references)):
        if written is None or key is None:
            return None
        if (written.schema or "public", written.name) != plan.root(key):
            edits.replace(written.span, qualified(plan.root(key)))
    if not fact.not_valid:
        edits.insert(fact.span.end, " NOT VALID")
    return edits.apply(statement.piece.text, 0, statement.piece.stop)


def body_of(plan: Plan, table: Table, constraint: TableConstraint) -> str:
    """FOREIGN KEY (…) REFERENCES … with its match and actions, as the author wrote them where they can stand."""
    fact = constraint.fact
    text = plan.statements[constraint.place.statement].piece.text
    edits = Edits()
    if fact.references is not None and constraint.references is not None:
        edits.replace(fact.references.span, qualified(plan.root(constraint.references)))
        far = plan.catalogue.tables.get(constraint.references)
        rename_columns(edits, text, Span(fact.span.start, fact.references.span.start), table)
        if far is not None:
            rename_columns(edits, text, Span(fact.references.span.end, fact.span.end), far)
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


def keep_inline(plan: Plan, table: Table, constraint: TableConstraint, edits: Edits, text: bytes) -> None:
    """Edits that let a foreign key of CREATE TABLE stay there, under the names that its tables and columns have now."""
    fact = constraint.fact
    if fact.references is None or constraint.references is None:
        return
    usual = choose(table.key[1], cut("_".join(constraint.columns)), "fkey", lambda _: False)
    if fact.name is None and (table.key[0] in plan.flattened or constraint.name != usual):
        # PostgreSQL would name it after its table's new name, or as another key that stands behind the load
        edits.insert(fact.span.start, f"CONSTRAINT {identifier(constraint.name)} ")
    else:
        name_constraint(edits, text, table, constraint)
    root, far = plan.root(constraint.references), plan.catalogue.tables.get(constraint.references)
    if (fact.references.schema or "public", fact.references.name) != root:
        edits.replace(fact.references.span, qualified(root))
    rename_columns(edits, text, Span(fact.span.start, fact.references.span.start), table)
    if far is not None:
        rename_columns(edits, text, Span(fact.references.span.end, fact.span.end), far)


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
