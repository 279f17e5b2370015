"""SQLAlchemy's columns, types and constraints as the PostgreSQL dialect writes them (SQLAlchemy 1.4 to 2.1)."""

from __future__ import annotations

from dsql_migrate.record import Record, field
from dsql_migrate.source.migrations.hosts.languages.tree import (
    Call,
    Items,
    Member,
    Name,
    Node,
    Text,
    Value,
    dotted,
    plain,
)
from dsql_migrate.source.migrations.hosts.sql import NOTHING, Sql, joined, made
from dsql_migrate.source.migrations.hosts.walk import Walk

# Types without arguments that matter, by the last part of their name in lower case.
_PLAIN = {
    "integer": "INTEGER", "int": "INTEGER", "biginteger": "BIGINT", "bigint": "BIGINT", "smallinteger": "SMALLINT",
    "smallint": "SMALLINT", "boolean": "BOOLEAN", "bool": "BOOLEAN", "date": "DATE", "text": "TEXT",
    "unicodetext": "TEXT", "clob": "TEXT", "largebinary": "BYTEA", "blob": "BYTEA", "binary": "BYTEA",
    "varbinary": "BYTEA", "bytea": "BYTEA", "pickletype": "BYTEA", "json": "JSON", "jsonb": "JSONB", "uuid": "UUID",
    "double": "DOUBLE PRECISION", "double_precision": "DOUBLE PRECISION", "real": "REAL", "inet": "INET",
    "cidr": "CIDR", "macaddr": "MACADDR", "macaddr8": "MACADDR8", "money": "MONEY", "oid": "OID",
    "regclass": "REGCLASS", "tsvector": "TSVECTOR", "tsquery": "TSQUERY", "hstore": "HSTORE", "citext": "CITEXT",
    "int4range": "INT4RANGE", "int8range": "INT8RANGE", "numrange": "NUMRANGE", "daterange": "DATERANGE",
    "tsrange": "TSRANGE", "tstzrange": "TSTZRANGE", "int4multirange": "INT4MULTIRANGE",
    "int8multirange": "INT8MULTIRANGE", "nummultirange": "NUMMULTIRANGE", "datemultirange": "DATEMULTIRANGE",
    "tsmultirange": "TSMULTIRANGE", "tstzmultirange": "TSTZMULTIRANGE", "jsonpath": "JSONPATH",
    "autostring": "VARCHAR", "guid": "UUID", "uuidtype": "UUID", "ltreetype": "LTREE", "jsontype": "JSON",
    "tsvectortype": "TSVECTOR",
}  # fmt: skip
_LONG = {"string": "VARCHAR", "unicode": "VARCHAR", "varchar": "VARCHAR", "nvarchar": "VARCHAR", "char": "CHAR",
         "nchar": "CHAR"}  # fmt: skip
_SERIAL = {"INTEGER": "SERIAL", "BIGINT": "BIGSERIAL", "SMALLINT": "SMALLSERIAL"}
_ENUMS = frozenset({"enum", "named_enum"})


class Column(Record, frozen=False):
    """A column as ``sa.Column`` describes it; ``extra``: what the table gets besides, in SQL."""

    node: Call
    name: Sql
    type: Sql
    plain_name: str = ""
    default: Sql = NOTHING
    identity: Sql = NOTHING
    nullable: bool | None = None
    primary_key: bool = False
    unique: bool = False
    index: bool = False
    autoincrement: bool | None = None  # None: where it is the only integer key column
    foreign_keys: list[Sql] = field(default_factory=list)
    checks: list[Sql] = field(default_factory=list)
    types: list[Sql] = field(default_factory=list)  # CREATE TYPE that goes before
    comment: Node | None = None


def is_call(node: Node | None, *names: str) -> bool:
    """Whether it is a call of one of these, whatever module it is taken from."""
    return isinstance(node, Call) and node.name in names


