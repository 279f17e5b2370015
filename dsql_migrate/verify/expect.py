"""What the plan promises of the target, in the words of the comparison. The rewrite fills these; nothing else does.

Object ids are the ledger's: ``table:public.film``, ``column:public.film.title``, ``constraint:public.film.film_pkey`` …
(see ``verify.inventory``). Names in ids are as PostgreSQL stores them, never quoted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

# Ledger kinds that stand for objects a database can show; the others (settings, grants, psql lines …) leave no trace
# that this comparison reads.
OBJECT_KINDS = frozenset(
    (
        "schema", "table", "column", "default", "identity", "constraint", "index", "sequence", "view",
        "materialized view", "function", "procedure", "aggregate", "trigger", "event trigger", "rule", "policy",
        "type", "domain", "extension", "collation", "cast", "operator", "comment", "partition",
    )
)  # fmt: skip
_CARRIED = ("kept", "rewritten")
_MEMBERS = ("column", "default", "identity")


@dataclass(frozen=True, slots=True)
class ColumnExpectation:
    """A column of the target, and which SQL makes its value comparable on either side.

    ``source_sql`` is an expression over the source table's row, ``target_sql`` one over the target's; both must give
    the same value for the same row. Empty: the column itself. ``type`` is what format_type prints on the target.
    """

    name: str
    type: str
    source_name: str = ""  # empty: the same name; for a column the source does not have, give source_sql
    not_null: bool = False
    default: bool = False
    identity: bool = False
    generated: bool = False
    source_sql: str = ""
    target_sql: str = ""


@dataclass(frozen=True, slots=True)
class Back:
    """How the values of a source column come back from the columns of the target that hold them.

    ``back`` takes the texts that the target prints for ``columns`` (None for NULL) and gives the text that the source
    prints; it raises ValueError on a text that it cannot read. Without it, ``loss`` says why there is no way back.
    ``canonical`` makes texts equal that mean the same value (1.50 and 1.5), on both sides. ``sql``: over a row of the
    target, what is read in the place of its one column and is the source's value already.
    """

    source: str
    columns: tuple[str, ...]
    back: Callable[[tuple[bytes | None, ...]], bytes | None] | None
    loss: str = ""
    canonical: Callable[[bytes], bytes] | None = None
    sql: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A source table whose rows end in a table of the target.

    ``only``: without the rows of its own children (they are parts too). ``constants``: SQL by target column, used
    instead of the column's source_sql (a discriminator; NULL for a column that this part does not have).
    ``relation``: SQL that takes the place of the table's name, where its rows are others than the table's.
    """

    schema: str
    table: str
    only: bool = False
    constants: Mapping[str, str] | None = None
    relation: str = ""

    @property
    def name(self) -> str:
        return f"{self.schema}.{self.table}"


@dataclass(frozen=True, slots=True)
class TableExpectation:
    """A table of the target. ``parts`` is empty where its rows come from nowhere (then it must be empty).

    ``key``: the source's columns that name a row; ``backs``: the columns whose values were converted.
    """

    schema: str
    name: str
    parts: tuple[Part, ...]
    columns: tuple[ColumnExpectation, ...]
    unproved: str | None = None  # why its rows cannot be compared, where the plan knows it
    key: tuple[str, ...] = ()
    backs: tuple[Back, ...] = ()

    @property
    def qualified(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def id(self) -> str:
        return f"table:{self.qualified}"


@dataclass(frozen=True, slots=True)
class ObjectExpectation:
    """One ledger entry: which objects of the target it stands for.

    ``targets``: ids that must be there because of this entry; empty where nothing must (application, dropped).
    ``changed``: aspects that the plan changed on purpose, so that they are not compared. Understood:
    constraints "expression", "columns", "references", "on delete", "on update", "deferrable", "validated";
    indexes "keys", "include", "predicate", "unique"; sequences "increment"; defaults "expression"; views "columns",
    "rows"; comments "text"; "all" for any of these.
    """

    id: str
    kind: str
    name: str
    disposition: str
    targets: tuple[str, ...] = ()
    changed: frozenset[str] = frozenset()
    line: int = 0


@dataclass(frozen=True, slots=True)
class Expectations:
    """Everything. ``extra``: ids on the target that no entry names but the plan made (a helper domain's CHECK, say)."""

    tables: tuple[TableExpectation, ...]
    objects: tuple[ObjectExpectation, ...]
    extra: frozenset[str] = frozenset()
    ignored_schemas: frozenset[str] = frozenset({"sys"})  # DSQL's own


def from_ledger(
    entries: Iterable[Mapping[str, Any]],
    tables: Iterable[TableExpectation],
    targets: Mapping[str, tuple[str, ...]] | None = None,
    changed: Mapping[str, Iterable[str]] | None = None,
) -> tuple[ObjectExpectation, ...]:
    """The object expectations of ledger entries (``id, kind, name, line, disposition`` are read).

    A kept or rewritten object is expected under its own id; a table, column, default or identity of a merged part
    under the id of the table it went into. ``targets`` overrides this by ledger id (a serial's sequence:
    ``{"sequence:public.t_id_seq": ("identity:public.t.id",)}``); ``changed`` gives declared differences by ledger id.
    """
    parts = ((part, table) for table in tables for part in table.parts if not part.relation)
    merged = {part.name: table.qualified for part, table in parts if part.name != table.qualified}
    own, declared = targets or {}, changed or {}
    found = []
    for entry in entries:
        id, kind, disposition = str(entry["id"]), str(entry["kind"]), str(entry["disposition"])
        if id in own:
            expected = own[id]
        elif disposition in _CARRIED and kind in OBJECT_KINDS:
            expected = _moved(id, kind, merged)
        else:
            expected = ()
        found.append(
            ObjectExpectation(
                id, kind, str(entry["name"]), disposition, expected, frozenset(declared.get(id, ())),
                int(entry.get("line") or 0),
            )
        )  # fmt: skip
    return tuple(found)


def relocated(id: str, merged: Mapping[str, str]) -> str:
    """The id of a table, a column, a default or an identity where the table went into another one."""
    kind, _, name = id.partition(":")
    if kind in ("table", "partition"):
        return f"table:{merged.get(name, name)}"
    relation, _, member = name.rpartition(".")
    return f"{kind}:{merged[relation]}.{member}" if kind in _MEMBERS and relation in merged else id


def _moved(id: str, kind: str, merged: Mapping[str, str]) -> tuple[str, ...]:
    """Where an entry's object is expected; a merged table's other members have no place of their own."""
    relation = id.partition(":")[2].rpartition(".")[0]
    gone = relation in merged and kind not in (*_MEMBERS, "table", "partition")
    return () if gone else (relocated(id, merged),)
