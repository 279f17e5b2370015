"""Which ledger ids a statement makes: to say what is missing where PostgreSQL refuses it."""

from __future__ import annotations

from dsql_migrate.source import facts as f


def object_ids(fact: f.Fact, schema: str) -> tuple[str, ...]:
    """The ids of what the statement would have made; ``schema`` is where unqualified names go. Empty: nothing named."""

    def full(name: f.Name) -> str:
        return f"{name.schema or schema}.{name.name}"

    def dotted(parts: tuple[str, ...], own: int) -> str:
        """Parts of a name, with the schema put before where only ``own`` parts are written."""
        return ".".join(parts if len(parts) > own else (schema, *parts))

    match fact:
        case f.CreateTable() | f.CreateTableAs():
            return (f"table:{full(fact.name)}",)
        case f.AlterTable():
            return tuple(_of_action(full(fact.name), action) for action in fact.actions)
        case f.CreateIndex():
            return (f"index:{fact.table.schema or schema}.{fact.name}",) if fact.name else ()
        case f.CreateView():
            return (f"{'materialized view' if fact.materialized else 'view'}:{full(fact.name)}",)
        case f.CreateFunction():
            kind = "procedure" if fact.procedure else "function"
            return (f"{kind}:{fact.name.schema or schema}.{fact.signature}",)
        case f.CreateTrigger():
            return (f"trigger:{full(fact.table)}.{fact.name}",)
        case f.CreatePolicy():
            return (f"policy:{full(fact.table)}.{fact.name}",)
        case f.CreateRule():
            return (f"rule:{full(fact.table)}.{fact.name}",)
        case f.CreateSequence():
            return (f"sequence:{full(fact.name)}",)
        case f.CreateDomain():
            return (f"domain:{full(fact.name)}",)
        case f.CreateEnum() | f.CreateComposite() | f.CreateRange():
            return (f"type:{full(fact.name)}",)
        case f.CreateExtension() | f.CreateSchema():
            return (f"{'schema' if isinstance(fact, f.CreateSchema) else 'extension'}:{fact.name}",)
        case f.CreateObject():
            named = fact.name if "." in fact.name.partition("(")[0] or fact.kind in _BARE else f"{schema}.{fact.name}"
            return (f"{fact.kind}:{named}",)
        case f.CommentOn():
            return (f"comment:{fact.kind} {_comment_target(fact, dotted)}",)
        case f.Insert():
            return (f"rows:{full(fact.table)}",)
        case f.Copy() if fact.table is not None:
            return (f"rows:{full(fact.table)}",)
        case f.Change():
            return (f"rows:{full(fact.table)}",)
    return ()


# Kinds whose names have no schema.
_BARE = frozenset(
    ("cast", "event trigger", "language", "foreign data wrapper", "server", "user mapping", "publication",
     "subscription", "tablespace", "database", "access method", "schema", "extension", "role")
)  # fmt: skip


def _of_action(table: str, action: f.AlterAction) -> str:
    if action.kind == "add column" and action.column is not None:
        return f"column:{table}.{action.column.name}"
    if action.kind == "add constraint":
        return f"constraint:{table}.{(action.constraint.name if action.constraint else None) or '?'}"
    if action.kind == "attach partition" and action.table is not None:
        return f"partition:{action.table}"
    if action.kind == "set default":
        return f"default:{table}.{action.name}"
    if action.kind == "add identity":
        return f"identity:{table}.{action.name}"
    return f"statement:{action.kind} {table}"


def _comment_target(fact: f.CommentOn, dotted: object) -> str:
    assert callable(dotted)
    if fact.kind in _BARE:
        return ".".join(fact.name)
    if fact.signature is not None:
        return str(dotted((*fact.name[:-1], fact.signature), 1))
    members = ("column", "constraint", "trigger", "rule", "policy", "domain constraint")
    return str(dotted(fact.name, 2 if fact.kind in members else 1))
