"""Knex: SQL in ``raw``, and its schema builder as the SQL of its PostgreSQL dialect (Knex 1 to 3)."""

from __future__ import annotations

from dsql_migrate.source.migrations.hosts import tables
from dsql_migrate.source.migrations.hosts.knex.bindings import bound
from dsql_migrate.source.migrations.hosts.knex.table import Builder
from dsql_migrate.source.migrations.hosts.languages.tree import Call, Function, Name, Node, dotted
from dsql_migrate.source.migrations.hosts.script import Script
from dsql_migrate.source.migrations.hosts.sql import NOTHING, Place, Sql, made
from dsql_migrate.source.migrations.hosts.walk import Walk

_TABLES = {"createTable": "create table", "createTableIfNotExists": "create table if not exists", "alterTable": "",
           "table": ""}  # fmt: skip
_DROPS = {
    "dropTable": "drop table {}", "dropTableIfExists": "drop table if exists {}", "dropView": "drop view {}",
    "dropViewIfExists": "drop view if exists {}", "dropMaterializedView": "drop materialized view {}",
    "createSchema": "create schema {}", "createSchemaIfNotExists": "create schema if not exists {}",
    "dropSchema": "drop schema {}", "dropSchemaIfExists": "drop schema if exists {}",
    "createExtension": "create extension {}", "createExtensionIfNotExists": "create extension if not exists {}",
    "dropExtension": "drop extension {}", "dropExtensionIfExists": "drop extension if exists {}",
    "refreshMaterializedView": "refresh materialized view {}",
}  # fmt: skip
_SILENT = frozenset({"hasTable", "hasColumn", "withSchema", "then", "catch", "finally", "transacting", "debug",
    "select",
                     "where", "first", "andWhere", "whereNull", "whereNotNull", "whereIn", "orderBy", "limit", "from",
                     "columnInfo", "toString", "toSQL", "pluck", "join", "leftJoin", "returning", "into", "count",
                     "isTransaction",
                     "commit", "rollback", "ref", "onConflict", "merge", "ignore", "orWhere"})  # fmt: skip
_WRITES = frozenset({"insert", "update", "del", "delete", "truncate", "batchInsert", "increment", "decrement"})


class Operations:
    """What calls on ``knex`` (or what the function calls it) mean."""

    def __init__(self, script: Script, function: Function) -> None:
        self.script = script
        self.roots = {function.params[0] if function.params else "knex", "knex", "trx"}

    def call(self, call: Call, walk: Walk) -> bool:
        """A link of a chain: what it is called on goes first."""
        if self._root(call) not in self.roots:
            return False
        if call.name == "transaction" and isinstance(call.on, Name):
            return self._transaction(call, walk)
        schema = ".schema" in dotted(call.on) or "schema()" in dotted(call.on)
        if isinstance(call.on, Call) and call.name not in _WRITES:
            walk.do(call.on, True)
        if call.name == "raw":
            self._raw(call, walk)
            return True
        if call.name in _WRITES:
            return self._write(call, walk)
        if schema and self._schema(call, walk):
            return True
        if call.name in ("then", "catch", "finally"):
            for arg in call.args:
                walk.do(arg, True)
            return True
        return call.name in _SILENT or (call.on is None and call.name in self.roots)

    def harmless(self, call: Call, walk: Walk) -> bool:
        """Calls on other things send nothing, unless they are handed the connection."""
        if self._root(call) in self.roots:
            return False
        return not any(isinstance(arg, Name) and arg.name in self.roots for arg in call.args)

    def inside(self, head: Node, name: str, entered: bool, walk: Walk) -> bool:
        """There are no with-blocks."""
        return False

    def _root(self, call: Call) -> str:
        return dotted(call).partition(".")[0].replace("()", "")

    def _transaction(self, call: Call, walk: Walk) -> bool:
        function = next((arg for arg in call.args if isinstance(arg, Function)), None)
        if function is None:
            return True
        self.roots.update(function.params)
        outer, self.script.wrap = self.script.wrap, "file"
        self.script.cut()
        walk.run(function.body)
        self.script.wrap = outer
        self.script.cut()
        return True

    def _schema(self, call: Call, walk: Walk) -> bool:
        """A call of the schema builder."""
        place = call.place
        schema = self._schema_name(call)
        if call.name in _TABLES:
            function = next((arg for arg in call.args[1:] if isinstance(walk.resolve(arg), Function)), None)
            found = walk.resolve(function) if function is not None else None
            table = self._table(call, walk, schema)
            if not isinstance(found, Function):
                walk.told(call, "what is done to this table is known only when the migration runs")
                return True
            builder = Builder(found.params or ("this",), table, call.name.startswith("create"))
            inner = Walk(builder, walk.known)
            inner.run(found.body)
            for unread in inner.unread:
                if unread not in walk.unread:
                    walk.unread.append(unread)
            own = Place(
                call.args[0].start if isinstance(call.on, Call) else call.start, call.end
            )  # not the chain before
            self.script.send(*builder.statements(own, _TABLES[call.name]))
            return True
        if call.name in _DROPS:
            self.script.send(made(place, _DROPS[call.name], self._table(call, walk, schema)))
            return True
        if call.name == "renameTable":
            self.script.send(
                tables.alter(place, self._table(call, walk, schema), "rename to {}", walk.name(call.arg(1)))
            )
            return True
        if call.name in ("createTableLike",):
            like = tables.table_name(walk, call.arg(1), schema)
            self.script.send(
                made(place, "create table {} (like {} including all)", self._table(call, walk, schema), like)
            )
            return True
        if call.name in ("createView", "createViewOrReplace", "createMaterializedView"):
            walk.told(call, "the query of this view is put together when the migration runs")
            return True
        return False

    def _schema_name(self, call: Call) -> Node | None:
        """What ``withSchema`` in front of it says."""
        at: Node | None = call.on
        while isinstance(at, Call):
            if at.name == "withSchema" and at.args:
                return at.args[0]
            at = at.on
        return None

    def _table(self, call: Call, walk: Walk, schema: Node | None) -> Sql:
        return tables.table_name(walk, call.arg(0), schema)

    def _raw(self, call: Call, walk: Walk) -> None:
        if not call.args:
            return
        text = walk.sql(call.args[0])
        if text is not None and len(call.args) > 1:
            text = bound(text, walk.resolve(call.args[1]), walk)
        self.script.raw(call.args[0], walk, text)

    def _write(self, call: Call, walk: Walk) -> bool:
        """insert, update, del: what is written where; values and conditions are not told apart."""
        chain: list[Call] = []
        at: Node | None = call
        while isinstance(at, Call):
            chain.append(at)
            at = at.on
        start = next((each for each in chain if each.name in ("into", "from", "table", "batchInsert") or
                      (each.on is None and each.name in self.roots)), None)  # fmt: skip
        table = tables.table_name(walk, start.arg(0)) if start is not None and start.args else None
        if table is None:
            return False
        tail = made(call.place, " where _unknown") if any("here" in each.name for each in chain) else NOTHING
        match call.name:
            case "insert" | "batchInsert":
                rows = call.arg(1 if call.name == "batchInsert" else 0)
                self.script.send(tables.insert(walk, call.place, table, rows))
            case "del" | "delete":
                self.script.send(made(call.place, "delete from {}{}", table, tail))
            case "truncate":
                self.script.send(made(call.place, "truncate {} restart identity", table))
            case _:
                self.script.send(made(call.place, 'update {} set "_unknown" = null{}', table, tail))
        return True
