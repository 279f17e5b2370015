"""node-pg-migrate: indexes, constraints, types, views, functions and whatever else it makes."""

from __future__ import annotations

from collections.abc import Callable

from dsql_migrate.source.migrations.hosts import tables
from dsql_migrate.source.migrations.hosts.languages.tree import Call, Items, Node, Pairs, Text
from dsql_migrate.source.migrations.hosts.node_pg.tables import constraints_of, options, type_of
from dsql_migrate.source.migrations.hosts.script import Script
from dsql_migrate.source.migrations.hosts.sql import NOTHING, Sql, joined, made
from dsql_migrate.source.migrations.hosts.walk import Walk


def create_index(script: Script, call: Call, walk: Walk) -> None:
    table = tables.table_name(walk, call.arg(0))
    given = options(call, 2, walk)
    found = walk.resolve(node) if (node := call.arg(1)) is not None else None
    keys, shown = [], []
    for item in found.items if isinstance(found, Items) else (found,):
        spec = walk.resolve(item) if item is not None else None
        named = spec.named() if isinstance(spec, Pairs) else {}
        key = named.get("name") if named else spec
        text = walk.sql(key)
        plain_key = text.text if text is not None else ""
        shown.append("".join(char if char.isalnum() or char == "_" else "_" for char in plain_key))
        name = text if text is not None and "(" in plain_key else walk.name(key)
        for part in ("opclass", "sort"):
            if part in named and (word := walk.word(named[part])):
                name = made(named[part].place, "{} {}", name, word)
        keys.append(name)
    unique = made(given["unique"].place, "UNIQUE ") if walk.flag(given.get("unique")) else NOTHING
    script.send(tables.create_index(
        call.place,
        walk.name(given["name"]) if "name" in given else made(call.place, index_name(table, shown, bool(unique))),
        table, keys, unique=unique,
        concurrently=made(given["concurrently"].place,
            "CONCURRENTLY ") if walk.flag(given.get("concurrently")) else NOTHING,
        using=made(given["method"].place, f" USING {walk.word(given['method'])}") if "method" in given else NOTHING,
        tail=index_tail(given, walk), exists=walk.flag(given.get("ifNotExists")),
    ))  # fmt: skip


def index_tail(given: dict[str, Node], walk: Walk) -> Sql:
    tail = NOTHING
    if "include" in given:
        tail += made(
            given["include"].place, " INCLUDE ({})", joined(given["include"].place, ", ", walk.names(given["include"]))
        )
    if "where" in given:
        tail += made(given["where"].place, " WHERE {}", walk.sql(given["where"]) or NOTHING)
    return tail


def index_name(table: Sql, columns: list[str], unique: bool) -> str:
    return f'"{tables.word_of(table)}_{"_".join(columns)}{"_unique" if unique else ""}_index"'


def drop_index(script: Script, call: Call, walk: Walk) -> None:
    given = options(call, 2, walk)
    columns = tables.words(walk, call.arg(1))
    named = walk.name(given["name"]) if "name" in given else made(
        call.place, index_name(tables.table_name(walk, call.arg(0)), columns,
            walk.flag(given.get("unique"))))  # fmt: skip
    words = "CONCURRENTLY " if walk.flag(given.get("concurrently")) else ""
    exists = "IF EXISTS " if walk.flag(given.get("ifExists")) else ""
    script.send(made(call.place, f"DROP INDEX {words}{exists}{{}}", named))


def add_constraint(script: Script, call: Call, walk: Walk) -> None:
    table = tables.table_name(walk, call.arg(0))
    node = call.arg(1)
    name = walk.name(node) if node is not None and isinstance(walk.resolve(node), Text) else NOTHING
    spec = walk.resolve(call.args[2]) if len(call.args) > 2 else None
    if isinstance(spec, Pairs):
        listed = constraints_of(walk, spec, name)
    elif (text := walk.sql(spec)) is not None:
        listed = [made(call.place, "CONSTRAINT {} {}", name, text)]
    else:
        walk.told(call, "this constraint is known only when the migration runs")
        return
    script.send(
        tables.alter(call.place, table, "{}", joined(call.place, ", ", [made(call.place, "ADD {}", c) for c in listed]))
    )


def drop_constraint(script: Script, call: Call, walk: Walk) -> None:
    exists = "IF EXISTS " if walk.flag(options(call, 2, walk).get("ifExists")) else ""
    script.send(
        tables.alter(
            call.place, tables.table_name(walk, call.arg(0)), "DROP CONSTRAINT {}{}", exists, walk.name(call.arg(1))
        )
    )


def create_type(script: Script, call: Call, walk: Walk) -> None:
    found = walk.resolve(call.args[1]) if len(call.args) > 1 else None
    name = tables.table_name(walk, call.arg(0))
    if isinstance(found, Pairs):
        listed = [made(value.place, "{} {}", walk.name(key), type_of(walk, value)) for key, value in found.pairs]
        script.send(made(call.place, "CREATE TYPE {} AS ({})", name, joined(call.place, ", ", listed)))
    else:
        script.send(made(call.place, "CREATE TYPE {} AS ENUM ({})", name, tables.labels(walk, call.arg(1), call.place)))


