"""What the script does not hold, though the input does: it stands in the ledger and in quarantine.sql all the same."""

from __future__ import annotations

from dsql_migrate.rewrite.plan import Plan

NOT_TRANSLATED = "not translated"  # the detail of such an entry: no object of the replayed script answers to it


def enter_untranslated(plan: Plan) -> None:
    """Enter what a reader of another kind of input could not turn into a statement."""
    source = plan.script.source
    for key, id in source.asked:
        if plan.ledger.get(id) is not None:
            plan.decide(key, id)
    for part in source.untranslated:
        file = part.file if part.file != source.label else None
        entry = plan.ledger.add(
            part.kind, part.name, part.line, part.disposition, part.reason, rule=part.rule, detail=NOT_TRANSLATED,
            suffix=f"@{part.line}" if part.numbered else "", file=file,
            into=("quarantine.sql",) if part.text else (),
        )  # fmt: skip
        if part.text:
            plan.untranslated.append((entry, part.text))
