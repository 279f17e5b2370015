"""A parse tree of sqlglot as a value of PostgreSQL: what is in no table here is refused by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

from sqlglot import exp

from dsql_migrate.inputs.mysql.meaning import aggregates, choices, documents, numbers, operators, texts, times
from dsql_migrate.inputs.mysql.meaning.kinds import (
    BOOLEAN,
    BYTES,
    IS,
    LIKE,
    NULL,
    OTHER,
    TEXT,
    Kind,
    Told,
    Untranslatable,
    Value,
    call,
    cast,
    condition,
    number,
    numbered,
    string,
    texted,
    wrapped,
)

_FUNCTIONS = {
    **texts.FUNCTIONS, **times.FUNCTIONS, **numbers.FUNCTIONS, **choices.FUNCTIONS, **documents.FUNCTIONS,
}  # fmt: skip
_AGGREGATES = {**numbers.AGGREGATES, **documents.AGGREGATES}
_COMPARED = {exp.EQ: "=", exp.NEQ: "<>", exp.GT: ">", exp.GTE: ">=", exp.LT: "<", exp.LTE: "<=", exp.NullSafeEQ: "<=>"}
_BITS = {
    exp.BitwiseAnd: "&", exp.BitwiseOr: "|", exp.BitwiseXor: "^", exp.BitwiseLeftShift: "<<",
    exp.BitwiseRightShift: ">>",
}  # fmt: skip
_SAID = frozenset(  # what nodes may say of themselves; all of it is looked at, or changes nothing
    ("this", "expression", "expressions", "to", "unit", "ifs", "default", "true", "false", "query", "low", "high",
     "table", "db", "catalog", "is_string", "separator", "partition_by", "order", "over", "position", "start", "length",
     "substr", "safe", "typed", "only_json_types", "scalar_only", "coalesce", "distinct", "alias", "from_", "joins",
     "where", "group", "having", "limit", "offset", "with_", "_type", "kind", "spec", "is_integer")
)  # fmt: skip
_SUMS = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*"}
_CALLED = {  # what sqlglot has a class for though it is written as a function
    "CurrentTimestamp": "now", "CurrentDate": "curdate", "CurrentTime": "curtime", "Localtime": "now",
    "Localtimestamp": "now", "UtcTimestamp": "utc_timestamp", "UtcDate": "utc_date",
}  # fmt: skip


class Sight(Protocol):
    """What an expression sees."""

    def column(self, table: str | None, name: str) -> Value:
        """A column by its name. Raises Untranslatable."""

    def inner(self, tree: exp.Expression) -> tuple[str, list[Kind]]:
        """A query inside the expression: its SQL, and the kinds of its columns. Raises Untranslatable."""


class Walker:
    """Translates expressions that see the same columns."""

    def __init__(self, sight: Sight, told: Told) -> None:
        self.sight, self.told = sight, told

    def value(self, node: Any) -> Value:
        """The value of a tree. Raises Untranslatable."""
        for key, said in node.args.items():
            if said and key not in _SAID and not (key == "negate" and isinstance(node, exp.Like)):
                raise Untranslatable(f"{_named(node)} with {key.upper()} is not known")
        way = _WAYS.get(type(node))
        if way is not None:
            return way(self, node)
        if type(node) in _COMPARED:
            return self._compared(node)
        if type(node) in _BITS:
            return operators.of_bits(_BITS[type(node)], self.value(node.this), self.value(node.expression))
        if type(node) in _SUMS:
            return self._sum(node)
        name = _CALLED.get(type(node).__name__)
        if name is not None:
            arguments = [self.value(node.this)] if isinstance(node.this, exp.Expression) else []
            return self.called(name, arguments)
        raise Untranslatable(f"{_named(node)} has no translation that is known to mean the same")

    def values(self, nodes: list[Any]) -> list[Value]:
        """The values of trees."""
        return [self.value(node) for node in nodes]

    def condition(self, node: Any) -> Value:
        """The value of a tree as a condition."""
        return condition(self.value(node))

    def called(self, name: str, arguments: list[Value]) -> Value:
        """A function of MySQL. Raises Untranslatable where none of this name and so many arguments is known."""
        known = _FUNCTIONS.get(name) or _AGGREGATES.get(name)
        if known is None:
            raise Untranslatable(f"the function {name.upper()}() has no translation that is known to mean the same")
        function, least, most = known
        if not least <= len(arguments) <= most:
            raise Untranslatable(f"the function {name.upper()}() with {len(arguments)} arguments is not known")
        for argument in arguments:
            if argument.kind.name == "interval" and argument.parts is not None and "date" not in name:
                raise Untranslatable(f"an interval in {name.upper()}()")
        return function(arguments, self.told)

    # -- leaves ---------------------------------------------------------------------------------------------------

    def _literal(self, node: exp.Literal) -> Value:
        if node.is_string:
            return string(str(node.this))
        text = str(node.this)
        return number(text) if text.replace(".", "", 1).isdigit() else Value(text, Kind("float", positive=True))

    def _column(self, node: exp.Column) -> Value:
        table = node.args.get("table")
        return self.sight.column(table.name if table is not None else None, node.name)

    def _null(self, node: exp.Null) -> Value:
        return Value("NULL", NULL)

    def _truth(self, node: exp.Boolean) -> Value:
        truth = bool(node.this)
        return replace(number(int(truth)), constant=truth)

    def _hexadecimal(self, node: exp.HexString) -> Value:
        digits = str(node.this).lower()
        digits = digits if len(digits) % 2 == 0 else f"0{digits}"
        return Value(f"CAST('\\x{digits}' AS BYTEA)", BYTES, nullable=False)

    def _binary(self, node: exp.BitString) -> Value:
        return number(int(str(node.this), 2))

    def _paren(self, node: exp.Paren) -> Value:
        inner = self.value(node.this)
        if isinstance(node.this, exp.Column | exp.Literal | exp.Anonymous | exp.Paren) or inner.constant is not None:
            return inner
        return replace(inner, sql=f"({inner.sql})", binds=10)

    # -- operators ------------------------------------------------------------------------------------------------

    def _compared(self, node: exp.Binary) -> Value:
        if isinstance(node.this, exp.Tuple) or isinstance(node.expression, exp.Tuple | exp.All | exp.Any):
            raise Untranslatable("a comparison of rows, or with ANY or ALL")
        a, b = self._bytewise(node.this), self._bytewise(node.expression)
        return operators.compared(_COMPARED[type(node)], a, b, self.told)

    def _bytewise(self, node: Any) -> Value:
        """An operand of a comparison: BINARY before a text says how it is compared."""
        if isinstance(node, exp.Cast) and node.to.this == exp.DataType.Type.BINARY and not node.to.expressions:
            inner = self.value(node.this)
            if inner.kind.name in ("text", "enum"):
                return replace(inner, kind=replace(inner.kind, exact=True))
        return self.value(node)

    def _sum(self, node: exp.Binary) -> Value:
        a, b = self.value(node.this), self.value(node.expression)
        sign = _SUMS[type(node)]
        if b.parts is not None and sign != "*":
            return times.moved(a, *b.parts, sign, self.told)
        if a.parts is not None and sign == "+":
            return times.moved(b, *a.parts, sign, self.told)
        return operators.plus(sign, a, b)

    def _and(self, node: exp.And) -> Value:
        return operators.all_of(self.values(list(node.flatten(unnest=False))))

    def _or(self, node: exp.Or) -> Value:
        return operators.any_of(self.values(list(node.flatten(unnest=False))))

    def _not(self, node: exp.Not) -> Value:
        inner = node.this
        if isinstance(inner, exp.Is) and isinstance(inner.expression, exp.Null):
            return Value(f"{wrapped(self.value(inner.this), LIKE)} IS NOT NULL", BOOLEAN, IS)
        return operators.negated(self.value(inner))

    def _is(self, node: exp.Is) -> Value:
        value, what = self.value(node.this), node.expression
        if isinstance(what, exp.Null):
            return Value(f"{wrapped(value, LIKE)} IS NULL", BOOLEAN, IS)
        if isinstance(what, exp.Boolean):
            return Value(f"{wrapped(condition(value), LIKE)} IS {'TRUE' if what.this else 'FALSE'}", BOOLEAN, IS)
        raise Untranslatable(f"IS {what.sql()}")

    def _in(self, node: exp.In) -> Value:
        value = self._bytewise(node.this)
        query = node.args.get("query")
        if query is None:
            return operators.among(value, [self._bytewise(each) for each in node.expressions], self.told)
        sql, kinds = self.sight.inner(query.this if isinstance(query, exp.Subquery) else query)
        other = Value("x", kinds[0] if len(kinds) == 1 else Kind())
        left, right = operators.alike(value, other, Told())
        if (left.sql, right.sql) != (value.sql, "x"):
            raise Untranslatable("IN over a query of texts whose collation does not look at case, or of another type")
        return Value(f"{wrapped(value, OTHER)} IN ({sql})", BOOLEAN, LIKE)

    def _between(self, node: exp.Between) -> Value:
        value = self._bytewise(node.this)
        return operators.between(value, self.value(node.args["low"]), self.value(node.args["high"]), self.told)

    def _like(self, node: exp.Like) -> Value:
        return self._liked(node, None)

    def _liked(self, node: exp.Like, escape: Value | None) -> Value:
        made = operators.like(self._bytewise(node.this), self._bytewise(node.expression), escape, self.told)
        return operators.negated(made) if node.args.get("negate") else made

    def _escape(self, node: exp.Escape) -> Value:
        if not isinstance(node.this, exp.Like):
            raise Untranslatable("ESCAPE")
        return self._liked(node.this, self.value(node.expression))

    def _regexp(self, node: exp.RegexpLike) -> Value:
        return operators.matches(self._bytewise(node.this), self.value(node.expression), self.told)

    def _collate(self, node: exp.Collate) -> Value:
        inner, name = self.value(node.this), str(node.expression.name).lower()
        if inner.kind.name not in ("text", "unknown"):
            raise Untranslatable("COLLATE of what is no text")
        if name.endswith(("_bin", "_cs")) or name == "binary":
            return replace(inner, kind=replace(inner.kind, name="text", loose=False, exact=True))
        return replace(inner, kind=replace(inner.kind, name="text", loose=True, exact=False))

    # -- what has a form of its own ---------------------------------------------------------------------------------

    def _function(self, node: exp.Anonymous) -> Value:
        name = str(node.this).lower()
        if name in ("timestampdiff", "timestampadd") and len(node.expressions) == 3:
            unit = node.expressions[0].name.lower().removeprefix("sql_tsi_")
            a, b = self.values(node.expressions[1:])
            if name == "timestampdiff":
                return times.between(unit, a, b, self.told)
            return times.moved(b, a, unit, "+", self.told)
        if name == "count" and isinstance(node.expressions[0] if node.expressions else None, exp.Star):
            return call("COUNT", Kind("integer", positive=True), Value("*"))
        if name in _AGGREGATES and node.expressions and isinstance(node.expressions[0], exp.Distinct):
            return aggregates.distinct(self, name, node.expressions[0])
        if name not in _FUNCTIONS and name not in _AGGREGATES:
            self.called(name, [])
        return self.called(name, self.values(node.expressions))

    def _interval(self, node: exp.Interval) -> Value:
        unit = node.args.get("unit")
        amount = self.value(node.this)
        if isinstance(amount.constant, str):
            amount = numbered(amount)
        return Value("", Kind("interval"), parts=(amount, str(unit.sql() if unit is not None else "").lower()))

    def _cast(self, node: exp.Cast) -> Value:
        inner, to = self.value(node.this), node.to
        name = to.this.name if hasattr(to.this, "name") else str(to.this)
        sizes = [int(str(part.this.this)) for part in to.expressions if str(getattr(part.this, "this", "")).isdigit()]
        if name in ("CHAR", "VARCHAR", "NCHAR", "TEXT") or to.args.get("charset"):
            text = texted(inner, self.told)
            return cast(text, f"VARCHAR({sizes[0]})", text.kind) if sizes else self._text(text)
        if name in ("BIGINT", "INT"):
            return self._integer(inner)
        if name == "UBIGINT":
            whole = self._integer(inner)
            if not whole.kind.positive:
                raise Untranslatable("CAST AS UNSIGNED of a number that may be negative")
            return whole
        if name == "DECIMAL":
            digits, scale = (*sizes, 10, 0)[:2] if len(sizes) != 1 else (sizes[0], 0)
            exact = numbered(inner)
            kind = Kind("decimal", scale=scale, positive=exact.kind.positive)
            return cast(exact, f"NUMERIC({digits}, {scale})", kind)
        if name == "DOUBLE":
            return cast(numbered(inner), "DOUBLE PRECISION", Kind("float"))
        if name == "DATE":
            return times.day(inner, self.told)
        if name in ("DATETIME", "TIMESTAMP"):
            size = sizes[0] if sizes else 0
            return cast(times.moment(inner, self.told), f"TIMESTAMP({size})", Kind("datetime", whole=size == 0))
        if name == "TIME" and not sizes:
            return self.called("time", [inner])
        raise Untranslatable(f"CAST AS {to.sql(dialect='mysql')} has no translation that is known to mean the same")

    def _text(self, text: Value) -> Value:
        return text if text.kind.name == "text" else cast(text, "TEXT", TEXT)

    def _integer(self, inner: Value) -> Value:
        exact = numbered(inner)
        if exact.kind.name == "unknown":
            raise Untranslatable("CAST AS SIGNED of a value whose type is not known")
        return cast(exact, "BIGINT", Kind("integer", positive=exact.kind.positive))

    def _case(self, node: exp.Case) -> Value:
        subject = node.this
        pairs = []
        of = self.value(subject) if subject is not None else None
        for each in node.args["ifs"]:
            when = self.value(each.this)
            truth = when if of is None else operators.compared("=", of, when, self.told)
            pairs.append((truth, self.value(each.args["true"])))
        default = node.args.get("default")
        return choices.cases(pairs, self.value(default) if default is not None else None, self.told)

    def _condition_function(self, node: exp.If) -> Value:
        parts = [node.this, node.args["true"], node.args.get("false")]
        return self.called("if", [self.value(part) for part in parts if part is not None])

    def _trim(self, node: exp.Trim) -> Value:
        what = node.args.get("expression")
        where = str(node.args.get("position") or "both").lower()
        return texts.trimmed(self.value(node.this), self.value(what) if what is not None else None, where, self.told)

    def _extract(self, node: exp.Extract) -> Value:
        return times.part(node.name.lower(), self.value(node.expression), self.told)

    def _substring(self, node: exp.Substring) -> Value:
        parts = [node.this, node.args.get("start"), node.args.get("length")]
        return self.called("substring", [self.value(part) for part in parts if part is not None])

    def _position(self, node: exp.StrPosition) -> Value:
        if node.args.get("position") is not None:
            raise Untranslatable("LOCATE() from a place on")
        return texts.place(self.value(node.args["substr"]), self.value(node.this), self.told)

    def _concat(self, node: exp.Concat) -> Value:
        return self.called("concat", self.values(node.expressions))

    def _inside(self, node: exp.JSONExtract) -> Value:
        path = string(node.expression.sql(dialect="mysql").strip("'"))
        return documents.inside(self.value(node.this), path)

    def _inside_text(self, node: exp.JSONExtractScalar) -> Value:
        return documents.unquoted(self._inside(node))  # type: ignore[arg-type]

    def _exists(self, node: exp.Exists) -> Value:
        inner = node.this.this if isinstance(node.this, exp.Subquery) else node.this
        return Value(f"EXISTS({self.sight.inner(inner)[0]})", BOOLEAN, nullable=False)

    def _subquery(self, node: Any) -> Value:
        inner = node.this if isinstance(node, exp.Subquery) else node
        sql, kinds = self.sight.inner(inner)
        return Value(f"({sql})", kinds[0] if len(kinds) == 1 else Kind())


def _two(method: Callable[[Value, Value], Value]) -> Callable[[Walker, Any], Value]:
    return lambda walker, node: method(walker.value(node.this), walker.value(node.expression))


def _named(node: Any) -> str:
    if isinstance(node, exp.Func):
        return f"the function {node.sql_name()}()"
    return f"{node.sql(dialect='mysql')[:60]} ({type(node).__name__})" if isinstance(node, exp.Expression) else "it"


_WAYS: dict[type, Callable[[Walker, Any], Value]] = {
    exp.Literal: Walker._literal, exp.Column: Walker._column, exp.Null: Walker._null, exp.Boolean: Walker._truth,
    exp.HexString: Walker._hexadecimal, exp.BitString: Walker._binary, exp.Paren: Walker._paren, exp.And: Walker._and,
    exp.Or: Walker._or, exp.Not: Walker._not, exp.Is: Walker._is, exp.In: Walker._in, exp.Between: Walker._between,
    exp.Like: Walker._like, exp.Escape: Walker._escape, exp.RegexpLike: Walker._regexp, exp.Collate: Walker._collate,
    exp.Anonymous: Walker._function, exp.Interval: Walker._interval, exp.Cast: Walker._cast, exp.Case: Walker._case,
    exp.If: Walker._condition_function, exp.Trim: Walker._trim, exp.Extract: Walker._extract,
    exp.Substring: Walker._substring, exp.StrPosition: Walker._position, exp.Concat: Walker._concat,
    exp.JSONExtract: Walker._inside, exp.JSONExtractScalar: Walker._inside_text, exp.GroupConcat: aggregates.grouped,
    exp.Window: aggregates.window, exp.Exists: Walker._exists, exp.Subquery: Walker._subquery,
    exp.Select: Walker._subquery, exp.Union: Walker._subquery,
    exp.Xor: _two(operators.either), exp.Div: _two(operators.divided), exp.IntDiv: _two(operators.whole_quotient),
    exp.Mod: _two(operators.remainder), exp.Neg: lambda walker, node: operators.minus(walker.value(node.this)),
}  # fmt: skip
