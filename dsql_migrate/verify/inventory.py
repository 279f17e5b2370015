"""A database's objects under the ledger's ids: the independent witness that nothing was lost.

Ids: ``table:public.film``, ``column:public.film.title``, ``default:…``, ``identity:…``,
``constraint:public.film.film_pkey`` (of a domain: ``constraint:public.year.year_check``), ``index:public.idx``,
``sequence:public.s``, ``view:…``, ``materialized view:…``, ``function:public.f(integer, text)``, ``procedure:…``,
``aggregate:…``, ``trigger:public.film.trg``, ``rule:…``, ``policy:…``, ``type:…``, ``domain:…``, ``extension:x``,
``collation:…``, ``cast:(a AS b)``, ``schema:s``, ``comment:column public.film.title`` …
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dsql_migrate.verify.structure import Catalogue, Table, read


@dataclass(frozen=True, slots=True)
class Item:
    """One object. ``optional``: it may stand for itself or be covered by another's entry, a partition's column say."""

    id: str
    kind: str
    name: str
    optional: bool = False


def inventory(connection: Any) -> list[tuple[str, str, str]]:
    """(id, kind, name) of every object of the database behind an autocommit connection, sorted by id."""
    return [(item.id, item.kind, item.name) for item in items(read(connection))]


def items(catalogue: Catalogue) -> list[Item]:
    """Every object of a catalogue, sorted by id."""
    return sorted({item.id: item for item in _items(catalogue)}.values(), key=lambda item: item.id)


def _items(catalogue: Catalogue) -> Iterator[Item]:
    for table in catalogue.tables.values():
        yield Item(f"table:{table.qualified}", "table", table.qualified)
        yield from _columns(table)
    for constraint in catalogue.constraints.values():
        yield Item(constraint.id, "constraint", constraint.id.partition(":")[2], constraint.inherited)
    for index in catalogue.indexes.values():
        yield Item(index.id, "index", f"{index.schema}.{index.name}", index.inherited)
    for view in catalogue.views.values():
        yield Item(view.id, view.kind, view.qualified)
    for sequence in catalogue.sequences.values():
        if sequence.identity_of is None:
            yield Item(sequence.id, "sequence", f"{sequence.schema}.{sequence.name}")
    for other in catalogue.others.values():
        yield Item(other.id, other.kind, other.name, other.optional)


def _columns(table: Table) -> Iterator[Item]:
    for column in table.columns:
        name = f"{table.qualified}.{column.name}"
        yield Item(f"column:{name}", "column", name, column.inherited)
        if column.expression is not None:  # of a generated column too: the expression is a guarantee
            yield Item(f"default:{name}", "default", name, column.inherited)
        if column.identity:
            yield Item(f"identity:{name}", "identity", name, column.inherited)
