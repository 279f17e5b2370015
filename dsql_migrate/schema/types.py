"""Which type a name means: built in, an enum, a domain, a composite … and what lies under a domain."""

from __future__ import annotations

from typing import Literal

from dsql_migrate.record import Record
from dsql_migrate.schema.model import UserType
from dsql_migrate.source.facts import TypeName

_ALIASES = {
    "int": "int4", "integer": "int4", "smallint": "int2", "bigint": "int8", "real": "float4", "float": "float8",
    "decimal": "numeric", "boolean": "bool", "string": "text",
}  # fmt: skip
# The types of pg_catalog (pg_type of PostgreSQL 16, arrays and handlers left out). It is looked through before the
# search_path, so their bare names never mean a type or the row of a table that a script made.
BUILT_IN = frozenset([
    "aclitem", "any", "anyarray", "anycompatible", "anycompatiblearray", "anycompatiblemultirange",
    "anycompatiblenonarray", "anycompatiblerange", "anyelement", "anyenum", "anymultirange", "anynonarray",
    "anyrange", "bit", "bool", "box", "bpchar", "bytea", "char", "cid", "cidr", "circle", "cstring", "date",
    "datemultirange", "daterange", "event_trigger", "float4", "float8", "inet", "int2", "int2vector", "int4",
    "int4multirange", "int4range", "int8", "int8multirange", "int8range", "internal", "interval", "json", "jsonb",
    "jsonpath", "line", "lseg", "macaddr", "macaddr8", "money", "name", "numeric", "nummultirange", "numrange", "oid",
    "oidvector", "path", "pg_lsn", "pg_snapshot", "point", "polygon", "record", "refcursor", "regclass",
    "regcollation", "regconfig", "regdictionary", "regnamespace", "regoper", "regoperator", "regproc", "regprocedure",
    "regrole", "regtype", "text", "tid", "time", "timestamp", "timestamptz", "timetz", "trigger", "tsmultirange",
    "tsquery", "tsrange", "tstzmultirange", "tstzrange", "tsvector", "txid_snapshot", "unknown", "uuid", "varbit",
    "varchar", "void", "xid", "xid8", "xml",
])  # fmt: skip
TypeKind = Literal["base", "enum", "composite", "range", "domain", "serial", "unknown"]
_ARRAY_PREFIX = "_"  # pg_catalog names the array type of int4 "_int4"


class Resolved(Record):
    """A type with its user-defined layers taken off.

    ``name`` is PostgreSQL's internal name of the base type (``unknown`` types keep the name they were written with).
    """

    kind: TypeKind
    name: str
    modifiers: tuple[str, ...]
    dimensions: int
    user: UserType | None = None  # the type itself where it is user-defined
    under: Resolved | None = None  # of a domain: what it is over
    schema: str | None = None

    @property
    def base(self) -> Resolved:
        """Below every domain."""
        return self.under.base if self.under is not None else self

    @property
    def arrays(self) -> tuple[int, ...]:
        """The dimensions of each array on the way down: a domain may be over an array, and an array of domains."""
        own = (self.dimensions,) if self.dimensions else ()
        return own + (self.under.arrays if self.under is not None else ())


def canonical(type: TypeName) -> TypeName:
    """int -> int4, _text -> text[]; other types as they are."""
    name, dimensions = type.name, type.dimensions
    if type.schema in (None, "pg_catalog"):
        if name.startswith(_ARRAY_PREFIX) and len(name) > 1 and type.schema == "pg_catalog":
            name, dimensions = name[1:], dimensions + 1
        name = _ALIASES.get(name, name)
    if name == type.name:
        return type
    return TypeName(type.schema, name, type.modifiers, dimensions, type.setof, type.span)
