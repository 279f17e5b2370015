"""Django's fields as columns of PostgreSQL (``DatabaseWrapper.data_types``, Django 4.1 to 5.2)."""

from __future__ import annotations

from dsql_migrate.record import Record
from dsql_migrate.source.migrations.hosts.django.state import Model, Part, State, column_name, is_relation
from dsql_migrate.source.migrations.hosts.languages.tree import (
    Call,
    Items,
    Member,
    Name,
    Node,
    Pairs,
    Text,
    Value,
    dotted,
)
from dsql_migrate.source.migrations.hosts.sql import NOTHING, Place, Sql, literal, made
from dsql_migrate.source.migrations.hosts.walk import Walk

_TYPES = {
    "AutoField": "integer", "BigAutoField": "bigint", "SmallAutoField": "smallint", "BinaryField": "bytea",
    "BooleanField": "boolean", "NullBooleanField": "boolean", "DateField": "date",
    "DateTimeField": "timestamp with time zone", "DurationField": "interval", "FloatField": "double precision",
    "IntegerField": "integer", "BigIntegerField": "bigint", "IPAddressField": "inet", "GenericIPAddressField": "inet",
    "JSONField": "jsonb", "PositiveBigIntegerField": "bigint", "PositiveIntegerField": "integer",
    "PositiveSmallIntegerField": "smallint", "SmallIntegerField": "smallint", "TextField": "text", "TimeField": "time",
    "UUIDField": "uuid", "HStoreField": "hstore", "CITextField": "citext", "CICharField": "citext",
    "CIEmailField": "citext", "IntegerRangeField": "int4range", "BigIntegerRangeField": "int8range",
    "DecimalRangeField": "numrange", "DateTimeRangeField": "tstzrange", "DateRangeField": "daterange",
    "SearchVectorField": "tsvector", "OIDField": "oid", "PointField": "geometry(POINT,4326)",
    "PolygonField": "geometry(POLYGON,4326)", "MultiPolygonField": "geometry(MULTIPOLYGON,4326)",
    "LineStringField": "geometry(LINESTRING,4326)", "GeometryField": "geometry(GEOMETRY,4326)", "RasterField": "raster",
    "VectorField": "vector", "TreeForeignKey": "", "MoneyField": "numeric(14, 2)", "CurrencyField": "varchar(3)",
    "CountryField": "varchar(2)", "PhoneNumberField": "varchar(128)", "LtreeField": "ltree", "PathField": "ltree",
    "OrderWrt": "integer", "StreamField": "jsonb", "TimeZoneField": "varchar(63)",
}  # fmt: skip
# Text with a length: what it is without max_length.
_LENGTHS = {"CharField": None, "SlugField": 50, "EmailField": 254, "URLField": 200, "FileField": 100, "ImageField": 100,
            "FilePathField": 100, "CommaSeparatedIntegerField": None}  # fmt: skip
_MANAGERS = ("GenericRelation", "TaggableManager")  # of other packages, too: no column
_NO_COLUMN = ("GenericForeignKey", "GenericRelation", "TaggableManager", "ForeignObject", "CompositePrimaryKey")
_AUTO = ("AutoField", "BigAutoField", "SmallAutoField")
_POSITIVE = ("PositiveBigIntegerField", "PositiveIntegerField", "PositiveSmallIntegerField")
# Base kinds that the name of a field of another package may end with; longest first.
_BASES = sorted(
    (*_TYPES, *_LENGTHS, "DecimalField", "ManyToManyField", "ForeignKey", "OneToOneField", "ParentalKey"),
    key=len,
    reverse=True,
)


class Column(Record):
    """A column. ``refers``: (table, column) of its foreign key."""

    name: str
    type: Sql
    place: Place
    null: bool = False
    primary_key: bool = False
    unique: bool = False
    index: bool = False
    identity: bool = False
    check: str = ""
    refers: tuple[str, str] | None = None
    default: Sql = NOTHING  # of the program: the database has it only while a column is added
    db_default: Sql = NOTHING
    generated: Sql = NOTHING

    @property
    def like(self) -> bool:
        """Whether Django makes an index for LIKE besides: a text column that is indexed or unique."""
        return (self.index or self.unique) and self.type.text.startswith(("varchar", "text"))