def column(node: Call, walk: Walk) -> Column:
    """What ``sa.Column(name, type, …)`` says."""
    args = list(node.args)
    name_node = node.named.get("name") or (args.pop(0) if args else None)
    type_node = node.named.get("type_")
    found = Column(node, walk.name(name_node), NOTHING, walk.word(name_node))
    for raw in args:
        arg = walk.resolve(raw)
        if is_call(arg, "ForeignKey"):
            found.foreign_keys.append(_foreign_key(found.name, arg, walk))  # type: ignore[arg-type]
        elif is_call(arg, "CheckConstraint"):
            found.checks.append(check(arg, walk))  # type: ignore[arg-type]
        elif is_call(arg, "Identity"):
            found.identity = identity(arg, walk)  # type: ignore[arg-type]
        elif is_call(arg, "Computed"):
            assert isinstance(arg, Call)
            found.identity = made(arg.place, "GENERATED ALWAYS AS ({}) STORED", expression(arg.arg(0, "sqltext"), walk))
        elif type_node is None:
            type_node = raw
        else:
            walk.told(raw, "this part of the column is not known")
    named = node.named
    if is_call(server := walk.resolve(named["server_default"]) if "server_default" in named else None, "Identity"):
        found.identity = identity(server, walk)  # type: ignore[arg-type]
    elif is_call(server, "Computed"):
        assert isinstance(server, Call)
        found.identity = made(server.place, "GENERATED ALWAYS AS ({}) STORED", expression(server.arg(0), walk))
    else:
        found.default = default(named.get("server_default"), walk)
    found.primary_key = walk.flag(named.get("primary_key"))
    found.nullable = walk.flag(named["nullable"]) if "nullable" in named else None
    found.unique, found.index = walk.flag(named.get("unique")), walk.flag(named.get("index"))
    if "autoincrement" in named:
        value = walk.resolve(named["autoincrement"])
        found.autoincrement = (
            None if plain(value) == "auto" else bool(value.value) if isinstance(value, Value) else True
        )
    found.comment = named.get("comment")
    found.type = type_of(type_node, walk, found.types) if type_node is not None else _type_of_nothing(found, walk)
    return found


def _type_of_nothing(found: Column, walk: Walk) -> Sql:
    """A foreign key's column takes the type of what it refers to, which the source here does not say."""
    if not found.foreign_keys:
        walk.told(found.node, "the column's type is not known")
    return made(found.node.place, "INTEGER" if found.foreign_keys else "TEXT")


def type_of(node: Node, walk: Walk, types: list[Sql] | None = None) -> Sql:
    """A type in SQL. ``types`` takes the CREATE TYPE that comes with it. One that is not known is told, and is text."""
    found = walk.resolve(node)
    call = (
        found if isinstance(found, Call) else Call(found.start, found.end, None, dotted(found).rpartition(".")[2], ())
    )
    name = call.name.lower()
    place = node.place
    if name in _LONG:
        length = walk.number(call.arg(0, "length"))
        return made(place, _LONG[name] if length is None else f"{_LONG[name]}({length})")
    if name in _ENUMS:
        return _enum(call, walk, types)
    if name in ("array",) and call.args:
        return made(
            place, "{}" + "[]" * (walk.number(call.named.get("dimensions")) or 1), type_of(call.args[0], walk, types)
        )
    if name in ("numeric", "decimal"):
        precision, scale = walk.number(call.arg(0, "precision")), walk.number(call.arg(1, "scale"))
        shown = "" if precision is None else f"({precision})" if scale is None else f"({precision}, {scale})"
        return made(place, "NUMERIC" + shown)
    if name == "float":
        precision = walk.number(call.arg(0, "precision"))
        return made(place, "FLOAT" if precision is None else f"FLOAT({precision})")
    if name in ("datetime", "timestamp", "time"):
        zone = "WITH" if walk.flag(call.arg(0, "timezone")) else "WITHOUT"
        precision = walk.number(call.named.get("precision"))
        base = "TIME" if name == "time" else "TIMESTAMP"
        return made(place, f"{base}{'' if precision is None else f'({precision})'} {zone} TIME ZONE")
    if name == "interval":
        fields, precision = walk.word(call.named.get("fields")), walk.number(call.named.get("precision"))
        return made(place, f"INTERVAL{' ' + fields if fields else ''}{'' if precision is None else f' ({precision})'}")
    if name == "bit":
        length = walk.number(call.arg(0, "length")) or 1
        return made(place, f"BIT VARYING({length})" if walk.flag(call.named.get("varying")) else f"BIT({length})")
    if name in ("vector", "geometry", "geography"):
        return made(place, name if not isinstance(size := walk.number(call.arg(0, "dim")), int) else f"{name}({size})")
    if name == "with_variant" and call.on is not None:
        return _variant(call, walk, types)
    if name in _PLAIN:
        return made(place, _PLAIN[name])
    walk.told(node, f"the type {dotted(found) or 'here'} is not known; it is taken for text")
    return made(place, "TEXT")


