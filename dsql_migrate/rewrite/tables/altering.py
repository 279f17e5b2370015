"""ALTER TABLE, RENAME and SET SCHEMA.

What is folded into the object it changes needs no statement; the rest is entered.
"""

from __future__ import annotations

from dsql_migrate.rewrite.objects.privileges import owner_entry
from dsql_migrate.rewrite.plan import Item, Plan, dotted
from dsql_migrate.rewrite.reading import Statement
from dsql_migrate.rewrite.tables.facets import first_facet
from dsql_migrate.schema.model import Table
from dsql_migrate.source.facts import AlterAction, AlterTable, Rename, SetSchema

# Actions that end in the final catalogue and so in CREATE TABLE, a constraint's own entry or the parent's.
_FOLDED = frozenset(
    {
        "add column", "drop column", "set default", "drop default", "set not null", "drop not null", "set type",
        "add constraint", "drop constraint", "validate constraint", "alter constraint",
        "add identity", "set identity", "drop identity", "drop expression",
        "attach partition", "detach partition", "inherit", "no inherit", "enable row security", "disable row security",
    }
)  # fmt: skip
_REASONS = {
    "set statistics": "DSQL chooses statistics itself",
    "set compression": "DSQL compresses by itself",
    "cluster": "DSQL orders a table by its primary key",
    "drop cluster": "DSQL orders a table by its primary key",
    "replica identity": "DSQL has no logical replication of this kind",
    "force row security": "DSQL has no row security",
    "no force row security": "DSQL has no row security",
    "enable trigger": "DSQL has no triggers",
    "disable trigger": "DSQL has no triggers",
    "enable rule": "DSQL has no rules",
    "disable rule": "DSQL has no rules",
    "set logged": "every table of DSQL is durable",
    "set unlogged": "every table of DSQL is durable",
    "set tablespace": "DSQL has no tablespaces",
    "set access method": "DSQL has one way to store a table",
}


def alter_table(plan: Plan, statement: Statement, fact: AlterTable) -> None:
    """Enter what an ALTER TABLE does beyond the catalogue."""
    known = plan.script.scope.altered.get(statement.number)
    there = known is not None and plan.catalogue.tables.get(known.key) is known
    if known is not None and known.key in plan.tables:
        plan.folded.setdefault(known.key, []).append(statement)
    for trouble in plan.catalogue.troubles:
        if trouble.statement == statement.number and not trouble.message.endswith("does not exist"):
            plan.note(
                "statement",
                f"ALTER {fact.kind} {fact.name}",
                statement.line,
                "dropped",
                trouble.message,
                suffix=f"@{statement.line}",
            )
    for action in fact.actions:
        if action.kind == "owner":
            owner_entry(plan, statement, fact.kind, str(fact.name), action.value or "")
        elif (fact.kind == "table" and action.kind in _FOLDED and there) or (
            fact.kind == "index" and action.kind == "attach partition"
        ):
            continue
        else:
            _enter(plan, statement, fact, action, known)


def _enter(plan: Plan, statement: Statement, fact: AlterTable, action: AlterAction, table: Table | None) -> None:
    name = f"{fact.kind} {fact.name} {action.kind}"
    detail = f" {action.name}" if action.name else ""
    line = statement.line
    if (
        action.kind == "set storage"
        and table is not None
        and table.key in plan.tables
        and first_facet(plan, table.key, action.name or "") is None
        and plan.target.has("storage-clause")
        and len(fact.actions) == 1
    ):
        plan.note("setting", name + detail, line, "kept", into=("pre-data.sql",), suffix=f"@{line}")
        plan.pre.append(
            Item(
                statement.piece.sql,
                statement.number,
                (),
                statement.search_path,
                needs=frozenset({f"relation:{dotted(table.key)}"}),
                rank=7,
            )
        )
        return
    rule: str | None = "DSQL117"
    if fact.kind == "table" and (table is None or plan.catalogue.tables.get(table.key) is not table):
        trouble = next((t.message for t in plan.catalogue.troubles if t.statement == statement.number), None)
        absent = "there is no such table at that point" if fact.if_exists else "what it changes is not in the bundle"
        reason = trouble or (absent if table is None else "the script drops its table later")
        rule = None
    else:
        reason = _REASONS.get(action.kind, "it sets how PostgreSQL stores or serves the object")
    plan.note("setting", name + detail, line, "dropped", reason, rule=rule, suffix=f"@{line}")


def rename(plan: Plan, statement: Statement, fact: Rename) -> None:
    """A rename is folded: the object has its last name from the start."""
    if fact.kind in (
        "table",
        "column",
        "constraint",
        "view",
        "materialized view",
        "sequence",
        "index",
        "type",
        "domain",
        "attribute",
    ):
        return
    _not_carried(plan, statement, f"RENAME {fact.kind} {'.'.join(fact.name)}")


def set_schema(plan: Plan, statement: Statement, fact: SetSchema) -> None:
    """A move to another schema is folded: the object stands there from the start."""
    if fact.kind in ("table", "view", "materialized view", "sequence", "type", "domain"):
        return
    _not_carried(plan, statement, f"SET SCHEMA {fact.kind} {'.'.join(fact.name)}")


def _not_carried(plan: Plan, statement: Statement, label: str) -> None:
    plan.note(
        "statement",
        label,
        statement.line,
        "unknown",
        "this tool does not follow it",
        rule="DSQL902",
        suffix=f"@{statement.line}",
        into=("quarantine.sql",),
    )
    plan.quarantine.append((statement, "this tool does not follow it"))
