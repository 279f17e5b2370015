"""The report as JSON: sorted keys, ASCII only, byte-identical for the same input except below ``run``."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from dsql_migrate.report.model import Report


def render_json(report: Report) -> str:
    """The whole model. Lists keep the order in which the report shows them; groups name their entries by id."""
    document: dict[str, Any] = asdict(report)
    document["verdict"]["sentence"] = report.verdict.sentence
    document["totals"] = dict(report.totals)
    document["kinds"] = {row.sort: dict(zip(dict(report.totals), row.counts, strict=True)) for row in report.kinds}
    # An entry stands once, in the ledger; sections refer to it.
    for section in document["sections"]:
        for group in section["groups"]:
            group["entries"] = [entry["id"] for entry in group["entries"]]
    # A finding stands once, with its rule.
    for group in document["by_object"]:
        group["findings"] = [{key: found[key] for key in ("code", "line", "path")} for found in group["findings"]]
    # ASCII escapes keep lone surrogates and bidirectional overrides of hostile names harmless in any viewer.
    return json.dumps(document, sort_keys=True, indent=2, ensure_ascii=True, default=str) + "\n"
