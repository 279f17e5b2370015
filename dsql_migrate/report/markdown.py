"""The report as GitHub Markdown: for a pull request, a wiki, or a reader without a browser."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

from dsql_migrate.report.entries import DISPOSITIONS, Entry
from dsql_migrate.report.model import Report, Verification
from dsql_migrate.report.visible import visible
from dsql_migrate.report.words import TITLES, counted, counted_sort, noun, sort_of

_SPECIAL = re.compile(r"([\\`*_\[\]|~$]|^[-+#=])")
# A comment that shows nothing keeps GitHub from telling a person, or linking an issue, that a name happens to spell.
_SHOWN = 3  # objects that a decision names
_REFERENCE = re.compile(r"(@(?=\w)|#(?=\d)|:(?=//)|\bwww(?=\.))")


def render_markdown(report: Report) -> str:
    """The report as a document. Names and messages are escaped, so that they cannot become markup or HTML."""
    parts = [
        f"# {text(report.verdict.sentence)}",
        f"{code(report.source.path or 'unnamed input')}, DSQL as of {text(report.as_of)}.",
        _summary(report),
        *_top(report),
        *_verified(report),
        "## What to do next",
        _steps(report),
        *_decided(report),
        "## Objects by kind",
        _kinds(report),
        *_sections(report),
        *_rules(report),
        *_objects(report),
        *_tables(report.verification),
        *_ledger(report),
        *_run(report),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def text(value: str) -> str:
    """``value`` as Markdown text on one line: no markup, no HTML, no table border, no mention, no link."""
    escaped = html.escape(_SPECIAL.sub(r"\\\1", visible(value)), quote=False)
    return _REFERENCE.sub(r"\1<!-- -->", escaped)


def code(value: str) -> str:
    """``value`` as a code span, with a fence longer than any run of backticks in it; safe inside a table."""
    shown = visible(value)
    if not shown.strip():
        return f"<code>{html.escape(shown)}</code>" if shown else ""
    fence = "`" * (max((len(run) for run in re.findall("`+", shown)), default=0) + 1)
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{pad}{shown.replace('|', chr(92) + '|')}{pad}{fence}"


def _summary(report: Report) -> str:
    rows = []
    for section in report.sections:
        rows.append([text(section.title), f"{section.count:,}", text(", ".join(section.breakdown))])
    rows.append(["**All**", f"**{report.objects:,}**", f"{report.accounted:,} accounted for"])
    return _table(["What became of it", "Objects:", "Among them"], rows)


def _top(report: Report) -> list[str]:
    lines = [f"- {code(r.code)} {text(r.text or r.name)}{_outcome(r.outcome)}" for r in report.rules[:5]]
    return ["## What matters most", "\n".join(lines)] if lines else []


def _outcome(outcome: Sequence[str]) -> str:
    return f": {text(', '.join(outcome))}" if outcome else ""


def _verified(report: Report) -> list[str]:
    parts = ["## Verification"]
    verification = report.verification
    if verification is None:
        parts.append("Nothing was replayed.")
    else:
        equal = f"{verification.rows_equal:,} of {counted(verification.rows, 'row')} equal."
        engine = f" Replayed on {text(verification.engine)}." if verification.engine else ""
        parts.append(f"**{'Passed' if verification.passed else 'Failed'}.** {equal}{engine}")
        rows = []
        for check in verification.checks:
            counts = ", ".join(f"{key} {count}" for key, count in check.counts)
            rows.append([text(check.name), "passed" if check.ok else "**failed**", text(check.detail), text(counts)])
        parts.append(_table(["Check", "Result", "What was compared", "Counts"], rows))
    parts += [f"- **{text(problem)}**" for problem in report.problems]
    if report.unproved:
        rows = [[code(u.object), text(u.kind), text(u.reason)] for u in report.unproved]
        parts += [f"## Not proved ({len(report.unproved):,})", _table(["Object", "Kind", "Why not"], rows)]
    return parts


def _steps(report: Report) -> str:
    lines = []
    for number, step in enumerate(report.next_steps, 1):
        where = code(step.command) if step.command else code(f"OUT/{step.path}") if step.path else ""
        lines.append(f"{number}. {text(step.text)} {where}".rstrip())
    return "\n".join(lines)


def _decided(report: Report) -> list[str]:
    if not report.decided:
        return []
    rows = []
    for one in report.decided:
        names = ", ".join(code(id) for id in one.ids[:_SHOWN]) + (" …" if len(one.ids) > _SHOWN else "")
        what = f"{text(one.question)} {code(one.key)}".strip()
        rows.append([what, f"{code(one.option)} {text(one.effect)}".strip(), f"{len(one.ids):,}", names, text(one.who)])
    open_ = sum(len(one.ids) for one in report.decided if one.open)
    title = f"## Decisions ({sum(len(one.ids) for one in report.decided):,}, {open_:,} open)"
    lead = "Open are those that nobody has decided: the default holds. `decisions.yaml` takes them, for all or for one."
    return [title, lead, _table(["Choice", "Holds", "For:", "Such as", "Decided by"], rows)]


def _kinds(report: Report) -> str:
    rows = []
    for row in report.kinds:
        rows.append([text(noun(row.sort, 2)), *(f"{n:,}" if n else "" for n in row.counts), f"{row.total:,}"])
    rows.append(["**All**", *(f"**{n:,}**" for _, n in report.totals), f"**{report.objects:,}**"])
    return _table(["Kind", *(f"{TITLES[d]}:" for d in DISPOSITIONS), "All:"], rows)


def _sections(report: Report) -> list[str]:
    parts = []
    for section in reversed(report.sections):
        if not section.count or section.disposition == "kept":
            continue
        parts += [f"## {text(section.title)} ({section.count:,})", text(section.meaning)]
        for group in section.groups:
            parts.append(_folded(group.title, _entries(group.entries, False), group.reason, group.rule))
    return parts


def _entries(entries: Iterable[Entry], with_disposition: bool) -> str:
    heads = ["Line:", "Name", *(["Became"] if with_disposition else []), "Into", "Why", "Proof"]
    rows = []
    for e in entries:
        became = [e.disposition] if with_disposition else []
        why = f"{text(e.reason)} {code(e.rule)}".strip()
        name = f"{code(e.name)} {text(e.note)}".strip()
        rows.append([str(e.line or ""), name, *became, ", ".join(code(i) for i in e.into), why, text(e.proof)])
    return _table(heads, rows)


def _rules(report: Report) -> list[str]:
    if not report.rules:
        return []
    parts = [f"## Rules and findings ({counted(len(report.rules), 'rule')}, {counted(report.findings, 'finding')})"]
    for rule in report.rules:
        count = counted(len(rule.findings), "finding")
        if not rule.findings:
            parts.append(f"{code(rule.code)} **{text(rule.text or rule.name)}**{_outcome(rule.outcome)}")
            continue
        note = ", ".join([count, *rule.outcome])
        rows = [
            [str(f.line or ""), code(f.object), text(f.message), f"{code(f.sqlstate)} {text(f.server_message)}".strip()]
            for f in rule.findings
        ]
        advice = f"{text(rule.help)}\n\n" if rule.help else ""
        table = _table(["Line:", "Object", "Finding", "DSQL answers"], rows)
        parts.append(_folded(rule.text or rule.name, advice + table, note, rule.code))
    return parts


def _objects(report: Report) -> list[str]:
    if not report.by_object:
        return []
    rows = []
    for group in report.by_object:
        places = ", ".join(f"{code(f.code)}{f' line {f.line}' if f.line else ''}" for f in group.findings)
        rows.append([code(group.object) or "the script", f"{len(group.findings):,}", places])
    table = _table(["Object", "Findings:", "Rules"], rows)
    return ["## Findings by object", _folded(counted(len(rows), "object"), table)]


def _tables(verification: Verification | None) -> list[str]:
    if verification is None or not verification.tables:
        return []
    rows = []
    for t in verification.tables:
        source, target = ("not counted" if n is None else f"{n:,}" for n in (t.rows_source, t.rows_target))
        digests = [code(t.digest_source[:16]), code(t.digest_target[:16])]
        result = ("equal" if t.equal else "**different**") if t.compared else "not compared"
        rows.append([code(t.name), source, target, result, *digests])
    heads = ["Table", "Rows, source:", "Rows, target:", "Result", "Digest, source", "Digest, target"]
    return ["## Tables", _folded(counted(len(rows), "table"), _table(heads, rows))]


def _ledger(report: Report) -> list[str]:
    parts = [f"## The ledger ({counted(report.objects, 'entry', 'entries')})"]
    groups: dict[str, list[Entry]] = {row.sort: [] for row in report.kinds}
    for entry in report.ledger:
        groups[sort_of(entry)].append(entry)
    for sort, entries in groups.items():
        parts.append(_folded(counted_sort(len(entries), sort), _entries(entries, True)))
    return parts


def _run(report: Report) -> list[str]:
    lines = [f"- {text(key)}: {text(str(report.run[key]))}" for key in sorted(report.run)]
    return ["---", "\n".join(lines)] if lines else []


def _folded(title: str, body: str, note: str = "", rule: str = "") -> str:
    """``body`` behind a line that opens it. The line is HTML: GitHub reads no Markdown inside <summary>."""
    parts = [f"<b>{_html(title)}</b>", _html(note), f"<code>{_html(rule)}</code>" if rule else ""]
    return f"<details><summary>{' '.join(part for part in parts if part)}</summary>\n\n{body}\n\n</details>"


def _html(value: str) -> str:
    return _REFERENCE.sub(r"\1<!-- -->", html.escape(visible(value)))


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; a head that ends in a colon has numbers below it, set to the right."""
    lines = [f"| {' | '.join(h.removesuffix(':') for h in heads)} |"]
    lines.append("|" + "|".join("--:" if h.endswith(":") else "---" for h in heads) + "|")
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines)
