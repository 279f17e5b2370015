"""Names of a MySQL dump in PostgreSQL: databases as schemas, and one name for all indexes of a schema."""

from __future__ import annotations

import re

from dsql_migrate.schema.model import Key
from dsql_migrate.schema.naming import LIMIT, cut
from dsql_migrate.source.open import Source

_USE = re.compile(rb"^(?:/\*!\d+ )?USE +(`(?:[^`]|``)+`|\w+)", re.MULTILINE | re.IGNORECASE)
_KEPT = 300  # bytes: longer than any USE


class Names:
    """Which schema a database is, and which names of relations are taken."""

    def __init__(self, databases: list[str]) -> None:
        self._several = len(databases) > 1
        self._database: str | None = None
        self.taken: set[Key] = set()

    def use(self, database: str) -> str | None:
        """USE: names without a database are of this one. Its schema, where there are several."""
        self._database = database
        return database if self._several else None

    def schema(self, database: str | None = None) -> str:
        """The schema of a database: ``public`` where the dump has but one."""
        name = database or self._database
        return cut(name) if self._several and name else "public"

    def key(self, name: tuple[str | None, str]) -> Key:
        """(schema, name) of a table or view."""
        return self.schema(name[0]), cut(name[1])

    def relation(self, schema: str, table: str, name: str) -> str:
        """A free name for an index or a constraint: MySQL's own, which is unique in its table only, where that goes."""
        long = cut(f"{table}_{name}", LIMIT - 5)
        for wanted in (name, f"{table}_{name}", *(f"{long}_{n}" for n in range(2, 9999))):
            key = (schema, cut(wanted))
            if key not in self.taken:
                self.taken.add(key)
                return key[1]
        raise ValueError(f"no name is left for {name}")


def databases(source: Source) -> list[str]:
    """The databases that a script uses, in order: a look for USE at the beginning of lines."""
    found: dict[str, None] = {}
    tail = b""
    for chunk in source.chunks(0, source.size):
        for match in _USE.finditer(tail + chunk):
            found[match.group(1).strip(b"`").replace(b"``", b"`").decode("utf-8", "replace")] = None
        tail = (tail + chunk)[-_KEPT:]
        tail = tail[tail.find(b"\n") :] if b"\n" in tail else tail
    return list(found)
