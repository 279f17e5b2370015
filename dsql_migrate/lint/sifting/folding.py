"""Advice that holds for many things in a file, told once: at the first of them, with the names of the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dsql_migrate.lint.finding import Finding

_NAMED = 3  # others that are named; the rest is counted


def folded(findings: Sequence[Finding]) -> list[Finding]:
    """The findings in their order; of those that are told once a file, the first of each rule."""
    others: dict[tuple[str, str], list[Finding]] = {}
    kept = []
    for finding in findings:
        if finding.once:
            known = others.get((finding.path, finding.code))
            if known is not None:
                known.append(finding)
                continue
            others[finding.path, finding.code] = []
        kept.append(finding)
    if not any(others.values()):
        return kept
    return [
        _with(finding, others.get((finding.path, finding.code), [])) if finding.once else finding for finding in kept
    ]


def _with(finding: Finding, others: Sequence[Finding]) -> Finding:
    if not others:
        return finding
    names = list(dict.fromkeys(o.object for o in others if o.object and o.object != finding.object))
    told = names[:_NAMED]
    left = len(names) - len(told) if names else len(others)
    if left:
        told.append(f"{left} more" if told else f"{left} more {'place' if left == 1 else 'places'}")
    return replace(finding, message=f"{finding.message} (also {', '.join(told)})")
