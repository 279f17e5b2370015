"""Writes verification.json: the same bytes for the same input, times aside."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def as_text(verification: Mapping[str, Any], run: Mapping[str, Any] | None = None) -> str:
    """The file's text. ``run``: what differs from run to run (seconds, when); it stands under one key."""
    document = dict(verification) | ({"run": dict(run)} if run is not None else {})
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def write(path: Path, verification: Mapping[str, Any], run: Mapping[str, Any] | None = None) -> None:
    """Put the file in place whole: a reader sees the old one or the new one. Raises OSError."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_text(as_text(verification, run), encoding="utf-8")
    temporary.replace(path)
