"""Which of a table's indexes are made, under which names; what the ledger says of each."""

from __future__ import annotations

from dsql_migrate.rewrite.indexes.index_cover import Candidate, beyond, find_covered, table_keys
from dsql_migrate.rewrite.indexes.search_indexes import Replaced
from dsql_migrate.rewrite.keys.constraints import free_name
from dsql_migrate.rewrite.plan import Item, Plan, TablePlan, dotted
from dsql_migrate.rewrite.quoting import identifier, qualified
from dsql_migrate.rewrite.writing.jobs import waited
from dsql_migrate.rewrite.writing.ledger import Disposition
from dsql_migrate.schema.covering import Signature
from dsql_migrate.schema.model import Index, Key
from dsql_migrate.schema.naming import compose

_COVERED = "DSQL810"


def leave_out_index(plan: Plan, index: Index, disposition: Disposition, reason: str, rule: str | None) -> None:
    """Enter an index that is not made."""
    plan.note("index", dotted(index.key), index.place.line, disposition, reason, rule=rule)
    plan.quarantine.append((plan.statements[index.place.statement], reason))


def choose_indexes(plan: Plan, planned: TablePlan, candidates: list[Candidate]) -> None:
    """Enter the indexes of one table, and make them: without those that were decided to go, and those beyond 24."""
    keys = table_keys(plan, planned)
    find_covered(keys, candidates)
    stay = []
    for candidate in candidates:
        if candidate.covered is None:
            stay.append(candidate)
        elif candidate.replaced and len(candidate.statements) == 1 and not candidate.signature.unique:
            method = candidate.index.fact.method
            reason = f"DSQL has no {method} indexes; {candidate.covered} serves what btree can serve of it"
            leave_out_index(plan, candidate.index, "dropped", reason, candidate.rule)
        elif plan.decide("duplicate-indexes", f"index:{dotted(candidate.index.key)}") == "drop":
            reason = f"{candidate.covered} serves the same queries; as decided"
            leave_out_index(plan, candidate.index, "dropped", reason, _COVERED)
        else:
            stay.append(candidate)
    most = plan.target.limit("indexes-per-table")
    left = beyond(stay, most - len(keys) - (planned.added_key is not None))
    for candidate in stay:
        if candidate in left:
            why = f"; {candidate.covered} serves the same queries" if candidate.covered is not None else ""
            reason = f"the table has more than {most} indexes, which is as many as DSQL takes{why}"
            unique = candidate.signature.unique and candidate.covered is None
            leave_out_index(plan, candidate.index, "application" if unique else "dropped", reason, "DSQL703")
        else:
            _made(plan, candidate)


def _made(plan: Plan, candidate: Candidate) -> None:
    index, name = candidate.index, dotted(candidate.index.key)
    covered = f"{candidate.covered} serves the same queries, so it could go" if candidate.covered else ""
    if candidate.edited:
        reason = "; ".join(filter(None, (candidate.reason, covered)))
        plan.note("index", name, index.place.line, "rewritten", reason, rule=candidate.rule, into=("post-data.sql",))
    else:
        plan.note("index", name, index.place.line, "kept", covered, rule=_COVERED if covered else None,
                  into=("post-data.sql",))  # fmt: skip
    if candidate.aspects:
        plan.altered[f"index:{name}"] = candidate.aspects
    statement = plan.statements[index.place.statement]
    for number, (own, sql) in enumerate(candidate.statements):
        key = (index.key[0], own)
        if number:
            plan.extra.add(f"index:{dotted(plan.place(key))}")
        lost = f"index {dotted(plan.place(key))} was not built: see sys.jobs"
        plan.post.append(
            Item(waited(sql, lost), statement.number, (f"index:{name}",), statement.search_path,
                 needs=frozenset({f"relation:{dotted(candidate.root)}"}), rank=10 if index.fact.unique else 30,
                 lane=dotted(candidate.root))
        )  # fmt: skip


def indexes_anew(plan: Plan, index: Index, root: Key, instead: Replaced) -> Candidate:
    """Indexes that take the place of one; the first has its name."""
    statement = plan.statements[index.place.statement]
    lead = statement.piece.text[: statement.piece.body].decode("utf-8", "surrogateescape")
    fact = index.fact
    where = f" WHERE {fact.where.text}" if fact.where is not None else ""
    taken = {key[1] for key in plan.catalogue.indexes if key[0] == index.key[0]}
    taken |= {key[1] for key in (*plan.catalogue.tables, *plan.catalogue.views) if key[0] == index.key[0]}
    statements: list[tuple[str, str]] = []
    for keys, ending in instead.keys:
        name = index.key[1] if not statements else free_name(compose(index.key[1], ending, None), taken)
        taken.add(name)
        sql = f"CREATE INDEX ASYNC {identifier(name)} ON {qualified(root)} ({keys}){where}"
        statements.append((name, lead + sql if not statements else f"\n\n{sql}"))
    made = Signature(tuple(map(_plain_keys, (keys for keys, _ in instead.keys))) if len(statements) == 1 else ("",),
                     where=where or None)  # fmt: skip
    return Candidate(index, root, statements, instead.rule, instead.reason, True, made, replaced=True,
                     aspects=("keys", "include", "predicate"))  # fmt: skip


def _plain_keys(keys: str) -> str:
    return "".join(keys.split()).strip("()")