def kind(part: Part) -> str:
    """The kind of field: Django's own name for it, also where another package has derived from it."""
    name = part.node.name
    if name in _TYPES or name in _LENGTHS:
        return name
    return next((base for base in _BASES if name.endswith(base)), name)


def has_column(part: Part) -> bool:
    """Whether the field is a column of the model's table."""
    return part.node.name not in _NO_COLUMN and not part.node.name.endswith(_MANAGERS) and not is_many(part)


def is_many(part: Part) -> bool:
    """Whether it is a many-to-many relation: a table of its own, or one of ``through``."""
    return part.node.name.endswith("ManyToManyField")


def column(part: Part, model: Model, state: State, here: str, op: Node) -> Column:
    """The column of a field. What stands in another file than ``here`` is placed at the operation ``op``."""
    walk = part.walk
    place = part.node.place if part.path == here else op.place
    base = kind(part)
    refers = None
    if is_relation(part):
        table, key, target = state.target(part.node.arg(0, "to") or part.node.named.get("to"), model, walk)
        to_field = walk.word(part.node.named.get("to_field"))
        if target is not None and to_field in target.fields:
            key = column_name(target.fields[to_field])
        type_ = made(place, _key_type(target, to_field, table, state))
        refers = (table, key) if part.flag("db_constraint", True) else None
    else:
        type_ = _moved(_type(part.node, base, walk), place) if part.path != here else _type(part.node, base, walk)
    unique = part.flag("unique") or base == "OneToOneField"
    primary = part.flag("primary_key")
    return Column(
        name=column_name(part),
        type=type_,
        place=place,
        null=part.flag("null") or base == "NullBooleanField",
        primary_key=primary,
        unique=unique and not primary,
        index=part.flag("db_index", base in ("ForeignKey", "ParentalKey", "SlugField")) and not unique and not primary,
        identity=base in _AUTO,
        check=f'"{column_name(part)}" >= 0' if base in _POSITIVE else "",
        refers=refers,
        default=_moved(_default(part, base), place),
        db_default=_moved(_db_default(part), place),
        generated=_moved(_generated(part, model), place),
    )


def _moved(sql: Sql, place: Place) -> Sql:
    return made(place, "{}", sql.text) if sql else NOTHING


def _type(call: Call, base: str, walk: Walk) -> Sql:
    place = call.place
    if base == "ArrayField":
        inner = call.arg(0, "base_field")
        found = walk.resolve(inner) if inner is not None else None
        size = walk.number(call.named.get("size"))
        if isinstance(found, Call):
            part = Part("", found, "", walk)
            return made(place, "{}[{}]", _type(found, kind(part), walk), "" if size is None else str(size))
        walk.told(call, "the type of the array's elements is not known")
        return made(place, "text[]")
    if base == "DecimalField":
        digits, scale = walk.number(call.named.get("max_digits")), walk.number(call.named.get("decimal_places"))
        return made(place, "numeric" if digits is None else f"numeric({digits}, {scale or 0})")
    if base in _LENGTHS:
        length = walk.number(call.named.get("max_length"))
        length = _LENGTHS[base] if length is None else length
        return made(place, "varchar" if length is None else f"varchar({length})")
    if base == "VectorField":
        size = walk.number(call.named.get("dimensions"))
        return made(place, "vector" if size is None else f"vector({size})")
    if base == "GeneratedField":
        output = call.named.get("output_field")
        found = walk.resolve(output) if output is not None else None
        return _type(found, kind(Part("", found, "", walk)), walk) if isinstance(found, Call) else made(place, "text")
    if _TYPES.get(base):
        return made(place, _TYPES[base])
    length = walk.number(call.named.get("max_length"))
    walk.told(call, f"the field {call.name} is not known; it is taken for {'varchar' if length else 'text'}")
    return made(place, f"varchar({length})" if length else "text")


