"""Build hook: puts the compiled form of ``rules/`` into the wheel, so that no user's first run has to read YAML."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileRules(BuildHookInterface):  # type: ignore[type-arg]
    """Adds ``dsql_migrate/_rules/compiled.json``. It never stands in the checkout, where it could go stale."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel" or version == "editable":
            return
        root = Path(self.root)
        sys.path.insert(0, str(root))
        try:
            from dsql_migrate.target import store
        finally:
            sys.path.remove(str(root))
        self._folder = tempfile.TemporaryDirectory()
        compiled = Path(self._folder.name) / store.COMPILED
        compiled.write_bytes(store.dump(store.compile_folder(root / "rules")))
        build_data["force_include"][str(compiled)] = f"dsql_migrate/_rules/{store.COMPILED}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        folder = getattr(self, "_folder", None)
        if folder is not None:
            folder.cleanup()
