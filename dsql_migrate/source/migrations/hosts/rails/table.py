"""Rails: the block of ``create_table`` and ``change_table``."""

from __future__ import annotations

from dsql_migrate.source.migrations.hosts import tables
from dsql_migrate.source.migrations.hosts.languages.tree import Call, Function, Items, Name, Node, Pairs, Text, Value
from dsql_migrate.source.migrations.hosts.rails.columns import TYPES, Reference, Version, column, foreign_key, index
from dsql_migrate.source.migrations.hosts.sql import Sql, joined, made
from dsql_migrate.source.migrations.hosts.walk import Walk

_SPECIAL = frozenset({"column", "references", "belongs_to", "timestamps", "index", "foreign_key", "check_constraint",
                      "unique_constraint", "exclusion_constraint", "remove", "rename", "change", "change_default",
                      "change_null", "remove_index", "remove_references", "remove_timestamps", "primary_key",
                      "remove_belongs_to", "userstamps"})  # fmt: skip


class Builder:
    """Collects what the block says. ``late``: statements behind the table's own."""

    def __init__(self, names: tuple[str, ...], table: Sql, version: Version, changes: bool = False) -> None:
        self.names = names
        self.table = table
        self.version = version
        self.changes = changes
        self.columns: list[tables.Column] = []
        self.elements: list[Sql] = []
        self.late: list[Sql] = []

    def run(self, block: Function, walk: Walk) -> None:
        """Follow the block."""
        inner = Walk(self, walk.known)
        inner.run(block.body)
        walk.unread += [unread for unread in inner.unread if unread not in walk.unread]

    def comments(self) -> list[Sql]:
        """COMMENT ON COLUMN of those that have one."""
        return [
            made(each.place, "COMMENT ON COLUMN {}.{} IS {}", self.table, each.name, each.comment)
            for each in self.columns
            if each.comment
        ]

    def call(self, call: Call, walk: Walk) -> bool:
        """``t.something``."""
        if not isinstance(call.on, Name) or call.on.name not in self.names:
            return False
        name = call.name
        if name == "column":
            place = call.args[1].place if len(call.args) > 1 else call.place
            self.columns.append(column(walk, walk.name(call.arg(0)), walk.word(call.arg(1)), call, place, self.version))
        elif name in ("references", "belongs_to"):
            for arg in call.args:
                found = Reference(walk, self.table, arg, call, self.version)
                self.columns += found.columns
                self.late += found.late
        elif name == "timestamps":
            self.timestamps(call, walk)
        elif name in _SPECIAL:
            self._special(call, walk)
        elif name in TYPES or name == "enum":
            head = Name(call.end - len(name), call.end, name).place if not call.args else call.place
            where = type(head)(call.on.end + 1, call.on.end + 1 + len(name))
            for arg in call.args:
                found_column = column(walk, walk.name(arg), name, call, where, self.version)
                self.columns.append(found_column)
                self._index_option(walk, call, found_column)
        elif call.args and all(isinstance(walk.resolve(arg), Text) for arg in call.args):
            walk.told(call, f"the type {name} is not known; it is taken as it stands")
            for arg in call.args:
                self.columns.append(column(walk, walk.name(arg), name, call, call.place, self.version))
        else:
            return False
        return True

    def _index_option(self, walk: Walk, call: Call, found: tables.Column) -> None:
        """``index: true`` or ``index: { unique: true }`` of a column."""
        node = call.named.get("index")
        if node is None or (isinstance(value := walk.resolve(node), Value) and not value.value):
            return
        given = value.named() if isinstance(value, Pairs) else {}
        inner = Call(node.start, node.end, None, "", (), given)
        word = Items(node.start, node.end, call.args[:1])
        self.late.append(index(walk, inner, self.table, word, node.place))

    def timestamps(self, call: Call, walk: Walk) -> None:
        """created_at and updated_at."""
        for word in ("created_at", "updated_at"):
            each = column(walk, made(call.place, f'"{word}"'), "datetime", call, call.place, self.version)
            if "null" not in call.named and not self.version.null_times:
                each.not_null = made(call.place, "NOT NULL")
            self.columns.append(each)

    def _special(self, call: Call, walk: Walk) -> None:
        place, table, names = (
            call.place,
            self.table,
            [walk.name(arg) for arg in call.args if call.name in ("remove", "rename")],
        )
        match call.name:
            case "index":
                self.late.append(index(walk, call, table, call.arg(0), place))
            case "foreign_key":
                word = walk.word(call.arg(0))
                implied = made(place, f'"{word.removesuffix("s")}_id"')
                key = walk.names(call.named.get("column")) or [implied]
                self.late.append(foreign_key(walk, place, table, tables.table_name(walk, call.arg(0)), key, call.named))
            case "check_constraint":
                name = made(place, "CONSTRAINT {} ", walk.name(call.named["name"])) if "name" in call.named else ""
                element = made(place, "{}CHECK ({})", name, walk.sql(call.arg(0)) or "true")
                self._element(element)
            case "unique_constraint":
                name = made(place, "CONSTRAINT {} ", walk.name(call.named["name"])) if "name" in call.named else ""
                self._element(made(place, "{}UNIQUE ({})", name, joined(place, ", ", walk.names(call.arg(0)))))
            case "exclusion_constraint":
                using = walk.word(call.named.get("using"))
                shown = f" USING {using}" if using else ""
                self._element(made(place, "EXCLUDE{} ({})", shown, walk.sql(call.arg(0)) or ""))
            case "primary_key":
                kind = walk.word(call.arg(1)) or ("bigserial" if self.version.big_keys else "serial")
                each = column(walk, walk.name(call.arg(0)), kind, call, place, self.version)
                each.primary_key = made(place, "PRIMARY KEY")
                self.columns.append(each)
            case "remove":
                self.late += [tables.alter(place, table, "DROP COLUMN {}", name) for name in names]
            case "rename":
                self.late.append(tables.alter(place, table, "RENAME COLUMN {} TO {}", *names[:2]))
            case "change":
                at = call.args[1].place if len(call.args) > 1 else place
                each = column(walk, walk.name(call.arg(0)), walk.word(call.arg(1)), call, at, self.version)
                self.late.append(tables.alter(place, table, "ALTER COLUMN {} TYPE {}", each.name, each.type))
            case "change_null":
                verb = "DROP" if walk.flag(call.arg(1)) else "SET"
                self.late.append(
                    tables.alter(place, table, f"ALTER COLUMN {{}} {verb} NOT NULL", walk.name(call.arg(0)))
                )
            case "change_default":
                value = tables.default(walk, call.arg(1))
                shown_value = made(place, "SET DEFAULT {}", value) if value else made(place, "DROP DEFAULT")
                self.late.append(tables.alter(place, table, "ALTER COLUMN {} {}", walk.name(call.arg(0)), shown_value))
            case "remove_timestamps":
                self.late += [tables.alter(place, table, f'DROP COLUMN "{n}"') for n in ("updated_at", "created_at")]
            case "remove_references" | "remove_belongs_to":
                self.late += [tables.alter(place, table, f'DROP COLUMN "{walk.word(arg)}_id"') for arg in call.args]
            case other:
                walk.told(call, f"what {other} does to the table is not known")

    def _element(self, element: Sql) -> None:
        if self.changes:
            self.late.append(tables.alter(tables.name_place(element), self.table, "ADD {}", element))
        else:
            self.elements.append(element)

    def harmless(self, call: Call, walk: Walk) -> bool:
        """Calls on other things."""
        own = isinstance(call.on, Name) and call.on.name in self.names
        return not own and not any(isinstance(arg, Name) and arg.name in self.names for arg in call.args)

    def inside(self, head: Node, name: str, entered: bool, walk: Walk) -> bool:
        """There are no with-blocks."""
        return False


