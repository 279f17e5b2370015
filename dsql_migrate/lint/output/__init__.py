"""How findings are written: one file a format. Each takes a Result and gives back text; nothing here prints."""

from __future__ import annotations

from collections.abc import Callable

from dsql_migrate.lint.output import json, text
from dsql_migrate.lint.result import Result

Format = Callable[[Result], str]

FORMATS: dict[str, Format] = {"json": json.render, "text": text.render}

__all__ = ["FORMATS", "Format", "json", "text"]
