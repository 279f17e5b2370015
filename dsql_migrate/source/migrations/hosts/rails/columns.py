"""Rails: columns and references as the SQL of its PostgreSQL adapter (Rails 5.1 to 8)."""

from __future__ import annotations

import hashlib
import re

from dsql_migrate.source.migrations.hosts import tables
from dsql_migrate.source.migrations.hosts.languages.tree import Call, Function, Items, Node, Pairs, Text, Value
from dsql_migrate.source.migrations.hosts.sql import NOTHING, Place, Sql, joined, made
from dsql_migrate.source.migrations.hosts.walk import Walk

TYPES = {
    "string": "character varying", "text": "text", "bigint": "bigint", "float": "float", "datetime": "timestamp(6)",
    "timestamp": "timestamp(6)", "timestamptz": "timestamptz(6)", "time": "time", "date": "date", "binary": "bytea",
    "blob": "bytea", "boolean": "boolean", "uuid": "uuid", "json": "json", "jsonb": "jsonb", "hstore": "hstore",
    "inet": "inet", "cidr": "cidr", "macaddr": "macaddr", "citext": "citext", "ltree": "ltree", "tsvector": "tsvector",
    "tsquery": "tsquery", "xml": "xml", "money": "money", "point": "point", "line": "line", "lseg": "lseg",
    "box": "box",
    "path": "path", "polygon": "polygon", "circle": "circle", "bit": "bit", "bit_varying": "bit varying",
    "interval": "interval", "oid": "oid", "int4range": "int4range", "int8range": "int8range", "numrange": "numrange",
    "tsrange": "tsrange", "tstzrange": "tstzrange", "daterange": "daterange", "serial": "serial",
    "bigserial": "bigserial",
    "primary_key": "bigserial primary key", "integer": "integer", "decimal": "decimal", "numeric": "numeric",
    "virtual": "text", "attachment": "character varying", "geometry": "geometry", "geography": "geography",
    "st_point": "geography(Point,4326)", "vector": "vector", "unsigned_integer": "integer", "tinyint": "smallint",
}  # fmt: skip
_BY_LIMIT = {1: "smallint", 2: "smallint", 3: "integer", 4: "integer"}
_LENGTHS = ("string", "bit", "bit_varying", "char", "vector")


class Version:
    """What ``ActiveRecord::Migration[x.y]`` changes: types of keys, precision of times."""

    def __init__(self, number: float) -> None:
        self.big_keys = number >= 5.1
        self.precise = number >= 7.0
        self.null_times = number < 5.0


def type_of(walk: Walk, kind: str, place: Place, named: dict[str, Node], version: Version) -> Sql:
    """A column's type; a word that is not known is taken as it stands, as Rails does."""
    limit, precision = walk.number(named.get("limit")), walk.number(named.get("precision"))
    scale = walk.number(named.get("scale"))
    base = TYPES.get(kind, kind)
    if kind == "integer" and limit is not None:
        base = _BY_LIMIT.get(limit, "bigint")
    elif kind in _LENGTHS and limit is not None:
        base = f"{base}({limit})"
    elif kind in ("decimal", "numeric") and precision is not None:
        base = f"{base}({precision}{'' if scale is None else f',{scale}'})"
    elif kind in ("datetime", "timestamp", "timestamptz", "time"):
        bare = base.partition("(")[0]
        asked = precision if "precision" in named else (6 if version.precise and kind != "time" else None)
        base = bare if asked is None else f"{bare}({asked})"
    elif kind == "enum":
        name = walk.word(named.get("enum_type"))
        base = f'"{name}"' if name else "text"
    if not base:
        walk.told(Node(place.start, place.end), "this column's type is known only when the migration runs")
        base = "text"
    return made(place, base + ("[]" if walk.flag(named.get("array")) else ""))


