"""A bundle that is there already: what its ledger and its findings say."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

from dsql_migrate.errors import Failure


def read_ledger(path: Path) -> dict[str, Any]:
    """Its ledger.json. Raises Failure where it is none of this version."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Failure(
            f"{path}: {getattr(error, 'strerror', None) or 'not readable JSON'}", hint="is it a bundle?"
        ) from None
    if not isinstance(found, dict) or not {"as_of", "source", "decisions", "refused", "entries"} <= set(found):
        raise Failure(f"{path}: not a ledger of this version", hint="make the bundle anew")
    return found


def findings_of_bundle(bundle: Path) -> list[dict[str, Any]]:
    """Its findings.json; none where it has none that can be read."""
    with contextlib.suppress(OSError, ValueError):
        found = json.loads((bundle / "findings.json").read_text(encoding="utf-8"))
        return list(found) if isinstance(found, list) else []
    return []
