"""The readiness report: one model, rendered to HTML, Markdown and JSON.

``build`` turns the ledger, the verification and the findings into a ``Report``; ``write_report`` writes it in the
format its file ending names. The renderers are imported when they run, so that this package stays light.
"""

from __future__ import annotations

from dsql_migrate.report.model import Report, build
from dsql_migrate.report.write import render, write_report

__all__ = ["Report", "build", "render", "write_report"]