def _variant(call: Call, walk: Walk, types: list[Sql] | None) -> Sql:
    """``type.with_variant(other, "postgresql")``: the other for PostgreSQL, else the type."""
    dialects = {walk.word(arg) for arg in call.args[1:]}
    assert call.on is not None
    return type_of(call.args[0] if "postgresql" in dialects and call.args else call.on, walk, types)


def _enum(call: Call, walk: Walk, types: list[Sql] | None) -> Sql:
    labels = [(arg, text) for arg in call.args if (text := walk.literal(arg)) is not None]
    named = call.named.get("name")
    if named is None or ("native_enum" in call.named and not walk.flag(call.named["native_enum"], True)):
        longest = max((len(walk.word(arg)) for arg, _ in labels), default=0)
        return made(
            call.place, f"VARCHAR({walk.number(call.named.get('length')) or longest})" if longest else "VARCHAR"
        )
    name = qualified(named, call.named.get("schema"), walk)
    if types is not None and walk.flag(call.named.get("create_type"), True):
        types.append(enum(call, walk))
    return name


def enum(call: Call, walk: Walk) -> Sql:
    """CREATE TYPE for an ``Enum``."""
    labels = [text for arg in call.args if (text := walk.literal(arg)) is not None]
    if not labels:
        walk.told(call, "the labels of this enum are known only when the migration runs")
    name = qualified(call.named.get("name"), call.named.get("schema"), walk)
    return made(call.place, "CREATE TYPE {} AS ENUM ({})", name, joined(call.place, ", ", labels))


def qualified(name: Node | None, schema: Node | None, walk: Walk) -> Sql:
    """A name with its schema where there is one. ``schema.table`` in one string counts as two names."""
    found = walk.sql(schema) if schema is not None else None
    if found is None:
        return walk.name(name)
    assert schema is not None
    return made(schema.place, "{}.{}", walk.name(schema), walk.name(name))


def default(node: Node | None, walk: Walk) -> Sql:
    """What follows DEFAULT; nothing where there is none."""
    if node is None:
        return NOTHING
    found = walk.resolve(node)
    if isinstance(found, Value):
        return NOTHING if found.value in (None, False) else made(node.place, str(found.value))
    source = walk.known.get(node.name) if isinstance(node, Name) else node
    if isinstance(found, Text) and not is_call(source, "text", "literal_column"):
        return walk.literal(found) or NOTHING
    if is_call(found, "FetchedValue"):
        return NOTHING
    return expression(node, walk)


def expression(node: Node | None, walk: Walk) -> Sql:
    """An SQL expression: text, a function of ``sa.func``, true, false, null, a literal."""
    if node is None:
        return NOTHING
    text = walk.sql(node)
    if text is not None:
        return text
    found = walk.resolve(node)
    if isinstance(found, Value):
        return walk.literal(found) or NOTHING
    if isinstance(found, Call):
        path = dotted(found.on)
        if found.name in ("true", "false", "null") and not found.args:
            return made(node.place, found.name)
        if found.name in ("cast",) and len(found.args) == 2:
            return made(node.place, "CAST({} AS {})", expression(found.args[0], walk), type_of(found.args[1], walk))
        if found.name in ("column", "literal"):
            return walk.name(found.args[0]) if found.name == "column" else walk.literal(found.args[0]) or NOTHING
        if path.endswith("func") or path.endswith("func."):
            return _function(found, walk)
        if found.name in ("desc", "asc", "nullsfirst", "nullslast", "nulls_first", "nulls_last"):
            inner = found.on if found.on is not None and not found.args else found.arg(0)
            word = {"desc": "DESC", "asc": "ASC"}.get(found.name) or f"NULLS {found.name[5:].strip('_').upper()}"
            return made(node.place, "{} {}", expression(inner, walk), word)
    if isinstance(found, Member) and (dotted(found).split(".")[0] in ("sa", "sqlalchemy", "func")):
        return made(node.place, found.name)
    walk.told(node, "this expression is not known")
    return Sql(made(node.place, "_unknown").parts, 1)


