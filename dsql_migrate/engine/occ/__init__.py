"""Optimistic concurrency, without input or output: what a transaction touched, and which commits conflict with it."""

from dsql_migrate.engine.occ.effects import Effect, effect_of, fields
from dsql_migrate.engine.occ.footprint import Entry, Footprint, Lock, Mode, conflict, footprint
from dsql_migrate.engine.occ.registry import Registry, Snapshot
from dsql_migrate.engine.occ.shapes import Shape, Shapes

__all__ = [
    "Effect",
    "Entry",
    "Footprint",
    "Lock",
    "Mode",
    "Registry",
    "Shape",
    "Shapes",
    "Snapshot",
    "conflict",
    "effect_of",
    "fields",
    "footprint",
]
