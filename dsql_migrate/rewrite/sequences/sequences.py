"""Sequences that stand for themselves: those that no identity column took over."""

from __future__ import annotations

from dataclasses import replace

from dsql_migrate.rewrite.edits import Edits
from dsql_migrate.rewrite.plan import Plan, dotted
from dsql_migrate.rewrite.quoting import identifier, qualified
from dsql_migrate.rewrite.sequences.identity import edit_sequence, sequence_anew
from dsql_migrate.rewrite.statements.taking import item_of, take_out
from dsql_migrate.schema.model import Sequence
from dsql_migrate.source.facts import CreateSequence, SequenceOptions


def sequence_item(plan: Plan, sequence: Sequence) -> None:
    """Enter a sequence, its owner set once the table is there."""
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
        take_out(plan, "sequence", name, statement, "application", reason, "DSQL404")
        if sequence.persistence == "temporary" and (entry := plan.ledger.get(f"sequence:{name}")) is not None:
            entry.detail = "temporary"
        return
    edits = Edits()
    if sequence.key[1] != fact.name.name or (fact.name.schema or sequence.key[0]) != sequence.key[0]:
        edits.replace(fact.name.span, qualified(sequence.key))
    owned = fact.options.span_of("owned_by")
    if owned is not None:
        edits.delete(owned, statement.piece.text)
    text, changes = _text(plan, sequence, fact, edits, statement.piece.text, statement.piece.stop)
    plan.note(
        "sequence",
        name,
        statement.line,
        "rewritten" if changes else "kept",
        "; ".join(changes),
        rule="DSQL404" if changes else None,
        into=("pre-data.sql",),
    )
    plan.pre.append(item_of(statement, text, (f"sequence:{name}",), provides=f"relation:{name}", rank=2))
    table, column = (plan.root(sequence.owned_by[0]), sequence.owned_by[1]) if sequence.owned_by else (sequence.key, "")
    if (
        table in plan.tables and table[0] == sequence.key[0]
    ):  # of a merged table's, the parent may stand in another schema
        sql = f"\n\nALTER SEQUENCE {qualified(sequence.key)} OWNED BY {qualified(table)}.{identifier(column)};"
        needs = frozenset({f"relation:{dotted(table)}", f"relation:{name}"})
        plan.pre.append(item_of(statement, sql.encode("utf-8", "surrogateescape"), (), needs=needs, rank=6))


def _text(
    plan: Plan, sequence: Sequence, fact: CreateSequence, edits: Edits, text: bytes, stop: int
) -> tuple[bytes, list[str]]:
    """The author's statement with its edits; made anew where ALTER SEQUENCE has changed what it says."""
    if _said(sequence.options) == _said(fact.options) and sequence.persistence == "permanent":
        changes = edit_sequence(plan, sequence, fact, edits, text)
        return edits.apply(text, 0, stop), changes
    sql, changes = sequence_anew(plan, sequence)
    return text[: fact.span.start] + f"{sql};".encode("utf-8", "surrogateescape"), changes


def _said(options: SequenceOptions) -> SequenceOptions:
    return replace(options, spans=(), owned_by=None, restart=None, sequence_name=None)