def _function(call: Call, walk: Walk) -> Sql:
    if not call.args:
        bare = call.name in ("current_timestamp", "current_date", "current_time", "localtimestamp", "current_user")
        return made(call.place, call.name.upper() if bare else f"{call.name}()")
    arguments = []
    for arg in call.args:
        found = walk.resolve(arg)
        text = is_call(arg, "text", "literal_column") or not isinstance(found, Text)
        arguments.append(expression(arg, walk) if text else walk.literal(found) or NOTHING)
    return made(call.place, "{}({})", call.name, joined(call.place, ", ", arguments))


def identity(call: Call, walk: Walk) -> Sql:
    """GENERATED … AS IDENTITY with its options."""
    options = []
    words = (("start", "START WITH"), ("increment", "INCREMENT BY"), ("minvalue", "MINVALUE"), ("maxvalue", "MAXVALUE"))
    for key, word in words:
        number = walk.number(call.named.get(key))
        if number is not None:
            options.append(made(call.named[key].place, f"{word} {number}"))
    for key, word in (("nominvalue", "NO MINVALUE"), ("nomaxvalue", "NO MAXVALUE")):
        if walk.flag(call.named.get(key)):
            options.append(made(call.named[key].place, word))
    cache = walk.number(call.named.get("cache"))
    if cache is not None:
        options.append(made(call.named["cache"].place, f"CACHE {cache}"))
    if "cycle" in call.named:
        options.append(made(call.named["cycle"].place, "CYCLE" if walk.flag(call.named["cycle"]) else "NO CYCLE"))
    always = "ALWAYS" if walk.flag(call.arg(0, "always")) else "BY DEFAULT"
    head = made(call.place, f"GENERATED {always} AS IDENTITY")
    return made(call.place, "{} ({})", head, joined(call.place, " ", options)) if options else head


def _foreign_key(column_name: Sql, call: Call, walk: Walk) -> Sql:
    target = walk.sql(call.arg(0, "column"))
    if target is None or target.holes:
        walk.told(call, "what this foreign key refers to is known only when the migration runs")
    shown = "" if target is None else target.text
    table, _, key = shown.rpartition(".")
    place = call.args[0].place if call.args else call.place
    names = ".".join(f'"{part}"' for part in (table or "_unknown").split("."))
    to = made(place, f'{names} ("{key or "_unknown"}")')
    return made(
        call.place, "{}FOREIGN KEY({}) REFERENCES {}{}", _constraint(call, walk), column_name, to, _actions(call, walk)
    )


def _constraint(call: Call, walk: Walk) -> Sql:
    node = call.named.get("name")
    if node is None or (isinstance(value := walk.resolve(node), Value) and value.value is None):
        return NOTHING
    inner = value.args[0] if isinstance(value, Call) and value.name == "f" and value.args else node  # op.f("…")
    return made(node.place, "CONSTRAINT {} ", walk.name(inner))


def _actions(call: Call, walk: Walk) -> Sql:
    found = NOTHING
    for key, word in (("ondelete", "ON DELETE"), ("onupdate", "ON UPDATE")):
        action = walk.word(call.named.get(key))
        if action:
            found += made(call.named[key].place, f" {word} {action.upper()}")
    deferrable = call.named.get("deferrable")
    if deferrable is not None and isinstance(walk.resolve(deferrable), Value):
        found += made(deferrable.place, " DEFERRABLE" if walk.flag(deferrable) else " NOT DEFERRABLE")
    initially = walk.word(call.named.get("initially"))
    if initially:
        found += made(call.named["initially"].place, f" INITIALLY {initially.upper()}")
    return found


