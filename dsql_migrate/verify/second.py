"""A second load of the source, without the code in it, for telling why rows differ; made only where they do."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from dsql_migrate.verify import access


class Second:
    """``again`` loads the source and gives the database's dsn; None where it cannot be loaded again."""

    def __init__(self, again: Callable[[], str] | None) -> None:
        self._again = again
        self._reader: Any = None

    def reader(self) -> Any:
        """A reading connection to it, loaded at the first call; None where there is none."""
        if self._reader is None and self._again is not None:
            again, self._again = self._again, None
            self._reader = access.reader_of_source(again())
        return self._reader

    def close(self) -> None:
        """Close the connection, if one was made."""
        if self._reader is not None:
            with contextlib.suppress(Exception):
                self._reader.close()
