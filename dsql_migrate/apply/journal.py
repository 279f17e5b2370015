"""What has been applied, on disk before the next step begins: an interrupted apply goes on where it stopped.

One file for each endpoint, JSON lines, appended and synced: a header, then the states of steps. A step whose last state
is ``begun`` is in doubt: it was sent, and nobody was there to read the answer.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from dsql_migrate.errors import Failure

State = Literal["begun", "done", "refused", "split", "job"]
Key = tuple[str, int, int]  # file, first byte, byte after the last

_VERSION = 1


class Journal:
    """The states of steps; in memory alone where it is made without a file."""

    def __init__(self) -> None:
        self._states: dict[Key, tuple[State, Any]] = {}
        self._file: int | None = None
        self._turn = threading.Lock()  # several runs may note at the same time

    @classmethod
    def open(cls, folder: Path, endpoint: str, digests: Mapping[str, str], restart: bool = False) -> Self:
        """The journal of this bundle for that endpoint; ``digests``: SHA-256 of each script.

        Raises Failure where another process applies it now, or where the scripts changed since it began.
        """
        journal = cls()
        path = folder / f".apply-journal-{hashlib.sha256(endpoint.encode()).hexdigest()[:12]}.jsonl"
        try:
            journal._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            fcntl.flock(journal._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            journal.close()
            raise Failure(f"this bundle is being applied to {endpoint} by another process") from None
        except OSError as error:
            raise Failure(f"cannot write the journal {path}: {error.strerror}", "--no-journal goes without") from None
        lines = [] if restart else journal._lines()
        header = {"version": _VERSION, "endpoint": endpoint, "files": dict(sorted(digests.items()))}
        if not lines:
            os.ftruncate(journal._file, 0)
            journal._append(header)
        elif lines[0] != header:
            journal.close()
            raise Failure(
                f"the bundle changed since it was applied to {endpoint}",
                "--restart forgets what was applied; do that only with an empty database",
            )
        for line in lines[1:]:
            key = (line["file"], line["start"], line["end"])
            journal._states[key] = (line["state"], line.get("value"))
        return journal

    def state(self, key: Key) -> State | None:
        """The last state of a step; None where it was never begun."""
        return self._states[key][0] if key in self._states else None

    def value(self, key: Key) -> Any:
        """What was noted with the state: a job's id, the offset a block was split at."""
        return self._states[key][1] if key in self._states else None

    def note(self, key: Key, state: State, value: Any = None) -> None:
        """Write a state down; it is on disk when this returns."""
        line = {"file": key[0], "start": key[1], "end": key[2], "state": state}
        with self._turn:
            self._states[key] = (state, value)
            self._append(line if value is None else {**line, "value": value})

    def close(self) -> None:
        """Let others have the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _append(self, line: dict[str, Any]) -> None:
        if self._file is None:
            return
        data = json.dumps(line, sort_keys=True, ensure_ascii=False).encode() + b"\n"
        os.lseek(self._file, 0, os.SEEK_END)
        while data:
            data = data[os.write(self._file, data) :]
        os.fsync(self._file)

    def _lines(self) -> list[dict[str, Any]]:
        """What was written before. The last line may be torn: its step then counts as not yet noted."""
        assert self._file is not None
        with os.fdopen(os.dup(self._file), "rb") as file:
            file.seek(0)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        os.ftruncate(self._file, len(whole))
        try:
            return [json.loads(line) for line in whole.splitlines()]
        except ValueError:
            raise Failure("the journal of this bundle is damaged", "--restart begins a new one") from None