def column(walk: Walk, name: Sql, kind: str, call: Call, place: Place, version: Version) -> tables.Column:
    """A column out of a name, a type and options."""
    named = call.named
    found = tables.Column(call.place, name, type_of(walk, kind, place, named, version), tables.word_of(name))
    if "default" in named:
        node = walk.resolve(named["default"])
        body = node.body[-1] if isinstance(node, Function) and node.body else None
        text = walk.sql(body) if body is not None else None
        if text is not None:
            found.default = text
        elif isinstance(node, Items) and walk.flag(named.get("array")):
            found.default = made(named["default"].place, "'{}'")
        elif not (isinstance(node, Value) and node.value is None):
            found.default = tables.default(walk, named["default"])
    if "null" in named and not walk.flag(named["null"], True):
        found.not_null = made(named["null"].place, "NOT NULL")
    if walk.flag(named.get("primary_key")):
        found.primary_key = made(named["primary_key"].place, "PRIMARY KEY")
    if kind == "virtual":
        text = walk.sql(named.get("as")) or NOTHING
        inner = type_of(walk, walk.word(named.get("type")) or "text", place, named, version)
        found.type, found.extra = inner, made(call.place, "GENERATED ALWAYS AS ({}) STORED", text)
    if "collation" in named:
        found.extra += made(named["collation"].place, f'COLLATE "{walk.word(named["collation"])}"')
    if "comment" in named:
        found.comment = walk.literal(named["comment"]) or NOTHING
    return found


class Reference:
    """What ``references`` makes: columns, and statements that come behind the table."""

    def __init__(self, walk: Walk, table: Sql, name_node: Node, call: Call, version: Version) -> None:
        named = call.named
        word = walk.word(name_node)
        place = name_node.place
        kind = walk.word(named.get("type")) or ("bigint" if version.big_keys else "integer")
        id_name = made(place, f'"{word or "_unknown"}_id"')
        plain = Call(call.start, call.end, None, "", (), {k: v for k, v in named.items() if k in ("null", "default")})
        self.columns = [column(walk, id_name, kind, plain, call.place, version)]
        polymorphic = named.get("polymorphic")
        both = polymorphic is not None and not (
            isinstance(walk.resolve(polymorphic), Value) and not walk.flag(polymorphic)
        )
        if both:
            type_name = made(place, f'"{word}_type"')
            self.columns.insert(0, column(walk, type_name, "string", plain, call.place, version))
        self.late: list[Sql] = []
        index = named.get("index")
        options = walk.resolve(index) if index is not None else None
        given = options.named() if isinstance(options, Pairs) else {}
        if index is None or given or walk.flag(index):
            names = [each.name for each in self.columns]
            words = [each.word for each in self.columns]
            unique = made(given["unique"].place, "UNIQUE ") if walk.flag(given.get("unique")) else NOTHING
            algorithm = walk.word(given.get("algorithm"))
            shown = (
                walk.name(given["name"])
                if "name" in given
                else made(place, index_name(table, ["_".join([word])] if both else words))
            )
            self.late.append(tables.create_index(
                index.place if index is not None else call.place, shown, table, names, unique=unique,
                concurrently=made(given["algorithm"].place, "CONCURRENTLY ") if algorithm else NOTHING,
            ))  # fmt: skip
        key = named.get("foreign_key")
        if key is not None and (isinstance(found := walk.resolve(key), Pairs) or walk.flag(key)):
            inner = found.named() if isinstance(found, Pairs) else {}
            to = tables.table_name(walk, inner["to_table"]) if "to_table" in inner else made(place, f'"{plural(word)}"')
            self.late.append(foreign_key(walk, key.place, table, to, [self.columns[-1].name], inner))