def check(call: Call, walk: Walk) -> Sql:
    """A CHECK of a table."""
    return made(call.place, "{}CHECK ({})", _constraint(call, walk), expression(call.arg(0, "sqltext"), walk))


def constraint(call: Call, walk: Walk) -> Sql | None:
    """A constraint of a table; None: not one that is known."""
    head = _constraint(call, walk)
    if call.name == "CheckConstraint":
        return check(call, walk)
    if call.name in ("PrimaryKeyConstraint", "UniqueConstraint"):
        word = "PRIMARY KEY" if call.name == "PrimaryKeyConstraint" else "UNIQUE"
        distinct = " NULLS NOT DISTINCT" if walk.flag(call.named.get("postgresql_nulls_not_distinct")) else ""
        columns = joined(call.place, ", ", [walk.name(arg) for arg in call.args])
        return made(call.place, "{}{}{} ({}){}", head, word, distinct, columns, _actions(call, walk))
    if call.name == "ForeignKeyConstraint" and len(call.args) >= 2:
        targets = walk.resolve(call.args[1])
        names = [walk.word(item) for item in targets.items] if isinstance(targets, Items) else []
        if not names or not all(names):
            walk.told(call, "what this foreign key refers to is known only when the migration runs")
            names = names or ["_unknown._unknown"]
        table = ".".join(f'"{part}"' for part in (names[0].rpartition(".")[0] or "_unknown").split("."))
        keys = ", ".join('"{}"'.format(name.rpartition(".")[2] or "_unknown") for name in names)
        to = made(call.args[1].place, f"{table} ({keys})")
        columns = joined(call.place, ", ", walk.names(call.args[0]))
        return made(call.place, "{}FOREIGN KEY({}) REFERENCES {}{}", head, columns, to, _actions(call, walk))
    if call.name == "ExcludeConstraint":
        return exclude(call, walk, head, call.args)
    return None


def exclude(call: Call, walk: Walk, head: Sql, elements: tuple[Node, ...]) -> Sql:
    """EXCLUDE USING … (column WITH operator)."""
    shown = []
    for element in elements:
        pair = walk.resolve(element)
        if isinstance(pair, Items) and len(pair.items) == 2:
            left = walk.resolve(pair.items[0])
            target = walk.name(left) if isinstance(left, Text) and pair.items[0] is left else expression(left, walk)
            shown.append(made(element.place, "{} WITH {}", target, walk.word(pair.items[1]) or "="))
    using = walk.word(call.named.get("using")) or "gist"
    where = call.named.get("where")
    tail = made(where.place, " WHERE ({})", expression(where, walk)) if where is not None else NOTHING
    return made(call.place, "{}EXCLUDE USING {} ({}){}", head, using, joined(call.place, ", ", shown), tail)


def definition(found: Column, walk: Walk, serial: bool = False) -> Sql:
    """A column in CREATE TABLE or ADD COLUMN; ``serial``: an integer key that SQLAlchemy numbers itself."""
    place = found.node.place
    type_ = found.type
    if serial and (word := _SERIAL.get(type_.text)) and not found.default and not found.identity:
        type_ = Sql(tuple(part._replace(text=word) for part in type_.parts[:1]))
    whole = made(place, "{} {}", found.name, type_)
    if found.default:
        whole += made(found.node.named["server_default"].place, " DEFAULT {}", found.default)
    if found.identity:
        whole += made(place, " {}", found.identity)
    nullable = (not found.primary_key) if found.nullable is None else found.nullable
    identity_column = (
        bool(found.identity) and found.identity.text.startswith("GENERATED") and "IDENTITY" in found.identity.text
    )
    if not nullable and not identity_column:
        at = found.node.named["nullable"].place if "nullable" in found.node.named else place
        whole += made(at, " NOT NULL")
    return whole