def _key_type(target: Model | None, to_field: str, table: str, state: State, depth: int = 0) -> str:
    """The type of a column that refers to a model."""
    key = (target.fields.get(to_field) or target.key()) if target is not None else None
    if target is None or key is None or depth > 8:
        return state.key_type(table)
    if is_relation(key):
        name, _, further = state.target(key.node.arg(0, "to") or key.node.named.get("to"), target, key.walk)
        return _key_type(further, "", name, state, depth + 1)
    return _type(key.node, kind(key), key.walk).text


def _default(part: Part, base: str) -> Sql:
    """The value that rows get which are there already; a function of the program gives one that is not known."""
    node = part.node.named.get("default")
    if node is None:
        if part.flag("blank") and not part.flag("null") and base in (*_LENGTHS, "TextField"):
            return made(part.node.place, "''")
        return NOTHING
    found = part.walk.resolve(node)
    if isinstance(found, Value):
        return part.walk.literal(found) or NOTHING if found.value is not None else NOTHING
    if isinstance(found, Text):
        return part.walk.literal(found) or NOTHING
    stand_in = {"JSONField": "'{}'", "ArrayField": "'{}'", "DateTimeField": "now()", "DateField": "now()"}
    path = dotted(found)
    if isinstance(found, Name | Member) and path in ("dict", "list", "uuid.uuid4", "django.utils.timezone.now"):
        return made(
            node.place, {"uuid.uuid4": "'00000000-0000-4000-8000-000000000000'"}.get(path) or stand_in.get(base, "'{}'")
        )
    if isinstance(found, Pairs | Items):
        return made(node.place, "'{}'")
    if isinstance(found, Call) and found.name in ("Decimal", "date", "datetime") and found.args:
        return literal(part.walk.sql(found.args[0]) or made(node.place, "0"))
    return made(node.place, "NULL")


def _db_default(part: Part) -> Sql:
    node = part.node.named.get("db_default")
    return _expression(node, part.walk) if node is not None else NOTHING


def _generated(part: Part, model: Model) -> Sql:
    if part.node.name != "GeneratedField":
        return NOTHING
    node = part.node.named.get("expression")
    stored = "STORED" if part.flag("db_persist", True) else "VIRTUAL"
    expression = _expression(node, part.walk) if node is not None else NOTHING
    return made(part.node.place, "GENERATED ALWAYS AS ({}) {}", expression, stored)


def _expression(node: Node, walk: Walk) -> Sql:
    found = walk.resolve(node)
    plain_value = walk.literal(found)
    if plain_value is not None:
        return plain_value
    if isinstance(found, Call):
        if found.name == "Now":
            return made(node.place, "(STATEMENT_TIMESTAMP())")
        if found.name == "Value" and found.args:
            return walk.literal(found.args[0]) or NOTHING
        if found.name == "F" and found.args:
            return walk.name(found.args[0])
        if found.name == "RandomUUID":
            return made(node.place, "GEN_RANDOM_UUID()")
        if found.name in ("Upper", "Lower", "Length", "Trim", "Abs") and found.args:
            inner = walk.resolve(found.args[0])
            shown = walk.name(inner) if isinstance(inner, Text) else _expression(inner, walk)
            return made(node.place, "{}({})", {"Trim": "BTRIM"}.get(found.name, found.name.upper()), shown)
    walk.told(node, "this expression is not known")
    return made(node.place, "NULL")


def definition(found: Column) -> Sql:
    """A column in CREATE TABLE."""
    whole = made(found.place, f'"{found.name}" ') + found.type
    if found.generated:
        whole += made(found.place, " {}", found.generated)
    if found.db_default:
        whole += made(found.place, " DEFAULT {}", found.db_default)
    if found.null and not found.primary_key:
        whole += made(found.place, " NULL")
    else:
        whole += made(found.place, " NOT NULL")
    if found.primary_key:
        whole += made(found.place, " PRIMARY KEY")
    elif found.unique:
        whole += made(found.place, " UNIQUE")
    if found.check:
        whole += made(found.place, f" CHECK ({found.check})")
    if found.identity:
        whole += made(found.place, " GENERATED BY DEFAULT AS IDENTITY")
    return whole
