"""The table builder of Knex: what the calls inside ``createTable`` and ``alterTable`` say (Knex 1 to 3)."""

from __future__ import annotations

from dsql_migrate.source.migrations.hosts import tables
from dsql_migrate.source.migrations.hosts.knex.bindings import bound
from dsql_migrate.source.migrations.hosts.languages.tree import Call, Name, Node, Pairs, Text, dotted
from dsql_migrate.source.migrations.hosts.sql import NOTHING, Place, Sql, joined, made
from dsql_migrate.source.migrations.hosts.walk import Walk

_TYPES = {
    "increments": "serial", "bigIncrements": "bigserial", "bigincrements": "bigserial",
    "smallIncrements": "smallserial",
    "integer": "integer", "int": "integer", "tinyint": "smallint", "smallint": "smallint", "mediumint": "integer",
    "bigInteger": "bigint", "bigint": "bigint", "text": "text", "mediumtext": "text", "longtext": "text",
    "float": "real",
    "double": "double precision", "boolean": "boolean", "bool": "boolean", "date": "date", "time": "time",
    "json": "json",
    "jsonb": "jsonb", "uuid": "uuid", "binary": "bytea", "geometry": "geometry", "geography": "geography",
    "point": "point",
}  # fmt: skip
_COLUMNS = frozenset(_TYPES) | {"string", "varchar", "decimal", "timestamp", "datetime", "dateTime", "enum", "enu",
                                "specificType"}  # fmt: skip
_NOTHING = frozenset({"engine", "charset", "collate", "after", "first", "unsigned", "comment", "withKeyName",
    "inherits",
                      "queryContext", "storageEngineIndexType"})  # fmt: skip


