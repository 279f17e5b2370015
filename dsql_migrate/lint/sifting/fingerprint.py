"""A name for each finding that stays the same when lines move: for baselines and for services that compare runs."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Sequence

from dsql_migrate.lint.finding import Finding
from dsql_migrate.lint.paths import portable


def fingerprints(findings: Sequence[Finding], base: str | None = None) -> list[str]:
    """One fingerprint a finding, in the same order: 32 hexadecimal digits, no two alike.

    Made of the rule's code, the path (relative to the folder ``base``, an absolute path; without it to the working
    directory), the object, and the text of the marked line with blanks squeezed. Line numbers, columns, severity and
    wording have no part in it. Findings alike in all of that are told apart by their order within the file, so all
    findings of a file have to be given, and in their order.
    """
    paths: dict[str, str] = {}
    seen: Counter[tuple[str, str, str, str]] = Counter()
    made = []
    for finding in findings:
        path = paths.get(finding.path)
        if path is None:
            path = paths[finding.path] = portable(_absolute(finding.path) if base else finding.path, base)
        key = (finding.code, path, finding.object or "", " ".join(finding.frame.split()))
        text = "\0".join((*key, str(seen[key])))
        seen[key] += 1
        made.append(hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32])
    return made


def _absolute(path: str) -> str:
    return path if path.startswith("<") else os.path.abspath(path)