def primary_key(builder: Builder, call: Call, walk: Walk) -> None:
    """The key that create_table makes: ``id``, unless the options say otherwise."""
    named = call.named
    node = named.get("id")
    value = walk.resolve(node) if node is not None else None
    if isinstance(value, Value) and value.value is False:
        return
    place = node.place if node is not None else call.place
    given = named.get("primary_key")
    found = walk.resolve(given) if given is not None else None
    if isinstance(found, Items) and given is not None:
        shown = joined(given.place, ", ", walk.names(given))
        builder.elements.append(made(given.place, "PRIMARY KEY ({})", shown))
        return
    name = walk.name(given) if given is not None else made(place, '"id"')
    kind = walk.word(node) if node is not None else ""
    kind = walk.word(value.named().get("type")) if isinstance(value, Pairs) else kind
    if kind in ("", "primary_key", "bigint", "bigserial"):
        type_ = "bigserial" if builder.version.big_keys or kind else "serial"
    elif kind in ("integer", "serial"):
        type_ = "serial"
    else:
        type_ = TYPES.get(kind, kind)
    each = tables.Column(call.place, name, made(place, type_), tables.word_of(name))
    if kind == "uuid":
        text = walk.sql(named.get("default"))
        each.default = text or made(place, "gen_random_uuid()")
        if "default" in named and text is None:
            each.default = tables.default(walk, named["default"])
        each.not_null = made(place, "NOT NULL")
    each.primary_key = made(place, "PRIMARY KEY" if kind == "uuid" else "primary key")
    builder.columns.append(each)
