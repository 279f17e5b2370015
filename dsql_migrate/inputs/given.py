"""What a person gives as input, and the Source that it becomes."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dsql_migrate.errors import Failure
from dsql_migrate.source.open import open_source

if TYPE_CHECKING:
    from dsql_migrate.source.open import Source

Choose = Callable[[str, str], str]  # (key of a decision, ledger id) -> option
# Starts a stage of the job: (name, total, unit, label) -> (advance, done); as Watcher.stage of migration.py.
Stage = Callable[[str, int | None, str, str], tuple[Callable[[int], None], Callable[[str], None]]]


@dataclass(frozen=True, slots=True)
class Live:
    """A live PostgreSQL. ``dsn``: URI or key=value pairs, with a password or without; it goes into no record.

    The patterns are those of pg_dump's options of the same names. ``keep``: where the dump is left for later.
    """

    dsn: str = field(repr=False)
    schema_only: bool = False
    tables: tuple[str, ...] = ()
    exclude_tables: tuple[str, ...] = ()
    schemas: tuple[str, ...] = ()
    exclude_table_data: tuple[str, ...] = ()
    keep: Path | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """One input: a path (``-`` for standard input), or a live database in its place.

    ``framework``: the migration tool of a folder or file, a name of ``source.frameworks``; ``auto`` finds it out.
    ``dialect``: of the script, ``postgresql`` or ``mysql``.
    """

    path: str = ""
    live: Live | None = None
    framework: str = "auto"
    dialect: str = "postgresql"

    @property
    def label(self) -> str:
        """A short name for the progress."""
        return Path(self.path).name if self.path else "a live database"

    @classmethod
    def of(cls, given: str | Given) -> Given:
        """A path as it stands, or what is Given already."""
        return cls(given) if isinstance(given, str) else given

    @classmethod
    def again(cls, source: Mapping[str, Any], path: str | None) -> Given:
        """The input of a bundle, from what its ledger says. ``path``: where it is now. Raises Failure."""
        if path is None and "database" in source and source["path"] == source["database"]:
            raise Failure(
                f"the bundle was made from a live database ({source['database']}), whose dump was not kept",
                hint="make it again with --keep-dump FILE, or name the kept dump with --source FILE",
            )
        return cls(path or str(source["path"]), framework=str(source.get("framework", "auto")),
                   dialect=str(source.get("dialect", "postgresql")))  # fmt: skip


def open_given(given: Given, stage: Stage | None = None, choose: Choose | None = None) -> Source:
    """The Source of an input; the caller closes it. Raises Failure.

    ``stage`` shows what takes its time; ``choose`` is asked for the decisions that making a script of it needs.
    """
    if given.live is not None:
        from dsql_migrate.inputs.live import dumped  # each way in costs only those who take it

        return dumped(given.live, stage)
    if given.dialect == "mysql":
        from dsql_migrate.inputs.mysql.translate import translated

        size = os.path.getsize(given.path) if os.path.isfile(given.path) else None
        advance, done = stage("Translating", size, "bytes", given.label) if stage else (None, None)
        source = translated(given.path, choose or first_option, advance)
        if done:
            done("from MySQL to PostgreSQL")
        return source
    if given.framework != "auto" or _of_migrations(given.path):
        from dsql_migrate.inputs.folder import replayed

        advance, done = stage("Replaying", None, "bytes", given.label) if stage else (None, None)
        source = replayed(given.path, given.framework, advance)
        if done:
            done(f"{source.about['files']:,} migrations")
        return source
    return open_source(given.path)


def first_option(key: str, _id: str) -> str:
    """The default of a decision."""
    from dsql_migrate.rewrite.decisions.choices import CHOICES

    return CHOICES[key].options[0].name


def _of_migrations(path: str) -> bool:
    """Whether it is a folder, and none that pg_dump -Fd made."""
    return bool(path) and os.path.isdir(path) and not os.path.exists(os.path.join(path, "toc.dat"))
