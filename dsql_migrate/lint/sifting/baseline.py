"""Findings that are known and put up with: a file of their fingerprints, so that only new ones are told."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dsql_migrate.errors import Failure
from dsql_migrate.lint.finding import Finding
from dsql_migrate.lint.paths import portable
from dsql_migrate.lint.sifting.fingerprint import fingerprints

SCHEMA_VERSION = 1
DEFAULT = "dsql-migrate-baseline.json"


class Baseline:
    """The entries of a file by fingerprint: ``{"fingerprint", "path", "code", "name", "object"}``.

    Paths count from the folder that the file is in, so that it holds wherever the linter is started.
    """

    def __init__(self, path: Path, entries: Iterable[Mapping[str, Any]] = ()) -> None:
        self.path = path
        self.entries = {str(entry["fingerprint"]): dict(entry) for entry in entries}
        self._base = os.path.dirname(os.path.abspath(path))

    @classmethod
    def of(cls, path: Path, findings: Sequence[Finding]) -> Baseline:
        """A baseline that knows these findings, to be written to ``path``."""
        made = cls(path)
        for finding, fingerprint in zip(findings, made._fingerprints(findings), strict=True):
            made.entries[fingerprint] = {
                "fingerprint": fingerprint,
                "path": made._named(finding.path),
                "code": finding.code,
                "name": finding.name,
                "object": finding.object,
            }
        return made

    @classmethod
    def read(cls, path: Path) -> Baseline:
        """The baseline in a file. Raises Failure where there is none."""
        try:
            document = json.loads(path.read_bytes())
        except FileNotFoundError:
            raise Failure(f"no such baseline: {path}", hint=f"dsql-migrate baseline -o {path} writes it") from None
        except OSError as error:
            raise Failure(f"cannot read the baseline {path}: {error.strerror}") from None
        except (ValueError, RecursionError):
            raise Failure(f"the baseline {path} is not readable JSON") from None
        entries = document.get("findings") if isinstance(document, dict) else None
        if not isinstance(entries, list) or not all(_sound(entry) for entry in entries):
            raise Failure(f"{path} is no baseline of dsql-migrate")
        if document.get("schema_version") != SCHEMA_VERSION:
            found = document.get("schema_version")
            raise Failure(f"the baseline {path} has schema_version {found}, known is {SCHEMA_VERSION}")
        return cls(path, entries)

    def new(self, findings: Sequence[Finding]) -> list[Finding]:
        """The findings that are not in it."""
        made = self._fingerprints(findings)
        return [found for found, fingerprint in zip(findings, made, strict=True) if fingerprint not in self.entries]

    def gone(self, findings: Sequence[Finding], files: Iterable[str]) -> list[str]:
        """Fingerprints of entries that occur no more: of files that were looked at, or that are no more there."""
        met = set(self._fingerprints(findings))
        seen = {self._named(path) for path in files}
        return [
            fingerprint
            for fingerprint, entry in self.entries.items()
            if fingerprint not in met and (entry["path"] in seen or self._missing(entry["path"]))
        ]

    def _fingerprints(self, findings: Sequence[Finding]) -> list[str]:
        return fingerprints(findings, self._base)

    def _named(self, path: str) -> str:
        if path == "-" or path.startswith("<"):
            return "<stdin>"
        return portable(os.path.abspath(path), self._base)

    def _missing(self, path: str) -> bool:
        return not path.startswith("<") and not os.path.exists(os.path.join(self._base, path))

    def without(self, fingerprints: Iterable[str]) -> Baseline:
        """The same without some entries."""
        left = set(fingerprints)
        return Baseline(self.path, (entry for name, entry in self.entries.items() if name not in left))

    def text(self) -> str:
        """The file: one line an entry, sorted, the same for the same findings."""
        rows = sorted(self.entries.values(), key=lambda e: (e["path"], e["code"], e["object"] or "", e["fingerprint"]))
        lines = ",\n".join(f"    {json.dumps(row, ensure_ascii=True, sort_keys=True)}" for row in rows)
        body = f"[\n{lines}\n  ]" if rows else "[]"
        return f'{{\n  "findings": {body},\n  "schema_version": {SCHEMA_VERSION}\n}}\n'


def _sound(entry: Any) -> bool:
    return (
        isinstance(entry, dict)
        and all(isinstance(entry.get(key), str) for key in ("fingerprint", "path", "code"))
        and isinstance(entry.get("object"), str | None)
    )