def foreign_key(walk: Walk, place: Place, table: Sql, to: Sql, columns: list[Sql], named: dict[str, Node]) -> Sql:
    """ALTER TABLE … ADD CONSTRAINT … FOREIGN KEY as add_foreign_key sends it."""
    text = f"{tables.word_of(table)}_{'_'.join(tables.word_of(each) for each in columns)}_fk"
    digest = hashlib.sha256(text.encode()).hexdigest()[:10]
    name = walk.name(named["name"]) if "name" in named else made(place, f'"fk_rails_{digest}"')
    keys = tuple(walk.names(named["primary_key"])) if "primary_key" in named else (made(place, '"id"'),)
    tail = tables.action(walk, named.get("on_delete"), "ON DELETE") + tables.action(
        walk, named.get("on_update"), "ON UPDATE"
    )
    deferrable = named.get("deferrable")
    if deferrable is not None and (walk.flag(deferrable) or walk.word(deferrable)):
        word = walk.word(deferrable)
        tail += made(deferrable.place, f" DEFERRABLE{f' INITIALLY {word.upper()}' if word else ''}")
    if "validate" in named and not walk.flag(named["validate"], True):
        tail += made(named["validate"].place, " NOT VALID")
    return tables.foreign_key(place, table, name, columns, tables.Reference(place, to, keys, tail))


def index_name(table: Sql, words: list[str]) -> str:
    """The name of an index that is given none."""
    whole = f"index_{tables.word_of(table)}_on_{'_and_'.join(words)}"
    if len(whole) > 62:
        digest = hashlib.sha256(whole.encode()).hexdigest()[:10]
        whole = f"idx_on_{'_'.join(words)}"[:51] + f"_{digest}"
    return f'"{whole}"'


def index(walk: Walk, call: Call, table: Sql, listed: Node | None, place: Place) -> Sql:
    """CREATE INDEX out of columns and options."""
    named = call.named
    found = walk.resolve(listed) if listed is not None else None
    orders = walk.resolve(named["order"]) if "order" in named else None
    classes = walk.resolve(named["opclass"]) if "opclass" in named else None
    keys: list[Sql] = []
    words: list[str] = []
    expression = isinstance(found, Text) and not found.symbol and re.search(r"\W", walk.word(found)) is not None
    if expression and listed is not None:
        text = walk.sql(listed) or NOTHING
        keys, words = [text], [re.sub(r"\W+", "_", text.text).strip("_")]
    else:
        for name in walk.names(listed):
            word = tables.word_of(name)
            words.append(word)
            for given, shape in ((classes, "{} {}"), (orders, "{} {}")):
                node = (
                    given.named().get(word) if isinstance(given, Pairs) else given if isinstance(given, Text) else None
                )
                if node is not None and (said := walk.word(node)):
                    name = made(node.place, shape, name, said.upper() if given is orders else said)
            keys.append(name)
    algorithm = walk.word(named.get("algorithm"))
    tail = NOTHING
    if "include" in named:
        tail += made(named["include"].place, " INCLUDE ({})", joined(place, ", ", walk.names(named["include"])))
    if walk.flag(named.get("nulls_not_distinct")):
        tail += made(named["nulls_not_distinct"].place, " NULLS NOT DISTINCT")
    if "where" in named:
        tail += made(named["where"].place, " WHERE {}", walk.sql(named["where"]) or made(place, "_unknown"))
    using = walk.word(named.get("using"))
    return tables.create_index(
        place, walk.name(named["name"]) if "name" in named else made(place, index_name(table, words)), table, keys,
        unique=made(named["unique"].place, "UNIQUE ") if walk.flag(named.get("unique")) else NOTHING,
        concurrently=made(named["algorithm"].place, "CONCURRENTLY ") if algorithm == "concurrently" else NOTHING,
        using=made(named["using"].place, f" USING {using}") if using else NOTHING,
        tail=tail, exists=walk.flag(named.get("if_not_exists")),
    )  # fmt: skip


def plural(word: str) -> str:
    """A table's name out of a model's: the regular cases, and the irregular ones that are often met."""
    odd = {"person": "people", "child": "children", "man": "men", "mouse": "mice", "datum": "data", "medium": "media"}
    head, _, last = word.rpartition("_")
    for single, many in odd.items():
        if last == single:
            return f"{head}_{many}" if head else many
    if re.search(r"[^aeiou]y\Z", word):
        return word[:-1] + "ies"
    if re.search(r"(?:s|x|z|ch|sh)\Z", word):
        return word + "es"
    return word + "s"