def add_value(script: Script, call: Call, walk: Walk) -> None:
    value = walk.literal(call.args[1]) if len(call.args) > 1 else None
    script.send(made(call.place, "ALTER TYPE {} ADD VALUE {}", tables.table_name(walk, call.arg(0)), value or "''"))


def create(word: str) -> Callable[[Script, Call, Walk], None]:
    def create(script: Script, call: Call, walk: Walk) -> None:
        exists = "IF NOT EXISTS " if walk.flag(options(call, 1, walk).get("ifNotExists")) else ""
        for name in walk.names(call.arg(0)):
            script.send(made(call.place, f"CREATE {word} {exists}{{}}", name))

    return create


def create_view(word: str) -> Callable[[Script, Call, Walk], None]:
    def create(script: Script, call: Call, walk: Walk) -> None:
        given = options(call, 1, walk)
        name = tables.table_name(walk, call.arg(0))
        replace = "OR REPLACE " if walk.flag(given.get("replace")) else ""
        columns = walk.names(given["columns"]) if "columns" in given else []
        listed = made(call.place, "({})", joined(call.place, ", ", columns)) if columns else NOTHING
        body = call.arg(2)
        text = walk.sql(body)
        if text is None:
            walk.told(call, "the query of this view is known only when the migration runs")
            return
        script.send(made(call.place, f"CREATE {replace}{word} {{}}{{}} AS ", name, listed) + text)

    return create


def create_function(script: Script, call: Call, walk: Walk) -> None:
    given = options(call, 2, walk)
    body = walk.sql(call.arg(3))
    if body is None:
        walk.told(call, "the body of this function is known only when the migration runs")
        return
    params = walk.resolve(call.args[1])
    listed = []
    for item in params.items if isinstance(params, Items) else ():
        spec = walk.resolve(item)
        named = spec.named() if isinstance(spec, Pairs) else {}
        head = made(item.place, "{} ", walk.name(named["name"])) if "name" in named else NOTHING
        listed.append(made(item.place, "{}{}", head, type_of(walk, named.get("type", spec))))
    replace = "OR REPLACE " if walk.flag(given.get("replace")) else ""
    returns = walk.word(given.get("returns")) or "void"
    language = walk.word(given.get("language")) or "plpgsql"
    at = given["language"].place if "language" in given else call.place
    head = made(call.place, f"CREATE {replace}FUNCTION {{}}({{}}) RETURNS {returns} AS $pga$",
        tables.table_name(walk, call.arg(0)),
                joined(call.place, ", ", listed))  # fmt: skip
    script.send(head + body + made(call.place, "$pga$ ") + made(at, f"LANGUAGE {language}"))


def create_trigger(script: Script, call: Call, walk: Walk) -> None:
    given = options(call, 2, walk)
    when = walk.word(given.get("when")) or "BEFORE"
    operation = " OR ".join(tables.words(walk, given.get("operation"))) or "INSERT"
    level = walk.word(given.get("level")) or "STATEMENT"
    function = tables.table_name(walk, given["function"]) if "function" in given else walk.name(call.arg(1))
    script.send(made(call.place,
        f"CREATE TRIGGER {{}} {when} {operation} ON {{}} FOR EACH {level} EXECUTE FUNCTION {{}}()",
                  walk.name(call.arg(1)), tables.table_name(walk, call.arg(0)), function))  # fmt: skip


def drop_trigger(script: Script, call: Call, walk: Walk) -> None:
    exists = "IF EXISTS " if walk.flag(options(call, 2, walk).get("ifExists")) else ""
    name = tables.table_name(walk, call.arg(0))
    script.send(made(call.place, f"DROP TRIGGER {exists}{{}} ON {{}}", walk.name(call.arg(1)), name))


def drop_function(script: Script, call: Call, walk: Walk) -> None:
    exists = "IF EXISTS " if walk.flag(options(call, 2, walk).get("ifExists")) else ""
    script.send(made(call.place, f"DROP FUNCTION {exists}{{}}()", tables.table_name(walk, call.arg(0))))


def drop(word: str) -> Callable[[Script, Call, Walk], None]:
    def drop(script: Script, call: Call, walk: Walk) -> None:
        given = options(call, 1, walk)
        exists = "IF EXISTS " if walk.flag(given.get("ifExists")) else ""
        cascade = " CASCADE" if walk.flag(given.get("cascade")) else ""
        script.send(made(call.place, f"DROP {word} {exists}{{}}{cascade}", tables.table_name(walk, call.arg(0))))

    return drop


def rename(words: str) -> Callable[[Script, Call, Walk], None]:
    def rename(script: Script, call: Call, walk: Walk) -> None:
        name = tables.table_name(walk, call.arg(0))
        if words in ("COLUMN", "CONSTRAINT"):
            shown = made(call.place, f"RENAME {words} {{}} TO {{}}", walk.name(call.arg(1)), walk.name(call.arg(2)))
            script.send(tables.alter(call.place, name, "{}", shown))
        else:
            script.send(made(call.place, f"ALTER {words} {{}} RENAME TO {{}}", name, walk.name(call.arg(1))))

    return rename
