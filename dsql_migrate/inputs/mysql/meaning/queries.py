"""Whole statements of MySQL: SELECT with what it reads, UPDATE, DELETE, INSERT."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from dsql_migrate.inputs.mysql.meaning.kinds import (
    UNKNOWN,
    Kind,
    Relation,
    Told,
    Untranslatable,
    Value,
    assigned,
    condition,
    shown,
)
from dsql_migrate.inputs.mysql.meaning.walk import Walker
from dsql_migrate.rewrite.quoting import identifier

Find = Callable[[str | None, str], tuple[str, Relation | None]]  # a table of MySQL -> how it is called, what it has

_READ = frozenset(("expressions", "distinct", "from_", "joins", "where", "group", "having", "order", "limit", "offset",
                   "with_", "hint", "operation_modifiers", "kind", "laterals"))  # fmt: skip
_JOINS = {"": "JOIN", "LEFT": "LEFT JOIN", "RIGHT": "RIGHT JOIN"}


class Query:
    """One SELECT, and what it sees: its own tables, and those of the queries around it."""

    def __init__(self, find: Find, told: Told, outer: Query | None = None) -> None:
        self.find, self.told, self.outer = find, told, outer
        self.sources: dict[str, Relation | None] = {}  # in small letters
        self.shown: dict[str, str] = {}  # how a source is called
        self.named: dict[str, tuple[str, Relation]] = {}  # WITH
        self.aliases: dict[str, Value] = {}
        self.walker = Walker(self, told)

    # -- what expressions see -------------------------------------------------------------------------------------

    def column(self, table: str | None, name: str) -> Value:
        """A column of a source; of a query around this one where no source has it. Raises Untranslatable."""
        if table is not None:
            return self._of(table, name)
        found = [
            (relation.columns[name.lower()], key)
            for key, relation in self.sources.items()
            if relation is not None and name.lower() in relation.columns
        ]
        if found:
            declared, kind = found[0][0]
            return Value(identifier(declared), kind)
        if name.lower() in self.aliases:
            return self.aliases[name.lower()]
        if any(relation is None for relation in self.sources.values()):
            return Value(identifier(name), UNKNOWN)
        if self.outer is not None:
            return self.outer.column(None, name)
        raise Untranslatable(f"no table of it has a column {name}")

    def _of(self, table: str, name: str) -> Value:
        key = table.lower()
        if key not in self.sources:
            if self.outer is not None:
                return self.outer._of(table, name)
            raise Untranslatable(f"it reads no table {table}")
        relation = self.sources[key]
        if relation is None:
            return Value(f"{self.shown[key]}.{identifier(name)}", UNKNOWN)
        if name.lower() not in relation.columns:
            raise Untranslatable(f"{table} has no column {name}")
        declared, kind = relation.columns[name.lower()]
        return Value(f"{self.shown[key]}.{identifier(declared)}", kind)

    def inner(self, tree: exp.Expression) -> tuple[str, list[Kind]]:
        """A query inside an expression."""
        sql, columns = statement(tree, self.find, self.told, self)
        return sql, [kind for _, kind in columns]

    def with_named(self, name: str) -> tuple[str, Relation] | None:
        """What WITH calls so, here or around."""
        found = self.named.get(name.lower())
        return found if found is not None or self.outer is None else self.outer.with_named(name)

    # -- SELECT ---------------------------------------------------------------------------------------------------

    def select(self, node: exp.Select) -> tuple[str, list[tuple[str, Kind]]]:
        """Its SQL, and its columns. Raises Untranslatable."""
        _allowed(node, _READ)
        if node.args.get("kind") or node.args.get("laterals"):
            raise Untranslatable("a form of SELECT that is not known")
        words = [self._with(node)] if node.args.get("with_") else []
        sources = self._sources(node)
        distinct = node.args.get("distinct")
        columns, parts = self._columns(node.expressions)
        words.append(f"SELECT {'DISTINCT ' if distinct else ''}{', '.join(parts)}")
        if sources:
            words.append(f"FROM {sources}")
        where = node.args.get("where")
        if where is not None:
            words.append(f"WHERE {self.walker.condition(where.this).sql}")
        words += self._grouped(node)
        words += self._ordered(node)
        return "\n".join(words), columns

    def _with(self, node: exp.Select) -> str:
        clause = node.args["with_"]
        if clause.args.get("recursive"):
            raise Untranslatable("WITH RECURSIVE")
        parts = []
        for each in clause.expressions:
            sql, columns = statement(each.this, self.find, self.told, self)
            listed = [column.name for column in each.args["alias"].args.get("columns") or []]
            if listed:
                columns = [(name, kind) for name, (_, kind) in zip(listed, columns, strict=True)]
            name = identifier(each.alias)
            self.named[each.alias.lower()] = (name, Relation({n.lower(): (n, k) for n, k in columns}))
            shown = f" ({', '.join(map(identifier, listed))})" if listed else ""
            parts.append(f"{name}{shown} AS ({sql})")
        return f"WITH {', '.join(parts)}"

    def _sources(self, node: exp.Select) -> str:
        first = node.args.get("from_")
        if first is None:
            return ""
        if isinstance(first.this, exp.Table) and first.this.name.lower() == "dual" and not node.args.get("joins"):
            return ""
        joins = [*(first.this.args.get("joins") or []), *(node.args.get("joins") or [])]
        return self._joined(self._source(first.this), joins)

    def _joined(self, sql: str, joins: list[Any]) -> str:
        for join in joins:
            side, kind = str(join.args.get("side") or "").upper(), str(join.args.get("kind") or "").upper()
            if join.args.get("method") or side not in _JOINS or kind not in ("", "INNER", "OUTER", "CROSS", "STRAIGHT"):
                raise Untranslatable(f"a join of the kind {join.args.get('method') or side or kind}")
            source = self._source(join.this)
            using, on = join.args.get("using"), join.args.get("on")
            if using:
                sql += f"\n{_JOINS[side]} {source} USING ({', '.join(self.column(None, c.name).sql for c in using)})"
            elif on is not None:
                sql += f"\n{_JOINS[side]} {source} ON {self.walker.condition(on).sql}"
            else:
                sql += f"\nCROSS JOIN {source}"
        return sql

    def _source(self, node: Any) -> str:
        if isinstance(node, exp.Paren) or (isinstance(node, exp.Subquery) and isinstance(node.this, exp.Table)):
            inner = node.this
            joins = [*(inner.args.get("joins") or []), *(node.args.get("joins") or [])]
            return f"({self._joined(self._source(inner), joins)})"
        if isinstance(node, exp.Subquery):
            sql, columns = statement(node.this, self.find, self.told, self)
            self._keep(node.alias, identifier(node.alias), Relation({n.lower(): (n, k) for n, k in columns}))
            return f"({sql}) AS {identifier(node.alias)}"
        if not isinstance(node, exp.Table) or not isinstance(node.this, exp.Identifier):
            raise Untranslatable(f"{type(node).__name__} as a table")
        database = node.args["db"].name if node.args.get("db") else None
        named = self.with_named(node.name) if database is None else None
        shown, relation = named if named is not None else self.find(database, node.name)
        alias = node.alias
        own = identifier(alias) if alias else shown.rpartition(".")[2]
        self._keep(alias or node.name, own, relation)
        return f"{shown} AS {own}" if alias else shown

    def _keep(self, name: str, shown: str, relation: Relation | None) -> None:
        self.sources[name.lower()] = relation
        self.shown[name.lower()] = shown

    def _columns(self, nodes: list[Any]) -> tuple[list[tuple[str, Kind]], list[str]]:
        columns: list[tuple[str, Kind]] = []
        parts: list[str] = []
        aliases: dict[str, Value] = {}
        for node in nodes:
            star = node if isinstance(node, exp.Star) else node.this if isinstance(node, exp.Column) else None
            if isinstance(star, exp.Star):
                table = node.args.get("table") if isinstance(node, exp.Column) else None
                columns += self._all(table.name if table is not None else None)
                parts.append(f"{self.shown.get(table.name.lower(), table.name)}.*" if table is not None else "*")
                continue
            inner = node.this if isinstance(node, exp.Alias) else node
            value = shown(self.walker.value(inner))
            name = node.alias if isinstance(node, exp.Alias) else inner.name if isinstance(inner, exp.Column) else ""
            columns.append((name, value.kind))
            parts.append(f"{value.sql} AS {identifier(name)}" if isinstance(node, exp.Alias) else value.sql)
            if isinstance(node, exp.Alias):
                aliases.setdefault(name.lower(), value)
        self.aliases = aliases
        return columns, parts

    def _all(self, table: str | None) -> list[tuple[str, Kind]]:
        keys = [table.lower()] if table is not None else list(self.sources)
        relations = [self.sources.get(key) for key in keys]
        return [column for r in relations if r is not None for column in r.columns.values()]

    def _grouped(self, node: exp.Select) -> list[str]:
        words = []
        group, having = node.args.get("group"), node.args.get("having")
        if group is not None:
            if any(group.args.get(key) for key in group.args if key != "expressions"):
                raise Untranslatable("GROUP BY … WITH ROLLUP")
            words.append(f"GROUP BY {', '.join(self._place(each) for each in group.expressions)}")
        if having is not None:
            words.append(f"HAVING {self.walker.condition(having.this).sql}")
        return words

    def _place(self, node: Any) -> str:
        if isinstance(node, exp.Literal) and not node.is_string:
            return str(node.this)
        return self.walker.value(node).sql

    def _ordered(self, node: Any) -> list[str]:
        words = []
        order = node.args.get("order")
        if order is not None:
            listed = [
                f"{self._place(each.this)}{' DESC NULLS LAST' if each.args.get('desc') else ' NULLS FIRST'}"
                for each in order.expressions
            ]
            words.append(f"ORDER BY {', '.join(listed)}")
        for key, word in (("limit", "LIMIT"), ("offset", "OFFSET")):
            if node.args.get(key) is not None:
                words.append(f"{word} {self.walker.value(node.args[key].expression).sql}")
        return words


def statement(
    node: Any, find: Find, told: Told, outer: Query | None = None
) -> tuple[str, list[tuple[str, Kind]]]:
    """A query: its SQL, and its columns. Raises Untranslatable."""
    query = Query(find, told, outer)
    if isinstance(node, exp.Subquery) and not node.alias:
        return statement(node.this, find, told, outer)
    if isinstance(node, exp.Select):
        return query.select(node)
    if isinstance(node, exp.Union) and not node.args.get("with_"):
        left, columns = statement(node.this, find, told, outer)
        right, others = statement(node.expression, find, told, outer)
        if len(columns) != len(others):
            raise Untranslatable("UNION of queries with other columns")
        query.aliases = {name.lower(): Value(identifier(name), kind) for name, kind in columns}
        behind = "\n".join(query._ordered(node))
        word = "UNION" if node.args.get("distinct") else "UNION ALL"
        sides = [f"({sql})" if "\nORDER BY" in sql or "\nLIMIT" in sql else sql for sql in (left, right)]
        return f"{sides[0]}\n{word}\n{sides[1]}{f'{chr(10)}{behind}' if behind else ''}", columns
    raise Untranslatable(f"{_word(node)} has no translation that is known to mean the same")


def change(node: Any, find: Find, told: Told) -> str:
    """UPDATE and DELETE of one table, INSERT of rows or of a query. Raises Untranslatable."""
    query = Query(find, told)
    if isinstance(node, exp.Update):
        _allowed(node, frozenset(("this", "expressions", "where")))
        table = query._source(_table(node.this))
        pairs = [_assignment(query, each) for each in node.expressions]
        return f"UPDATE {table} SET {', '.join(pairs)}{_where(query, node)}"
    if isinstance(node, exp.Delete):
        _allowed(node, frozenset(("this", "where")))
        return f"DELETE FROM {query._source(_table(node.this))}{_where(query, node)}"
    if isinstance(node, exp.Insert):
        return _insert(node, query)
    return statement(node, find, told)[0]


def _table(node: Any) -> Any:
    if not isinstance(node, exp.Table) or node.args.get("joins"):
        raise Untranslatable("a change of several tables at once")
    return node


def _where(query: Query, node: Any) -> str:
    where = node.args.get("where")
    return f"\nWHERE {condition(query.walker.value(where.this)).sql}" if where is not None else ""


def _assignment(query: Query, node: Any) -> str:
    if not isinstance(node, exp.EQ) or not isinstance(node.this, exp.Column):
        raise Untranslatable("SET of other than a column")
    target = query.column(None, node.this.name)
    return f"{target.sql} = {assigned(query.walker.value(node.expression), target.kind, query.told).sql}"


def _insert(node: exp.Insert, query: Query) -> str:
    _allowed(node, frozenset(("this", "expression")))
    into = node.this
    table = into.this if isinstance(into, exp.Schema) else into
    shown = query._source(_table(table))
    names = [column.name for column in into.expressions] if isinstance(into, exp.Schema) else []
    targets = [query.column(None, name) for name in names]
    if not names:
        relation = next(iter(query.sources.values()))
        targets = [Value(n, kind) for n, kind in relation.columns.values()] if relation is not None else []
    listed = f" ({', '.join(target.sql for target in targets)})" if names else ""
    query.sources.clear()
    values = node.expression
    if not isinstance(values, exp.Values):
        return f"INSERT INTO {shown}{listed}\n{statement(values, query.find, query.told)[0]}"
    rows = []
    for row in values.expressions:
        parts = []
        for n, each in enumerate(row.expressions):
            if isinstance(each, exp.Column) and each.name.lower() == "default" and not each.args.get("table"):
                parts.append("DEFAULT")
                continue
            value = query.walker.value(each)
            parts.append(assigned(value, targets[n].kind if n < len(targets) else UNKNOWN, query.told).sql)
        rows.append(f"({', '.join(parts)})")
    return f"INSERT INTO {shown}{listed} VALUES {', '.join(rows)}"


def _allowed(node: Any, keys: frozenset[str]) -> None:
    for key, value in node.args.items():
        if value and key not in keys:
            raise Untranslatable(f"{_word(node)} with {key.strip('_').upper()} has no translation that is known")


def _word(node: Any) -> str:
    return type(node).__name__.upper()
