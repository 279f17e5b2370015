"""The report as one HTML file: nothing loaded from anywhere, readable on a phone, on paper, light and dark."""

from __future__ import annotations

import base64
import hashlib
import re
from importlib.resources import files
from typing import Any

from dsql_migrate.report.entries import DISPOSITIONS, Entry
from dsql_migrate.report.model import Report, Section
from dsql_migrate.report.visible import visible
from dsql_migrate.report.words import HOUSEKEEPING, MEANINGS, TITLES, counted, noun, sort_of

# How many findings or rules the first screen names; the sections below have the rest.
TOP = 5
# A group with more entries starts closed.
OPEN_UP_TO = 6
# Lists repeat only this many entries outside the ledger, and say where the others stand.
LISTED = 200


def render_html(report: Report) -> str:
    """The report as a page. Every value is escaped; characters without a shape are written as escapes."""
    import jinja2
    from markupsafe import Markup

    def shown(value: Any) -> Any:
        return value if isinstance(value, Markup) else visible(str(value))

    templates = files("dsql_migrate.report") / "templates"
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: (templates / name).read_text("utf-8")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = (templates / "report.css").read_text("utf-8")
    script = (templates / "report.js").read_text("utf-8")
    return environment.get_template("report.html.j2").render(
        report=report,
        style=Markup(style),
        script=Markup(script),
        # The page may run this one script and this style, and load nothing: the policy says so to the browser.
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        segments=_segments(report),
        sections=_sections(report),
        ledger_kinds=_by_sort(report),
        titles=TITLES,
        meanings=MEANINGS,
        dispositions=DISPOSITIONS,
        counted=counted,
        noun=noun,
        number="{:,}".format,
        anchor=_anchor,
        differing=[t for t in report.verification.tables if t.compared and not t.equal] if report.verification else [],
        top=report.rules[:TOP],
        open_up_to=OPEN_UP_TO,
        listed=LISTED,
        housekeeping=HOUSEKEEPING,
    )


def _segments(report: Report) -> list[dict[str, Any]]:
    """The parts of the bar: a share of the whole in per cent, never rounded to nothing or to all."""
    parts = []
    for section in report.sections:
        share = 100 * section.count / max(report.objects, 1)
        told = "<1" if 0 < share < 0.5 else ">99" if 99.5 <= share < 100 else f"{share:.0f}"
        parts.append({"section": section, "share": f"{share:.3f}", "told": told})
    return parts


def _sections(report: Report) -> list[Section]:
    """The sections that hold something, those that ask for a person first."""
    order = ("unknown", "application", "dropped", "rewritten", "kept")
    return sorted((s for s in report.sections if s.count), key=lambda s: order.index(s.disposition))


def _by_sort(report: Report) -> list[tuple[str, list[Entry]]]:
    """The ledger by sort of thing, the sorts in the order of the overview."""
    groups: dict[str, list[Entry]] = {row.sort: [] for row in report.kinds}
    for entry in report.ledger:
        groups[sort_of(entry)].append(entry)
    return list(groups.items())


def _anchor(text: str) -> str:
    """``text`` as the id of an element: ``DSQL301`` stays as it is, anything unsafe becomes its bytes in hex."""
    return text if re.fullmatch(r"[A-Za-z0-9_-]+", text) else "x" + text.encode("utf-8", "surrogatepass").hex()