class Builder:
    """Collects what a builder is told. ``late``: statements that Knex sends behind the table's own."""

    def __init__(self, names: tuple[str, ...], table: Sql, create: bool) -> None:
        self.names = names
        self.table = table
        self.create = create
        self.columns: list[tables.Column] = []
        self.altered: list[tuple[tables.Column, bool, bool]] = []  # column, type too, nullable too
        self.elements: list[Sql] = []
        self.before: list[Sql] = []
        self.late: list[Sql] = []

    # --- what the walk asks -----------------------------------------------------------------------------------------

    def call(self, call: Call, walk: Walk) -> bool:
        """A chain on the builder: a column, a key, an index, something dropped."""
        chain = _chain(call)
        if not (isinstance(chain[0].on, Name) and chain[0].on.name in self.names) and dotted(chain[0].on) != "this":
            return False
        first, modifiers = chain[0], chain[1:]
        if first.name in _COLUMNS:
            self._column(first, modifiers, walk)
        elif not self._other(first, modifiers, walk):
            walk.told(call, f"what {first.name}() does to the table is not known")
        return True

    def harmless(self, call: Call, walk: Walk) -> bool:
        """Calls on other things send nothing, unless they are handed the builder."""
        own = isinstance(call.on, Name) and call.on.name in self.names
        return not own and not any(isinstance(arg, Name) and arg.name in self.names for arg in call.args)

    def inside(self, head: Node, name: str, entered: bool, walk: Walk) -> bool:
        """There are no with-blocks."""
        return False

    # --- columns ----------------------------------------------------------------------------------------------------

    def _column(self, first: Call, modifiers: list[Call], walk: Walk) -> None:
        name_node = first.arg(0)
        name = walk.name(name_node) if name_node is not None and not isinstance(
            walk.resolve(name_node), Pairs) else made(first.place, '"id"')  # fmt: skip
        column = tables.Column(first.place, name, self._type(first, walk), tables.word_of(name))
        options = _options(walk, first.arg(1))
        if first.name.lower().endswith("increments") and walk.flag(options.get("primaryKey"), True):
            column.primary_key = made(first.place, "primary key")
        if first.name == "uuid" and walk.flag(options.get("primaryKey")):
            column.primary_key = made(first.place, "primary key")
        if first.name in ("enu", "enum"):
            self._enum(first, column, walk)
        alter: Call | None = None
        reference: list[Call] = []
        for call in modifiers:
            match call.name:
                case "notNullable" | "notNull":
                    column.not_null = made(_own(call), "not null")
                case "nullable":
                    if call.args and not walk.flag(call.args[0], True):
                        column.not_null = made(_own(call), "not null")
                case "defaultTo" | "default":
                    column.default = tables.default(walk, call.arg(0))
                case "primary":
                    column.primary_key = made(_own(call), "primary key")
                case "unique":
                    self._key("unique", _own(call), [column.name], [column.word], call.arg(0), walk)
                case "index":
                    self._index(_own(call), [column.name], [column.word], call.arg(0), call.arg(1), walk, call.arg(2))
                case "references" | "inTable" | "on" | "onDelete" | "onUpdate" | "deferrable" | "withKeyName":
                    reference.append(call)
                case "alter":
                    alter = call
                case "comment":
                    text = walk.literal(call.args[0]) if call.args else None
                    self.late.append(
                        made(_own(call), "comment on column {}.{} is {}", self.table, column.name, text or "NULL")
                    )
                case "checkPositive":
                    column.extra += made(_own(call), "check ({} > 0)", column.name)
                case "checkNegative":
                    column.extra += made(_own(call), "check ({} < 0)", column.name)
                case other if other in _NOTHING or other.startswith("check"):
                    pass
                case other:
                    walk.told(call, f"what {other}() does to the column is not known")
        if reference:
            self._foreign([column.name], [column.word], reference, walk)
        if alter is not None:
            options = _options(walk, alter.arg(0))
            both = walk.flag(options.get("alterType"), True), walk.flag(options.get("alterNullable"), True)
            self.altered.append((column, *both))
        else:
            self.columns.append(column)

    def _type(self, call: Call, walk: Walk) -> Sql:
        place = call.place
        name = call.name
        if name in ("string", "varchar"):
            length = walk.number(call.arg(1)) if call.arg(1) is not None else None
            return made(place, f"varchar({length or 255})")
        if name == "decimal":
            precision, scale = call.arg(1), call.arg(2)
            if precision is not None and walk.number(precision) is None:
                return made(place, "decimal")
            return made(place, f"decimal({walk.number(precision) or 8}, {_or(walk.number(scale), 2)})")
        if name in ("timestamp", "datetime", "dateTime"):
            second = call.arg(1)
            options = _options(walk, second)
            plain = (
                walk.flag(second) if second is not None and not options else not walk.flag(options.get("useTz"), True)
            )
            digits = walk.number(options.get("precision")) if options else walk.number(call.arg(2))
            shown = "" if digits is None else f"({digits})"
            return made(place, f"{'timestamp' if plain else 'timestamptz'}{shown}")
        if name == "specificType":
            text = walk.sql(call.arg(1))
            if text is None:
                walk.told(call, "this type is known only when the migration runs")
            return text or made(place, "text")
        return made(place, _TYPES.get(name, "text"))

    def _enum(self, call: Call, column: tables.Column, walk: Walk) -> None:
        listed = tables.labels(walk, call.arg(1), call.place)
        options = _options(walk, call.arg(2))
        if walk.flag(options.get("useNative")):
            name = walk.name(options.get("enumName"))
            column.type = name
            if not walk.flag(options.get("existingType")):
                self.before.append(made(call.place, "create type {} as enum ({})", name, listed))
        else:
            column.type = made(call.place, "text")
            column.extra = made(call.place, "check ({} in ({}))", column.name, listed)

    # --- keys, indexes, what is dropped -----------------------------------------------------------------------------

    def _other(self, first: Call, modifiers: list[Call], walk: Walk) -> bool:
        name, place = first.name, first.place
        columns = walk.names(first.arg(0)) if first.args and name not in ("check", "timestamps") else []
        words = [tables.word_of(column) for column in columns]
        match name:
            case "timestamps":
                self._timestamps(first, walk)
            case "primary":
                shown = joined(place, ", ", columns)
                key = made(place, f'constraint "{tables.word_of(self.table)}_pkey" primary key ({{}})', shown)
                if self.create:
                    self.elements.append(key)
                else:
                    self.late.append(tables.alter(place, self.table, "add {}", key))
            case "unique":
                self._key("unique", place, columns, words, first.arg(1), walk)
            case "index":
                self._index(place, columns, words, first.arg(1), first.arg(2), walk)
            case "foreign":
                self._foreign(columns, words, modifiers, walk, first.arg(1))
            case "check":
                text = walk.sql(first.arg(0))
                if text is not None and len(first.args) > 1:
                    text = bound(text, walk.resolve(first.args[1]), walk)
                self.elements.append(made(place, "check ({})", text or "true"))
            case "dropColumn" | "dropColumns":
                listed = [name for arg in first.args for name in walk.names(arg)]
                drops = [made(place, "drop column {}", each) for each in listed]
                self.late.append(tables.alter(place, self.table, "{}", joined(place, ", ", drops)))
            case "dropTimestamps":
                self.late.append(tables.alter(place, self.table, 'drop column "created_at", drop column "updated_at"'))
            case "renameColumn":
                self.late.append(
                    tables.alter(place, self.table, "rename {} to {}", walk.name(first.arg(0)), walk.name(first.arg(1)))
                )
            case "setNullable" | "dropNullable":
                verb = "drop" if name == "setNullable" else "set"
                self.late.append(
                    tables.alter(place, self.table, f"alter column {{}} {verb} not null", walk.name(first.arg(0)))
                )
            case "dropForeign" | "dropUnique" | "dropPrimary" | "dropIndex" | "dropChecks":
                self._drop(first, words, walk)
            case "comment":
                text = walk.literal(first.args[0]) if first.args else None
                self.late.append(made(place, "comment on table {} is {}", self.table, text or "NULL"))
            case other:
                return other in _NOTHING
        return True

    def _drop(self, call: Call, words: list[str], walk: Walk) -> None:
        given = call.arg(0 if call.name in ("dropPrimary", "dropChecks") else 1)
        kind = {"dropForeign": "_foreign", "dropUnique": "_unique", "dropPrimary": "_pkey", "dropIndex": "_index"}.get(
            call.name, ""
        )
        whole = "_".join((tables.word_of(self.table), *([] if kind == "_pkey" else words))).lower() + kind
        name = walk.name(given) if given is not None else made(call.place, f'"{whole}"')
        if call.name == "dropIndex":
            self.late.append(made(call.place, "drop index {}", name))
        else:
            self.late.append(tables.alter(call.place, self.table, "drop constraint {}", name))

    def _timestamps(self, call: Call, walk: Walk) -> None:
        options = _options(walk, call.arg(0))
        now = walk.flag(options.get("defaultToNow")) if options else walk.flag(call.arg(1))
        plain = not walk.flag(options.get("useTimestamps"), True) if options else False
        for word in ("created_at", "updated_at"):
            column = tables.Column(call.place, made(call.place, f'"{word}"'), made(call.place, "timestamptz"), word)
            if plain:
                column.type = made(call.place, "timestamp")
            if now:
                column.not_null, column.default = made(call.place, "not null"), made(call.place, "CURRENT_TIMESTAMP")
            self.columns.append(column)

    def _key(
        self, kind: str, place: Place, columns: list[Sql], words: list[str], given: Node | None, walk: Walk
    ) -> None:
        options = _options(walk, given)
        name = options.get("indexName") if options else given
        made_name = "_".join((tables.word_of(self.table), *words)).lower() + "_unique"
        shown = (
            walk.name(name)
            if name is not None and isinstance(walk.resolve(name), Text)
            else made(place, f'"{made_name}"')
        )
        listed = joined(place, ", ", columns)
        if walk.flag(options.get("useConstraint"), True) and "predicate" not in options:
            self.late.append(tables.alter(place, self.table, "add constraint {} unique ({})", shown, listed))
        else:
            self.late.append(made(place, "create unique index {} on {} ({})", shown, self.table, listed))

    def _index(
        self, place: Place, columns: list[Sql], words: list[str], name: Node | None, kind: Node | None, walk: Walk,
        third: Node | None = None,
    ) -> None:  # fmt: skip
        options = _options(walk, kind) or _options(walk, third) or _options(walk, name)
        method = walk.word(kind) or walk.word(options.get("indexType"))
        made_name = "_".join((tables.word_of(self.table), *words)).lower() + "_index"
        named = name is not None and isinstance(walk.resolve(name), Text)
        shown = walk.name(name) if named else made(place, f'"{made_name}"')
        at = kind.place if kind is not None else place
        using = made(at, f" using {method}") if method and method.lower() != "unique" else NOTHING
        unique = made(at, "unique ") if walk.word(options.get("storageEngineIndexType")) == "unique" else NOTHING
        tail = NOTHING
        if "predicate" in options:
            walk.told(options["predicate"], "the condition of this index is not read")
            tail = made(options["predicate"].place, " where _unknown")
        self.late.append(tables.create_index(place, shown, self.table, columns, using=using, unique=unique, tail=tail))

    def _foreign(
        self, columns: list[Sql], words: list[str], calls: list[Call], walk: Walk, name: Node | None = None
    ) -> None:
        target, keys, tail, place = NOTHING, (), NOTHING, _own(calls[0]) if calls else Place(0, 0)
        listed: tuple[Sql, ...] = keys
        for call in calls:
            node = call.arg(0)
            match call.name:
                case "references":
                    word = walk.word(node)
                    if "." in word and node is not None:
                        table, _, column = word.rpartition(".")
                        target, listed = made(node.place, f'"{table}"'), (made(node.place, f'"{column}"'),)
                    else:
                        listed = tuple(walk.names(node))
                case "inTable" | "on":
                    target = tables.table_name(walk, node)
                case "onDelete":
                    tail += tables.action(walk, node, "on delete")
                case "onUpdate":
                    tail += tables.action(walk, node, "on update")
                case "deferrable":
                    tail += made(_own(call), f" deferrable initially {walk.word(node) or 'immediate'}")
                case "withKeyName":
                    name = node
        shown = "_".join((tables.word_of(self.table), *words)).lower() + "_foreign"
        key = walk.name(name) if name is not None else made(place, f'"{shown}"')
        if not target:
            if calls:
                walk.told(calls[0], "the table that this key refers to is not known")
            return
        self.late.append(
            tables.foreign_key(place, self.table, key, columns, tables.Reference(place, target, listed, tail))
        )

    # --- statements -------------------------------------------------------------------------------------------------

    def statements(self, place: Place, words: str) -> list[Sql]:
        """All that Knex sends for it."""
        if self.create:
            return [*self.before, self._table(place, words), *self.late]
        found = list(self.before)
        added = [made(column.place, "add column {}", tables.definition(column)) for column in self.columns]
        if added:
            found.append(tables.alter(place, self.table, "{}", joined(place, ", ", added)))
        for column, type_too, null_too in self.altered:
            found += self._alterations(column, type_too, null_too)
        for element in self.elements:
            found.append(tables.alter(place, self.table, "add {}", element))
        return found + self.late

    def _table(self, place: Place, words: str) -> Sql:
        keys = [column for column in self.columns if column.primary_key]
        declared = any("primary key" in element.text for element in self.elements)
        if declared or len(keys) > 1:
            for column in keys:
                column.primary_key = NOTHING
        elements = [tables.definition(column) for column in self.columns] + self.elements
        if len(keys) > 1 and not declared:
            elements.append(made(keys[0].place, "primary key ({})", keys[0].name))
        return tables.create_table(place, self.table, elements, words)

    def _alterations(self, column: tables.Column, type_too: bool, null_too: bool) -> list[Sql]:
        def alter(template: str, *arguments: Sql) -> Sql:
            return tables.alter(column.place, self.table, "alter column {} " + template, column.name, *arguments)

        found = [alter("drop default")]
        if null_too:
            found.append(alter("drop not null"))
        if type_too:
            found.append(alter("type {} using ({}::{})", column.type, column.name, column.type))
        if column.default:
            found.append(alter("set default {}", column.default))
        if null_too and column.not_null:
            found.append(alter("set {}", column.not_null))
        return found


def _chain(call: Call) -> list[Call]:
    """The calls of a chain, the first first."""
    found = [call]
    while isinstance(found[-1].on, Call):
        found.append(found[-1].on)
    return found[::-1]


def _own(call: Call) -> Place:
    """Where a call of a chain stands without what it is called on."""
    return Place(call.on.end + 1 if call.on is not None and call.on.end < call.end else call.start, call.end)


def _options(walk: Walk, node: Node | None) -> dict[str, Node]:
    found = walk.resolve(node) if node is not None else None
    return found.named() if isinstance(found, Pairs) else {}


def _or(value: int | None, other: int) -> int:
    return other if value is None else value
